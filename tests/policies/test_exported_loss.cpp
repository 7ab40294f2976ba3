#include "pianola/policies/exported_loss.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/error.hpp"
#include "trained_run.hpp"

namespace pianola {
namespace {

Dataset some_data() {
  DatasetInfo info;
  info.observation_dim = 3;
  info.action_dim = 2;
  info.observation_fields = {{"x", 0, 3}};
  Dataset dataset(info);
  Trajectory trajectory;
  trajectory.steps = 100;
  trajectory.observations.resize(300);
  trajectory.actions.resize(200);
  normals(NoiseKey(1), 0, 0, trajectory.observations);
  for (std::size_t i = 0; i < 200; ++i) trajectory.actions[i] = std::sin(static_cast<double>(i));
  dataset.append(trajectory);
  return dataset;
}

TEST(ExportedLoss, ComparesTheWeightsOnTheSameData) {
  const TrainedRun run("transformer:preset=tiny");
  const auto full = exported_loss(run.folder, WeightFormat::float32, some_data(), NoiseKey(1), 0);
  EXPECT_EQ(full.chunks, 100U);
  EXPECT_EQ(full.full, full.exported);
  const auto brief = exported_loss(run.folder, WeightFormat::bfloat16, some_data(), NoiseKey(1), 0);
  EXPECT_EQ(brief.full, full.full);
  EXPECT_NE(brief.exported, brief.full);
  EXPECT_NEAR(brief.exported, brief.full, 0.02);
  EXPECT_NEAR(exported_loss(run.folder, WeightFormat::int8, some_data(), NoiseKey(1), 0).exported, full.full, 0.1);
}

TEST(ExportedLoss, RefusesWhatCannotBeExported) {
  const TrainedRun run("mlp:hidden=8x1");
  EXPECT_THROW(exported_loss(run.folder, WeightFormat::int8, some_data(), NoiseKey(1), 0), UsageError);
}

}  // namespace
}  // namespace pianola
