#include "pianola/audits/dataset_audit.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "data/memory_reader.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola {
namespace {

test::MemoryReader waves(std::size_t trajectories, std::size_t observation_dim = 1) {
  DatasetInfo info;
  info.observation_dim = observation_dim;
  info.action_dim = 1;
  info.action_range = {{-1.0}, {1.0}};
  std::vector<Trajectory> list;
  for (std::size_t i = 0; i < trajectories; ++i) {
    Trajectory t;
    t.name = "demo_" + std::to_string(i);
    t.steps = 100;
    for (std::size_t h = 0; h < t.steps; ++h) {
      const double x = std::sin(0.1 * static_cast<double>(h) + 0.3 * static_cast<double>(i));
      t.observations.insert(t.observations.end(), observation_dim, x);
      t.actions.push_back(-0.5 * x);
    }
    list.push_back(std::move(t));
  }
  return {info, std::move(list)};
}

DatasetAudit audited(test::MemoryReader reader) {
  const NoiseKey key(2);
  const auto quantizer =
      make_quantizer("uniform:bins=8", {.action_dim = 1, .range = reader.info().action_range, .key = key});
  return audit_dataset(reader, *quantizer, key);
}

TEST(DatasetAudit, PartsAgree) {
  const DatasetAudit audit = audited(waves(10));
  double sum = 0.0;
  for (const Estimate& error : audit.errors.by_step) sum += error.value;
  EXPECT_NEAR(sum / 100.0, audit.quantizer.epsilon_in.value, 1e-9) << "trajectories of one length";
  ASSERT_TRUE(audit.smoothness);
  const auto json = to_json(audit);
  EXPECT_EQ(json["error_by_step"].size(), 100u);
  EXPECT_EQ(json["worst_trajectories"].size(), 5u);
  EXPECT_EQ(json["smoothness"]["bins"].size(), 12u);
  EXPECT_EQ(json["spec"], "uniform:bins=8");
}

TEST(DatasetAudit, SaysWhatItCannotSay) {
  const std::string text = summary(audited(waves(10)));
  EXPECT_NE(text.find("cannot tell which"), std::string::npos);
  EXPECT_NE(text.find("takes the plant"), std::string::npos);
  const std::string blind = summary(audited(waves(10, 0)));
  EXPECT_NE(blind.find("smoothness: not known"), std::string::npos) << blind;
  EXPECT_TRUE(to_json(audited(waves(1)))["smoothness"].is_null());
}

}  // namespace
}  // namespace pianola
