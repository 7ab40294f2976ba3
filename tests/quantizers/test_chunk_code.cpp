#include "pianola/quantizers/chunk_code.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "action_samples.hpp"
#include "fitting.hpp"
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

TEST(ChunkCode, ScalarTokensHaveNone) {
  EXPECT_FALSE(chunk_code_of(*make_quantizer("uniform:bins=5", unit_context())).has_value());
}

}  // namespace
}  // namespace pianola::testing
