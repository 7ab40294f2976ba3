#include "pianola/quantizers/represented.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numbers>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/data/represented_actions.hpp"
#include "pianola/quantizers/chunk_code.hpp"
#include "pianola/quantizers/fit_findings.hpp"
#include "pianola/quantizers/saved_fields.hpp"
#include "pianola/quantizers/token_order.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

/// A hash that only this pair of representation and scheme has.
std::string binding(const Json& representation, const Json& scheme) {
  return hash_hex("pianola representation 1;" + hash_hex(representation.dump()) + ';' + hash_hex(scheme.dump()));
}

class RepresentedQuantizer final : public Quantizer, public FitFindings, public TokenOrder, public ChunkCoded {
 public:
  RepresentedQuantizer(ActionRepresentation map, std::unique_ptr<Quantizer> scheme)
      : map_(std::move(map)), scheme_(std::move(scheme)), info_(scheme_->info()) {
    const std::size_t chunk = info_.chunk, coordinates = map_.discrete() + map_.continuous();
    if (coordinates > kMaxChunkValues / chunk) {
      throw UsageError(fmt::format("quantizer '{}': a chunk must have at most {} numbers in the model, not {} × {}",
                                   info_.spec, kMaxChunkValues, chunk, coordinates));
    }
    info_.action_dim = map_.action_dim();
    front_ = chunk * map_.discrete();
    coordinates_ = chunk * coordinates;
    std::vector<std::uint32_t> vocabularies;
    for (std::size_t p = 0; p < front_; ++p) vocabularies.push_back(static_cast<std::uint32_t>(values_at(p).size()));
    info_.vocabularies.insert(info_.vocabularies.begin(), vocabularies.begin(), vocabularies.end());
    info_.max_tokens += front_;
    info_.binning = info_.projection = false;
    if (!map_.is_isometric()) info_.epsilon_sup = std::numeric_limits<double>::infinity();
    if (map_.has_frame(ActionFrame::delta)) info_.epsilon_sup *= static_cast<double>(chunk);
  }

  [[nodiscard]] const QuantizerInfo& info() const override { return info_; }
  [[nodiscard]] const ActionRepresentation* representation() const override { return &map_; }
  [[nodiscard]] std::vector<std::uint32_t> dead_codes_per_layer() const override { return dead_codes_of(*scheme_); }

  /// Of what stands behind the discrete tokens.
  [[nodiscard]] std::optional<ChunkCode> chunk_code() const override { return chunk_code_of(*scheme_); }

  [[nodiscard]] std::vector<TokenRun> token_runs() const override {
    std::vector<TokenRun> runs = token_runs_of(*scheme_);
    if (front_ > 0) runs.insert(runs.begin(), {front_, map_.discrete(), true});
    return runs;
  }

  void encode(std::span<const float> chunks, const CodecContext& context, TokenBatch batch) const override {
    const std::size_t n = checked_chunks(info_, chunks, batch);
    require_states(context, n);
    const std::vector<float> model = to_model_chunks<float>(chunks, context, n);
    const std::vector<float> continuous = behind<float>(model, n);
    if (front_ == 0) return scheme_->encode(continuous, within(context), batch);
    std::vector<Token> tokens(n * scheme_->info().max_tokens);
    scheme_->encode(continuous, within(context), {tokens, batch.lengths});
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t p = 0; p < front_; ++p) {
        const double value = static_cast<double>(model[i * coordinates_ + p]);
        batch.tokens[i * info_.max_tokens + p] = static_cast<Token>(nearest_value(values_at(p), value));
      }
      std::copy_n(&tokens[i * scheme_->info().max_tokens], scheme_->info().max_tokens,
                  &batch.tokens[i * info_.max_tokens + front_]);
      batch.lengths[i] += static_cast<std::uint32_t>(front_);
    }
  }

  void decode(const TokenBatch& batch, const CodecContext& context, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override {
    const std::size_t n = batch.lengths.size();
    std::vector<float> continuous(n * (coordinates_ - front_));
    std::vector<Token> tokens;
    std::vector<std::uint32_t> lengths;
    scheme_->decode(behind_tokens(batch, tokens, lengths), within(context), continuous, status);
    if (!has_states(context, n)) {
      std::ranges::fill(chunks, std::numeric_limits<float>::quiet_NaN());
      std::ranges::fill(status, DecodeStatus::repaired);
      return;
    }
    const ActionTransform t = map_.transform(info_.chunk);
    std::vector<float> model(coordinates_);
    for (std::size_t i = 0; i < n; ++i) {
      const bool whole = discrete_values(batch, i, model);
      if (!whole && !status.empty()) status[i] = DecodeStatus::repaired;
      std::copy_n(continuous.begin() + static_cast<std::ptrdiff_t>(i * (coordinates_ - front_)), coordinates_ - front_,
                  model.begin() + static_cast<std::ptrdiff_t>(front_));
      to_actions(t, state(context, i), model.data(), chunks.data() + i * t.action_values());
    }
  }

  void quantize(std::span<const double> actions, const CodecContext& context, std::span<double> out) const override {
    const ActionTransform t = map_.transform(info_.chunk);
    const std::size_t n = actions.size() / t.action_values();
    if (n * t.action_values() != actions.size()) {
      throw UsageError(fmt::format("quantizer '{}': needs whole chunks of {} values, got {} values", info_.spec,
                                   t.action_values(), actions.size()));
    }
    require_states(context, n);
    std::vector<double> model = to_model_chunks<double>(actions, context, n);
    const std::vector<double> continuous = behind<double>(model, n);
    std::vector<double> decoded(continuous.size());
    scheme_->quantize(continuous, within(context), decoded);
    for (std::size_t i = 0; i < n; ++i) {
      double* const row = model.data() + i * coordinates_;
      std::copy_n(decoded.data() + i * (coordinates_ - front_), coordinates_ - front_, row + front_);
      to_actions(t, state(context, i), row, out.data() + i * t.action_values());
    }
  }

  void allowed(std::span<const Token> prefix, std::span<bool> mask) const noexcept override {
    if (prefix.size() >= front_) return scheme_->allowed(prefix.subspan(front_), mask);
    std::ranges::fill(mask, true);
  }

  void targets(std::span<const float> chunk, std::size_t position, std::span<float> p) const override {
    targets_at({}, chunk, position, p);
  }

  void targets_at(const CodecContext& context, std::span<const float> chunk, std::size_t position,
                  std::span<float> p) const override {
    require_states(context, 1);
    const std::vector<float> model = to_model_chunks<float>(chunk, context, 1);
    if (position >= front_) {
      return scheme_->targets(std::span(model).subspan(front_), position - front_, p);
    }
    std::ranges::fill(p, 0.0F);
    p[nearest_value(values_at(position), static_cast<double>(model[position]))] = 1.0F;
  }

  [[nodiscard]] std::span<const float> levels(std::size_t position) const override {
    if (position >= front_) return scheme_->levels(position - front_);
    const std::size_t i = position % map_.discrete();
    if (!map_.is_binary(i)) return {};  // categories have no mean
    return std::span(binary_levels_).subspan(2 * i, 2);
  }

  [[nodiscard]] std::vector<double> cell_widths(std::size_t position) const override {
    return map_.is_isometric() ? scheme_->cell_widths(position) : std::vector<double>();
  }

  [[nodiscard]] std::size_t count_saturated(std::span<const double> actions,
                                            const CodecContext& context) const override {
    const std::size_t n = actions.size() / (info_.chunk * info_.action_dim);
    require_states(context, n);
    return scheme_->count_saturated(behind<double>(to_model_chunks<double>(actions, context, n), n), within(context));
  }

  [[nodiscard]] Json save() const override {
    const Json map = map_.save(), scheme = scheme_->save();
    return {{"format_version", kQuantizerFormatVersion},
            {"spec", info_.spec},
            {"representation", map},
            {"quantizer", scheme},
            {"binding", binding(map, scheme)}};
  }

 private:
  /// The scheme's own context: no state.
  static CodecContext within(const CodecContext& context) {
    return {context.key, context.ids, context.h, context.memory, {}};
  }

  [[nodiscard]] bool has_states(const CodecContext& context, std::size_t n) const {
    return !map_.needs_state() || context.observations.size() == n * map_.observation_dim();
  }

  void require_states(const CodecContext& context, std::size_t n) const {
    if (has_states(context, n)) return;
    throw UsageError(fmt::format(
        "quantizer '{}': its actions are relative to a state among {} observation columns, and {} numbers were given "
        "for {} chunks; give the observation at each chunk's start",
        info_.spec, map_.observation_dim(), context.observations.size(), n));
  }

  [[nodiscard]] const double* state(const CodecContext& context, std::size_t i) const {
    return map_.needs_state() ? context.observations.data() + i * map_.observation_dim() : nullptr;
  }

  [[nodiscard]] std::span<const double> values_at(std::size_t p) const { return map_.values(p % map_.discrete()); }

  /// [n × coordinates]. Schemes take finite numbers only: what comes of a state that is none is 0 here, and NaN when it
  /// is decoded.
  template <class T>
  std::vector<T> to_model_chunks(std::span<const T> chunks, const CodecContext& context, std::size_t n) const {
    const ActionTransform t = map_.transform(info_.chunk);
    std::vector<T> model(n * coordinates_);
    for (std::size_t i = 0; i < n; ++i) {
      to_model(t, state(context, i), chunks.data() + i * t.action_values(), model.data() + i * coordinates_);
    }
    std::ranges::replace_if(
        model, [](T x) { return !std::isfinite(x); }, T{0});
    return model;
  }

  /// The continuous part of each chunk.
  template <class T>
  std::vector<T> behind(const std::vector<T>& model, std::size_t n) const {
    if (front_ == 0) return model;
    std::vector<T> out;
    out.reserve(n * (coordinates_ - front_));
    for (std::size_t i = 0; i < n; ++i) {
      const auto first = model.begin() + static_cast<std::ptrdiff_t>(i * coordinates_ + front_);
      out.insert(out.end(), first, first + static_cast<std::ptrdiff_t>(coordinates_ - front_));
    }
    return out;
  }

  /// The scheme's part of the tokens; its rows are as wide as it asks for.
  TokenBatch behind_tokens(const TokenBatch& batch, std::vector<Token>& tokens,
                           std::vector<std::uint32_t>& lengths) const {
    if (front_ == 0) return batch;
    const std::size_t n = batch.lengths.size(), width = scheme_->info().max_tokens;
    tokens.resize(n * width);
    lengths.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      lengths[i] = batch.lengths[i] > front_ ? batch.lengths[i] - static_cast<std::uint32_t>(front_) : 0;
      std::copy_n(&batch.tokens[i * info_.max_tokens + front_], width, &tokens[i * width]);
    }
    return {tokens, lengths};
  }

  /// The values of the discrete tokens of chunk i, into the front of `model`; the first value where there is no such
  /// token. False if there was one missing or out of range.
  bool discrete_values(const TokenBatch& batch, std::size_t i, std::vector<float>& model) const {
    bool whole = true;
    for (std::size_t p = 0; p < front_; ++p) {
      const std::span<const double> values = values_at(p);
      const Token token = p < batch.lengths[i] ? batch.tokens[i * info_.max_tokens + p] : Token(values.size());
      whole = whole && token < values.size();
      model[p] = static_cast<float>(values[token < values.size() ? token : 0]);
    }
    return whole;
  }

  static std::vector<float> floats_of(const ActionRepresentation& map) {
    std::vector<float> levels;
    for (std::size_t i = 0; i < map.discrete(); ++i) {
      for (std::size_t k = 0; k < 2; ++k) {
        levels.push_back(map.is_binary(i) ? static_cast<float>(map.values(i)[k]) : 0.0F);
      }
    }
    return levels;
  }

  ActionRepresentation map_;
  std::unique_ptr<Quantizer> scheme_;
  QuantizerInfo info_;
  std::vector<float> binary_levels_ = floats_of(map_);  // [discrete × 2]
  std::size_t front_ = 0, coordinates_ = 0;             // discrete tokens, and all numbers, of a chunk in the model
};

/// The range of the continuous coordinates where each has one; else empty.
ActionRange represented_range(const ActionRepresentation& map, const ActionRange& range) {
  ActionRange out;
  for (const ActionGroup& g : map.groups()) {
    if (is_discrete(g.kind)) continue;
    if (g.frame != ActionFrame::absolute) return {};
    if (g.kind == ActionKind::linear && !range.finite()) return {};
    for (std::size_t i = 0; i < g.model_width; ++i) {
      const double bound = g.kind == ActionKind::angle ? 0.5 * g.period : 1.0;
      const bool linear = g.kind == ActionKind::linear;
      out.low.push_back(linear ? range.low[g.first + i] : -bound);
      out.high.push_back(linear ? range.high[g.first + i] : bound);
    }
  }
  return out;
}

}  // namespace

std::unique_ptr<Quantizer> fit_represented(const std::function<std::unique_ptr<Quantizer>(const FitContext&)>& fit,
                                           const FitContext& context, const std::string& who) {
  ActionRepresentation map = *context.representation;
  if (map.action_dim() != context.action_dim) {
    throw UsageError(fmt::format("{}: the action representation has {} dimensions, the action {}", who,
                                 map.action_dim(), context.action_dim));
  }
  const bool open =
      std::ranges::any_of(map.groups(), [](const ActionGroup& g) { return is_discrete(g.kind) && g.value_count == 0; });
  if (open && context.data == nullptr) {
    throw UsageError(who +
                     ": the values of a binary or categorical dimension come from data, and there are none; name "
                     "them, e.g. --kinds 'gripper=binary(0,1)'");
  }
  if (open) map = map.with_values(*context.data);
  if (map.continuous() == 0) {
    throw UsageError(who +
                     ": every action dimension is binary or categorical and has tokens of its own; nothing is "
                     "left to quantize: declare them linear and take --quantizer discrete");
  }
  FitContext within = context;
  within.representation = nullptr;
  within.action_dim = map.continuous();
  within.range = represented_range(map, context.range);
  std::unique_ptr<RepresentedActions> data;
  if (context.data != nullptr) data = std::make_unique<RepresentedActions>(*context.data, map, context.chunk);
  within.data = data.get();
  return std::make_unique<RepresentedQuantizer>(std::move(map), fit(within));
}

std::unique_ptr<Quantizer> load_represented(const Json& saved) {
  const SavedFields fields(saved);
  const Json& representation = saved.at("representation");
  const Json& scheme = saved.at("quantizer");
  if (fields.text("binding") != binding(representation, scheme)) {
    throw DataError(
        "key 'binding': this scheme was not fitted with this action representation; statistics of one do not hold for "
        "another: fit the quantizer again");
  }
  if (scheme.contains("representation")) throw DataError("key 'quantizer': has a representation of its own");
  ActionRepresentation map = ActionRepresentation::load(representation);
  auto inner = load_quantizer(scheme, "key 'quantizer'");
  if (inner->info().action_dim != map.continuous()) {
    throw DataError(fmt::format("key 'quantizer': has {} dimensions, the representation {} continuous coordinates",
                                inner->info().action_dim, map.continuous()));
  }
  auto quantizer = std::make_unique<RepresentedQuantizer>(std::move(map), std::move(inner));
  if (quantizer->save() != saved) throw DataError("holds keys or values that pianola does not write");
  return quantizer;
}

}  // namespace pianola
