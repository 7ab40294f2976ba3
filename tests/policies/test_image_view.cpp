// Runs on every platform of the runtime, so it stands on GoogleTest and base's header-only random numbers alone.
#include "pianola/policies/image_view.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "hand_made_image.hpp"
#include "hand_made_transformer.hpp"
#include "hostile_image.hpp"

namespace pianola {
namespace {

using hand_made::Bytes;
using hand_made::Toy;
using image::Header;
using image::TransformerHeader;
using testing_runtime::accepted_mutations;
using testing_runtime::copy_of;
using testing_runtime::survives;

TEST(ImageView, TransformersAreReadInPlace) {
  for (const bool parallel : {false, true}) {
    const Toy toy(WeightFormat::bfloat16, parallel);
    const Bytes bytes = toy.image();
    ImageView view;
    ASSERT_TRUE(read_image(bytes, view));
    EXPECT_TRUE(view.is_transformer);
    EXPECT_EQ(view.positions, 3U);
    EXPECT_EQ(view.logits, 12U);
    EXPECT_EQ(view.transformer.dimensions.places(), toy.dimensions.places());
    EXPECT_EQ(view.transformer.dimensions.format, WeightFormat::bfloat16);
    EXPECT_EQ(std::memcmp(view.transformer.packed, toy.packed.data(), toy.packed.size()), 0);
    EXPECT_EQ(view.transformer.position[5], toy.position[5]);
    EXPECT_EQ(view.levels[6], 11.0F);
    EXPECT_GE(static_cast<const void*>(view.transformer.packed), static_cast<const void*>(bytes.data()));
  }
}

TEST(ImageView, FormatTwoIsAnMlp) {
  const testing_runtime::HandMade policy({}, 1);
  const testing_runtime::Block image = policy.image();
  std::uint32_t version = 0;
  std::memcpy(&version, image.span().data() + offsetof(Header, format_version), sizeof version);
  EXPECT_EQ(version, 2U);
  ImageView view;
  ASSERT_TRUE(read_image(image.span(), view));
  EXPECT_FALSE(view.is_transformer);
  EXPECT_EQ(view.layers.size(), 3U);
}

/// Whether the image survives with a changed header.
template <class Change>
bool survives_change(const Toy& toy, const Change& change) {
  Bytes bytes = toy.image();
  Header header;
  TransformerHeader own;
  std::memcpy(&header, bytes.data(), sizeof header);
  std::memcpy(&own, bytes.data() + sizeof header, sizeof own);
  change(header, own);
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, &own, sizeof own);
  image::seal(bytes);
  return survives(bytes);
}

TEST(ImageView, EachFieldOfATransformerIsChecked) {
  const Toy toy;
  const auto refused = [&toy](auto change) { return !survives_change(toy, change); };
  using H = Header;
  using T = TransformerHeader;
  EXPECT_FALSE(refused([](H&, T&) {}));
  EXPECT_TRUE(refused([](H& h, T&) { h.format_version = 2; }));
  EXPECT_TRUE(refused([](H& h, T&) { h.format_version = 5; }));
  EXPECT_TRUE(refused([](H& h, T&) { h.format_version = 6; }));
  EXPECT_TRUE(refused([](H& h, T&) { h.layers = 0; }));
  EXPECT_TRUE(refused([](H& h, T&) { h.layers = 3; }));
  EXPECT_TRUE(refused([](H& h, T&) { h.history = 3; }));
  EXPECT_TRUE(refused([](H& h, T&) { h.observation_dim = 1; }));
  EXPECT_TRUE(refused([](H&, T& t) { t.width = 0; }));
  EXPECT_TRUE(refused([](H&, T& t) { t.width = 16; }));
  EXPECT_TRUE(refused([](H&, T& t) { t.width = 0xFFFFFFFFU; }));
  EXPECT_TRUE(refused([](H&, T& t) { t.heads = 0; }));
  EXPECT_TRUE(refused([](H&, T& t) { t.heads = 3; }));
  EXPECT_FALSE(refused([](H&, T& t) { t.heads = 4; }));
  EXPECT_TRUE(refused([](H&, T& t) { t.parallel = 1; }));
  EXPECT_TRUE(refused([](H&, T& t) { t.parallel = 2; }));
  EXPECT_TRUE(refused([](H&, T& t) { t.token_input = 1; }));
  EXPECT_TRUE(refused([](H&, T& t) { t.weights = WeightFormat::int8; }));
  EXPECT_TRUE(refused([](H&, T& t) { t.weights = static_cast<WeightFormat>(3); }));
  EXPECT_TRUE(refused([](H&, T& t) {
    t.token.offset += 64;
    t.token.size -= 64;
  }));
  EXPECT_TRUE(refused([](H&, T& t) { t.position.offset = 0xFFFFFFFFFFFFFFC0U; }));
  EXPECT_TRUE(refused([](H&, T& t) { t.packed.offset += 4; }));
  EXPECT_TRUE(refused([](H&, T& t) { t.packed.size = 0xFFFFFFFFFFFFFFC0U; }));
}

TEST(ImageView, TransformersTruncatedOrExtendedAreRefused) {
  const Bytes bytes = Toy().image();
  for (std::size_t size = 0; size < bytes.size(); size += 61) ASSERT_FALSE(survives(std::span(bytes).first(size)));
  Bytes longer = bytes;
  longer.resize(longer.size() + 64);
  EXPECT_FALSE(survives(longer));
  EXPECT_TRUE(survives(bytes));
}

TEST(ImageView, SealedMutationsOfTransformersAreRefusedOrHarmless) {
  for (const WeightFormat format : {WeightFormat::float32, WeightFormat::bfloat16, WeightFormat::int8}) {
    constexpr int kMutations = 1500;
    const int accepted = accepted_mutations(copy_of(Toy(format).image()), kMutations);
    EXPECT_GT(accepted, kMutations / 20);
    EXPECT_LT(accepted, kMutations * 9 / 10);
  }
}

TEST(ImageView, NumbersOfATransformerMustBeFinite) {
  const Toy toy;
  const Bytes bytes = toy.image();
  ImageView view;
  ASSERT_TRUE(read_image(bytes, view));
  for (const float* at : {view.transformer.position + 3, view.transformer.token + 1, view.mean, view.levels + 2,
                          reinterpret_cast<const float*>(view.transformer.packed) + 7}) {
    Bytes bad = bytes;
    const float infinite = std::numeric_limits<float>::infinity();
    std::memcpy(bad.data() + (reinterpret_cast<const std::byte*>(at) - bytes.data()), &infinite, sizeof infinite);
    image::seal(bad);
    EXPECT_FALSE(survives(bad));
  }
}

TEST(WriteTransformerImage, RefusesPartsThatDoNotFitTogether) {
  const Toy toy;
  const std::vector<float> levels(12);
  image::TransformerParts parts{3, 1, toy.vocabularies, levels, toy.weights, {}, {}};
  EXPECT_NE(image::size(parts), 0U);
  auto bad = parts;
  bad.action_dim = 2;
  EXPECT_EQ(image::size(bad), 0U);
  bad = parts;
  bad.levels = bad.levels.first(11);
  EXPECT_EQ(image::size(bad), 0U);
  bad = parts;
  bad.weights.dimensions.heads = 3;
  EXPECT_EQ(image::size(bad), 0U);
  bad = parts;
  bad.weights.dimensions.largest_vocabulary = 6;
  EXPECT_EQ(image::size(bad), 0U);
  Bytes small(64);
  EXPECT_FALSE(image::write(parts, small));
}

}  // namespace
}  // namespace pianola
