// Models of four observations (an angle, a number, a circle) and two actions, with random weights, and their images.
#pragma once

#include <vector>

#include "pianola/policies/linear_law.hpp"
#include "pianola/policies/model_image.hpp"
#include "pianola/policies/model_runtime.hpp"
#include "toy_mlp.hpp"

namespace pianola::toys {

inline LearnedModelParts model_parts(const std::string& spec) {
  return {spec, 2, {}, {.angles = {0}, .circles = {2}}, {-3.2, -50, -1, -1}, {3.2, 50, 1, 1}, {}};
}

/// Seven inputs: the observation, one sine, two actions.
inline ModelContents linear_contents() {
  LinearLawWeights law{7, 4, {}, {0.1, -0.2, 0.3, 0.4}, {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}};
  for (std::uint32_t i = 0; i < 28; ++i) law.weight.push_back(0.2 * normal(NoiseKey(6), 0, 0, i));
  return {model_parts("linear"), {to_tensors(law)}};
}

inline TensorFile mixture_member(std::uint64_t seed) {
  const MlpWeights network = toy_mlp::random_weights({7, 1, {16, 16}, {3 + 2 * 3 * 4}, Activation::relu}, seed);
  TensorFile file = to_tensors(network);
  file.metadata["law"] = "mixture";
  file.metadata["components"] = "3";
  file.metadata["chunk"] = "1";
  file.tensors["action_mean"] = Tensor::of({4}, std::vector<float>{0.0F, 0.1F, 0.0F, -0.1F});
  file.tensors["action_inverse_std"] = Tensor::of({4}, std::vector<float>{4.0F, 2.0F, 5.0F, 5.0F});
  return file;
}

inline ModelContents mixture_contents() { return {model_parts("mixture:components=3"), {mixture_member(1)}}; }

/// Ensembles of these members, each with weights of its own.
inline ModelContents mixture_ensemble() {
  return {model_parts("mixture:components=3,members=3"), {mixture_member(1), mixture_member(2), mixture_member(3)}};
}

/// The linear one and three beside it, whose mode is off by ±0.3 and 0.1 in the second dimension.
inline ModelContents linear_ensemble() {
  ModelContents contents = linear_contents();
  contents.parts.spec = "linear:members=4";
  for (const double off : {0.3, -0.3, 0.1}) {
    LinearLawWeights law = linear_law_from_tensors(contents.members[0], "memory");
    law.bias[1] += off;
    contents.members.push_back(to_tensors(law));
  }
  return contents;
}

/// An image, memory and the model bound to them; the policy image is any bytes.
struct BoundModel {
  explicit BoundModel(const ModelContents& contents)
      : policy(256), image(make_model_image(contents, policy, "memory")) {
    memory.resize(ModelRuntime::required_bytes(image));
    status = ModelRuntime::bind(image, memory, model);
  }
  AlignedBytes policy, image, memory;
  ModelRuntime model;
  Status status = Status::not_bound;
};

}  // namespace pianola::toys
