#include "pianola/data/represented_statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "pianola/data/action_declaration.hpp"
#include "pianola/data/formats.hpp"

namespace pianola {
namespace {

TEST(RepresentedStatistics, ComparesRanges) {
  DatasetInfo info;
  info.action_dim = info.observation_dim = 1;
  Dataset data(info);
  Trajectory t;
  t.steps = 11;
  for (int i = 0; i < 11; ++i) t.observations.push_back(i), t.actions.push_back(i + (i % 2));
  data.append(t);
  const auto source = action_source(data);
  const RepresentedStatistics s = represented_statistics(*source, represent({"", "relative", ""}, info), 1);
  EXPECT_EQ(s.rows, 11U);
  EXPECT_EQ(s.min, std::vector<double>{0.0});
  EXPECT_EQ(s.max, std::vector<double>{1.0});
  EXPECT_EQ(s.range_ratio, std::vector<double>{10.0});
  EXPECT_EQ(to_json(s)["median_range_ratio"], 10.0);
}

TEST(RepresentedStatistics, HalvesTheRangesOfARealRobot) {
  const char* data = std::getenv("PIANOLA_DATA");
  const std::filesystem::path file =
      std::filesystem::path(data == nullptr ? "" : data) / "unitree_g1_lerobot_v21/as_hdf5.hdf5";
  if (data == nullptr || !std::filesystem::exists(file)) GTEST_SKIP() << "PIANOLA_DATA has no G1 demonstrations";
#ifdef PIANOLA_WITH_HDF5
  const auto reader = open_dataset(file.string());
  const auto source = action_source(*reader);
  const auto s = represented_statistics(*source, represent({"", "relative", ""}, reader->info()), 30);
  EXPECT_EQ(s.rows, (35965U - 100U * 29U) * 30U);
  EXPECT_NEAR(s.median_range_ratio, 1.33, 0.01);
  EXPECT_NEAR(s.median_std_ratio, 2.29, 0.01);
#else
  GTEST_SKIP() << "this build has no HDF5";
#endif
}

}  // namespace
}  // namespace pianola
