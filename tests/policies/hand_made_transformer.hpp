// A small transformer whose weights come from a formula, packed without the loader: for tests that run where the
// runtime stands alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/policies/transformer_core.hpp"
#include "pianola/policies/transformer_image.hpp"

namespace pianola::hand_made {

/// 64-byte aligned, without the loader's headers.
template <class T>
struct Aligned {
  using value_type = T;
  Aligned() = default;
  template <class U>
  Aligned(const Aligned<U>&) noexcept {}
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{64})); }
  void deallocate(T* pointer, std::size_t) noexcept { ::operator delete (pointer, std::align_val_t{64}); }
  bool operator==(const Aligned&) const = default;
};
using Floats = std::vector<float, Aligned<float>>;
using Bytes = std::vector<std::byte, Aligned<std::byte>>;

struct Toy {
  struct Numbers {
    std::vector<float> weight, bias, scale, shift;
    [[nodiscard]] transformer::Plain plain() const { return {weight, bias, scale, shift}; }
  };

  explicit Toy(WeightFormat format = WeightFormat::float32, bool parallel = false, bool tokens = false) {
    dimensions.observation_dim = tokens ? 1 : 2;
    dimensions.history = tokens ? 4 : 2;
    dimensions.width = 8;
    dimensions.heads = 2;
    dimensions.blocks = 2;
    dimensions.positions = tokens ? 1 : 3;
    dimensions.largest_vocabulary = 5;
    dimensions.parallel = parallel;
    dimensions.token_input = tokens;
    dimensions.format = format;
    make();
  }
  Toy(const Toy&) = delete;
  Toy& operator=(const Toy&) = delete;

  /// As an image: one action of as many dimensions as there are positions, level k of position p is 10·p + k.
  [[nodiscard]] Bytes image() const {
    std::vector<float> levels;
    for (std::size_t p = 0; p < vocabularies.size(); ++p) {
      for (std::uint32_t k = 0; k < vocabularies[p]; ++k) levels.push_back(static_cast<float>(10 * p + k));
    }
    image::TransformerParts parts;
    parts.action_dim = static_cast<std::uint32_t>(vocabularies.size());
    parts.vocabularies = vocabularies;
    parts.levels = levels;
    parts.weights = weights;
    Bytes bytes(image::size(parts));
    if (!image::write(parts, bytes)) bytes.clear();
    return bytes;
  }

  transformer::Dimensions dimensions;
  std::vector<std::uint32_t> vocabularies{5, 3, 4};
  std::vector<float> mean, inverse_std, token, position;
  Bytes packed;
  transformer::Weights weights;

 private:
  std::vector<float> numbers(std::size_t n, double centre, double scale) {
    std::vector<float> values;
    ++count_;
    for (std::size_t i = 0; i < n; ++i) {
      values.push_back(static_cast<float>(centre + scale * (2.0 * uniform(NoiseKey(count_), i, 0) - 1.0)));
    }
    return values;
  }
  Numbers product(std::size_t in, std::size_t out, bool normal) {
    Numbers made{numbers(in * out, 0.0, 0.6), numbers(out, 0.0, 0.3), {}, {}};
    if (normal) made.scale = numbers(in, 1.0, 0.2), made.shift = numbers(in, 0.0, 0.2);
    return made;
  }
  void make() {
    const std::size_t w = dimensions.width;
    if (dimensions.token_input) vocabularies = {5};
    mean = numbers(dimensions.inputs(), 0.0, 1.0);
    inverse_std = numbers(dimensions.inputs(), 1.0, 0.5);
    token = numbers(dimensions.largest_vocabulary * w, 0.0, 1.0);
    position = numbers(dimensions.places() * w, 0.0, 1.0);
    const Numbers observation = product(dimensions.observation_dim, w, false);
    const Numbers head = product(w, dimensions.largest_vocabulary, true);
    std::vector<Numbers> parts;
    std::vector<transformer::PlainBlock> blocks;
    for (std::size_t b = 0; b < dimensions.blocks; ++b) {
      parts.push_back(product(w, 3 * w, true));
      parts.push_back(product(w, w, false));
      parts.push_back(product(w, 4 * w, true));
      parts.push_back(product(4 * w, w, false));
    }
    for (std::size_t b = 0; b < dimensions.blocks; ++b) {
      blocks.push_back(
          {parts[4 * b].plain(), parts[4 * b + 1].plain(), parts[4 * b + 2].plain(), parts[4 * b + 3].plain()});
    }
    std::vector<float> scratch(transformer::pack_scratch_size(dimensions));
    packed.resize(transformer::packed_size(dimensions));
    transformer::pack(dimensions, {observation.plain(), blocks, head.plain()}, scratch, packed);
    weights = {dimensions, mean.data(), inverse_std.data(), token.data(), position.data(), packed.data()};
  }
  std::uint64_t count_ = 0;
};

}  // namespace pianola::hand_made
