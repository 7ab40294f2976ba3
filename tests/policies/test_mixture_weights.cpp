#include "pianola/policies/mixture_weights.hpp"

#include <gtest/gtest.h>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

Tensor filled(const std::vector<std::size_t>& shape, float value) {
  std::size_t count = 1;
  for (const std::size_t extent : shape) count *= extent;
  const std::vector<float> values(count, value);
  return Tensor::of(shape, std::span<const float>(values));
}

/// A bet of 3 codes over 2 coordinates, from 4 observations, one linear layer.
TensorFile small_file() {
  TensorFile file;
  file.tensors["observation_mean"] = filled({4}, 0.0F);
  file.tensors["observation_inverse_std"] = filled({4}, 1.0F);
  file.tensors["action_mean"] = filled({2}, 0.5F);
  file.tensors["action_inverse_std"] = filled({2}, 2.0F);
  file.tensors["codes"] = filled({3, 2}, 1.0F);
  file.tensors["layers.0.weight"] = filled({9, 4}, 0.25F);
  file.tensors["layers.0.bias"] = filled({9}, 0.0F);
  file.metadata = {{"law", "bet"},   {"components", "3"},    {"chunk", "1"},
                   {"history", "2"}, {"activation", "relu"}, {"vocabularies", "9"}};
  return file;
}

std::string refusal(const TensorFile& file) {
  try {
    mixture_weights_from_tensors(file, "policy.safetensors");
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST(MixtureWeights, AreReadFromTheirTensors) {
  const MixtureWeights weights = mixture_weights_from_tensors(small_file(), "memory");
  EXPECT_EQ(weights.shape.kind, MixtureKind::bet);
  EXPECT_EQ(weights.shape.outputs(), 9U);  // 3 weights, 3 × 2 offsets
  EXPECT_EQ(weights.history, 2U);
  EXPECT_EQ(mixture_spec(weights.shape, weights.trunk), "bet:k=3,hidden=none");
}

TEST(MixtureWeights, OutputsAreCounted) {
  EXPECT_EQ((MixtureShape{MixtureKind::mse, 1, 7}.outputs()), 7U);
  EXPECT_EQ((MixtureShape{MixtureKind::gaussian, 1, 7}.outputs()), 14U);
  EXPECT_EQ((MixtureShape{MixtureKind::mixture, 5, 7}.outputs()), 75U);
  EXPECT_EQ((MixtureShape{MixtureKind::armixture, 5, 7}.outputs()), 15U);
  EXPECT_EQ((MixtureShape{MixtureKind::armixture, 5, 7}.extra_inputs()), 14U);
}

TEST(MixtureWeights, WhatDoesNotFitIsAnError) {
  for (const char* missing : {"action_mean", "codes", "layers.0.bias", "observation_mean"}) {
    TensorFile file = small_file();
    file.tensors.erase(missing);
    EXPECT_NE(refusal(file).find(missing), std::string::npos) << refusal(file);
  }
  for (const auto& [key, value] :
       {std::pair{"law", "bett"}, {"components", "0"}, {"components", "x"}, {"chunk", "3"}, {"history", "3"}}) {
    TensorFile file = small_file();
    file.metadata[key] = value;
    EXPECT_NE(refusal(file).find(key), std::string::npos) << key << "=" << value << ": " << refusal(file);
  }
  TensorFile file = small_file();
  file.tensors["action_inverse_std"] = filled({2}, 0.0F);
  EXPECT_NE(refusal(file).find("positive"), std::string::npos);
  file = small_file();
  file.metadata["law"] = "mixture";
  EXPECT_NE(refusal(file).find("outputs"), std::string::npos);
}

}  // namespace
}  // namespace pianola
