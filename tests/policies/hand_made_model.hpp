// A transition model's image built by hand from random numbers, without the loader: three observations, of which the
// first is an angle, and one action.
#pragma once

#include <cstring>
#include <vector>

#include "hand_made_image.hpp"
#include "pianola/policies/model_layout.hpp"

namespace pianola::testing_runtime {

class HandMadeModel {
 public:
  /// Mixtures of so many Gaussians, each of one dense layer.
  HandMadeModel(std::size_t members, std::uint32_t components) : bytes_(image::aligned(sizeof(model_image::Header))) {
    model_image::Header header;
    header.observation_dim = kObservation;
    header.action_dim = 1;
    header.low = put(std::vector<float>{-3.2F, -20.0F, -20.0F});
    header.high = put(std::vector<float>{3.2F, 20.0F, 20.0F});
    header.angles = put(std::vector<std::uint32_t>{0});
    header.circles = put(std::vector<std::uint32_t>());
    std::vector<model_image::MemberRecord> records;
    for (std::size_t j = 0; j < members; ++j) records.push_back(member(NoiseKey(j), components));
    header.members = put(records);
    header.total_size = bytes_.size();
    std::memcpy(bytes_.data(), &header, sizeof header);
  }

  [[nodiscard]] Block image() const {
    Block block = copy_of(bytes_);
    image::seal(block.span());
    return block;
  }

 private:
  static constexpr std::uint32_t kObservation = 3, kInputs = 5;  // with the angle's sine and the action

  template <class T>
  image::Section put(const std::vector<T>& values) {
    const image::Section section{bytes_.size(), values.size() * sizeof(T)};
    bytes_.resize(image::aligned(bytes_.size() + section.size));
    if (!values.empty()) std::memcpy(bytes_.data() + section.offset, values.data(), section.size);
    return section;
  }

  model_image::MemberRecord member(const NoiseKey& key, std::uint32_t components) {
    const std::uint32_t outputs = (components > 1 ? components : 0) + 2 * components * kObservation;
    model_image::MemberRecord record;
    record.mean = put(HandMade::floats(key.child("mean"), kInputs, 1.0, 0.0));
    record.inverse_std = put(HandMade::floats(key.child("inverse_std"), kInputs, 0.5, 1.0));
    record.shift = put(HandMade::floats(key.child("shift"), kObservation, 0.1, 0.0));
    record.scale = put(HandMade::floats(key.child("scale"), kObservation, 0.1, 0.3));
    record.components = components;
    record.deviations = 1;
    std::vector<float> packed(packed_dense_size(kInputs, outputs));
    pack_dense(HandMade::floats(key.child("weight"), std::size_t{kInputs} * outputs, 0.5, 0.0),
               HandMade::floats(key.child("bias"), outputs, 0.5, 0.0), kInputs, outputs, packed);
    const image::Section layer = put(packed);
    record.layers = put(std::vector<image::LayerRecord>{{kInputs, outputs, layer.offset}});
    return record;
  }

  std::vector<std::byte> bytes_;
};

}  // namespace pianola::testing_runtime
