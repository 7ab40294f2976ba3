#include "pianola/training/final_report.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "pianola/base/random_subset.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/policies/registry.hpp"

namespace pianola {
namespace {

constexpr std::size_t kPlayedRows = 1024;

/// Standard deviation of each action dimension over the whole dataset.
std::vector<double> action_stds(const Dataset& data) {
  const std::size_t dim = data.info().action_dim;
  std::vector<RunningMean> columns(dim);
  for (std::size_t i = 0; i < data.actions().size(); ++i) columns[i % dim].add(data.actions()[i]);
  std::vector<double> stds;
  for (const RunningMean& column : columns) stds.push_back(std::sqrt(column.variance()));
  return stds;
}

/// log₂(cell width / σ) of each token at each position; empty if one of them does not exist.
std::vector<std::vector<double>> log_cells(const Dataset& data, const Quantizer& quantizer) {
  const QuantizerInfo& info = quantizer.info();
  if (!info.fixed_length || info.max_tokens != info.chunk * info.action_dim) return {};
  const std::vector<double> stds = action_stds(data);
  std::vector<std::vector<double>> cells;
  for (std::size_t position = 0; position < info.max_tokens; ++position) {
    std::vector<double> widths = quantizer.cell_widths(position);
    if (widths.size() != info.vocabularies[position]) return {};
    for (double& width : widths) {
      width = std::log2(width / stds[position % info.action_dim]);
      if (!std::isfinite(width)) return {};
    }
    cells.push_back(std::move(widths));
  }
  return cells;
}

std::optional<double> bits(const RowScores& scores, std::span<const std::int64_t> rows, const Samples& samples,
                           const std::vector<std::vector<double>>& cells) {
  if (cells.empty()) return std::nullopt;
  double sum = 0.0;
  for (std::size_t i = 0; i < scores.nll.size(); ++i) {
    const std::size_t row = static_cast<std::size_t>(rows[i / samples.positions]), position = i % samples.positions;
    const auto token = static_cast<std::size_t>(samples.tokens[row * samples.positions + position]);
    sum -= static_cast<double>(scores.nll[i]) / std::numbers::ln2 + cells[position][token];
  }
  return sum / static_cast<double>(scores.nll.size());
}

std::vector<double> rmse(RowScores& scores, std::span<const std::int64_t> rows, const Samples& samples,
                         const Quantizer& quantizer) {
  std::vector<std::uint32_t> lengths;
  std::vector<float> decoded(rows.size() * samples.chunk_values);
  std::vector<double> starts;
  for (const std::int64_t row : rows) {
    const auto start = samples.starts_of(static_cast<std::size_t>(row), 1);
    starts.insert(starts.end(), start.begin(), start.end());
    lengths.push_back(static_cast<std::uint32_t>(samples.length(static_cast<std::size_t>(row))));
  }
  std::vector<double> memory = samples.memory_of(rows);
  quantizer.decode(TokenBatch{scores.most_likely, lengths}, {.memory = memory, .observations = starts}, decoded, {});
  return chunk_rmse(decoded, rows, samples, &quantizer);
}

/// The density's −log₂ is in units of the training trajectories' deviations; bits are in those of all data.
std::optional<double> density_bits(const Learner& learner, std::span<const std::int64_t> rows, const Samples& samples,
                                   const Dataset& data, Weights which) {
  const std::vector<double> stds = action_stds(data);
  double bits = -total_nll(learner, rows, which) / static_cast<double>(rows.size()) / std::numbers::ln2;
  for (std::size_t d = 0; d < samples.chunk_values; ++d) {
    bits += std::log2(stds[d % stds.size()] * static_cast<double>(samples.action_scale.inverse_std[d]));
  }
  if (!std::isfinite(bits)) return std::nullopt;
  return bits / static_cast<double>(samples.chunk_values);
}

/// Histories of these rows in observation units.
std::vector<float> histories_of(const Samples& samples, std::span<const std::int64_t> rows) {
  std::vector<float> out;
  for (const std::int64_t row : rows) {
    for (std::size_t d = 0; d < samples.input_dim; ++d) {
      const float z = samples.inputs[static_cast<std::size_t>(row) * samples.input_dim + d];
      const float scale = samples.normalisation.inverse_std[d];
      out.push_back(samples.normalisation.mean[d] + (scale > 0.0F ? z / scale : 0.0F));
    }
  }
  return out;
}

/// Of the modes that the deployed policy plays.
std::vector<double> played_rmse(const Learner& learner, std::span<const std::int64_t> rows, const Samples& samples,
                                const Quantizer* quantizer, Weights which) {
  std::vector<std::int64_t> taken;
  for (const std::size_t i : random_subset(rows.size(), kPlayedRows, NoiseKey().child("played"))) {
    taken.push_back(rows[i]);
  }
  const auto policy =
      find_policy(parse_spec(learner.policy_spec()).name).load_actions(learner.weights(which), "training");
  const std::vector<std::uint64_t> ids(taken.size());
  const std::vector<std::uint32_t> h(taken.size());
  const Situation situation{ids, h, {}, {}, nullptr};
  std::vector<double> actions(taken.size() * samples.chunk_values);
  policy->session(taken.size())
      ->decide(NoiseKey(), situation, histories_of(samples, taken), {.mode = DecodeMode::argmax}, actions);
  const std::vector<float> decided(actions.begin(), actions.end());
  return chunk_rmse(decided, taken, samples, quantizer);
}

/// The first `count` actions of these rows' chunks, as the dataset has them: float32 would move some across the range's
/// ends. A row is a step that has a whole chunk ahead.
std::vector<double> actions_of(std::span<const std::int64_t> rows, std::size_t chunk, std::size_t count,
                               const Dataset& data) {
  const std::size_t dim = data.info().action_dim;
  std::vector<std::size_t> steps;
  for (std::size_t i = 0; i < data.size(); ++i) {
    for (std::size_t step = data.offsets()[i]; step + chunk <= data.offsets()[i + 1]; ++step) steps.push_back(step);
  }
  std::vector<double> actions;
  for (const std::int64_t row : rows) {
    const auto ahead = data.actions().subspan(steps[static_cast<std::size_t>(row)] * dim, count * dim);
    actions.insert(actions.end(), ahead.begin(), ahead.end());
  }
  return actions;
}

double outside_share(const Quantizer& quantizer, std::span<const std::int64_t> rows, const Samples& samples,
                     const Dataset& data) {
  const std::vector<double> actions = actions_of(rows, samples.chunk, samples.chunk, data);
  std::vector<double> starts;
  for (const std::int64_t row : rows) {
    const auto start = samples.starts_of(static_cast<std::size_t>(row), 1);
    starts.insert(starts.end(), start.begin(), start.end());
  }
  std::vector<double> memory = samples.memory_of(rows);
  const std::size_t outside = quantizer.count_saturated(actions, {.memory = memory, .observations = starts});
  return static_cast<double>(outside) / static_cast<double>(std::max<std::size_t>(actions.size(), 1));
}

}  // namespace

double atom_share(std::span<const double> actions, std::size_t dim) {
  const std::size_t n = actions.size() / std::max<std::size_t>(dim, 1), fewest = std::max<std::size_t>(10, n / 1000);
  std::size_t on_atoms = 0;
  std::vector<double> column(n);
  for (std::size_t d = 0; d < dim; ++d) {
    for (std::size_t i = 0; i < n; ++i) column[i] = actions[i * dim + d];
    std::ranges::sort(column);
    for (auto at = column.begin(); at != column.end();) {
      const auto end = std::upper_bound(at, column.end(), *at);
      const auto count = static_cast<std::size_t>(end - at);
      if (count >= fewest) on_atoms += count;
      at = end;
    }
  }
  return actions.empty() ? 0.0 : static_cast<double>(on_atoms) / static_cast<double>(actions.size());
}

std::vector<double> chunk_rmse(std::span<const float> decided, std::span<const std::int64_t> rows,
                               const Samples& samples, const Quantizer* quantizer) {
  const std::size_t dim = samples.chunk_values / samples.chunk;
  std::vector<double> squares(dim), errors(samples.chunk_values);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto values = [&](std::span<const float> all, std::size_t row) {
      const auto chunk = all.subspan(row * samples.chunk_values, samples.chunk_values);
      return std::vector<double>(chunk.begin(), chunk.end());
    };
    const std::vector<double> wanted = values(samples.chunks, static_cast<std::size_t>(rows[i])),
                              got = values(decided, i);
    if (quantizer != nullptr) action_errors(*quantizer, wanted, got, errors);
    if (quantizer == nullptr) std::ranges::transform(got, wanted, errors.begin(), std::minus<>());
    for (std::size_t j = 0; j < errors.size(); ++j) squares[j % dim] += errors[j] * errors[j];
  }
  const double count = static_cast<double>(decided.size() / dim);
  for (double& square : squares) square = std::sqrt(square / count);
  return squares;
}

double total_nll(const Learner& learner, std::span<const std::int64_t> rows, Weights which) {
  double sum = 0.0;
  for (const float nll : learner.score(rows, which).nll) sum += static_cast<double>(nll);
  return sum;
}

FinalReport final_report(const Learner& learner, const Samples& samples, const Dataset& data,
                         const Quantizer* quantizer, Weights which) {
  FinalReport report;
  if (samples.context > 0) return report;  // characters have no density and no distance
  const std::vector<std::int64_t>& rows = samples.validation.empty() ? samples.train : samples.validation;
  report.atoms = atom_share(actions_of(rows, samples.chunk, 1, data), data.info().action_dim);
  if (learner.continuous()) {
    if (learner.density()) report.bits_per_dimension = density_bits(learner, rows, samples, data, which);
    report.decoded_rmse_per_dimension = played_rmse(learner, rows, samples, quantizer, which);
    return report;
  }
  RowScores scores = learner.score(rows, which);
  report.outside = outside_share(*quantizer, rows, samples, data);
  if (*report.outside == 0.0) report.bits_per_dimension = bits(scores, rows, samples, log_cells(data, *quantizer));
  report.decoded_rmse_per_dimension = rmse(scores, rows, samples, *quantizer);
  return report;
}

}  // namespace pianola
