#include "pianola/data/lerobot_statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "data/temporary_folder.hpp"
#include "pianola/data/lerobot_metadata.hpp"
#ifdef PIANOLA_WITH_ARROW
#include "pianola/data/parquet_writer.hpp"
#endif

namespace pianola {
namespace {

TEST(LeRobotStatistics, OfRows) {
  std::vector<double> rows;
  for (int i = 0; i <= 100; ++i) {
    rows.push_back(i);
    rows.push_back(5.0);
  }
  const LeRobotStatistics of = lerobot_statistics(rows, 2);
  EXPECT_EQ(of.count, 101u);
  EXPECT_EQ(of.values[0], (std::vector<double>{0, 5}));
  EXPECT_EQ(of.values[1], (std::vector<double>{100, 5}));
  EXPECT_EQ(of.values[2], (std::vector<double>{50, 5}));
  EXPECT_DOUBLE_EQ(of.values[3][0], std::sqrt(850.0));
  EXPECT_EQ(of.values[4], (std::vector<double>{1, 5}));
  EXPECT_EQ(of.values[8], (std::vector<double>{99, 5}));
  EXPECT_EQ(to_json(of, false).size(), 5u);
  EXPECT_EQ(to_json(of, true)["q90"][0], 90.0);
}

#ifdef PIANOLA_WITH_ARROW
TEST(LeRobotStatistics, OfNumbersThatDoNotFitIntoMemory) {
  const test::TemporaryFolder folder;
  constexpr std::size_t kRows = 3000, kFiles = 2;
  const LeRobotFeature feature{"x", "float64", {2}, {}};
  std::vector<std::string> files;
  std::vector<double> all;
  LeRobotFeatureStatistics streamed(2, 1000);
  for (std::size_t f = 0; f < kFiles; ++f) {
    std::vector<double> rows(2 * kRows);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = std::sin(static_cast<double>((f * 7919 + i * i) % 104729));
    files.push_back(folder.file(std::to_string(f) + ".parquet"));
    ParquetWriter writer(files.back(), {{"x", "float64", 2}});
    writer.write(kRows, std::vector<ParquetValues>{std::span<const double>(rows)});
    writer.finish();
    streamed.add(rows);
    all.insert(all.end(), rows.begin(), rows.end());
  }
  const LeRobotStatistics got = streamed.finish(files, feature), wanted = lerobot_statistics(all, 2);
  EXPECT_EQ(got.count, wanted.count);
  for (const std::size_t s : {0, 1, 4, 5, 6, 7, 8}) EXPECT_EQ(got.values[s], wanted.values[s]) << kLeRobotStatistics[s];
  for (std::size_t d = 0; d < 2; ++d) EXPECT_NEAR(got.values[3][d], wanted.values[3][d], 1e-12);
  EXPECT_EQ(lerobot_statistics(files, feature).values[6], wanted.values[6]);
}
#endif

}  // namespace
}  // namespace pianola
