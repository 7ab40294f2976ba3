#include "pianola/quantizers/trap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/canonical_spec.hpp"
#include "pianola/quantizers/saved_fields.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "quantizer 'trap'";
constexpr std::uint32_t kDigitValues = 256;
constexpr std::uint32_t kFirstHugeExponent = 1023 + 127;  // biased: 2¹²⁷ and more, which float32 may not hold
constexpr double kRange = std::numbers::pi / 2.0;         // of arctan

/// Biased exponent of the double with these highest bytes.
std::uint32_t exponent_of(Token first, Token second) { return (first & 0x7FU) << 4 | second >> 4; }

Token digit_of(double value, std::size_t j) {
  return static_cast<Token>(std::bit_cast<std::uint64_t>(value) >> (56 - 8 * j) & 0xFFU);
}

/// The double of eight bytes; false if it is none that a float can hold.
bool value_of(std::span<const Token> digits, double& value) {
  std::uint64_t bits = 0;
  for (const Token digit : digits) {
    if (digit >= kDigitValues) return false;
    bits = bits << 8 | digit;
  }
  value = std::bit_cast<double>(bits);
  return exponent_of(digits[0], digits[1]) < kFirstHugeExponent;
}

void require_trap(const TrapConstants& c) {
  for (const auto& [option, value] :
       {std::pair{"epsilon", c.epsilon}, {"a", c.a}, {"b", c.b}, {"k", c.k}, {"d", c.d}}) {
    if (!(value > 0.0) || !std::isfinite(value)) {
      throw UsageError(fmt::format("{}: option '{}' must be positive and finite, not {}", kWho, option, value));
    }
  }
  if (c.a + c.b >= 1.0) {
    throw UsageError(
        fmt::format("{}: a + b must be below 1, or the expert's loop does not contract; it is {}", kWho, c.a + c.b));
  }
  for (const TrapCondition& condition : trap_conditions(c)) {
    if (condition.holds) continue;
    throw UsageError(
        fmt::format("{}: needs {}, but {} is false; the defaults a=0.2,b=0.3,k=2,d=1.2 trap for epsilon "
                    "up to 0.15",
                    kWho, condition.claim, condition.numbers));
  }
}

}  // namespace

TrapQuantizer::TrapQuantizer(const TrapConstants& constants, std::size_t action_dim, std::size_t chunk)
    : constants_(constants) {
  require_trap(constants_);
  if (action_dim < 1 || chunk < 1 || chunk > kMaxChunkValues / kDigits / action_dim) {
    throw UsageError(fmt::format("{}: a chunk must have 1 … {} values, not {} × {}", kWho, kMaxChunkValues / kDigits,
                                 chunk, action_dim));
  }
  const auto& [e, a, b, k, d] = constants_;
  const double widen = 1e-9 * e;
  const auto row = [](double low, double high, double token) { return Row{std::atan(low), std::atan(high), token}; };
  rows_ = {row(-k * e / 2, k * e / 2, (d + 0.5) * e / b), row(d * e - widen, (d + 1) * e + widen, 1.0),
           row(a * d * e + b - widen, a * (d + 1) * e + b + widen, (d + 1) * (1 - a * a) * e / b - a)};
  info_.spec = canonical_spec("trap", constants_, {"epsilon"});
  info_.action_dim = action_dim;
  info_.chunk = chunk;
  info_.max_tokens = kDigits * chunk * action_dim;
  info_.vocabularies.assign(info_.max_tokens, kDigitValues);
  info_.epsilon_sup = largest_error() * std::sqrt(static_cast<double>(action_dim));
  info_.finite_codebook = false;
}

/// Over ±π/2. Of a constant row at its ends; elsewhere ε/2.
double TrapQuantizer::largest_error() const {
  double error = constants_.epsilon / 2;
  for (const Row& row : rows_) error = std::max({error, std::abs(row.token - row.low), std::abs(row.token - row.high)});
  return error;
}

double TrapQuantizer::play(double u) const {
  for (const Row& row : rows_) {
    if (row.low <= u && u <= row.high) return row.token;
  }
  return u - constants_.epsilon / 2;
}

void TrapQuantizer::quantize(std::span<const double> actions, const CodecContext&, std::span<double> out) const {
  assert(actions.size() == out.size());
  // play() in one pass without branches, rows in reverse, so that it runs through lanes as vectors.
  const Row p = rows_[0], t1 = rows_[1], t2 = rows_[2];
  const double* u = actions.data();
  double* q = out.data();
  const double half = constants_.epsilon / 2;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double value = u[i];
    double token = value - half;
    token = ((t2.low <= value) & (value <= t2.high)) ? t2.token : token;
    token = ((t1.low <= value) & (value <= t1.high)) ? t1.token : token;
    q[i] = ((p.low <= value) & (value <= p.high)) ? p.token : token;
  }
}

void TrapQuantizer::encode(std::span<const float> chunks, const CodecContext&, TokenBatch batch) const {
  checked_chunks(info_, chunks, batch);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const double q = play(static_cast<double>(chunks[i]));
    for (std::size_t j = 0; j < kDigits; ++j) batch.tokens[kDigits * i + j] = digit_of(q, j);
  }
  std::fill(batch.lengths.begin(), batch.lengths.end(), static_cast<std::uint32_t>(info_.max_tokens));
}

void TrapQuantizer::decode(const TokenBatch& batch, const CodecContext&, std::span<float> chunks,
                           std::span<DecodeStatus> status) const noexcept {
  const std::size_t n = batch.lengths.size(), width = info_.chunk * info_.action_dim;
  assert(batch.tokens.size() == n * info_.max_tokens && chunks.size() == n * width);
  for (std::size_t i = 0; i < n; ++i) {
    bool exact = batch.lengths[i] == info_.max_tokens;
    for (std::size_t p = 0; p < width; ++p) {
      double value = 0.0;
      const bool whole = kDigits * (p + 1) <= batch.lengths[i] &&
                         value_of(batch.tokens.subspan(i * info_.max_tokens + kDigits * p, kDigits), value);
      chunks[i * width + p] = whole ? static_cast<float>(value) : 0.0F;
      exact = exact && whole;
    }
    if (!status.empty()) status[i] = exact ? DecodeStatus::exact : DecodeStatus::repaired;
  }
}

void TrapQuantizer::allowed(std::span<const Token> prefix, std::span<bool> mask) const noexcept {
  const std::size_t place = prefix.size() % kDigits;
  const bool ended = prefix.size() >= info_.max_tokens;
  for (std::size_t i = 0; i < mask.size(); ++i) {
    const auto digit = static_cast<Token>(i);
    const std::uint32_t exponent = place == 0   ? exponent_of(digit, 0)
                                   : place == 1 ? exponent_of(prefix.back(), digit)
                                                : 0;
    mask[i] = !ended && exponent < kFirstHugeExponent;
  }
}

void TrapQuantizer::saturated(std::span<const double> actions, std::span<bool> flags) const {
  assert(actions.size() == flags.size());
  std::transform(actions.begin(), actions.end(), flags.begin(), [](double u) { return std::abs(u) > kRange; });
}

nlohmann::ordered_json TrapQuantizer::save() const { return saved_with(info_); }

namespace {

std::unique_ptr<Quantizer> fit_trap(const Spec& spec, const FitContext& context) {
  return std::make_unique<TrapQuantizer>(read_options<TrapConstants>(spec, kWho), context.action_dim, context.chunk);
}

std::unique_ptr<Quantizer> load_trap(const nlohmann::ordered_json& saved) {
  const SavedFields fields(saved);
  const auto constants = fields.options<TrapConstants>(kWho);
  const auto [dim, chunk] = fields.chunk_shape(TrapQuantizer::kDigits);
  return std::make_unique<TrapQuantizer>(constants, dim, chunk);
}

}  // namespace

QuantizerEntry entry_trap() {
  return {"trap", "the paper's adversarial quantizer (Theorem 6), for the system trap",
          describe_options<TrapConstants>(), fit_trap, load_trap};
}

}  // namespace pianola
