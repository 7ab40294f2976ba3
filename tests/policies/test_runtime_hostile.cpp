// Images that are damaged or made to harm: bind refuses them, or the runtime stays inside its bounds.
#include <gtest/gtest.h>

#include <limits>

#include "hand_made_code.hpp"
#include "hand_made_image.hpp"
#include "hostile_image.hpp"

namespace pianola {
namespace {

using testing_runtime::accepted_mutations;
using testing_runtime::Block;
using testing_runtime::CodedPolicy;
using testing_runtime::HandMade;
using testing_runtime::Shape;
using testing_runtime::survives;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

HandMade small_policy() {
  Shape shape;
  shape.observation_dim = 3;
  shape.history = 2;
  shape.hidden = {8};
  shape.vocabulary = 4;
  return {shape, 13};
}

TEST(HostileImage, TruncatedOrExtendedIsRefused) {
  const HandMade policy = small_policy();
  const Block image = policy.image();
  for (std::size_t size = 0; size < image.span().size(); ++size)
    ASSERT_FALSE(survives(image.span().first(size))) << size;
  std::vector<std::byte> longer(image.span().begin(), image.span().end());
  longer.resize(longer.size() + 64);
  EXPECT_FALSE(survives(longer));
  EXPECT_TRUE(survives(image.span()));
}

TEST(HostileImage, AnyFlippedBitIsSeen) {
  const HandMade policy = small_policy();
  const Block image = policy.image();
  const std::span<std::byte> bytes = image.span();
  for (std::size_t bit = 0; bit < 8 * bytes.size(); bit += 3) {
    bytes[bit / 8] ^= std::byte{1} << bit % 8;
    ASSERT_EQ(0U, Runtime::required_bytes(bytes)) << "bit " << bit;
    bytes[bit / 8] ^= std::byte{1} << bit % 8;
  }
  EXPECT_TRUE(survives(bytes));
}

TEST(HostileImage, SealedMutationsAreRefusedOrHarmless) {
  constexpr int kMutations = 12000;
  const int accepted = accepted_mutations(small_policy().image(), kMutations);
  EXPECT_GT(accepted, kMutations / 20);  // else the mutations would not reach past the first check
  EXPECT_LT(accepted, kMutations * 9 / 10);
}

TEST(HostileImage, SealedMutationsOfRepresentedActionsToo) {
  testing_runtime::Shape shape;
  shape.action_dim = 9;
  shape.hidden = {4};
  shape.vocabulary = 2;
  constexpr int kMutations = 6000;
  const int accepted = accepted_mutations(testing_runtime::RepresentedActions().image(HandMade(shape, 3)), kMutations);
  EXPECT_GT(accepted, kMutations / 20);
  EXPECT_LT(accepted, kMutations * 9 / 10);
}

TEST(HostileImage, SealedMutationsOfChunkCodesToo) {
  for (const ChunkCodeKind kind :
       {ChunkCodeKind::fast, ChunkCodeKind::beast, ChunkCodeKind::joint, ChunkCodeKind::residual}) {
    for (const bool represented : {false, true}) {
      constexpr int kMutations = 2500;
      const int accepted = accepted_mutations(CodedPolicy(kind, represented).image(), kMutations);
      EXPECT_GT(accepted, kMutations / 20);
      EXPECT_LT(accepted, kMutations * 9 / 10);
    }
  }
}

/// Whether its image is refused once the header of its code is changed, and the checksum with it.
template <class Change>
bool refused_when(const CodedPolicy& policy, Change change) {
  const Block image = policy.image();
  std::byte* const at = image.span().data() + sizeof(image::Header);
  image::ChunkCodeHeader header;
  std::memcpy(&header, at, sizeof header);
  change(header);
  std::memcpy(at, &header, sizeof header);
  image::seal(image.span());
  return !survives(image.span());
}

TEST(HostileImage, EachFieldOfAChunkCodeIsChecked) {
  using image::ChunkCodeHeader;
  const CodedPolicy policy(ChunkCodeKind::fast);
  const auto refused = [&policy](auto change) { return refused_when(policy, change); };
  EXPECT_FALSE(refused([](ChunkCodeHeader&) {}));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.kind = ChunkCodeKind::beast; }));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.kind = static_cast<ChunkCodeKind>(7); }));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.positions = 0; }));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.positions = 11; }));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.positions = 0xFFFFFFFFU; }));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.terms = 3; }));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.scale = static_cast<double>(kNaN); }));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.min_token = std::numeric_limits<std::int32_t>::min(); }));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.matrices.size += 8; }));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.matrix_of.offset += 4; }));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.offset.offset = 0xFFFFFFFFFFFFFFC0U; }));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.factor.size = 0; }));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.token_begins.size -= 4; }));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.token_bytes.size = 3; }));
}

TEST(HostileImage, EachFieldOfJointCodesIsChecked) {
  using image::ChunkCodeHeader;
  const CodedPolicy policy(ChunkCodeKind::joint);
  const auto refused = [&policy](auto change) { return refused_when(policy, change); };
  EXPECT_FALSE(refused([](ChunkCodeHeader&) {}));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.kind = ChunkCodeKind::fast; }));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.kind = ChunkCodeKind::beast; }));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.positions = 3; }));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.terms = 0; }));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.terms = 0xFFFFFFFFU; }));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.codes.size -= 4; }));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.codes.size -= 24; }));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.codes.size = 0; }));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.codes.offset += 4; }));
  EXPECT_TRUE(refused([](ChunkCodeHeader& h) { h.codes.offset = 0xFFFFFFFFFFFFFFC0U; }));
}

template <class Change>
Block changed(const HandMade& policy, const Change& change) {
  Block image = policy.image();
  image::Header header;
  std::memcpy(&header, image.span().data(), sizeof header);
  change(header);
  std::memcpy(image.span().data(), &header, sizeof header);
  image::seal(image.span());
  return image;
}

TEST(HostileImage, EachHeaderFieldIsChecked) {
  using image::Header;
  const HandMade policy = small_policy();
  const auto refused = [&policy](auto change) { return !survives(changed(policy, change).span()); };
  EXPECT_FALSE(refused([](Header&) {}));
  EXPECT_TRUE(refused([](Header& h) { h.magic[0] = 'p'; }));
  EXPECT_TRUE(refused([](Header& h) { h.format_version = 1; }));
  EXPECT_TRUE(refused([](Header& h) { h.byte_order = 0x04030201; }));
  EXPECT_TRUE(refused([](Header& h) { h.total_size += 64; }));
  EXPECT_TRUE(refused([](Header& h) { h.activation = static_cast<Activation>(9); }));
  EXPECT_TRUE(refused([](Header& h) { h.layers = 0; }));
  EXPECT_TRUE(refused([](Header& h) { h.layers = 3; }));
  EXPECT_TRUE(refused([](Header& h) { h.history = 0; }));
  EXPECT_TRUE(refused([](Header& h) { h.observation_dim = 0; }));
  EXPECT_TRUE(refused([](Header& h) { h.action_dim = 4; }));
  EXPECT_TRUE(refused([](Header& h) { h.chunk = 0x80000001U; }));
  EXPECT_TRUE(refused([](Header& h) { h.mean.offset = 0xFFFFFFFFFFFFFFC0U; }));
  EXPECT_TRUE(refused([](Header& h) { h.mean.offset += 4; }));
  EXPECT_TRUE(refused([](Header& h) { h.continuous = 0; }));
  EXPECT_TRUE(refused([](Header& h) { h.discrete = 1; }));
  EXPECT_TRUE(refused([](Header& h) { h.groups.size = 56; }));
  EXPECT_TRUE(refused([](Header& h) { h.groups.size = 57; }));
  EXPECT_TRUE(refused([](Header& h) { h.values.offset = h.total_size + 64; }));
  EXPECT_TRUE(refused([](Header& h) { h.levels.size = 0xFFFFFFFFFFFFFFFFU; }));
  EXPECT_TRUE(refused([](Header& h) { h.records.offset = h.total_size; }));
  EXPECT_TRUE(refused([](Header& h) { h.vocabularies.offset = h.total_size - 64 + 60; }));
}

TEST(HostileImage, NumbersThatAreNotFiniteAreRefused) {
  for (const int which : {0, 1, 2, 3}) {
    HandMade policy = small_policy();
    if (which == 0) policy.mean[1] = kNaN;
    if (which == 1) policy.inverse_std[5] = std::numeric_limits<float>::infinity();
    if (which == 2) policy.levels[2] = kNaN;
    if (which == 3) policy.weights[1][3] = -std::numeric_limits<float>::infinity();
    EXPECT_FALSE(survives(policy.image().span())) << which;
  }
}

TEST(WriteImage, RefusesPartsThatDoNotFitTogether) {
  const HandMade policy = small_policy();
  const auto fits = [&policy](auto change) {
    image::Parts parts = policy.parts();
    change(parts);
    return image::size(parts) != 0;
  };
  EXPECT_TRUE(fits([](image::Parts&) {}));
  EXPECT_FALSE(fits([](image::Parts& p) { p.history = 3; }));
  EXPECT_FALSE(fits([](image::Parts& p) { p.action_dim = 0; }));
  EXPECT_FALSE(fits([](image::Parts& p) { p.layers = p.layers.first(1); }));
  EXPECT_FALSE(fits([](image::Parts& p) { p.layers = {}; }));
  EXPECT_FALSE(fits([](image::Parts& p) { p.levels = p.levels.first(2); }));
  EXPECT_FALSE(fits([](image::Parts& p) { p.mean = p.mean.first(2); }));
  Block small(64);
  EXPECT_FALSE(image::write(policy.parts(), small.span()));
}

}  // namespace
}  // namespace pianola
