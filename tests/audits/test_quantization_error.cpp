#include "pianola/audits/quantization_error.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola {
namespace {

/// Actions in [−1, 1]; trajectory i has 10 + i steps, and its error grows with i.
Dataset ramp() {
  DatasetInfo info;
  info.action_dim = 1;
  info.action_range = {{-1.0}, {1.0}};
  Dataset dataset(info);
  for (std::size_t i = 0; i < 8; ++i) {
    Trajectory t;
    t.name = "demo_" + std::to_string(i);
    t.steps = 10 + i;
    for (std::size_t h = 0; h < t.steps; ++h) t.actions.push_back(0.5 + 0.02 * static_cast<double>(i));
    t.actions[3] = 0.5 + 0.05 * static_cast<double>(i);
    dataset.append(t);
  }
  return dataset;
}

TEST(QuantizationErrors, AreThoseOfTheSteps) {
  const Dataset dataset = ramp();
  const auto actions = action_source(dataset);
  const NoiseKey key(1);
  const auto quantizer =
      make_quantizer("uniform:bins=2", {.action_dim = 1, .range = dataset.info().action_range, .key = key});
  const QuantizationErrors errors = quantization_errors(*quantizer, *actions, key, 3);  // levels −0.5 and 0.5
  ASSERT_EQ(errors.by_step.size(), 17u) << "the longest trajectory";
  EXPECT_NEAR(errors.by_step[0].value, 0.07, 1e-6);
  EXPECT_NEAR(errors.by_step[3].value, 0.175, 1e-6);
  EXPECT_EQ(errors.by_step[0].n, 8u);
  EXPECT_EQ(errors.by_step[16].n, 1u);
  ASSERT_EQ(errors.worst.size(), 3u);
  EXPECT_EQ(errors.worst[0].trajectory, 7u);
  EXPECT_EQ(errors.worst[1].trajectory, 6u);
  EXPECT_EQ(errors.worst[0].step, 3u);
  EXPECT_NEAR(errors.worst[0].largest, 0.35, 1e-6);
  EXPECT_NEAR(errors.worst[0].mean, (16 * 0.14 + 0.35) / 17, 1e-6);
}

TEST(QuantizationErrors, DamageIsReported) {
  DatasetInfo info;
  info.action_dim = 1;
  const Dataset empty(info);
  const NoiseKey key(1);
  const auto quantizer = make_quantizer("uniform:bins=2", {.action_dim = 1, .range = {{-1.0}, {1.0}}, .key = key});
  EXPECT_THROW(quantization_errors(*quantizer, *action_source(empty), key), DataError);
}

}  // namespace
}  // namespace pianola
