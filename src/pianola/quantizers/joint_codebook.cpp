#include "pianola/quantizers/joint_codebook.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/action_bounds.hpp"
#include "pianola/quantizers/covering_radius.hpp"
#include "pianola/quantizers/fit_range.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/quantizers/saved_fields.hpp"

namespace pianola {
namespace {

constexpr std::size_t kBlockValues = 4096;     // that are scaled at a time
constexpr std::size_t kMostProjected = 16384;  // codes that are looked up again
constexpr double kLargestCode = 1e15;

void check(const JointCodes& c) {
  const auto fail = [&](const char* what) {
    return UsageError(fmt::format("quantizer '{}': a joint codebook needs {}", c.spec, what));
  };
  if (c.action_dim < 1 || c.chunk < 1 || c.chunk > kMaxChunkValues / c.action_dim) throw fail("1 … 2²⁰ values a chunk");
  const std::size_t width = c.action_dim * (c.whole_chunks ? c.chunk : 1);
  const std::size_t k = c.codes.size() / width;
  if (k < 1 || k > JointCodebook::kMaxCodes || c.codes.size() != k * width || c.codes.size() > Codebook::kMaxValues) {
    throw fail("1 … 65536 whole codes, 2²⁶ values in all at most");
  }
  if (!std::all_of(c.codes.begin(), c.codes.end(), [](float x) { return std::abs(x) <= kLargestCode; })) {
    throw fail("'codes' within ±1e15");
  }
  if (c.counts.size() != k) throw fail("'counts' of its codes");
  const auto weight = [](double w) { return w >= 0.0 && w <= 1e36; };
  if (c.scale.size() != c.action_dim || !std::all_of(c.scale.begin(), c.scale.end(), weight)) {
    throw fail("a 'scale' ≥ 0 for each dimension");
  }
  if (c.box.low.size() != c.action_dim || c.box.high.size() != c.action_dim) throw fail("a box of 'low' and 'high'");
  for (std::size_t d = 0; d < c.action_dim; ++d) {
    if (!usable_bounds(c.box.low[d], c.box.high[d])) throw fail("'low' ≤ 'high' within ±1e36");
  }
  const bool rms =
      std::all_of(c.offset_rms.begin(), c.offset_rms.end(), [](double x) { return x >= 0.0 && x <= kLargestCode; });
  if (!rms || (!c.offset_rms.empty() && c.offset_rms.size() != c.action_dim)) {
    throw fail("an 'offset_rms' in 0 … 1e15 for each dimension, or none");
  }
}

float scaled(double u, double w) { return static_cast<float>(u * w); }

}  // namespace

JointCodebook::JointCodebook(JointCodes codes) : contents_(std::move(codes)) {
  check(contents_);
  const std::vector<double>& scale = contents_.scale;
  scaled_ = std::any_of(scale.begin(), scale.end(), [](double w) { return w != 1.0; });
  std::vector<float> inner(contents_.codes.size());
  for (std::size_t i = 0; i < inner.size(); ++i) {
    inner[i] = scaled(static_cast<double>(contents_.codes[i]), scale[i % contents_.action_dim]);
    if (!(std::abs(inner[i]) <= 1e30F)) {
      throw UsageError(fmt::format("quantizer '{}': 'scale' blows up code {} to {}", contents_.spec, i, inner[i]));
    }
  }
  book_ = std::make_unique<Codebook>(std::move(inner),
                                     contents_.action_dim * (contents_.whole_chunks ? contents_.chunk : 1));
  describe();
}

void JointCodebook::describe() {
  const std::size_t k = book_->size();
  info_.spec = contents_.spec;
  info_.action_dim = contents_.action_dim;
  info_.chunk = contents_.chunk;
  info_.max_tokens = contents_.whole_chunks ? 1 : contents_.chunk;
  info_.vocabularies.assign(info_.max_tokens, static_cast<std::uint32_t>(k));
  info_.epsilon_sup = largest_error();
  info_.projection = is_projection();
  std::vector<double> mean(width(), 0.0);
  double all = 0.0;
  for (std::size_t j = 0; j < k; ++j) {
    const double count = contents_.counts[j];
    all += count;
    for (std::size_t d = 0; d < width(); ++d) mean[d] += count * static_cast<double>(book_->code(j)[d]);
  }
  for (double& x : mean) x /= std::max(all, 1.0);
  std::uint32_t nearest = 0;
  nearest_codes(*book_, mean, std::span(&nearest, 1));
  fallback_ = nearest;
}

/// Without scales a code is at distance 0 of itself, and of no different one. Scaled and rounded ones are looked up.
bool JointCodebook::is_projection() const {
  if (!scaled_) return true;
  const std::size_t k = book_->size();
  if (k > kMostProjected) return false;
  std::vector<std::uint32_t> again(k), exact(k);
  std::vector<double> wide(contents_.codes.size());
  for (std::size_t i = 0; i < wide.size(); ++i) {
    wide[i] = static_cast<double>(contents_.codes[i]) * contents_.scale[i % contents_.action_dim];
  }
  nearest_codes(*book_, book_->codes(), std::span(again));
  nearest_codes(*book_, wide, std::span(exact));
  std::vector<bool> chosen(k, false);  // equal scaled codes: only the first is ever chosen
  for (std::size_t j = 0; j < k; ++j) chosen[again[j]] = true;
  for (std::size_t j = 0; j < k; ++j) {
    if (chosen[j] && (again[j] != j || exact[j] != j)) return false;
  }
  return true;
}

/// Per step; of whole chunks from the box alone, the distance to the farthest corner.
double JointCodebook::largest_error() const {
  const ActionRange& box = contents_.box;
  if (!contents_.whole_chunks || contents_.chunk == 1) {
    return covering_radius(contents_.codes, box.low, box.high, contents_.scale).bound;
  }
  double largest = 0.0;
  const std::size_t dim = contents_.action_dim;
  for (std::size_t i = 0; i < contents_.codes.size(); i += dim) {
    const auto step = std::span(contents_.codes).subspan(i, dim);
    largest = std::max(largest, covering_radius(step, box.low, box.high, contents_.scale, 0.0).bound);
  }
  return largest;
}

std::span<const float> JointCodebook::code(std::size_t j) const {
  return std::span(contents_.codes).subspan(j * width(), width());
}

void JointCodebook::encode(std::span<const float> chunks, const CodecContext&, TokenBatch batch) const {
  checked_chunks(info_, chunks, batch);
  std::fill(batch.lengths.begin(), batch.lengths.end(), static_cast<std::uint32_t>(info_.max_tokens));
  if (!scaled_) return nearest_codes(*book_, chunks, batch.tokens);
  const std::size_t dim = contents_.action_dim, most = std::max<std::size_t>(1, kBlockValues / width());
  std::vector<float> block(std::min(most, batch.tokens.size()) * width());
  for (std::size_t first = 0; first < batch.tokens.size(); first += most) {
    const std::size_t n = std::min(most, batch.tokens.size() - first);
    const float* const from = chunks.data() + first * width();
    for (std::size_t i = 0; i < n * width(); ++i) {
      block[i] = scaled(static_cast<double>(from[i]), contents_.scale[i % dim]);
    }
    nearest_codes(*book_, std::span<const float>(block).first(n * width()), batch.tokens.subspan(first, n));
  }
}

void JointCodebook::decode(const TokenBatch& batch, const CodecContext&, std::span<float> chunks,
                           std::span<DecodeStatus> status) const noexcept {
  const std::size_t n = batch.lengths.size(), length = info_.max_tokens;
  assert(batch.tokens.size() == n * length && chunks.size() == n * length * width());
  assert(status.empty() || status.size() == n);
  for (std::size_t i = 0; i < n; ++i) {
    bool exact = batch.lengths[i] == length;
    for (std::size_t p = 0; p < length; ++p) {
      const bool known = p < batch.lengths[i] && batch.tokens[i * length + p] < book_->size();
      exact = exact && known;
      const auto values = code(known ? batch.tokens[i * length + p] : fallback_);
      std::copy(values.begin(), values.end(), chunks.begin() + static_cast<std::ptrdiff_t>((i * length + p) * width()));
    }
    if (!status.empty()) status[i] = exact ? DecodeStatus::exact : DecodeStatus::repaired;
  }
}

void JointCodebook::quantize(std::span<const double> actions, const CodecContext&, std::span<double> out) const {
  assert(actions.size() == out.size() && actions.size() % width() == 0);
  std::vector<double> inner(width());
  for (std::size_t i = 0; i < actions.size(); i += width()) {
    for (std::size_t d = 0; d < width(); ++d) inner[d] = actions[i + d] * contents_.scale[d % contents_.action_dim];
    std::uint32_t token = 0;
    nearest_codes(*book_, inner, std::span(&token, 1));
    const auto values = code(token);
    std::copy(values.begin(), values.end(), out.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

std::span<const float> JointCodebook::levels(std::size_t /*position*/) const {
  return width() == 1 ? std::span<const float>(contents_.codes) : std::span<const float>();
}

std::optional<ChunkCode> JointCodebook::chunk_code() const {
  if (width() == 1) return std::nullopt;
  ChunkCode code;
  code.kind = ChunkCodeKind::joint;
  code.terms = contents_.whole_chunks ? contents_.chunk : 1;
  code.codes = contents_.codes;
  return code;
}

void JointCodebook::saturated(std::span<const double> actions, std::span<bool> flags) const {
  flag_outside(contents_.box, actions, flags);
}

std::size_t JointCodebook::dead_codes() const {
  return static_cast<std::size_t>(std::count(contents_.counts.begin(), contents_.counts.end(), 0U));
}

void JointCodebook::offsets(std::span<const float> chunks, const TokenBatch& batch, std::span<float> offsets) const {
  checked_chunks(info_, chunks, batch);
  decode(batch, {}, offsets, {});
  for (std::size_t i = 0; i < offsets.size(); ++i) offsets[i] = chunks[i] - offsets[i];
}

void JointCodebook::add_offsets(const TokenBatch& batch, std::span<const float> offsets,
                                std::span<float> chunks) const noexcept {
  decode(batch, {}, chunks, {});
  for (std::size_t i = 0; i < chunks.size(); ++i) chunks[i] += offsets[i];
}

nlohmann::ordered_json JointCodebook::save() const {
  nlohmann::ordered_json saved =
      saved_with(info_, {{"low", contents_.box.low},
                         {"high", contents_.box.high},
                         {"scale", contents_.scale},
                         {"counts", contents_.counts},
                         {"codes", std::vector<double>(contents_.codes.begin(), contents_.codes.end())}});
  if (!contents_.offset_rms.empty()) saved["offset_rms"] = contents_.offset_rms;
  return saved;
}

JointCodes JointCodebook::read(const SavedFields& fields, std::size_t codes, bool whole_chunks, bool offsets) {
  const auto [dim, chunk] = fields.chunk_shape();
  JointCodes out;
  out.spec = fields.text("spec");
  out.action_dim = dim;
  out.chunk = chunk;
  out.whole_chunks = whole_chunks;
  out.box = {fields.numbers("low", out.action_dim), fields.numbers("high", out.action_dim)};
  out.scale = fields.numbers("scale", out.action_dim);
  const std::size_t width = out.action_dim * (whole_chunks ? out.chunk : 1);
  if (codes > Codebook::kMaxValues / width) {
    throw DataError(
        fmt::format("key 'codes' cannot hold {} × {} numbers; {} are the most", codes, width, Codebook::kMaxValues));
  }
  out.counts = fields.counts("counts", codes, 0, 0xFFFFFFFFU);
  const std::vector<double> numbers = fields.numbers("codes", codes * width);
  const auto large = std::find_if(numbers.begin(), numbers.end(), [](double x) { return std::abs(x) > kLargestCode; });
  if (large != numbers.end())
    throw DataError(fmt::format("key 'codes' must hold numbers within ±1e15, not {}", *large));
  out.codes.assign(numbers.begin(), numbers.end());
  if (offsets) out.offset_rms = fields.numbers("offset_rms", out.action_dim);
  return out;
}

}  // namespace pianola
