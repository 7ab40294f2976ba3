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
  static constexpr std::uint32_t kObservation = 3, kInputs = 5;  // with the angle's sine and the action

  /// What a member is made of.
  struct Numbers {
    std::vector<float> mean, inverse_std;  // [inputs]
    std::vector<float> shift, scale;       // [observation]
    std::vector<float> weight, bias;       // [outputs × inputs], [outputs]
  };

  /// Mixtures of so many Gaussians, each of one dense layer.
  HandMadeModel(std::size_t count, std::uint32_t components) : bytes_(image::aligned(sizeof(model_image::Header))) {
    model_image::Header header;
    header.observation_dim = kObservation;
    header.action_dim = 1;
    header.low = put(std::vector<float>{-3.2F, -20.0F, -20.0F});
    header.high = put(std::vector<float>{3.2F, 20.0F, 20.0F});
    header.angles = put(std::vector<std::uint32_t>{0});
    header.circles = put(std::vector<std::uint32_t>());
    std::vector<model_image::MemberRecord> records;
    for (std::size_t j = 0; j < count; ++j) {
      members.push_back(numbers(NoiseKey(j), components));
      records.push_back(put(members.back(), components));
    }
    header.members = put(records);
    header.total_size = bytes_.size();
    std::memcpy(bytes_.data(), &header, sizeof header);
  }

  [[nodiscard]] Block image() const {
    Block block = copy_of(bytes_);
    image::seal(block.span());
    return block;
  }

  std::vector<Numbers> members;

 private:
  template <class T>
  image::Section put(const std::vector<T>& values) {
    const image::Section section{bytes_.size(), values.size() * sizeof(T)};
    bytes_.resize(image::aligned(bytes_.size() + section.size));
    if (!values.empty()) std::memcpy(bytes_.data() + section.offset, values.data(), section.size);
    return section;
  }

  static std::uint32_t outputs(std::uint32_t components) {
    return (components > 1 ? components : 0) + 2 * components * kObservation;
  }

  static Numbers numbers(const NoiseKey& key, std::uint32_t components) {
    return {HandMade::floats(key.child("mean"), kInputs, 1.0, 0.0),
            HandMade::floats(key.child("inverse_std"), kInputs, 0.5, 1.0),
            HandMade::floats(key.child("shift"), kObservation, 0.1, 0.0),
            HandMade::floats(key.child("scale"), kObservation, 0.1, 0.3),
            HandMade::floats(key.child("weight"), std::size_t{kInputs} * outputs(components), 0.5, 0.0),
            HandMade::floats(key.child("bias"), outputs(components), 0.5, 0.0)};
  }

  model_image::MemberRecord put(const Numbers& member, std::uint32_t components) {
    model_image::MemberRecord record;
    record.mean = put(member.mean);
    record.inverse_std = put(member.inverse_std);
    record.shift = put(member.shift);
    record.scale = put(member.scale);
    record.components = components;
    record.deviations = 1;
    std::vector<float> packed(packed_dense_size(kInputs, outputs(components)));
    pack_dense(member.weight, member.bias, kInputs, outputs(components), packed);
    const image::Section layer = put(packed);
    record.layers = put(std::vector<image::LayerRecord>{{kInputs, outputs(components), layer.offset}});
    return record;
  }

  std::vector<std::byte> bytes_;
};

}  // namespace pianola::testing_runtime
