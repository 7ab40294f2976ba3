#include "pianola/training/final_report.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "pianola/base/statistics.hpp"

namespace pianola {
namespace {

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
  if (info.max_tokens != info.chunk * info.action_dim) return {};
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
  const std::size_t dim = quantizer.info().action_dim;
  std::vector<std::uint32_t> lengths(rows.size(), static_cast<std::uint32_t>(samples.positions));
  std::vector<float> decoded(rows.size() * samples.chunk_values);
  std::vector<double> starts;
  for (const std::int64_t row : rows) {
    const auto start = samples.starts_of(static_cast<std::size_t>(row), 1);
    starts.insert(starts.end(), start.begin(), start.end());
  }
  quantizer.decode(TokenBatch{scores.most_likely, lengths}, {.observations = starts}, decoded, {});
  std::vector<double> squares(dim), errors(samples.chunk_values);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto values = [&](const std::vector<float>& all, std::size_t row) {
      const auto first = all.begin() + static_cast<std::ptrdiff_t>(row * samples.chunk_values);
      return std::vector<double>(first, first + static_cast<std::ptrdiff_t>(samples.chunk_values));
    };
    action_errors(quantizer, values(samples.chunks, static_cast<std::size_t>(rows[i])), values(decoded, i), errors);
    for (std::size_t j = 0; j < errors.size(); ++j) squares[j % dim] += errors[j] * errors[j];
  }
  const double count = static_cast<double>(decoded.size() / dim);
  for (double& square : squares) square = std::sqrt(square / count);
  return squares;
}

}  // namespace

double mean_nll(const Learner& learner, std::span<const std::int64_t> rows, Weights which) {
  const RowScores scores = learner.score(rows, which);
  double sum = 0.0;
  for (const float nll : scores.nll) sum += static_cast<double>(nll);
  return sum / static_cast<double>(rows.size());
}

FinalReport final_report(const Learner& learner, const Samples& samples, const Dataset& data,
                         const Quantizer& quantizer, Weights which) {
  const std::vector<std::int64_t>& rows = samples.validation.empty() ? samples.train : samples.validation;
  RowScores scores = learner.score(rows, which);
  FinalReport report;
  report.bits_per_dimension = bits(scores, rows, samples, log_cells(data, quantizer));
  report.decoded_rmse_per_dimension = rmse(scores, rows, samples, quantizer);
  return report;
}

}  // namespace pianola
