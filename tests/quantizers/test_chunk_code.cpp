#include "pianola/quantizers/chunk_code.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "action_samples.hpp"
#include "fitting.hpp"
#include "pianola/quantizers/joint_codebook.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/quantizers/step_product.hpp"
#include "pianola/quantizers/symbol_reader.hpp"

namespace pianola::testing {
namespace {

/// What the tables say that these tokens stand for, by the head of chunk_code.hpp.
std::vector<double> by_tables(const ChunkCode& code, std::size_t chunk, std::span<const Token> tokens) {
  const std::size_t dim = code.matrix_of.size(), size = step_product::packed_size(chunk, code.terms);
  std::vector<double> c(code.terms * dim), u(chunk * dim);
  std::vector<std::uint32_t> symbols(chunk * dim);
  SymbolReader reader(0, symbols);
  for (std::size_t p = 0; p < tokens.size(); ++p) {
    if (code.kind == ChunkCodeKind::beast) c[p] = code.offset[p] + tokens[p] * code.factor[p];
    if (code.kind == ChunkCodeKind::fast) {
      reader.read(spelling::TokenBytes{code.token_begins, code.token_bytes}.of(tokens[p]));
    }
  }
  for (std::size_t i = 0; i < c.size() && code.kind == ChunkCodeKind::fast; ++i) {
    c[i] = static_cast<double>(symbols[i]) + code.min_token;
  }
  for (std::size_t i = 0; i < u.size(); ++i) {
    const std::size_t h = i / dim, d = i % dim;
    for (std::size_t k = 0; k < code.terms; ++k) {
      u[i] += code.matrices[code.matrix_of[d] * size + step_product::packed_at(h, k, code.terms)] * c[k * dim + d];
    }
    if (code.kind == ChunkCodeKind::fast) u[i] = code.offset[d] + code.factor[d] * u[i] / code.scale;
  }
  return u;
}

TEST(ChunkCode, TablesSayWhatDecodingDoes) {
  const Sample sample = make_sample("walk");
  const std::vector<double>& walk = sample.actions.trajectories()[5];
  for (const char* spec :
       {"fast:vocabulary=300", "fast:scale=40", "beast:bases=5", "beast:bases=6,bins=33,gripper=-1"}) {
    const auto quantizer = make_quantizer(spec, context_of(sample, 8));
    const auto code = chunk_code_of(*quantizer);
    ASSERT_TRUE(code.has_value()) << spec;
    const QuantizerInfo& info = quantizer->info();
    const std::size_t width = info.chunk * info.action_dim;
    std::vector<float> chunk(width), decoded(width);
    for (std::size_t first = 0; first < 45; ++first) {
      for (std::size_t i = 0; i < width; ++i) {
        chunk[i] = static_cast<float>(walk[first * info.action_dim + i]);
      }
      std::vector<Token> tokens(info.max_tokens);
      std::vector<std::uint32_t> lengths(1);
      quantizer->encode(chunk, {}, {tokens, lengths});
      quantizer->decode({tokens, lengths}, {}, decoded, {});
      const auto expected = by_tables(*code, info.chunk, std::span(tokens).first(lengths[0]));
      for (std::size_t i = 0; i < width; ++i) {
        ASSERT_NEAR(decoded[i], expected[i], 1e-6 * (1.0 + std::abs(expected[i]))) << spec << ", value " << i;
      }
    }
  }
}

TEST(ChunkCode, JointCodesAreWhatDecodingCopies) {
  const Sample sample = make_sample("walk");
  for (const char* spec : {"kmeans:k=7", "kmeans:k=5,joint=chunk,scale=std", "kdisks:k=6",
                           "twohot:smoothing=spatial,codebook='kmeans:k=5,joint=chunk'"}) {
    const auto quantizer = make_quantizer(spec, context_of(sample, 8));
    const auto code = chunk_code_of(*quantizer);
    ASSERT_TRUE(code.has_value()) << spec;
    EXPECT_EQ(code->kind, ChunkCodeKind::joint);
    const QuantizerInfo& info = quantizer->info();
    EXPECT_EQ(info.max_tokens * code->terms, 8U);
    const std::size_t width = code->terms * info.action_dim;
    ASSERT_EQ(code->codes.size(), info.vocabularies[0] * width);
    for (Token k = 0; k < info.vocabularies[0]; ++k) {
      std::vector<Token> tokens(info.max_tokens, k);
      std::vector<std::uint32_t> lengths{static_cast<std::uint32_t>(info.max_tokens)};
      std::vector<float> decoded(info.chunk * info.action_dim);
      quantizer->decode({tokens, lengths}, {}, decoded, {});
      for (std::size_t i = 0; i < decoded.size(); ++i) {
        ASSERT_EQ(decoded[i], code->codes[k * width + i % width]) << spec << ", token " << k << ", value " << i;
      }
    }
  }
}

TEST(ChunkCode, ResidualCodesAreWhatDecodingAdds) {
  const Sample sample = make_sample("walk");
  const auto quantizer = make_quantizer("rvq:layers=3,codes=4", context_of(sample, 8));
  const auto code = chunk_code_of(*quantizer);
  ASSERT_TRUE(code.has_value());
  EXPECT_EQ(code->kind, ChunkCodeKind::residual);
  EXPECT_EQ(code->terms, 3U);
  ASSERT_EQ(code->codes.size(), std::size_t{3 * 4 * 24});
  for (Token k = 0; k < 64; ++k) {
    std::vector<Token> tokens{k % 4, k / 4 % 4, k / 16};
    std::vector<std::uint32_t> lengths{3};
    std::vector<float> decoded(24);
    quantizer->decode({tokens, lengths}, {}, decoded, {});
    for (std::size_t i = 0; i < 24; ++i) {
      const float* const codes = code->codes.data() + i;
      ASSERT_EQ(decoded[i], codes[24 * tokens[0]] + codes[24 * (4 + tokens[1])] + codes[24 * (8 + tokens[2])]) << k;
    }
  }
  EXPECT_FALSE(chunk_code_of(*make_quantizer("rvq:codes=4,encoder=pca,latent=2", context_of(sample, 8))).has_value());
}

TEST(ChunkCode, ScalarTokensHaveNone) {
  EXPECT_FALSE(chunk_code_of(*make_quantizer("uniform:bins=5", unit_context())).has_value());
  JointCodes numbers;
  numbers.spec = "kmeans:k=2";
  numbers.action_dim = 1;
  numbers.chunk = 3;
  numbers.codes = {-1, 1};
  numbers.scale = {1.0};
  numbers.box = {{-1}, {1}};
  numbers.counts = {1, 1};
  const JointCodebook book(std::move(numbers));
  EXPECT_FALSE(chunk_code_of(book).has_value());
  EXPECT_EQ(book.levels(2).size(), 2U);
}

}  // namespace
}  // namespace pianola::testing
