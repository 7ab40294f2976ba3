#include "pianola/quantizers/joint_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/action_scan.hpp"
#include "pianola/quantizers/lloyd.hpp"

namespace pianola {
namespace {

std::vector<double> column_means(std::span<const float> rows, std::size_t dim) {
  std::vector<double> mean(dim, 0.0);
  for (std::size_t i = 0; i < rows.size(); ++i) mean[i % dim] += static_cast<double>(rows[i]);
  for (double& x : mean) x /= static_cast<double>(rows.size() / dim);
  return mean;
}

void require_distinct(const JointRows& rows, std::size_t k, const std::string& who) {
  const std::size_t distinct = distinct_rows(rows.rows, rows.width, k);
  if (distinct >= k) return;
  const char* what = rows.whole_chunks ? "chunks" : "actions";
  if (distinct == 1) {
    throw DataError(
        fmt::format("{}: needs at least k={} distinct {}; the {} of the data are all equal, and a codebook "
                    "takes at least 2 codes; 'uniform' gives what is constant one token",
                    who, k, what, rows.size()));
  }
  throw DataError(
      fmt::format("{}: needs at least k={} distinct {}; the data have {} among {}; take k={} or less, or "
                  "give more data",
                  who, k, what, distinct, rows.size(), distinct));
}

}  // namespace

bool joint_by_chunk(const std::string& joint, const std::string& who) {
  static const std::vector<std::string> known{"step", "chunk"};
  if (std::find(known.begin(), known.end(), joint) == known.end()) {
    throw_unknown_name(fmt::format("{}: joint", who), joint, known);
  }
  return joint == "chunk";
}

std::size_t checked_option(const std::string& who, const char* name, int value, int low, int high) {
  if (value >= low && value <= high) return static_cast<std::size_t>(value);
  throw UsageError(fmt::format("{}: option '{}' must lie in {} … {}, not at {}", who, name, low, high, value));
}

JointRows joint_rows(const ActionScaleOptions& options, bool whole_chunks, std::size_t k, const FitContext& context,
                     const SampleLimits& limits, const std::string& who) {
  check_action_scale(options, context.action_dim, who);
  if (context.data == nullptr) throw UsageError(fmt::format("{}: learns its codes from data; give a dataset", who));
  const std::size_t dim = context.action_dim;
  if (k > Codebook::kMaxValues / (dim * (whole_chunks ? context.chunk : 1))) {
    throw UsageError(fmt::format("{}: {} codes of {} numbers are too many; {} numbers are the most", who, k,
                                 dim * context.chunk, Codebook::kMaxValues));
  }
  ChunkSample sample = sample_chunks(*context.data, whole_chunks ? context.chunk : 1, who, limits);
  JointRows rows{dim, context.chunk, whole_chunks, sample.width, std::move(sample.values), {}, {}, {}};
  rows.scale = action_scale(options, rows.rows, dim, who);
  rows.plain = column_means(rows.rows, dim);
  rows.box = data_range(*context.data, who);
  if (std::any_of(rows.scale.begin(), rows.scale.end(), [](double w) { return w != 1.0; })) {
    for (std::size_t i = 0; i < rows.rows.size(); ++i) {
      rows.rows[i] = static_cast<float>(static_cast<double>(rows.rows[i]) * rows.scale[i % dim]);
    }
  }
  require_distinct(rows, k, who);
  return rows;
}

JointCodes joint_codes(const JointRows& rows, std::span<const float> codes, std::span<const std::uint32_t> tokens,
                       bool offsets, std::string spec) {
  const std::size_t dim = rows.action_dim, width = rows.width;
  JointCodes out{std::move(spec), dim, rows.chunk, rows.whole_chunks, {}, rows.scale, rows.box, {}, {}};
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const double w = rows.scale[i % dim];
    out.codes.push_back(static_cast<float>(w > 0.0 ? static_cast<double>(codes[i]) / w : rows.plain[i % dim]));
  }
  out.counts.assign(codes.size() / width, 0);
  for (const std::uint32_t token : tokens) ++out.counts[token];
  if (!offsets) return out;
  std::vector<double> square(dim, 0.0);
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    const double away =
        static_cast<double>(rows.rows[i]) - static_cast<double>(codes[tokens[i / width] * width + i % width]);
    square[i % dim] += away * away;
  }
  const auto n = static_cast<double>(rows.rows.size() / dim);
  for (std::size_t d = 0; d < dim; ++d) {
    out.offset_rms.push_back(rows.scale[d] > 0.0 ? std::sqrt(square[d] / n) / rows.scale[d] : 0.0);
  }
  return out;
}

}  // namespace pianola
