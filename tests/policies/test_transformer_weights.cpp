#include "pianola/policies/transformer_weights.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "pianola/base/error.hpp"
#include "pianola/base/spec.hpp"
#include "toy_transformer.hpp"

namespace pianola {
namespace {

using toy_transformer::random_weights;
using toy_transformer::Shape;

std::vector<Shape> shapes() {
  Shape plain, tied, parallel, tokens;
  tied.tied = true;
  parallel.parallel = true;
  tokens.input = TransformerInput::tokens;
  tokens.vocabularies = {7};
  tokens.history = 5;
  return {plain, tied, parallel, tokens};
}

std::string complaint(const std::function<void(TensorFile&)>& damage, const Shape& shape = {}) {
  TensorFile file = to_tensors(random_weights(shape));
  damage(file);
  try {
    transformer_weights_from_tensors(file, "policy.safetensors");
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

void names(const std::string& message, const std::string& part) {
  EXPECT_NE(message.find("policy.safetensors"), std::string::npos) << message;
  EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST(TransformerWeights, TensorsReadBackExactly) {
  for (const Shape& shape : shapes()) {
    const TransformerWeights weights = random_weights(shape);
    const std::string bytes = format_safetensors(to_tensors(weights));
    const auto back =
        transformer_weights_from_tensors(parse_safetensors(std::as_bytes(std::span(bytes)), "memory"), "memory");
    EXPECT_EQ(format_safetensors(to_tensors(back)), bytes);
    EXPECT_EQ(back.normalisation, weights.normalisation);
    EXPECT_EQ(back.tied, weights.tied);
    EXPECT_EQ(back.parallel, weights.parallel);
    EXPECT_EQ(back.blocks.back().down.weight, weights.blocks.back().down.weight);
  }
}

TEST(TransformerWeights, TinyHasTheParametersOfItsDefinition) {
  Shape shape{11, 1, 128, 4, 4, std::vector<std::uint32_t>(7, 256), false, false, TransformerInput::observations};
  const TransformerWeights weights = random_weights(shape);
  const std::size_t block = 2 * 256 + 384 * 129 + 128 * 129 + 512 * 129 + 128 * 513;
  EXPECT_EQ(weights.parameters(), 12U * 128 + 256 * 128 + 7 * 128 + 4 * block + 256 + 256 * 129);
  EXPECT_EQ(weights.places(), 7U);
}

TEST(TransformerWeights, ParallelHasAPlaceForEachPosition) {
  const TransformerWeights weights = random_weights(shapes()[2]);
  EXPECT_EQ(weights.places(), 5U);
  EXPECT_TRUE(weights.token.empty());
  EXPECT_EQ(weights.head.weight.size(), 5U * 12);
}

TEST(TransformerWeights, DamageIsNamed) {
  names(complaint([](auto& f) { f.tensors.erase("blocks.1.up.bias"); }), "blocks.1.up.bias");
  names(complaint([](auto& f) { f.tensors.erase("token.weight"); }), "token.weight");
  names(complaint([](auto& f) { f.tensors.erase("position.weight"); }), "position.weight");
  names(complaint([](auto& f) { f.tensors.erase("observation.weight"); }), "observation.weight");
  names(complaint([](auto& f) { f.tensors.erase("blocks.0.attention.weight"); }), "layers must be");
  names(complaint([](auto& f) { f.tensors.erase("blocks.1.attention.weight"); }), "belongs to no part");
  names(complaint([](auto& f) { f.tensors["extra"] = f.tensors["norm.bias"]; }), "'extra' belongs to no part");
  names(complaint([](auto& f) { f.tensors["norm.bias"] = f.tensors["head.bias"]; }), "must have shape [12]");
  names(complaint([](auto& f) { f.metadata["heads"] = "5"; }), "5 do not divide 12");
  names(complaint([](auto& f) { f.metadata["heads"] = "0"; }), "'heads'");
  names(complaint([](auto& f) { f.metadata["history"] = "3"; }), "observation_mean");
  names(complaint([](auto& f) { f.metadata["vocabularies"] = "4,2,6"; }), "token.weight");
  names(complaint([](auto& f) { f.metadata["vocabularies"] = "5,2"; }), "position.weight");
  names(complaint([](auto& f) { f.metadata["input"] = "images"; }), "observations or tokens");
  names(complaint([](auto& f) { f.metadata["input"] = "tokens"; }), "one position follows");
  names(complaint([](auto& f) { f.metadata["architecture"] = "parallel"; }), "position.weight");
  names(complaint([](auto& f) { f.metadata.erase("architecture"); }), "'architecture'");
  names(complaint([](auto& f) { f.metadata["vocabularies"] = "4294967295,2,5"; }), "token.weight");
}

TEST(TransformerWeights, DtypeAndNumbersAreChecked) {
  names(complaint([](auto& f) { f.tensors["norm.bias"].dtype = "I32"; }), "norm.bias");
  TransformerWeights weights = random_weights({});
  weights.blocks[1].projection.weight[7] = std::numeric_limits<float>::infinity();
  try {
    transformer_weights_from_tensors(to_tensors(weights), "p");
    FAIL();
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("'blocks.1.projection.weight' holds inf at 7"), std::string::npos);
  }
}

TEST(TransformerWeights, WhatDoesNotFitIsRefusedBeforeItIsWritten) {
  TransformerWeights weights = random_weights({});
  weights.head.bias.pop_back();
  EXPECT_THROW(to_tensors(weights), UsageError);
  weights = random_weights({});
  weights.heads = 5;
  EXPECT_THROW(check_transformer(weights), UsageError);
}

TEST(TransformerConfigs, PresetsAndOverrides) {
  const auto shape = [](const char* text) {
    return transformer_shape(read_options<TransformerConfig>(parse_spec(text), "policy 'transformer'"), "policy");
  };
  EXPECT_EQ(shape("transformer"), (TransformerShape{128, 4, 4}));
  EXPECT_EQ(shape("transformer:small"), (TransformerShape{256, 6, 8}));
  EXPECT_EQ(shape("transformer:preset=base,layers=2"), (TransformerShape{512, 2, 8}));
  EXPECT_EQ(shape("transformer:width=96,heads=6,tied=true"), (TransformerShape{96, 4, 6}));
  for (const char* bad : {"transformer:preset=tny", "transformer:width=0", "transformer:heads=3", "transformer:heads=0",
                          "transformer:layers=0", "transformer:layers=257", "transformer:width=65540"}) {
    EXPECT_THROW(shape(bad), UsageError) << bad;
  }
}

TEST(TransformerConfigs, SpecsNameThePreset) {
  const auto spec = [](std::size_t width, std::size_t layers, std::size_t heads, bool tied, bool parallel) {
    return transformer_spec(
        random_weights({2, 1, width, layers, heads, {2}, parallel, tied, TransformerInput::observations}));
  };
  EXPECT_EQ(spec(128, 4, 4, false, false), "transformer:preset=tiny");
  EXPECT_EQ(spec(256, 6, 8, false, true), "parallel:preset=small");
  EXPECT_EQ(spec(128, 2, 4, true, false), "transformer:preset=tiny,layers=2,tied=true");
  EXPECT_EQ(spec(16, 4, 2, false, false), "transformer:preset=tiny,width=16,heads=2");
}

}  // namespace
}  // namespace pianola
