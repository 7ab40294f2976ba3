// Also built and run where the runtime stands alone.
#include "pianola/policies/chunk_code_core.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "hand_made_code.hpp"

namespace pianola {
namespace {

using chunk_code::Decoder;
using chunk_code::Tables;
using testing_runtime::Block;
using testing_runtime::Bound;
using testing_runtime::CodedPolicy;
using testing_runtime::HandMade;
using testing_runtime::HandMadeCode;

constexpr ChunkCodeKind kProducts[] = {ChunkCodeKind::fast, ChunkCodeKind::beast};
constexpr ChunkCodeKind kKinds[] = {ChunkCodeKind::fast, ChunkCodeKind::beast, ChunkCodeKind::joint,
                                    ChunkCodeKind::residual};

/// A decoder with memory of its own, full of what was there before.
struct Ready {
  explicit Ready(const Tables& tables) : memory(size(tables)) {
    std::fill(memory.span().begin(), memory.span().end(), std::byte{0xAB});
    RuntimeBuffers buffers(memory.span().data(), 0);
    decoder = {tables, buffers};
    decoder.prepare();
  }
  static std::size_t size(const Tables& tables) {
    RuntimeBuffers buffers(nullptr, 0);
    Decoder counted(tables, buffers);
    return buffers.used();
  }
  std::vector<float> decode(const std::vector<std::uint32_t>& tokens, std::size_t values) {
    decoder.begin();
    for (const std::uint32_t token : tokens) decoder.append(token);
    std::vector<float> chunk(values, std::numeric_limits<float>::quiet_NaN());
    decoder.decode(chunk.data());
    return chunk;
  }
  Block memory;
  Decoder decoder;
};

TEST(ChunkCodeCore, FastDecodesWhatItsTokensSpell) {
  const HandMadeCode code(ChunkCodeKind::fast, 3);
  Ready ready(code.tables);
  // aab | C2 80 | C2 81 a | c, and eight more: symbols minus 'b'.
  const std::vector<std::uint32_t> tokens{3, 4, 5, 4, 6, 2, 0, 0, 1, 1};
  const std::vector<double> q{-1, -1, 0, 30, 31, -1, 1, -1, -1, 0, 0, 0};
  const std::vector<float> chunk = ready.decode(tokens, 12);
  for (std::size_t i = 0; i < 12; ++i) {
    const std::size_t h = i / 3, d = i % 3;
    double x = 0.0;
    for (std::size_t k = 0; k < 4; ++k) x += code.matrices[step_product::packed_at(h, k, 4)] * q[k * 3 + d];
    EXPECT_NEAR(chunk[i], code.offset[d] + code.factor[d] * x / 10.0, 1e-6) << i;
  }
}

TEST(ChunkCodeCore, BeastDecodesWeightsOfTwoKindsOfSpline) {
  const HandMadeCode code(ChunkCodeKind::beast, 3);
  Ready ready(code.tables);
  const std::vector<std::uint32_t> tokens{0, 1, 2, 3, 4, 0, 1, 2, 3};
  const std::vector<float> chunk = ready.decode(tokens, 12);
  const std::size_t size = step_product::packed_size(4, 3);
  for (std::size_t i = 0; i < 12; ++i) {
    const std::size_t h = i / 3, d = i % 3;
    double x = 0.0;
    for (std::size_t k = 0; k < 3; ++k) {
      const std::size_t p = k * 3 + d;
      x += code.matrices[code.matrix_of[d] * size + step_product::packed_at(h, k, 3)] *
           (code.offset[p] + tokens[p] * code.factor[p]);
    }
    EXPECT_NEAR(chunk[i], x, 1e-6) << i;
  }
}

TEST(ChunkCodeCore, JointTokensStandForTheirCodes) {
  const HandMadeCode code(ChunkCodeKind::joint, 3);
  Ready ready(code.tables);
  const auto decodes_to = [&](const std::vector<std::uint32_t>& tokens, const std::vector<std::size_t>& codes) {
    std::vector<float> expected;
    for (const std::size_t k : codes) expected.insert(expected.end(), &code.codes[6 * k], &code.codes[6 * k] + 6);
    EXPECT_EQ(ready.decode(tokens, 12), expected);
  };
  decodes_to({3, 1}, {3, 1});
  decodes_to({4, 4}, {4, 4});
  decodes_to({2}, {2, 0});
  decodes_to({99, 0, 7}, {4, 0});
}

TEST(ChunkCodeCore, ResidualTokensAddTheirLayersCodes) {
  const HandMadeCode code(ChunkCodeKind::residual, 3);
  Ready ready(code.tables);
  const auto decodes_to = [&](const std::vector<std::uint32_t>& tokens, const std::vector<std::size_t>& codes) {
    std::vector<float> expected(12);
    for (std::size_t layer = 0; layer < 3; ++layer) {
      for (std::size_t i = 0; i < 12; ++i) expected[i] += code.codes[(5 * layer + codes[layer]) * 12 + i];
    }
    EXPECT_EQ(ready.decode(tokens, 12), expected);
  };
  decodes_to({3, 1, 4}, {3, 1, 4});
  decodes_to({2, 2, 2}, {2, 2, 2});
  decodes_to({2}, {2, 0, 0});
  decodes_to({99, 0, 7}, {4, 0, 4});
}

TEST(ChunkCodeCore, SumsOfLargestCodesStayFinite) {
  for (const float sign : {-1.0F, 1.0F}) {
    HandMadeCode code(ChunkCodeKind::residual, 3);
    code.codes.assign(240, sign * 1e38F);  // four layers, whose sum is beyond float32
    code.tables.codes = code.codes;
    code.tables.terms = code.tables.positions = 4;
    ASSERT_TRUE(chunk_code::is_sound(code.tables, std::vector<std::uint32_t>(4, 5)));
    Ready ready(code.tables);
    for (const float x : ready.decode({1, 2, 3, 4}, 12)) EXPECT_EQ(x, sign * std::numeric_limits<float>::max());
  }
}

TEST(ChunkCodeCore, EverySequenceOfAdmittedTokensSpellsAWholeChunk) {
  const HandMadeCode code(ChunkCodeKind::fast, 3);
  Ready ready(code.tables);
  std::vector<std::size_t> lengths;
  for (std::uint64_t round = 0; round < 2000; ++round) {
    std::vector<std::uint32_t> symbols(13);
    SymbolReader reader(0xFFFFFFFF, symbols);
    std::size_t length = 0;
    for (ready.decoder.begin(); ready.decoder.goes_on(); ++length) {
      std::vector<std::uint32_t> admitted;
      for (std::uint32_t k = 0; k < code.vocabulary; ++k) {
        if (ready.decoder.admitted()[k]) admitted.push_back(k);
      }
      ASSERT_FALSE(admitted.empty());
      const double u = uniform(NoiseKey(round), length, 0);
      const std::uint32_t token = admitted[static_cast<std::size_t>(u * static_cast<double>(admitted.size()))];
      ready.decoder.append(token);
      reader.read(code.tables.tokens.of(token));
    }
    reader.finish();
    ASSERT_EQ(reader.symbols(), 12U);
    ASSERT_EQ(reader.broken_bytes(), 0U);
    ASSERT_LE(length, code.tables.positions);
    lengths.push_back(length);
  }
  EXPECT_LT(*std::ranges::min_element(lengths), 8U) << "some sequences are short";
  EXPECT_EQ(*std::ranges::max_element(lengths), 12U);
}

TEST(ChunkCodeCore, AnySequenceDecodesToFiniteNumbers) {
  for (const ChunkCodeKind kind : kKinds) {
    const HandMadeCode code(kind, 3);
    Ready ready(code.tables);
    const std::vector<std::vector<std::uint32_t>> sequences{
        {}, {8, 8, 5, 5}, {4}, {99, 0xFFFFFFFF}, std::vector<std::uint32_t>(50, 3)};
    for (const auto& tokens : sequences) {
      for (const float u : ready.decode(tokens, 12)) EXPECT_TRUE(std::isfinite(u));
    }
  }
}

TEST(ChunkCodeCore, UnsoundTablesAreRefused) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> bad{nan}, many(4096);
  const std::vector<std::uint32_t> zeros(64), far{0, 0, 9}, falling{0, 1, 2, 3, 6, 5, 7, 9, 11, 11}, empty(10);
  for (const ChunkCodeKind kind : kProducts) {
    const HandMadeCode code(kind, 3);
    const std::vector<std::uint32_t> vocabularies(code.tables.positions, code.vocabulary);
    const auto refused = [&](auto change) {
      Tables tables = code.tables;
      change(tables);
      return !chunk_code::is_sound(tables, vocabularies);
    };
    EXPECT_FALSE(refused([](Tables&) {}));
    EXPECT_TRUE(refused([](Tables& t) { t.kind = static_cast<ChunkCodeKind>(4); }));
    EXPECT_TRUE(refused([](Tables& t) { t.chunk = 0; }));
    EXPECT_TRUE(refused([](Tables& t) { t.chunk = 5000; }));
    EXPECT_TRUE(refused([](Tables& t) { t.terms = 0; }));
    EXPECT_TRUE(refused([](Tables& t) { t.terms = 2; }));
    EXPECT_TRUE(refused([](Tables& t) { t.dim = 0; }));
    EXPECT_TRUE(refused([](Tables& t) { t.dim = 4; }));
    EXPECT_TRUE(refused([](Tables& t) { t.positions = 1; }));
    EXPECT_TRUE(refused([](Tables& t) { t.matrices = t.matrices.first(t.matrices.size() - 1); }));
    EXPECT_TRUE(refused([](Tables& t) { t.matrices = {}; }));
    EXPECT_TRUE(refused([&](Tables& t) { t.matrices = std::span(many).first(4 * t.matrix_size()); }));
    EXPECT_TRUE(refused([&](Tables& t) { t.matrix_of = far; }));
    EXPECT_TRUE(refused([&](Tables& t) { t.offset = std::span(many).first(1); }));
    EXPECT_TRUE(refused([&](Tables& t) { t.factor = bad; }));
    EXPECT_FALSE(chunk_code::is_sound(code.tables, zeros));
  }
  for (std::vector<double> HandMadeCode::*which :
       {&HandMadeCode::matrices, &HandMadeCode::offset, &HandMadeCode::factor}) {
    HandMadeCode code(ChunkCodeKind::beast, 3);
    (code.*which)[1] = which == &HandMadeCode::offset ? 1e300 : nan;
    EXPECT_FALSE(chunk_code::is_sound(code.tables, std::vector<std::uint32_t>(code.tables.positions, 5)));
  }
  const HandMadeCode fast(ChunkCodeKind::fast, 3);
  const auto spoiled = [&](auto change) {
    Tables tables = fast.tables;
    change(tables);
    return !chunk_code::is_sound(tables, std::vector<std::uint32_t>(tables.positions, fast.vocabulary));
  };
  EXPECT_TRUE(spoiled([&](Tables& t) { t.scale = nan; }));
  EXPECT_TRUE(spoiled([](Tables& t) { t.scale = 0.0; }));
  EXPECT_TRUE(spoiled([](Tables& t) { t.min_token = std::numeric_limits<std::int32_t>::min(); }));
  EXPECT_TRUE(spoiled([](Tables& t) { t.positions = 11; })) << "too few tokens for twelve symbols";
  EXPECT_TRUE(spoiled([](Tables& t) { t.tokens.bytes = t.tokens.bytes.first(5); }));
  EXPECT_TRUE(spoiled([&](Tables& t) { t.tokens.begins = falling; }));
  EXPECT_TRUE(spoiled([&](Tables& t) { t.tokens = {empty, {}}; })) << "nothing can be spelled";
  EXPECT_TRUE(chunk_code::is_sound(fast.tables, std::vector<std::uint32_t>(fast.tables.positions, 9)));
  EXPECT_FALSE(chunk_code::is_sound(fast.tables, std::vector<std::uint32_t>(fast.tables.positions, 8)));
}

/// Whether the tables are unsound once changed, with so many tokens at each position.
template <class Change>
bool refused_when(const HandMadeCode& code, Change change, std::uint32_t vocabulary) {
  Tables tables = code.tables;
  change(tables);
  return !chunk_code::is_sound(tables, std::vector<std::uint32_t>(tables.positions, vocabulary));
}

TEST(ChunkCodeCore, UnsoundJointCodesAreRefused) {
  const HandMadeCode code(ChunkCodeKind::joint, 3);
  const auto refused = [&](auto change, std::uint32_t vocabulary = 5) {
    return refused_when(code, change, vocabulary);
  };
  EXPECT_FALSE(refused([](Tables&) {}));
  EXPECT_TRUE(refused([](Tables&) {}, 4));
  EXPECT_TRUE(refused([](Tables&) {}, 6));
  EXPECT_TRUE(refused([](Tables& t) { t.kind = ChunkCodeKind::beast; }));
  EXPECT_TRUE(refused([](Tables& t) { t.chunk = 0; }));
  EXPECT_TRUE(refused([](Tables& t) { t.chunk = 5; }));
  EXPECT_TRUE(refused([](Tables& t) { t.terms = 0; }));
  EXPECT_TRUE(refused([](Tables& t) { t.terms = 3; }));
  EXPECT_TRUE(refused([](Tables& t) { t.terms = 1; }));
  EXPECT_TRUE(refused([](Tables& t) { t.terms = 8; }));
  EXPECT_TRUE(refused([](Tables& t) { t.dim = 0; }));
  EXPECT_TRUE(refused([](Tables& t) { t.dim = 4; }));
  EXPECT_TRUE(refused([](Tables& t) { t.positions = 1; }));
  EXPECT_TRUE(refused([](Tables& t) { t.codes = t.codes.first(29); }));
  EXPECT_TRUE(refused([](Tables& t) { t.codes = {}; }, 0));
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), -2e38F}) {
    HandMadeCode spoiled(ChunkCodeKind::joint, 3);
    spoiled.codes[29] = bad;
    EXPECT_FALSE(chunk_code::is_sound(spoiled.tables, std::vector<std::uint32_t>{5, 5})) << bad;
  }
}

TEST(ChunkCodeCore, UnsoundResidualCodesAreRefused) {
  const HandMadeCode code(ChunkCodeKind::residual, 3);
  const auto refused = [&](auto change, std::uint32_t vocabulary = 5) {
    return refused_when(code, change, vocabulary);
  };
  EXPECT_FALSE(refused([](Tables&) {}));
  EXPECT_TRUE(refused([](Tables&) {}, 6));
  EXPECT_TRUE(refused([](Tables& t) { t.kind = ChunkCodeKind::joint; }));
  EXPECT_TRUE(refused([](Tables& t) { t.terms = 0; }));
  EXPECT_TRUE(refused([](Tables& t) { t.terms = 4; }));
  EXPECT_TRUE(refused([](Tables& t) { t.positions = 4; }));
  EXPECT_TRUE(refused([](Tables& t) { t.terms = t.positions = 4; }));
  EXPECT_TRUE(refused([](Tables& t) { t.chunk = 5; }));
  EXPECT_TRUE(refused([](Tables& t) { t.dim = 2; }));
  EXPECT_TRUE(refused([](Tables& t) { t.codes = t.codes.first(179); }));
  EXPECT_TRUE(refused([](Tables& t) { t.codes = t.codes.first(144); }));
  EXPECT_FALSE(refused([](Tables& t) { t.codes = t.codes.first(144); }, 4)) << "four codes a layer are sound, too";
}

TEST(ChunkCodeCore, TheRuntimePlaysWholeChunksAndHasNoMean) {
  for (const ChunkCodeKind kind : kKinds) {
    for (const bool represented : {false, true}) {
      const CodedPolicy policy(kind, represented);
      Bound bound(policy.image());
      ASSERT_EQ(bound.status, Status::ok);
      EXPECT_EQ(bound.runtime.chunk(), 4U);
      EXPECT_EQ(bound.runtime.configure(RuntimeDecode::mean, 1.0F, OnError::hold), Status::bad_option);
      const std::vector<float> x = HandMade::floats(NoiseKey(8), 11, 2.0, 0.0);
      ASSERT_EQ(bound.runtime.configure(RuntimeDecode::sample, 4.0F, OnError::hold), Status::ok);
      const std::vector<float> first = bound.act(x, 1);
      EXPECT_EQ(bound.status, Status::ok);
      std::size_t others = 0;
      for (std::uint64_t key = 2; key < 50; ++key) others += bound.act(x, key) != first ? 1 : 0;
      EXPECT_GT(others, 0U) << "another key draws other tokens";
      bound.runtime.reset();
      EXPECT_EQ(bound.act(x, 1), first);
    }
  }
}

TEST(ChunkCodeCore, CommittedActionsReplaceWhatWasDecoded) {
  for (const ChunkCodeKind kind : kKinds) {
    const CodedPolicy policy(kind);
    Bound bound(policy.image());
    const std::vector<float> x = HandMade::floats(NoiseKey(9), 11, 2.0, 0.0), committed{9, 8, 7, 6, 5, 4};
    const std::vector<float> free = bound.act(x, 3);
    bound.runtime.reset();
    std::vector<float> expected = free, action(12);
    std::copy(committed.begin(), committed.end(), expected.begin());
    ASSERT_EQ(bound.runtime.act(x, committed, 3, action), Status::ok);
    EXPECT_EQ(action, expected);
  }
}

TEST(ChunkCodeCore, LogitsEndWithTheSequence) {
  const CodedPolicy policy(ChunkCodeKind::fast);
  Bound bound(policy.image());
  ASSERT_EQ(bound.runtime.configure(RuntimeDecode::argmax, 1.0F, OnError::hold), Status::ok);
  std::vector<float> logits(bound.runtime.logits_size());
  std::size_t shortest = logits.size();
  for (std::uint64_t i = 0; i < 20; ++i) {
    ASSERT_EQ(bound.runtime.logits(HandMade::floats(NoiseKey(i), 11, 2.0, 0.0), logits), Status::ok);
    const auto last = std::find_if(logits.rbegin(), logits.rend(), [](float v) { return v != 0.0F; });
    shortest = std::min<std::size_t>(shortest, static_cast<std::size_t>(logits.rend() - last));
    EXPECT_NE(logits[0], 0.0F);
  }
  EXPECT_EQ(shortest % 9, 0U) << "whole positions";
  EXPECT_LT(shortest, logits.size()) << "and not all of them";
}

}  // namespace
}  // namespace pianola
