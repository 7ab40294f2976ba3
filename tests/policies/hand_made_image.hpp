// A runtime image built by hand from random numbers, without the loader: for tests that also run on the robot's side.
#pragma once

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "pianola/base/dense.hpp"
#include "pianola/base/random.hpp"
#include "pianola/policies/image_layout.hpp"
#include "pianola/policies/runtime.hpp"

namespace pianola::testing_runtime {

/// Bytes at a multiple of 64, of exactly this size, so that a sanitizer sees any access beside them.
class Block {
 public:
  explicit Block(std::size_t size)
      : size_(size), bytes_(static_cast<std::byte*>(std::aligned_alloc(64, (size + 63) / 64 * 64)), &std::free) {}
  [[nodiscard]] std::span<std::byte> span() const { return {bytes_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<std::byte, void (*)(void*)> bytes_;
};

inline Block copy_of(std::span<const std::byte> bytes) {
  Block block(bytes.size());
  if (!bytes.empty()) std::memcpy(block.span().data(), bytes.data(), bytes.size());
  return block;
}

struct Shape {
  std::uint32_t observation_dim = 11, history = 1, action_dim = 3, chunk = 1;
  std::vector<std::uint32_t> hidden = {64, 64};
  std::uint32_t vocabulary = 17;  // position p has vocabulary + p tokens
  Activation activation = Activation::tanh;
};

/// The plain policy and its image.
struct HandMade {
  Shape shape;
  std::vector<float> mean, inverse_std, levels;
  std::vector<std::uint32_t> vocabularies;
  std::vector<std::vector<float>> weights, biases;
  std::vector<image::PlainLayer> layers;

  HandMade(Shape shape_, std::uint64_t seed) : shape(std::move(shape_)) {
    const NoiseKey key(seed);
    const std::uint32_t inputs = shape.observation_dim * shape.history;
    mean = floats(key.child("mean"), inputs, 1.0, 0.0);
    inverse_std = floats(key.child("inverse_std"), inputs, 0.5, 1.0);
    std::uint32_t logits = 0;
    for (std::uint32_t p = 0; p < shape.action_dim * shape.chunk; ++p) {
      vocabularies.push_back(shape.vocabulary + p);
      logits += vocabularies.back();
    }
    levels = floats(key.child("levels"), logits, 1.0, 0.0);
    std::vector<std::uint32_t> widths = shape.hidden;
    widths.push_back(logits);
    std::uint32_t in = inputs;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const double scale = std::sqrt(3.0 / static_cast<double>(in));
      weights.push_back(floats(key.child("weights", i), std::size_t{in} * widths[i], scale, 0.0));
      biases.push_back(floats(key.child("bias", i), widths[i], 0.5, 0.0));
      in = widths[i];
    }
    in = inputs;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      layers.push_back({in, widths[i], weights[i], biases[i]});
      in = widths[i];
    }
  }
  HandMade(const HandMade&) = delete;  // `layers` points into it
  HandMade& operator=(const HandMade&) = delete;

  [[nodiscard]] image::Parts parts() const {
    image::Parts parts;
    parts.observation_dim = shape.observation_dim;
    parts.history = shape.history;
    parts.action_dim = shape.action_dim;
    parts.chunk = shape.chunk;
    parts.activation = shape.activation;
    parts.mean = mean;
    parts.inverse_std = inverse_std;
    parts.vocabularies = vocabularies;
    parts.levels = levels;
    parts.layers = layers;
    return parts;
  }

  [[nodiscard]] Block image() const {
    Block block(image::size(parts()));
    if (!image::write(parts(), block.span())) std::abort();
    return block;
  }

  [[nodiscard]] std::size_t positions() const { return vocabularies.size(); }

  /// The slow, obvious logits of a history [history × observation_dim].
  [[nodiscard]] std::vector<float> reference_logits(std::span<const float> histories) const {
    std::vector<float> x(histories.size());
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = (histories[i] - mean[i]) * inverse_std[i];
    for (std::size_t i = 0; i < layers.size(); ++i) {
      std::vector<float> y(layers[i].out);
      const Activation activation = i + 1 == layers.size() ? Activation::none : shape.activation;
      dense_reference(weights[i], biases[i], layers[i].in, layers[i].out, activation, x.data(), 1, y.data());
      x = y;
    }
    return x;
  }

  static std::vector<float> floats(const NoiseKey& key, std::size_t n, double scale, double centre) {
    std::vector<float> values(n);
    for (std::size_t i = 0; i < n; ++i) {
      values[i] = static_cast<float>(centre + scale * (2.0 * uniform(key, i, 0) - 1.0));
    }
    return values;
  }
};

/// Actions of two relative numbers, a relative rotation vector and a binary one, in chunks: six numbers a step to the
/// plant, nine in the model. The shape of the policy below must have action_dim 9.
struct RepresentedActions {
  std::vector<ActionGroup> groups;
  std::vector<std::uint32_t> columns{4, 1, 5, 6, 7};
  std::vector<double> values{-1.0, 1.0};

  RepresentedActions() {
    ActionGroup numbers, rotation, gripper;
    numbers.frame = rotation.frame = ActionFrame::relative;
    numbers.width = numbers.model_width = numbers.state_width = 2;
    rotation.kind = ActionKind::rotation;
    rotation.first = rotation.state_first = rotation.model_first = 2;
    rotation.width = rotation.state_width = 3;
    rotation.model_width = 6;
    gripper.kind = ActionKind::binary;
    gripper.first = 5;
    gripper.value_count = 2;
    groups = {numbers, rotation, gripper};
  }

  [[nodiscard]] ActionTransform transform(const HandMade& policy) const {
    return {6, policy.shape.chunk, policy.shape.observation_dim, 1, 8, groups, columns, values};
  }

  [[nodiscard]] image::Parts parts(const HandMade& policy) const {
    image::Parts parts = policy.parts();
    parts.action_dim = 6;
    parts.actions = transform(policy);
    return parts;
  }

  [[nodiscard]] Block image(const HandMade& policy) const {
    Block block(pianola::image::size(parts(policy)));
    if (!pianola::image::write(parts(policy), block.span())) std::abort();
    return block;
  }
};

/// A runtime with the memory it is bound to.
struct Bound {
  Block image, memory;
  Runtime runtime;
  Status status;

  explicit Bound(Block image_)
      : image(std::move(image_)),
        memory(Runtime::required_bytes(image.span())),
        status(Runtime::bind(image.span(), memory.span(), runtime)) {}
  explicit Bound(const HandMade& policy) : Bound(policy.image()) {}

  [[nodiscard]] std::vector<float> act(std::span<const float> observation, std::uint64_t key) {
    std::vector<float> action(runtime.chunk() * runtime.action_dim());
    status = runtime.act(observation, key, action);
    return action;
  }
};

}  // namespace pianola::testing_runtime
