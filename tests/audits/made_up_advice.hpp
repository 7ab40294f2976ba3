// An advice with made-up numbers, as the advisor fills it before it draws conclusions.
#pragma once

#include <string>
#include <vector>

#include "pianola/audits/advice.hpp"

namespace pianola::test {

/// Regrets `mean` ± 1, alternating, over eight rollouts.
inline AdviceCandidate made_up(const std::string& spec, const std::string& family, std::size_t bins, double bits,
                               double mean, const std::string& controller = "quantized") {
  AdviceCandidate c;
  c.quantizer = {spec, family, bins};
  c.controller = controller;
  c.bits = bits;
  for (int i = 0; i < 8; ++i) c.regrets.push_back(mean + (i % 2 == 0 ? 1.0 : -1.0));
  c.regret = mean_estimate(c.regrets);
  std::vector<double> returns;
  for (const double regret : c.regrets) returns.push_back(3717.0 - regret);
  c.total_return = mean_estimate(returns);
  c.epsilon_in = {0.1, 0.09, 0.11, 8};
  c.epsilon_sup = 0.2;
  c.executed_error = c.epsilon_in, c.persistent_error = {0.01, 0.009, 0.011, 8};
  return c;
}

/// Actions that saturate, as Hopper's: levels on the ends are what counts.
inline Advice saturating_advice() {
  Advice advice;
  advice.profile.dim = 3, advice.profile.bounded = true, advice.profile.trajectories = 20;
  advice.profile.range = {{-1.0, -1.0, -1.0}, {1.0, 1.0, 1.0}};
  advice.profile.saturated = {0.4, 0.5, 0.42}, advice.profile.beyond = {0.4, 0.5, 0.42};
  advice.profile.histogram.assign(3, std::vector<std::uint64_t>(kProfileBins, 1));
  advice.candidates = {made_up("uniform:bins=5,representatives=ends", "ends", 5, 6.97, -5.0),
                       made_up("uniform:bins=3,representatives=ends", "ends", 3, 4.75, 500.0),
                       made_up("uniform:bins=5", "centre", 5, 6.97, 3050.0),
                       made_up("uniform:bins=9", "centre", 9, 9.51, 2440.0),
                       made_up("kmeans:k=64", "kmeans", 0, 6.0, 2000.0),
                       made_up("dither:bins=5", "dither", 5, 6.97, 340.0),
                       made_up("uniform:bins=5,representatives=ends", "ends", 5, 6.97, 3000.0, "augmented")};
  advice.candidates[4].epsilon_in.value = advice.candidates[4].executed_error.value = 0.05;
  advice.expert_return = {3717.0, 3716.0, 3718.0, 20};
  advice.most = 3717.0, advice.tolerated = 186.0, advice.slack = 18.6;
  advice.horizon = 1000, advice.rollouts = 190, advice.budget = 200;
  return advice;
}

}  // namespace pianola::test
