// Policies over the tokens of a chunk code, built by hand without the loader: for tests that also run on the robot's
// side.
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include "hand_made_image.hpp"
#include "pianola/policies/chunk_code_core.hpp"
#include "pianola/quantizers/step_product.hpp"

namespace pianola::testing_runtime {

/// Tables of random numbers for chunks of 4 steps; joint codes stand for two each, and there are three residual layers.
struct HandMadeCode {
  static constexpr std::size_t kChunk = 4;

  HandMadeCode(ChunkCodeKind kind, std::size_t dim) {
    const bool fast = kind == ChunkCodeKind::fast;
    vocabulary = 5;
    tables.kind = kind;
    tables.chunk = kChunk;
    tables.dim = dim;
    if (tables.has_codes()) {
      tables.terms = tables.has_layers() ? 3 : 2;
      tables.positions = tables.has_layers() ? tables.terms : kChunk / tables.terms;
      const std::size_t books = tables.has_layers() ? tables.terms : 1;
      codes = HandMade::floats(NoiseKey(1), books * vocabulary * tables.code_width(), 1.0, 0.0);
      tables.codes = codes;
      return;
    }
    tables.terms = fast ? kChunk : 3;
    tables.scale = fast ? 10.0 : 1.0;
    tables.min_token = fast ? -0x62 : 0;
    // Of one byte and of two; parts of symbols; an id without a token.
    const std::vector<std::string> texts{"a",
                                         "b",
                                         "c",
                                         "aab",
                                         "\xC2",
                                         "\x80",
                                         "\x81"
                                         "a",
                                         "b\xC2",
                                         ""};
    for (const std::string& text : texts) {
      if (!fast) break;
      bytes.insert(bytes.end(), text.begin(), text.end());
      begins.push_back(static_cast<std::uint32_t>(bytes.size()));
    }
    tables.positions = (fast ? kChunk : tables.terms) * dim;
    if (fast) vocabulary = static_cast<std::uint32_t>(texts.size());
    const std::size_t kinds = fast ? 1 : 2, numbers = fast ? dim : tables.positions;
    matrices = doubles(1, kinds * step_product::packed_size(kChunk, tables.terms), 0.5);
    for (std::size_t d = 0; d < dim; ++d) matrix_of.push_back(d % kinds);
    offset = doubles(2, numbers, 1.0);
    factor = doubles(3, numbers, 0.5);
    tables.matrices = matrices;
    tables.matrix_of = matrix_of;
    tables.offset = offset;
    tables.factor = factor;
    if (fast) tables.tokens = {begins, bytes};
  }
  HandMadeCode(const HandMadeCode&) = delete;  // `tables` points into it
  HandMadeCode& operator=(const HandMadeCode&) = delete;

  static std::vector<double> doubles(std::uint64_t seed, std::size_t n, double scale) {
    std::vector<double> values(n);
    for (std::size_t i = 0; i < n; ++i) values[i] = scale * (2.0 * uniform(NoiseKey(seed), i, 0) - 1.0);
    return values;
  }

  chunk_code::Tables tables;
  std::uint32_t vocabulary = 0;
  std::vector<double> matrices, offset, factor;
  std::vector<float> codes;
  std::vector<std::uint32_t> matrix_of, begins{0};
  std::vector<std::uint8_t> bytes;
};

/// A perceptron over them. represented: the actions of RepresentedActions, whose binary dimension has tokens of its
/// own.
struct CodedPolicy {
  explicit CodedPolicy(ChunkCodeKind kind, bool represented_ = false)
      : represented(represented_), code(kind, represented_ ? 8 : 3) {
    const std::size_t front = represented ? HandMadeCode::kChunk : 0;
    vocabularies.assign(front, 2);
    vocabularies.insert(vocabularies.end(), code.tables.positions, code.vocabulary);
    for (std::size_t p = 0; p < front; ++p) levels.insert(levels.end(), {-1.0F, 1.0F});
    std::uint32_t logits = 0;
    for (const std::uint32_t v : vocabularies) logits += v;
    mean = HandMade::floats(NoiseKey(4), kObservation, 1.0, 0.0);
    inverse_std = HandMade::floats(NoiseKey(5), kObservation, 0.5, 1.0);
    weights = HandMade::floats(NoiseKey(6), std::size_t{logits} * kObservation, 1.0, 0.0);
    bias = HandMade::floats(NoiseKey(7), logits, 0.5, 0.0);
    layers = {{kObservation, logits, weights, bias}};
  }
  CodedPolicy(const CodedPolicy&) = delete;
  CodedPolicy& operator=(const CodedPolicy&) = delete;

  [[nodiscard]] image::Parts parts() const {
    image::Parts parts;
    parts.observation_dim = kObservation;
    parts.action_dim = represented ? 6 : 3;
    parts.chunk = HandMadeCode::kChunk;
    parts.mean = mean;
    parts.inverse_std = inverse_std;
    parts.vocabularies = vocabularies;
    parts.levels = levels;
    parts.layers = layers;
    if (represented) {
      parts.actions = {6, HandMadeCode::kChunk, kObservation, 1, 8, actions.groups, actions.columns, actions.values};
    }
    parts.code = {&code.tables, represented ? static_cast<std::uint32_t>(HandMadeCode::kChunk) : 0};
    return parts;
  }
  [[nodiscard]] Block image() const {
    Block block(image::size(parts()));
    if (!image::write(parts(), block.span())) std::abort();
    return block;
  }

  static constexpr std::uint32_t kObservation = 11;
  bool represented;
  HandMadeCode code;
  RepresentedActions actions;
  std::vector<std::uint32_t> vocabularies;
  std::vector<float> mean, inverse_std, levels, weights, bias;
  std::vector<image::PlainLayer> layers;
};

}  // namespace pianola::testing_runtime
