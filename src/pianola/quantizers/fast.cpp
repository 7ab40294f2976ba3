#include "pianola/quantizers/fast.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/action_bounds.hpp"
#include "pianola/quantizers/fast_training.hpp"
#include "pianola/quantizers/saved_fields.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "quantizer 'fast'";
constexpr std::uint32_t kNoSymbol = 0xFFFFFFFF;

FastConfig checked(FastConfig config) {
  const auto fail = [](const char* option, auto low, auto high, auto value) {
    throw UsageError(fmt::format("{}: option '{}' must lie in {} … {}, not at {}", kWho, option, low, high, value));
  };
  const double scale = config.scale.value_or(10.0);
  const int vocabulary = config.vocabulary.value_or(1024);
  if (!(scale >= kLeastFastScale && scale <= kLargestFastScale))
    fail("scale", kLeastFastScale, kLargestFastScale, scale);
  if (vocabulary < 1 || vocabulary > static_cast<int>(ByteLevelBpe::kMaxTokens)) {
    fail("vocabulary", 1, ByteLevelBpe::kMaxTokens, vocabulary);
  }
  if (config.windows < 1) fail("windows", 1, std::numeric_limits<int>::max(), config.windows);
  if (!config.path.empty() && (config.scale || config.vocabulary)) {
    throw UsageError(
        fmt::format("{}: a tokenizer from 'path' has its own scale and vocabulary; leave the option out", kWho));
  }
  return config;
}

ActionRange range_of(const FastConfig& config, const FitContext& context) {
  const bool given = !config.low.empty() || !config.high.empty() || config.range != "auto";
  return fit_range({config.range, config.quantile.value_or(given ? 0.0 : 0.01), config.low, config.high}, context,
                   kWho);
}

std::size_t checked_chunk(std::size_t chunk, std::size_t dim) {
  if (chunk >= 1 && chunk <= kMaxDctLength && dim >= 1 && chunk <= kMaxChunkValues / dim) return chunk;
  throw UsageError(fmt::format("{}: a chunk must have 1 … {} steps and at most {} values, not {} × {}", kWho,
                               kMaxDctLength, kMaxChunkValues, chunk, dim));
}

/// The tokenizer must be for chunks of this shape, if it says which.
void check_shape(const FastTokenizer& tokenizer, std::size_t chunk, std::size_t dim, const std::string& path) {
  if (tokenizer.chunk.value_or(chunk) != chunk) {
    throw UsageError(fmt::format("{}: the tokenizer in '{}' is for chunks of {} steps, not {}; take --chunk {}", kWho,
                                 path, *tokenizer.chunk, chunk, *tokenizer.chunk));
  }
  if (tokenizer.action_dim.value_or(dim) != dim) {
    throw DataError(fmt::format("{}: the tokenizer in '{}' is for {} action dimensions, the data have {}", kWho, path,
                                *tokenizer.action_dim, dim));
  }
}

/// The symbol that stands for q if nothing is in its way.
std::int64_t plain_symbol(std::int64_t q, std::int32_t min_token) { return std::max<std::int64_t>(q - min_token, 0); }

/// The nearest symbol at or below (step −1) or above (+1) that the vocabulary can spell, or −1.
std::int64_t next_representable(const ByteLevelBpe& bpe, std::int64_t symbol, int step) {
  for (std::int64_t s = symbol; s >= 0 && s < kCodePoints; s += step) {
    if (bpe.representable(static_cast<std::uint32_t>(s))) return s;
  }
  return -1;
}

}  // namespace

Fast::Fast(FastConfig config, std::size_t chunk, ActionRange range, FastTokenizer tokenizer)
    : config_(checked(std::move(config))),
      original_(config_.original.value_or(!config_.path.empty())),
      range_(std::move(range)),
      tokenizer_(std::move(tokenizer)),
      bpe_(tokenizer_.bpe, tokenizer_.words),
      grammar_(bpe_),
      transform_(range_, checked_chunk(chunk, range_.low.size()), tokenizer_.scale) {
  if (config_.path.empty()) {
    tokenizer_.chunk = chunk;
    tokenizer_.action_dim = range_.low.size();
  }
  plan_symbols();
  describe();
}

void Fast::plan_symbols() {
  for (std::size_t k = 0; k < transform_.chunk(); ++k) {
    largest_ = std::max(largest_, static_cast<std::int32_t>(transform_.largest(k)));
  }
  const std::int64_t last = kCodePoints - 1;
  std::int64_t below = -2, above = -2;  // the nearest ones, carried along while symbols grow; −2: not looked for yet
  for (std::int64_t q = -largest_; q <= largest_; ++q) {
    const std::int64_t symbol = plain_symbol(q, tokenizer_.min_token);
    const bool whole = symbol <= last && bpe_.representable(static_cast<std::uint32_t>(symbol));
    keeps_all_ = keeps_all_ && whole;
    if (whole) below = symbol;
    if (whole || original_) {
      const bool text = symbol <= last && is_code_point(static_cast<std::uint32_t>(symbol));
      symbols_.push_back(text ? static_cast<std::uint32_t>(symbol) : kNoSymbol);
      continue;
    }
    if (below == -2) below = next_representable(bpe_, std::min(symbol, last), -1);
    if (above == -2 || (above >= 0 && above < symbol)) above = next_representable(bpe_, std::min(symbol, last), +1);
    if (below < 0 && above < 0) throw DataError("no symbol can be encoded: too few bytes have a token");
    const bool lower = above < symbol || (below >= 0 && symbol - below <= above - symbol);
    symbols_.push_back(static_cast<std::uint32_t>(lower ? below : above));
  }
}

double Fast::error_bound() const {
  if (original_ && !keeps_all_) return std::numeric_limits<double>::infinity();
  std::vector<double> worst;  // by |q|: how far what decodes may be from q
  for (std::int32_t q = 0; q <= largest_; ++q) {
    double error = worst.empty() ? 0.0 : worst.back();
    for (const std::int32_t signed_q : {q, -q}) {
      const double decoded =
          static_cast<double>(symbols_[static_cast<std::size_t>(signed_q + largest_)]) + tokenizer_.min_token;
      error = std::max(error, std::abs(decoded - signed_q));
    }
    worst.push_back(error);
  }
  std::vector<double> errors;
  for (std::size_t k = 0; k < transform_.chunk(); ++k) {
    errors.push_back(0.5 + 1e-9 + worst[static_cast<std::size_t>(transform_.largest(k))]);
  }
  double square = 0.0;
  for (std::size_t d = 0; d < transform_.dim(); ++d) square += std::pow(transform_.step_error(errors, d), 2);
  return std::sqrt(square);
}

void Fast::describe() {
  info_.spec = write_spec("fast", config_).text();
  info_.action_dim = transform_.dim();
  info_.chunk = transform_.chunk();
  info_.fixed_length = false;
  for (std::size_t k = 0; k < info_.chunk; ++k) {
    // Symbols grow with q, and so do the bytes that they take.
    const std::uint32_t symbol = symbols_[static_cast<std::size_t>(transform_.largest(k) + largest_)];
    const std::size_t most = std::max(symbol == kNoSymbol ? 4 : utf8_size(symbol), grammar_.tokens_per_symbol());
    info_.max_tokens += info_.action_dim * most;
  }
  info_.vocabularies.assign(info_.max_tokens, static_cast<std::uint32_t>(bpe_.size()));
  info_.epsilon_sup = error_bound();
}

std::unique_ptr<Fast> Fast::fit(const FastConfig& given, const FitContext& context) {
  const FastConfig config = checked(given);
  const std::size_t chunk = checked_chunk(context.chunk, context.action_dim);
  FastTokenizer tokenizer;
  if (!config.path.empty()) {
    tokenizer = read_fast_tokenizer(config.path);
    check_shape(tokenizer, chunk, context.action_dim, config.path);
  } else if (context.data == nullptr) {
    throw UsageError(fmt::format("{}: needs data to train on; give a dataset, or a tokenizer by path=", kWho));
  }
  ActionRange range = range_of(config, context);
  if (config.path.empty()) {
    FastTraining training;
    training.scale = config.scale.value_or(training.scale);
    training.vocabulary = static_cast<std::size_t>(config.vocabulary.value_or(1024));
    training.windows = static_cast<std::size_t>(config.windows);
    const FastTransform transform(range, chunk, training.scale);
    tokenizer = train_fast(*context.data, transform, training, kWho);
  }
  return std::make_unique<Fast>(config, chunk, std::move(range), std::move(tokenizer));
}

void Fast::make_symbols(std::span<const std::int32_t> q, std::size_t row, std::span<std::uint32_t> symbols) const {
  for (std::size_t i = 0; i < q.size(); ++i) {
    symbols[i] = symbols_[static_cast<std::size_t>(std::clamp(q[i], -largest_, largest_) + largest_)];
    if (symbols[i] != kNoSymbol) continue;
    throw DataError(
        fmt::format("{}: coefficient {} of chunk {} is symbol {}, which is no code point; take original=false, "
                    "or a tokenizer for this range",
                    kWho, i, row, plain_symbol(q[i], tokenizer_.min_token)));
  }
}

void Fast::encode(std::span<const float> chunks, const CodecContext&, TokenBatch batch) const {
  const std::size_t n = checked_chunks(info_, chunks, batch), width = transform_.width();
  FastTransform::Workspace workspace(transform_);
  BpeWorkspace bpe_workspace(bpe_);
  std::vector<std::int32_t> q(width);
  std::vector<std::uint32_t> symbols(width);
  for (std::size_t i = 0; i < n; ++i) {
    transform_.forward(chunks.subspan(i * width, width), workspace, q);
    make_symbols(q, i, symbols);
    const auto tokens = batch.tokens.subspan(i * info_.max_tokens, info_.max_tokens);
    batch.lengths[i] = static_cast<std::uint32_t>(bpe_.encode(symbols, bpe_workspace, tokens));
  }
}

SymbolGrammar::Spelled Fast::spell(std::span<const Token> tokens, std::span<std::uint32_t> symbols) const noexcept {
  const auto zero = static_cast<std::uint32_t>(std::max(-tokenizer_.min_token, 0));
  return grammar_.spell(tokens.first(std::min<std::size_t>(tokens.size(), info_.max_tokens)), zero, symbols);
}

FastRepairs Fast::repairs(std::span<const Token> tokens) const {
  std::vector<std::uint32_t> symbols(transform_.width());
  const auto spelled = spell(tokens, symbols);
  const std::size_t read = std::min<std::size_t>(tokens.size(), info_.max_tokens);
  return {symbols.size() - spelled.symbols, spelled.surplus, spelled.unknown, spelled.broken_bytes,
          tokens.size() - read};
}

void Fast::decode(const TokenBatch& batch, const CodecContext&, std::span<float> chunks,
                  std::span<DecodeStatus> status) const noexcept {
  const std::size_t n = batch.lengths.size(), width = transform_.width();
  assert(batch.tokens.size() == n * info_.max_tokens && chunks.size() == n * width);
  assert(status.empty() || status.size() == n);
  FastTransform::Workspace workspace(transform_);
  std::vector<std::uint32_t> symbols(width);
  std::vector<std::int32_t> q(width);
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t length = std::min<std::size_t>(batch.lengths[i], info_.max_tokens);
    const auto spelled = spell(batch.tokens.subspan(i * info_.max_tokens, length), symbols);
    for (std::size_t j = 0; j < width; ++j) {
      q[j] = j < spelled.symbols ? static_cast<std::int32_t>(symbols[j]) + tokenizer_.min_token : 0;
    }
    transform_.inverse(q, workspace, chunks.subspan(i * width, width));
    const bool exact = spelled.exact && length == batch.lengths[i];
    if (!status.empty()) status[i] = exact ? DecodeStatus::exact : DecodeStatus::repaired;
  }
}

void Fast::allowed(std::span<const Token> prefix, std::span<bool> mask) const noexcept {
  grammar_.allowed(prefix, transform_.width(), info_.max_tokens, mask);
}

std::optional<ChunkCode> Fast::chunk_code() const {
  const spelling::TokenBytes tokens = grammar_.tokens();
  ChunkCode code;
  code.terms = transform_.chunk();
  code.matrices.assign(transform_.inverse_matrix().begin(), transform_.inverse_matrix().end());
  code.matrix_of.assign(transform_.dim(), 0);
  code.offset = transform_.middle();
  code.factor = transform_.radius();
  code.scale = tokenizer_.scale;
  code.min_token = tokenizer_.min_token;
  code.token_begins.assign(tokens.begins.begin(), tokens.begins.end());
  code.token_bytes.assign(tokens.bytes.begin(), tokens.bytes.end());
  return code;
}

void Fast::saturated(std::span<const double> actions, std::span<bool> flags) const {
  flag_outside(range_, actions, flags);
}

nlohmann::ordered_json Fast::save() const {
  return saved_with(info_,
                    {{"low", range_.low}, {"high", range_.high}, {"tokenizer", fast_tokenizer_to_json(tokenizer_)}});
}

namespace {

std::unique_ptr<Quantizer> fit_fast(const Spec& spec, const FitContext& context) {
  return Fast::fit(read_options<FastConfig>(spec, kWho), context);
}

std::unique_ptr<Quantizer> load_fast(const nlohmann::ordered_json& saved) {
  const SavedFields fields(saved);
  const auto config = fields.options<FastConfig>(kWho);
  const auto [dim, chunk] = fields.chunk_shape();
  ActionRange range = saved_bounds(fields, dim);
  const auto tokenizer = saved.find("tokenizer");
  if (tokenizer == saved.end()) throw DataError("key 'tokenizer' is missing");
  try {
    return std::make_unique<Fast>(config, chunk, std::move(range), fast_tokenizer_from_json(*tokenizer));
  } catch (const DataError& error) {
    throw DataError(fmt::format("key 'tokenizer': {}", error.what()));
  }
}

}  // namespace

QuantizerEntry entry_fast() {
  return {"fast", "byte-pair codes of a chunk's cosine coefficients", describe_options<FastConfig>(), fit_fast,
          load_fast};
}

}  // namespace pianola
