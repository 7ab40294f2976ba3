#include "pianola/policies/mlp_weights.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "pianola/base/error.hpp"
#include "property.hpp"
#include "toy_mlp.hpp"

namespace pianola {
namespace {

using toy_mlp::random_weights;
using toy_mlp::Shape;

void expect_equal(const MlpWeights& a, const MlpWeights& b) {
  EXPECT_EQ(a.normalisation, b.normalisation);
  EXPECT_EQ(a.history, b.history);
  EXPECT_EQ(a.activation, b.activation);
  EXPECT_EQ(a.vocabularies, b.vocabularies);
  ASSERT_EQ(a.layers.size(), b.layers.size());
  for (std::size_t l = 0; l < a.layers.size(); ++l) {
    EXPECT_EQ(a.layers[l].in, b.layers[l].in);
    EXPECT_EQ(a.layers[l].out, b.layers[l].out);
    EXPECT_EQ(a.layers[l].weights, b.layers[l].weights);
    EXPECT_EQ(a.layers[l].bias, b.layers[l].bias);
  }
}

/// What the loader says of the tensors of random weights after `damage`.
std::string complaint(const std::function<void(TensorFile&)>& damage) {
  TensorFile file = to_tensors(random_weights({}));
  damage(file);
  try {
    mlp_weights_from_tensors(file, "policy.safetensors");
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST(MlpWeights, TensorsReadBackExactly) {
  for (const Activation activation : {Activation::relu, Activation::gelu, Activation::tanh}) {
    const MlpWeights weights = random_weights({4, 3, {6}, {17, 2}, activation});
    expect_equal(mlp_weights_from_tensors(to_tensors(weights), "memory"), weights);
  }
  const MlpWeights linear = random_weights({2, 1, {}, {3}, Activation::relu});
  expect_equal(mlp_weights_from_tensors(to_tensors(linear), "memory"), linear);
}

TEST(MlpWeights, FilesReadBackExactly) {
  const MlpWeights weights = random_weights({});
  const std::string bytes = format_safetensors(to_tensors(weights));
  expect_equal(mlp_weights_from_tensors(parse_safetensors(std::as_bytes(std::span(bytes)), "memory"), "memory"),
               weights);
}

TEST(MlpWeights, DamageIsNamed) {
  const auto names = [](const std::string& message, const std::string& part) {
    EXPECT_NE(message.find("policy.safetensors"), std::string::npos) << message;
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  names(complaint([](auto& f) { f.tensors.erase("layers.1.bias"); }), "layers.1.bias");
  names(complaint([](auto& f) { f.tensors.erase("layers.0.weight"); }), "layers.0.weight");
  names(complaint([](auto& f) { f.tensors.erase("observation_mean"); }), "observation_mean");
  names(complaint([](auto& f) { f.tensors["layers.0.bias"] = f.tensors["layers.1.bias"]; }), "must have shape [8]");
  names(complaint([](auto& f) { f.tensors.erase("layers.2.weight"); }), "the last layer makes 5");
  names(complaint([](auto& f) { f.metadata.erase("vocabularies"); }), "'vocabularies'");
  names(complaint([](auto& f) { f.metadata["vocabularies"] = "4,2,"; }), "'4,2,'");
  names(complaint([](auto& f) { f.metadata["vocabularies"] = "4,x,1"; }), "'4,x,1'");
  names(complaint([](auto& f) { f.metadata["vocabularies"] = "4,2,2"; }), "add up to 8");
  names(complaint([](auto& f) { f.metadata["history"] = "2"; }), "divide the 3 inputs");
  names(complaint([](auto& f) { f.metadata["history"] = "0"; }), "'history'");
  names(complaint([](auto& f) { f.metadata["activation"] = "step"; }), "relu, gelu or tanh");
}

TEST(MlpWeights, NumbersMustBeFinite) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    MlpWeights weights = random_weights({});
    weights.layers[1].weights[7] = bad;
    try {
      mlp_weights_from_tensors(to_tensors(weights), "p");
      FAIL() << "accepted " << bad;
    } catch (const DataError& error) {
      EXPECT_NE(std::string(error.what()).find("'layers.1.weight' holds"), std::string::npos);
      EXPECT_NE(std::string(error.what()).find("at 7"), std::string::npos);
    }
  }
}

TEST(MlpWeights, HiddenLayersAreReadAndWritten) {
  using Widths = std::vector<std::size_t>;
  EXPECT_EQ(parse_hidden("256x2"), (Widths{256, 256}));
  EXPECT_EQ(parse_hidden("512-256"), (Widths{512, 256}));
  EXPECT_EQ(parse_hidden("64x2-8"), (Widths{64, 64, 8}));
  EXPECT_EQ(parse_hidden("none"), Widths{});
  test::property("parse_hidden inverts format_hidden", [] {
    Widths widths;
    for (const int width : *rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 65536))) {
      if (widths.size() < 64) widths.push_back(static_cast<std::size_t>(width));
    }
    RC_ASSERT(parse_hidden(format_hidden(widths)) == widths);
  });
  for (const char* bad : {"", "x", "256x", "x2", "0x2", "256x0", "-", "256-", "65537", "8x65", "8x18446744073709551615",
                          "2.5", "256 x2", "256x2x2"}) {
    EXPECT_THROW(parse_hidden(bad), UsageError) << bad;
  }
}

TEST(MlpWeights, SpecsNameTheHiddenLayers) {
  EXPECT_EQ(mlp_spec(random_weights({3, 1, {256, 256}, {2}, Activation::relu})), "mlp:hidden=256x2");
  EXPECT_EQ(mlp_spec(random_weights({3, 1, {8, 5}, {2}, Activation::tanh})), "mlp:hidden=8-5,activation=tanh");
  EXPECT_EQ(mlp_spec(random_weights({3, 1, {}, {2}, Activation::relu})), "mlp:hidden=none");
}

TEST(MlpWeights, UnknownActivationsSuggestTheNearest) {
  EXPECT_EQ(mlp_activation("gelu"), Activation::gelu);
  try {
    mlp_activation("tahn");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'tanh'"), std::string::npos);
  }
}

}  // namespace
}  // namespace pianola
