// Runs on every platform of the runtime, so it stands on GoogleTest and base's header-only random numbers alone.
#include "pianola/policies/transformer_core.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "hand_made_transformer.hpp"

namespace pianola {
namespace {

using hand_made::Toy;
using transformer::Forward;
using transformer::Workspace;

/// Logits of all positions of one decision, tokens 0, 1, 2, … taken whatever they are.
std::vector<float> decide(const Toy& toy, Forward& forward, std::size_t lanes, const std::vector<float>& histories) {
  std::vector<float> all;
  std::vector<std::uint32_t> previous(lanes);
  forward.begin(histories.data());
  for (std::size_t p = 0; p < toy.dimensions.positions; ++p) {
    if (p > 0) forward.advance(p, previous.data());
    std::vector<float> logits(lanes * toy.dimensions.largest_vocabulary);
    forward.head(p, toy.dimensions.largest_vocabulary, logits.data());
    all.insert(all.end(), logits.begin(), logits.end());
    std::fill(previous.begin(), previous.end(), static_cast<std::uint32_t>(p));
  }
  return all;
}

TEST(TransformerCore, MemoryIsAsLargeAsItSays) {
  const Toy toy;
  const std::size_t size = Workspace::size(toy.dimensions, 3);
  hand_made::Floats memory(size + 16, 77.0F);
  Workspace workspace(toy.dimensions, 3, memory.data());
  Forward forward(toy.weights, workspace);
  decide(toy, forward, 3, std::vector<float>(3 * toy.dimensions.inputs(), 0.5F));
  for (std::size_t i = size; i < memory.size(); ++i) ASSERT_EQ(memory[i], 77.0F);
}

TEST(TransformerCore, ADecisionDependsOnEveryTokenBeforeIt) {
  const Toy toy;
  hand_made::Floats memory(Workspace::size(toy.dimensions, 1));
  Workspace workspace(toy.dimensions, 1, memory.data());
  Forward forward(toy.weights, workspace);
  const std::vector<float> history(toy.dimensions.inputs(), 0.3F);
  const auto last_logits = [&](std::uint32_t first, std::uint32_t second) {
    forward.begin(history.data());
    forward.advance(1, &first);
    forward.advance(2, &second);
    std::vector<float> logits(toy.dimensions.largest_vocabulary);
    forward.head(2, logits.size(), logits.data());
    return logits;
  };
  EXPECT_NE(last_logits(0, 1), last_logits(2, 1));
  EXPECT_NE(last_logits(0, 1), last_logits(0, 2));
  EXPECT_EQ(last_logits(0, 1), last_logits(0, 1));
  EXPECT_EQ(last_logits(0, 99), last_logits(0, static_cast<std::uint32_t>(toy.dimensions.largest_vocabulary - 1)));
}

TEST(TransformerCore, PackedNumbersAreChecked) {
  for (const WeightFormat format : {WeightFormat::float32, WeightFormat::bfloat16, WeightFormat::int8}) {
    const Toy toy(format);
    EXPECT_TRUE(transformer::all_finite(toy.dimensions, toy.packed.data()));
    auto bytes = toy.packed;
    const float bad = std::numeric_limits<float>::infinity();
    std::memcpy(bytes.data() + bytes.size() - packed_weights_size(format, toy.dimensions.width, 16), &bad, sizeof bad);
    EXPECT_FALSE(transformer::all_finite(toy.dimensions, bytes.data()));
  }
}

TEST(TransformerCore, NormalisationMovesIntoTheProductBehindIt) {
  // One head row: logits = W (g ∘ x̂ + s) + b, here with x̂ known: two equal and opposite numbers give ±1.
  transformer::Dimensions d;
  d.width = 2;
  d.largest_vocabulary = 1;
  d.token_input = true;
  d.blocks = 0;
  const std::vector<float> weight{3.0F, 5.0F}, bias{0.5F}, scale{2.0F, 4.0F}, shift{0.25F, -1.0F};
  transformer::PlainWeights plain;
  plain.head = {weight, bias, scale, shift};
  std::vector<float> scratch(transformer::pack_scratch_size(d));
  hand_made::Bytes packed(transformer::packed_size(d));
  transformer::pack(d, plain, scratch, packed);
  EXPECT_EQ(packed_weight(WeightFormat::float32, packed.data(), 2, 0, 0), 6.0F);
  EXPECT_EQ(packed_weight(WeightFormat::float32, packed.data(), 2, 0, 1), 20.0F);
  float folded = 0.0F;
  std::memcpy(&folded, packed.data(), sizeof folded);
  EXPECT_EQ(folded, 0.5F + 0.75F - 5.0F);
}

}  // namespace
}  // namespace pianola
