#include "pianola/theory/hidden_branch.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "pianola/bounds/certificates.hpp"

namespace pianola {
namespace {

/// The raw expert's state on the side of 1, step by step.
class RawState {
 public:
  explicit RawState(const HiddenBranch& branch) : branch_(branch) {}
  [[nodiscard]] double state() const { return state_; }
  void step() {
    const double u = first_ && branch_.by_model ? branch_.hidden : 1.0;
    state_ = branch_.a * state_ + branch_.b * u;
    first_ = false;
  }

 private:
  const HiddenBranch& branch_;
  double state_ = 0.0;
  bool first_ = true;
};

double paid(double u, double x, double sign, double raw) {
  return std::max(0.0, 1.0 - std::abs(u - sign) - std::abs(x - sign * raw));
}

}  // namespace

HiddenPayoff hidden_payoff(const HiddenBranch& branch) {
  HiddenPayoff payoff;
  RawState raw(branch);
  double x = 0.0;
  std::vector<double> errors, deviations;
  for (std::uint64_t h = 1; h <= branch.horizon; ++h) {
    const bool hidden = h == 1 && branch.by_model;
    const double u = hidden ? branch.hidden : 1.0, token = hidden ? branch.hidden_token : branch.played;
    payoff.expert += paid(u, raw.state(), 1.0, raw.state());
    payoff.learner += paid(token, x, 1.0, raw.state());
    errors.push_back(std::abs(token - u));
    deviations.push_back(std::abs(x - raw.state()));
    x = branch.a * x + branch.b * token;
    raw.step();
  }
  payoff.certificate = bound_augmented_by_model({errors, deviations, {}, 1.0}, {}).total();
  return payoff;
}

Estimate hidden_regret(const HiddenBranch& branch, double gap, const Estimate& wrong) {
  const HiddenPayoff payoff = hidden_payoff(branch);
  const double p = 0.5 + gap;
  const auto at = [&](double share) { return p * payoff.expert - (p - 2.0 * gap * share) * payoff.learner; };
  return {at(wrong.value), at(wrong.low), at(wrong.high), wrong.n};
}

double hidden_rollout(const HiddenBranch& branch, double sign, double first, double model_bias, const NoiseKey& key,
                      std::uint64_t id) {
  RawState raw(branch);
  double x = 0.0, imagined = 0.0, total = 0.0;
  const double drawn = uniform(key, id, 0) < first ? 1.0 : -1.0;
  for (std::uint64_t h = 1; h <= branch.horizon; ++h) {
    // The raw action behind the token is what the auxiliary state moves by.
    const bool hidden = h == 1 && branch.by_model;
    const double side = h == 1 ? drawn : imagined < 0.0 ? -1.0 : 1.0;
    const double u = hidden ? branch.hidden_token : side * branch.played;
    total += paid(u, x, sign, raw.state());
    x = branch.a * x + branch.b * u;
    imagined = branch.a * imagined + branch.b * (hidden ? side * branch.hidden : side) + (h == 1 ? model_bias : 0.0);
    raw.step();
  }
  return total;
}

}  // namespace pianola
