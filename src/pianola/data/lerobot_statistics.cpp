#include "pianola/data/lerobot_statistics.hpp"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "pianola/data/column_statistics.hpp"
#include "pianola/data/lerobot_metadata.hpp"
#include "pianola/data/order_statistics.hpp"
#include "pianola/data/parquet_numbers.hpp"

namespace pianola {
namespace {

constexpr std::size_t kMoments = 4;  // min, max, mean, std come before the quantiles

LeRobotStatistics with_moments(const ColumnStatistics& moments) {
  LeRobotStatistics out;
  out.count = moments.count();
  out.values[0] = moments.min();
  out.values[1] = moments.max();
  out.values[2] = moments.mean();
  out.values[3] = moments.deviation();
  return out;
}

/// quantiles: [dim][kLeRobotQuantiles]
void add_quantiles(LeRobotStatistics& out, const std::vector<std::vector<double>>& quantiles) {
  for (const std::vector<double>& column : quantiles) {
    for (std::size_t q = 0; q < column.size(); ++q) out.values[kMoments + q].push_back(column[q]);
  }
}

std::vector<std::vector<double>> quantiles_of(std::span<const double> rows, std::size_t dim) {
  std::vector<std::vector<double>> out;
  std::vector<double> column(rows.size() / dim);
  for (std::size_t d = 0; d < dim; ++d) {
    for (std::size_t i = 0; i < column.size(); ++i) column[i] = rows[i * dim + d];
    out.push_back(exact_quantiles(column, kLeRobotQuantiles));
  }
  return out;
}

}  // namespace

LeRobotStatistics lerobot_statistics(std::span<const double> rows, std::size_t dim) {
  ColumnStatistics moments(dim);
  moments.add(rows);
  LeRobotStatistics out = with_moments(moments);
  add_quantiles(out, quantiles_of(rows, dim));
  return out;
}

LeRobotFeatureStatistics::LeRobotFeatureStatistics(std::size_t dim, std::size_t memory)
    : moments_(dim), quantiles_(dim, kLeRobotQuantiles, memory) {}

void LeRobotFeatureStatistics::add(std::span<const double> rows) {
  moments_.add(rows);
  quantiles_.add(rows);
}

#ifdef PIANOLA_WITH_ARROW
namespace {

/// The numbers of a feature, block by block.
void for_each_block(std::span<const std::string> files, const LeRobotFeature& feature,
                    const std::function<void(std::span<const double>)>& visit) {
  constexpr std::size_t kBlock = std::size_t{1} << 16;  // numbers
  const std::size_t dim = feature.dim();
  std::vector<double> block(std::max<std::size_t>(1, kBlock / dim) * dim);
  for (const std::string& path : files) {
    const ParquetFile file(path);
    ParquetNumbers numbers(file, feature.name, feature.shape);
    for (std::size_t left = file.rows(); left > 0;) {
      const std::size_t rows = std::min(left, block.size() / dim);
      numbers.read(rows, block, dim, 0);
      visit(std::span<const double>(block).first(rows * dim));
      left -= rows;
    }
  }
}

}  // namespace

LeRobotStatistics LeRobotFeatureStatistics::finish(std::span<const std::string> files, const LeRobotFeature& feature) {
  quantiles_.end_pass();
  while (!quantiles_.done()) {
    for_each_block(files, feature, [&](std::span<const double> rows) { quantiles_.add(rows); });
    quantiles_.end_pass();
  }
  LeRobotStatistics out = with_moments(moments_);
  add_quantiles(out, quantiles_.quantiles());
  return out;
}

LeRobotStatistics lerobot_statistics(std::span<const std::string> files, const LeRobotFeature& feature) {
  LeRobotFeatureStatistics statistics(feature.dim());
  for_each_block(files, feature, [&](std::span<const double> rows) { statistics.add(rows); });
  return statistics.finish(files, feature);
}
#endif  // PIANOLA_WITH_ARROW

nlohmann::ordered_json to_json(const LeRobotStatistics& statistics, bool with_quantiles) {
  nlohmann::ordered_json json;
  for (std::size_t i = 0; i < (with_quantiles ? kLeRobotStatistics.size() : kMoments); ++i) {
    json[kLeRobotStatistics[i]] = statistics.values[i];
  }
  json["count"] = {statistics.count};
  return json;
}

}  // namespace pianola
