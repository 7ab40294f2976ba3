#include "pianola/training/tabular_trainer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "pianola/base/error.hpp"
#include "pianola/policies/run_folder.hpp"
#include "toy_training.hpp"

namespace pianola {
namespace {

using toy_training::categorical_data;
using toy_training::fitted;
using toy_training::Folder;
using toy_training::message_of;
using toy_training::plan_for;

TrainPlan tabular_plan(const Dataset& data, const std::filesystem::path& run) {
  TrainPlan plan = plan_for(data, run);
  plan.config.policy = "tabular";
  return plan;
}

/// Least log-loss on these data: the empirical entropy of whole sequences given contexts, nats.
double empirical_entropy(const Dataset& data) {
  std::map<std::vector<double>, std::map<std::vector<double>, double>> counts;
  for (std::size_t row = 0; row < data.steps(); ++row) {
    const auto x = data.observations().subspan(row * 3, 3), u = data.actions().subspan(row * 3, 3);
    ++counts[{x.begin(), x.end()}][{u.begin(), u.end()}];
  }
  double sum = 0.0;
  for (const auto& [x, actions] : counts) {
    double total = 0.0;
    for (const auto& [u, n] : actions) total += n;
    for (const auto& [u, n] : actions) sum -= n * std::log(n / total);
  }
  return sum / static_cast<double>(data.steps());
}

TEST(TabularTrainer, ReachesTheEmpiricalEntropyAndLoads) {
  const Dataset data = categorical_data(40, 25);
  const Folder folder;
  TrainPlan plan = tabular_plan(data, folder / "run");
  plan.config.validation = 0.0;
  const TrainResult result = train(plan);
  EXPECT_NEAR(result.train_nll.value(), empirical_entropy(data), 1e-5);
  EXPECT_FALSE(result.validation_nll);
  EXPECT_EQ(result.decoded_rmse_per_dimension.size(), 3U);
  EXPECT_EQ(result.decoded_rmse_per_dimension[2], 0.0);
  const LoadedRun run = load_run(folder / "run");
  EXPECT_EQ(run.policy_spec, "tabular");
  EXPECT_EQ(run.policy->info().vocabularies, plan.quantizer->info().vocabularies);
}

TEST(TabularTrainer, HoldsOutTrajectories) {
  const Dataset data = categorical_data(60, 25);
  const Folder folder;
  const TrainResult result = train(tabular_plan(data, folder / "run"));
  ASSERT_TRUE(result.validation_nll);
  EXPECT_GT(*result.validation_nll, result.train_nll.value() - 0.1);
}

TEST(TabularTrainer, RefusesSoftTargetsAndUnknownOptions) {
  const Dataset data = categorical_data(4, 10);
  const Folder folder;
  TrainPlan plan = tabular_plan(data, folder / "run");
  plan.quantizer = fitted(data, "twohot:bins=5,low=-1,high=4");
  EXPECT_NE(message_of<UsageError>([&] { train(plan); }).find("soft"), std::string::npos);
  plan = tabular_plan(data, folder / "run");
  plan.config.policy = "tabular:alpha=1";
  EXPECT_NE(message_of<UsageError>([&] { train(plan); }).find("alpha"), std::string::npos);
}

}  // namespace
}  // namespace pianola
