#include "pianola/policies/chunk_code_core.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pianola/quantizers/step_product.hpp"

namespace pianola::chunk_code {
namespace {

template <class T>
bool are_moderate(std::span<const T> values) {
  return std::all_of(values.begin(), values.end(), [](T x) { return std::abs(double{x}) <= kLargestNumber; });
}

/// Whether each token lies in the bytes.
bool is_sound(const spelling::TokenBytes& tokens) {
  const auto begins = tokens.begins;
  return begins.size() >= 2 && begins.front() == 0 && begins.back() == tokens.bytes.size() &&
         std::is_sorted(begins.begin(), begins.end());
}

/// Of `fast`: one vocabulary, of which some tokens spell any number of symbols within the budget.
bool spells(const Tables& t, std::span<const std::uint32_t> vocabularies) {
  if (t.terms != t.chunk || t.offset.size() != t.dim || t.factor.size() != t.dim) return false;
  if (!(t.scale >= 1e-6 && t.scale <= 1e12) || std::abs(std::int64_t{t.min_token}) > kLargestMinToken) return false;
  if (!is_sound(t.tokens)) return false;
  const auto same = [&t](std::uint32_t vocabulary) { return vocabulary == t.tokens.size(); };
  if (!std::all_of(vocabularies.begin(), vocabularies.end(), same)) return false;
  const std::uint32_t each = spelling::plan_finish(t.tokens)[spelling::kBetween];
  return each != spelling::kNever && each * t.values() <= t.positions;
}

/// Of codes: as many as each position has tokens, each of whole steps; one codebook for all positions, or one for each.
bool holds_codes(const Tables& t, std::span<const std::uint32_t> vocabularies) {
  const bool steps = t.chunk % t.terms == 0 && t.positions == t.chunk / t.terms;
  if (t.has_layers() ? t.positions != t.terms : !steps) return false;
  const std::size_t each = t.code_width() * (t.has_layers() ? t.positions : 1), codes = t.codes.size() / each;
  const auto same = [codes](std::uint32_t vocabulary) { return vocabulary == codes; };
  return codes >= 1 && t.codes.size() % each == 0 && std::all_of(vocabularies.begin(), vocabularies.end(), same) &&
         are_moderate(t.codes);
}

}  // namespace

std::size_t Tables::matrix_size() const { return step_product::packed_size(chunk, terms); }

bool is_sound(const Tables& t, std::span<const std::uint32_t> vocabularies) noexcept {
  if (t.kind > ChunkCodeKind::residual || vocabularies.size() != t.positions) return false;
  if (t.chunk < 1 || t.terms < 1 || t.dim < 1) return false;
  if (t.has_codes()) return holds_codes(t, vocabularies);
  if (t.chunk > kMostSteps || t.terms > kMostTerms) return false;
  if (t.matrix_of.size() != t.dim || t.matrices.empty() || t.matrices.size() % t.matrix_size() != 0) return false;
  const std::size_t matrices = t.matrices.size() / t.matrix_size();
  const auto exists = [matrices](std::uint32_t i) { return i < matrices; };
  if (matrices > t.dim || !std::all_of(t.matrix_of.begin(), t.matrix_of.end(), exists)) return false;
  if (!are_moderate(t.matrices) || !are_moderate(t.offset) || !are_moderate(t.factor)) return false;
  if (t.varies()) return spells(t, vocabularies);
  const std::size_t weights = t.terms * t.dim;
  return t.positions == weights && t.offset.size() == weights && t.factor.size() == weights;
}

Decoder::Decoder(const Tables& tables, RuntimeBuffers& buffers) noexcept : tables_(&tables) {
  buffers.take(sequence_, tables.positions);
  if (tables.has_codes()) return;
  buffers.take(coefficients_, tables.terms * step_product::stride(tables.dim));
  buffers.take(sums_, step_product::result_size(tables.chunk, tables.dim));
  if (!tables.varies()) return;
  buffers.take(steps_, spelling::kStates * tables.tokens.size());
  buffers.take(admitted_, tables.tokens.size());
  buffers.take(symbols_, tables.values());
}

void Decoder::prepare() noexcept {
  if (tables_->has_codes()) return;
  std::fill_n(coefficients_, tables_->terms * step_product::stride(tables_->dim), 0.0);
  if (!tables_->varies()) return;
  finish_ = spelling::plan_finish(tables_->tokens);
  spelling::plan_steps(tables_->tokens, {steps_, spelling::kStates * tables_->tokens.size()});
}

void Decoder::begin() noexcept {
  place_ = {};
  length_ = 0;
}

bool Decoder::goes_on() noexcept {
  if (!tables_->varies()) return length_ < tables_->positions;
  return grammar().allowed(place_, tables_->values(), tables_->positions, {admitted_, tables_->tokens.size()});
}

void Decoder::append(std::uint32_t token) noexcept {
  if (length_ >= tables_->positions) return;
  sequence_[length_++] = token;
  if (tables_->varies()) grammar().advance(place_, token);
}

/// Coefficients that the tokens spell; returns the rows that are not all zero.
std::size_t Decoder::place_integers() noexcept {
  const Tables& t = *tables_;
  const std::size_t stride = step_product::stride(t.dim);
  SymbolReader reader(static_cast<std::uint32_t>(std::max(-t.min_token, 0)), {symbols_, t.values()});
  for (const std::uint32_t token : std::span(sequence_, length_)) {
    if (token < t.tokens.size()) reader.read(t.tokens.of(token));
  }
  reader.finish();
  std::size_t rows = 0;
  for (std::size_t i = 0; i < t.values(); ++i) {
    const bool known = i < reader.symbols();
    const std::int64_t q = known ? std::int64_t{symbols_[i]} + t.min_token : 0;
    coefficients_[i / t.dim * stride + i % t.dim] = static_cast<double>(q);
    if (q != 0) rows = i / t.dim + 1;
  }
  return rows;
}

void Decoder::place_weights() noexcept {
  const Tables& t = *tables_;
  const std::size_t stride = step_product::stride(t.dim);
  for (std::size_t p = 0; p < length_; ++p) {
    coefficients_[p / t.dim * stride + p % t.dim] = t.offset[p] + static_cast<double>(sequence_[p]) * t.factor[p];
  }
}

/// The code of position p.
const float* Decoder::code_at(std::size_t p) const noexcept {
  const Tables& t = *tables_;
  const std::size_t count = t.codes.size() / t.code_width() / (t.has_layers() ? t.positions : 1);
  const std::size_t token = p < length_ ? std::min<std::size_t>(sequence_[p], count - 1) : 0;
  return t.codes.data() + (t.has_layers() ? p * count + token : token) * t.code_width();
}

void Decoder::copy_codes(float* chunk) const noexcept {
  const std::size_t width = tables_->code_width();
  for (std::size_t p = 0; p < tables_->positions; ++p) std::copy_n(code_at(p), width, chunk + p * width);
}

void Decoder::add_codes(float* chunk) const noexcept {
  constexpr float kMost = std::numeric_limits<float>::max();
  const std::size_t width = tables_->code_width();
  std::copy_n(code_at(0), width, chunk);
  for (std::size_t p = 1; p < tables_->positions; ++p) {
    const float* const more = code_at(p);
    for (std::size_t i = 0; i < width; ++i) chunk[i] = std::max(-kMost, std::min(kMost, chunk[i] + more[i]));
  }
}

void Decoder::decode(float* chunk) noexcept {
  const Tables& t = *tables_;
  if (t.has_codes()) return t.has_layers() ? add_codes(chunk) : copy_codes(chunk);
  const std::size_t stride = step_product::stride(t.dim), size = t.matrix_size();
  std::size_t rows = t.terms;
  if (t.varies()) {
    rows = place_integers();
  } else {
    place_weights();
  }
  constexpr double kMost = std::numeric_limits<float>::max();
  for (std::uint32_t m = 0; m < t.matrices.size() / size; ++m) {
    step_product::multiply(t.matrices.data() + m * size, t.chunk, t.terms, rows, coefficients_, t.dim, sums_);
    for (std::size_t i = 0; i < t.values(); ++i) {
      const std::size_t d = i % t.dim;
      if (t.matrix_of[d] != m) continue;
      const double x = sums_[i / t.dim * stride + d];
      const double u = t.varies() ? t.offset[d] + t.factor[d] * (x / t.scale) : x;
      chunk[i] = static_cast<float>(std::max(-kMost, std::min(kMost, u)));
    }
  }
}

}  // namespace pianola::chunk_code
