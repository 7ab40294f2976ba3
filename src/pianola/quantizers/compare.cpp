#include "pianola/quantizers/compare.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "pianola/base/json.hpp"
#include "pianola/data/action_representation.hpp"
#include "pianola/quantizers/chunk_walk.hpp"
#include "pianola/quantizers/codec_speed.hpp"
#include "pianola/quantizers/fit_findings.hpp"
#include "pianola/quantizers/quantizer_remarks.hpp"
#include "pianola/quantizers/token_statistics.hpp"

namespace pianola {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr const char* kWho = "measuring a quantizer";

// ---------------------------------------------------------------- errors

/// Means over the steps of a trajectory, and over trajectories of these.
class ErrorMeans {
 public:
  explicit ErrorMeans(const Quantizer& quantizer)
      : quantizer_(quantizer), size_(quantizer.info().action_dim), sums_(2 * size_), means_(2 * size_) {}

  void add(const ChunkBlock& block) {
    errors_.resize(block.actions.size());
    action_errors(quantizer_, block.actions, block.quantized, errors_);
    add_rotations(block);
    for (std::size_t i = 0; i < block.actions.size(); i += size_, ++steps_) {
      double square = 0.0;
      for (std::size_t d = 0; d < size_; ++d) {
        const double error = errors_[i + d];
        square += error * error;
        sums_[d] += std::abs(error);
        sums_[size_ + d] += error;
      }
      norm_sum_ += std::sqrt(square);
      square_sum_ += square;
    }
  }

  void end_trajectory() {
    if (steps_ == 0) return;
    const auto n = static_cast<double>(steps_);
    norm_.add(norm_sum_ / n);
    square_.add(square_sum_ / n);
    for (std::size_t i = 0; i < sums_.size(); ++i) means_[i].add(sums_[i] / n);
    std::fill(sums_.begin(), sums_.end(), 0.0);
    for (std::size_t r = 0; r < degrees_.size(); ++r) {
      rotations_[r].add(degrees_[r].degrees / n);
      degrees_[r].degrees = 0.0;
    }
    norm_sum_ = square_sum_ = 0.0;
    steps_ = 0;
  }

  void write(QuantizerReport& report) const {
    report.epsilon_in = norm_.estimate();
    const Estimate square = square_.estimate();
    report.rmse = {std::sqrt(square.value), std::sqrt(std::max(square.low, 0.0)), std::sqrt(square.high), square.n};
    for (std::size_t d = 0; d < size_; ++d) {
      report.epsilon_in_per_dimension.push_back(means_[d].mean());
      report.bias_per_dimension.push_back(means_[size_ + d].estimate());
    }
    for (std::size_t r = 0; r < degrees_.size(); ++r) {
      report.rotation_error_degrees.push_back({degrees_[r].first, rotations_[r].mean()});
    }
  }

 private:
  void add_rotations(const ChunkBlock& block) {
    const ActionRepresentation* const map = quantizer_.representation();
    if (map == nullptr ||
        std::ranges::none_of(map->groups(), [](const auto& g) { return g.kind == ActionKind::rotation; }))
      return;
    for (std::size_t i = 0; i < block.actions.size(); i += size_) {
      const auto errors = map->rotation_errors(block.actions.subspan(i, size_), block.quantized.subspan(i, size_));
      degrees_.resize(errors.size());
      rotations_.resize(errors.size());
      for (std::size_t r = 0; r < errors.size(); ++r) {
        degrees_[r].first = errors[r].first;
        degrees_[r].degrees += errors[r].degrees;
      }
    }
  }

  const Quantizer& quantizer_;
  std::size_t size_, steps_ = 0;
  std::vector<double> errors_;          // of a block
  std::vector<RotationError> degrees_;  // sums over the steps of a trajectory
  std::vector<RunningMean> rotations_;
  double norm_sum_ = 0.0, square_sum_ = 0.0;
  RunningMean norm_, square_;
  std::vector<double> sums_;        // of |error|, then of error, by dimension
  std::vector<RunningMean> means_;  // the same
};

/// Which dimensions have one value only: in the data as schemes see them (float32), and after decoding.
class Extents {
 public:
  explicit Extents(std::size_t size) : first_(size), decoded_(size), varies_(size), decodes_(size), largest_(size) {}

  void add(const ChunkBlock& block) {
    for (std::size_t i = 0; i < block.actions.size(); ++i) {
      const std::size_t d = i % first_.size();
      const auto action = static_cast<float>(block.actions[i]), decoded = static_cast<float>(block.quantized[i]);
      if (seen_ < first_.size()) {
        ++seen_;
        first_[d] = action;
        decoded_[d] = decoded;
      }
      largest_[d] = std::max(largest_[d], std::abs(block.actions[i]));
      varies_[d] = varies_[d] || action != first_[d];
      decodes_[d] = decodes_[d] || decoded != decoded_[d];
    }
  }

  void write(QuantizerReport& report) const {
    report.largest_action_per_dimension = largest_;
    for (std::size_t d = 0; d < first_.size(); ++d) {
      if (!varies_[d]) report.constant_dimensions.push_back(d);
      if (varies_[d] && !decodes_[d]) report.collapsed_dimensions.push_back(d);
    }
  }

 private:
  std::vector<float> first_, decoded_;
  std::vector<bool> varies_, decodes_;
  std::vector<double> largest_;
  std::size_t seen_ = 0;
};

// ---------------------------------------------------------------- the whole

/// First pass: everything but the wrong tokens.
class Measurement {
 public:
  Measurement(const Quantizer& quantizer, const NoiseKey& key)
      : quantizer_(quantizer),
        errors_(quantizer),
        extents_(quantizer.info().action_dim),
        tokens_(quantizer),
        stopwatch_(quantizer, key) {}

  void visit(const ChunkBlock& block) {
    if (block.first) {
      errors_.end_trajectory();
      tokens_.begin_trajectory();
    }
    errors_.add(block);
    extents_.add(block);
    for (std::size_t i = 0; i < block.n; ++i) {
      tokens_.add(block.tokens.subspan(i * quantizer_.info().max_tokens, block.lengths[i]));
      failures_ += block.status[i] != DecodeStatus::exact;
    }
    saturated_ += quantizer_.count_saturated(block.actions, block.context);
    values_ += block.actions.size();
    stopwatch_.collect(block);
  }

  [[nodiscard]] const TokenStatistics& tokens() const { return tokens_; }

  QuantizerReport finish(const WalkCount& count, const MeasureOptions& options) {
    errors_.end_trajectory();
    QuantizerReport report;
    report.spec = quantizer_.info().spec;
    report.epsilon_sup = quantizer_.info().epsilon_sup;
    errors_.write(report);
    extents_.write(report);
    report.dead_codes = dead_codes_of(quantizer_);
    report.offset_rms = offset_rms_of(quantizer_);
    write_tokens(report);
    report.saturated_fraction = static_cast<double>(saturated_) / static_cast<double>(values_);
    report.decode_failures = failures_;
    report.encode_values_per_second = report.decode_values_per_second = kNaN;
    if (options.timing_seconds > 0.0) {
      const CodecSpeed speed = stopwatch_.measure(options.timing_seconds);
      report.encode_values_per_second = speed.encode_values_per_second;
      report.decode_values_per_second = speed.decode_values_per_second;
    }
    report.trajectories = count.trajectories;
    report.steps = count.steps;
    report.dropped_steps = count.dropped_steps;
    return report;
  }

 private:
  void write_tokens(QuantizerReport& report) const {
    const QuantizerInfo& info = quantizer_.info();
    const auto chunk = static_cast<double>(info.chunk);
    report.tokens_per_chunk_mean = tokens_.mean_tokens();
    report.tokens_per_chunk_max = tokens_.max_tokens();
    report.vocabulary =
        info.finite_codebook ? *std::max_element(info.vocabularies.begin(), info.vocabularies.end()) : kInfinity;
    report.bits_per_action = info.finite_codebook ? tokens_.bits() / chunk : kInfinity;
    report.entropy_per_action = tokens_.entropy() / chunk;
    report.entropy_correction = tokens_.entropy_correction() / chunk;
    report.repeat_rate = tokens_.repeat_rate();
    report.used_fraction = info.finite_codebook ? tokens_.used_fraction() : kNaN;
    report.expected_used_fraction = info.finite_codebook ? tokens_.expected_fraction() : kNaN;
    report.tokens_per_code = info.finite_codebook ? tokens_.tokens_per_code() : kNaN;
    report.perplexity = tokens_.perplexity();
  }

  const Quantizer& quantizer_;
  ErrorMeans errors_;
  Extents extents_;
  TokenStatistics tokens_;
  CodecStopwatch stopwatch_;
  std::size_t saturated_ = 0, values_ = 0, failures_ = 0;
};

/// Second pass: what the tokens of each trajectory cost in a code made for all of them. Its spread over trajectories is
/// that of the entropy, to first order.
class CodeLengths {
 public:
  CodeLengths(const Quantizer& quantizer, const TokenStatistics& tokens) : info_(quantizer.info()), tokens_(tokens) {}

  void visit(const ChunkBlock& block) {
    if (block.first) end_trajectory();
    for (std::size_t i = 0; i < block.n; ++i) {
      bits_ += tokens_.code_length(block.tokens.subspan(i * info_.max_tokens, block.lengths[i]));
    }
    steps_ += block.n * info_.chunk;
  }

  /// entropy: of all, corrected, per action.
  Estimate around(double entropy) {
    end_trajectory();
    const Estimate mean = means_.estimate();
    return {entropy, std::max(entropy - (mean.value - mean.low), 0.0), entropy + (mean.high - mean.value), mean.n};
  }

 private:
  void end_trajectory() {
    if (steps_ > 0) means_.add(bits_ / static_cast<double>(steps_));
    bits_ = 0.0;
    steps_ = 0;
  }

  const QuantizerInfo& info_;
  const TokenStatistics& tokens_;
  double bits_ = 0.0;
  std::size_t steps_ = 0;
  RunningMean means_;
};

}  // namespace

QuantizerReport measure_quantizer(const Quantizer& quantizer, const ActionSource& source, const NoiseKey& key,
                                  const MeasureOptions& options) {
  ChunkWalk walk(quantizer, key);
  Measurement measurement(quantizer, key);
  const WalkCount count = walk.run(source, kWho, [&](const ChunkBlock& block) { measurement.visit(block); });
  QuantizerReport report = measurement.finish(count, options);
  const std::size_t replaced = quantizer.info().finite_codebook ? options.token_errors : 0;
  TokenErrors errors(quantizer, key, count.chunks, replaced);
  CodeLengths lengths(quantizer, measurement.tokens());
  if (replaced > 0 || options.entropy_interval) {
    walk.run(source, kWho, [&](const ChunkBlock& block) {
      if (options.entropy_interval) lengths.visit(block);
      if (replaced > 0) errors.visit(block);
    });
  }
  report.entropy = lengths.around(report.entropy_per_action);
  report.token_error = errors.result();
  return report;
}

double bias_norm(const QuantizerReport& report) {
  double square = 0.0;
  for (const Estimate& bias : report.bias_per_dimension) square += bias.value * bias.value;
  return std::sqrt(square);
}

namespace {

/// Bias as plain numbers, and beside it with intervals.
void put_bias(const QuantizerReport& report, nlohmann::ordered_json& row) {
  auto values = nlohmann::ordered_json::array(), estimates = values;
  for (const Estimate& bias : report.bias_per_dimension) {
    values.push_back(number_or_null(bias.value));
    estimates.push_back(to_json(bias));
  }
  row["bias_per_dimension"] = std::move(values);
  row["bias_estimate_per_dimension"] = std::move(estimates);
  put_number(row, "bias_norm", bias_norm(report));
}

void put_rotations(const QuantizerReport& report, nlohmann::ordered_json& row) {
  if (report.rotation_error_degrees.empty()) return;
  row["rotation_error_degrees"] = nlohmann::ordered_json::array();
  for (const RotationError& error : report.rotation_error_degrees) {
    row["rotation_error_degrees"].push_back({{"first_dimension", error.first}, {"mean", error.degrees}});
  }
}

void put_errors(const QuantizerReport& report, nlohmann::ordered_json& row) {
  put_number(row, "epsilon_sup", report.epsilon_sup);
  row["epsilon_in"] = to_json(report.epsilon_in);
  row["rmse"] = to_json(report.rmse);
  row["epsilon_in_per_dimension"] = report.epsilon_in_per_dimension;
  put_bias(report, row);
  row["constant_dimensions"] = report.constant_dimensions;
  row["collapsed_dimensions"] = report.collapsed_dimensions;
  if (!report.dead_codes.empty()) row["dead_codes"] = report.dead_codes;
  if (!report.offset_rms.empty()) row["offset_rms"] = report.offset_rms;
  put_rotations(report, row);
}

void put_tokens(const QuantizerReport& report, nlohmann::ordered_json& row) {
  row["tokens_per_chunk"] = {{"mean", report.tokens_per_chunk_mean}, {"max", report.tokens_per_chunk_max}};
  put_number(row, "vocabulary", report.vocabulary);
  if (std::isfinite(report.vocabulary)) row["vocabulary"] = static_cast<std::uint64_t>(report.vocabulary);
  put_number(row, "bits_per_action", report.bits_per_action);
  put_number(row, "entropy_per_action", report.entropy_per_action);
  row["entropy_estimate_per_action"] = to_json(report.entropy);
  put_number(row, "entropy_correction_per_action", report.entropy_correction);
  put_number(row, "repeat_rate", report.repeat_rate);
  put_number(row, "used_fraction", report.used_fraction);
  put_number(row, "expected_used_fraction", report.expected_used_fraction);
  put_number(row, "tokens_per_code", report.tokens_per_code);
  put_number(row, "perplexity", report.perplexity);
  put_number(row, "saturated_fraction", report.saturated_fraction);
  row["token_error"] = {{"median", number_or_null(report.token_error.median)},
                        {"p90", number_or_null(report.token_error.p90)},
                        {"undecodable_fraction", number_or_null(report.token_error.undecodable_fraction)},
                        {"n", report.token_error.n}};
  if (const auto& fast = report.token_error.fast) {
    row["token_error"]["repaired_fractions"] = {{"missing_symbols", fast->missing_symbols},
                                                {"surplus_symbols", fast->surplus_symbols},
                                                {"unknown_tokens", fast->unknown_tokens},
                                                {"broken_bytes", fast->broken_bytes}};
  }
  row["decode_failures"] = report.decode_failures;
}

}  // namespace

nlohmann::ordered_json to_json(const QuantizerReport& report) {
  nlohmann::ordered_json row;
  row["spec"] = report.spec;
  put_errors(report, row);
  put_tokens(report, row);
  put_number(row, "encode_values_per_second", report.encode_values_per_second);
  put_number(row, "decode_values_per_second", report.decode_values_per_second);
  put_number(row, "fit_seconds", report.fit_seconds);
  if (!report.loaded_from.empty()) row["loaded_from"] = report.loaded_from;
  row["trajectories"] = report.trajectories;
  row["steps"] = report.steps;
  row["dropped_steps"] = report.dropped_steps;
  row["remarks"] = quantizer_remarks(report);
  return row;
}

}  // namespace pianola
