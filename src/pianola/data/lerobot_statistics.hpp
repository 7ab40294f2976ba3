// Statistics of LeRobot's features: computed from the numbers, and held against what a dataset stores of itself.
//
//   min, max, mean, std (divided by n), count, and the quantiles q01, q10, q50, q90, q99, of each dimension
//
// The quantiles are exact here. LeRobot estimates an episode's from histograms of 5,000 bins, and a dataset's from its
// episodes': by version their extremes (an envelope: the least q01, the greatest q99) or their mean, neither of which
// is a quantile of the data. Source: lerobot, datasets/compute_stats.py, aggregate_feature_stats.
#pragma once

#include <array>
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "pianola/data/column_statistics.hpp"
#include "pianola/data/streamed_quantiles.hpp"

namespace pianola {

struct LeRobotFeature;

/// The names of LeRobot's statistics that are one number a dimension, in its order.
inline constexpr std::array<const char*, 9> kLeRobotStatistics{"min", "max", "mean", "std", "q01",
                                                               "q10", "q50", "q90",  "q99"};
inline constexpr std::array<double, 5> kLeRobotQuantiles{0.01, 0.1, 0.5, 0.9, 0.99};

struct LeRobotStatistics {
  std::size_t count = 0;                                              ///< frames
  std::array<std::vector<double>, kLeRobotStatistics.size()> values;  ///< [kLeRobotStatistics][dim]
};

/// rows: [n × dim], finite, n ≥ 1.
LeRobotStatistics lerobot_statistics(std::span<const double> rows, std::size_t dim);

/// The same of numbers that need not fit into memory: those of a feature, while they are written or read.
class LeRobotFeatureStatistics {
 public:
  static constexpr std::size_t kMemory = std::size_t{1} << 25;  ///< there is one for each feature

  /// memory: bytes that numbers may take until they are read again instead.
  explicit LeRobotFeatureStatistics(std::size_t dim, std::size_t memory = kMemory);
  /// rows: [n × dim], finite; the feature's next ones.
  void add(std::span<const double> rows);
  /// Once all n ≥ 1 rows are added. Reads the files that hold them again only if they did not fit into memory
  /// (streamed_quantiles.hpp). @throws DataError as ParquetNumbers. Only a build with PIANOLA_WITH_ARROW has it.
  LeRobotStatistics finish(std::span<const std::string> files, const LeRobotFeature& feature);

 private:
  ColumnStatistics moments_;
  StreamedQuantiles quantiles_;
};

/// Of a feature in all of these Parquet files, a pass, or two more where its numbers do not fit into memory.
/// @throws DataError as ParquetNumbers. Only a build with PIANOLA_WITH_ARROW has it.
LeRobotStatistics lerobot_statistics(std::span<const std::string> files, const LeRobotFeature& feature);

/// {"min": […], …, "count": [n]}; without quantiles as v2.1 has it.
nlohmann::ordered_json to_json(const LeRobotStatistics& statistics, bool with_quantiles);

}  // namespace pianola
