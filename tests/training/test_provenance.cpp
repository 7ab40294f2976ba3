#include "pianola/training/provenance.hpp"

#include <gtest/gtest.h>

#include <map>

#include "toy_training.hpp"

namespace pianola {
namespace {

TEST(Provenance, SaysWhatMadeTheRun) {
  Dataset data = toy_training::categorical_data(2, 5);
  data.info().attributes = {{"system", "toy"}, {"simulator", "mujoco 3.4.0"}, {"env_args", "{}"}};
  TrainPlan plan = toy_training::plan_for(data, "run");
  set_training_threads(3);
  const Notes notes = provenance(plan, "mlp:hidden=16x1");
  const std::map<std::string, std::string> by_name(notes.begin(), notes.end());
  EXPECT_EQ(by_name.size(), notes.size());  // no name twice
  EXPECT_EQ(by_name.at("dataset"), "toy");
  EXPECT_EQ(by_name.at("dataset_fingerprint"), data.fingerprint());
  EXPECT_EQ(by_name.at("dataset_trajectories"), "2");
  EXPECT_EQ(by_name.at("dataset_steps"), "10");
  EXPECT_EQ(by_name.at("dataset_system"), "toy");
  EXPECT_EQ(by_name.at("simulator"), "mujoco 3.4.0");
  EXPECT_EQ(by_name.at("quantizer_fingerprint"), plan.quantizer->fingerprint());
  EXPECT_EQ(by_name.at("policy"), "mlp:hidden=16x1");
  EXPECT_EQ(by_name.at("threads"), "3");
  EXPECT_FALSE(by_name.at("git_revision").empty());  // "unknown" outside a checkout
  EXPECT_FALSE(by_name.at("cpu").empty());
}

TEST(Provenance, NamesTheVersionOfLibTorch) {
  EXPECT_NE(libtorch_version().find('.'), std::string::npos);
  EXPECT_TRUE(std::isdigit(static_cast<unsigned char>(libtorch_version().front())));
}

}  // namespace
}  // namespace pianola
