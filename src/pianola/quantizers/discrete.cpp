#include "pianola/quantizers/discrete.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/action_scan.hpp"
#include "pianola/quantizers/saved_fields.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "quantizer 'discrete'";

struct Place {
  std::size_t trajectory, row, dimension;
};

[[noreturn]] void fail(const Place& place, double value, std::uint32_t vocabulary) {
  throw DataError(
      fmt::format("{}: actions must be whole numbers in 0 … {}; trajectory {}, row {}, dimension {} is {}; take "
                  "another quantizer, or "
                  "mend the data",
                  kWho, vocabulary - 1, place.trajectory, place.row, place.dimension, value));
}

/// Vocabularies as given or as the data need; every action is checked.
std::vector<std::uint32_t> scan_vocabularies(const ActionSource& source, std::uint32_t given) {
  const std::size_t dim = source.action_dim();
  const std::uint32_t limit = given != 0 ? given : Discrete::kMaxVocabulary;
  std::vector<std::uint32_t> vocabularies(dim, given != 0 ? given : 1);
  std::size_t trajectory = 0;
  scan_actions(source, kWho, [&](std::span<const double> actions) {
    for (std::size_t i = 0; i < actions.size(); ++i) {
      const double u = actions[i];
      if (!(u >= 0.0 && u < limit && u == std::floor(u))) fail({trajectory, i / dim, i % dim}, u, limit);
      vocabularies[i % dim] = std::max(vocabularies[i % dim], static_cast<std::uint32_t>(u) + 1);
    }
    ++trajectory;
  });
  return vocabularies;
}

}  // namespace

std::unique_ptr<Discrete> Discrete::fit(const DiscreteConfig& config, const FitContext& context) {
  if (config.vocabulary < 0 || config.vocabulary > kMaxVocabulary) {
    throw UsageError(
        fmt::format("{}: option 'vocabulary' must lie in 0 … {}, not at {}", kWho, kMaxVocabulary, config.vocabulary));
  }
  const auto given = static_cast<std::uint32_t>(config.vocabulary);
  if (context.data == nullptr && given == 0) {
    throw UsageError(fmt::format("{}: needs data to count tokens in, or the option 'vocabulary'", kWho));
  }
  auto vocabularies = context.data != nullptr ? scan_vocabularies(*context.data, given)
                                              : std::vector<std::uint32_t>(context.action_dim, given);
  return std::make_unique<Discrete>(config, context.chunk, std::move(vocabularies));
}

Discrete::Discrete(DiscreteConfig config, std::size_t chunk, std::vector<std::uint32_t> vocabularies)
    : config_(config), vocabularies_(std::move(vocabularies)) {
  const std::size_t dim = vocabularies_.size();
  if (dim < 1 || chunk < 1 || chunk > kMaxChunkValues / dim) {
    throw UsageError(
        fmt::format("{}: a chunk must have 1 … {} values, not {} × {}", kWho, kMaxChunkValues, chunk, dim));
  }
  for (const std::uint32_t vocabulary : vocabularies_) {
    if (vocabulary < 1 || vocabulary > kMaxVocabulary) {
      throw UsageError(fmt::format("{}: vocabularies must lie in 1 … {}, not at {}", kWho, kMaxVocabulary, vocabulary));
    }
  }
  levels_.resize(*std::max_element(vocabularies_.begin(), vocabularies_.end()));
  std::iota(levels_.begin(), levels_.end(), 0.0F);
  info_.spec = write_spec("discrete", config_).text();
  info_.action_dim = dim;
  info_.chunk = chunk;
  info_.max_tokens = chunk * dim;
  for (std::size_t p = 0; p < info_.max_tokens; ++p) info_.vocabularies.push_back(vocabularies_[p % dim]);
  info_.epsilon_sup = 0.0;
  info_.binning = true;
  info_.projection = true;
}

void Discrete::encode(std::span<const float> chunks, const CodecContext&, TokenBatch batch) const {
  checked_chunks(info_, chunks, batch);
  const std::size_t dim = vocabularies_.size();
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const float u = chunks[i], last = static_cast<float>(vocabularies_[i % dim] - 1);
    if (u != std::floor(u)) {  // NaN as well
      throw DataError(fmt::format("{}: actions must be whole numbers in 0 … {}; row {}, dimension {} is {}", kWho, last,
                                  i / dim, i % dim, u));
    }
    batch.tokens[i] = static_cast<Token>(std::clamp(u, 0.0F, last));
  }
  std::fill(batch.lengths.begin(), batch.lengths.end(), static_cast<std::uint32_t>(info_.max_tokens));
}

void Discrete::decode(const TokenBatch& batch, const CodecContext&, std::span<float> chunks,
                      std::span<DecodeStatus> status) const noexcept {
  const std::size_t n = batch.lengths.size(), width = info_.max_tokens;
  assert(batch.tokens.size() == n * width && chunks.size() == n * width);
  for (std::size_t i = 0; i < n; ++i) {
    bool exact = batch.lengths[i] == width;
    for (std::size_t p = 0; p < width; ++p) {
      const Token last = info_.vocabularies[p] - 1;
      const Token token = p < batch.lengths[i] ? batch.tokens[i * width + p] : 0;
      exact = exact && token <= last;
      chunks[i * width + p] = static_cast<float>(std::min(token, last));
    }
    if (!status.empty()) status[i] = exact ? DecodeStatus::exact : DecodeStatus::repaired;
  }
}

std::span<const float> Discrete::levels(std::size_t position) const {
  return std::span(levels_).first(vocabularies_[position % vocabularies_.size()]);
}

void Discrete::saturated(std::span<const double> actions, std::span<bool> flags) const {
  assert(actions.size() == flags.size());
  const std::size_t dim = vocabularies_.size();
  for (std::size_t i = 0; i < actions.size(); ++i) {
    flags[i] = actions[i] < 0.0 || actions[i] > static_cast<double>(vocabularies_[i % dim] - 1);
  }
}

nlohmann::ordered_json Discrete::save() const { return saved_with(info_, {{"vocabularies", vocabularies_}}); }

namespace {

std::unique_ptr<Quantizer> fit_discrete(const Spec& spec, const FitContext& context) {
  return Discrete::fit(read_options<DiscreteConfig>(spec, kWho), context);
}

std::unique_ptr<Quantizer> load_discrete(const nlohmann::ordered_json& saved) {
  const SavedFields fields(saved);
  const auto config = fields.options<DiscreteConfig>(kWho);
  const auto [dim, chunk] = fields.chunk_shape();
  auto vocabularies = fields.counts("vocabularies", dim, 1, Discrete::kMaxVocabulary);
  for (const std::uint32_t vocabulary : vocabularies) {
    if (config.vocabulary != 0 && vocabulary != static_cast<std::uint32_t>(config.vocabulary)) {
      throw DataError(fmt::format("key 'vocabularies' holds {} where the spec says {}", vocabulary, config.vocabulary));
    }
  }
  return std::make_unique<Discrete>(config, chunk, std::move(vocabularies));
}

}  // namespace

QuantizerEntry entry_discrete() {
  return {"discrete", "identity on actions that are tokens already (whole numbers from 0)",
          describe_options<DiscreteConfig>(), fit_discrete, load_discrete};
}

}  // namespace pianola
