// Policies and experts of a few lines, whose laws can be computed by hand, and queries of them.
#pragma once

#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "pianola/audits/law_points.hpp"
#include "policies/toys.hpp"

namespace pianola::test {

/// u ~ N(−x, σ²), law known as a density.
class GaussianExpert final : public Expert {
 public:
  explicit GaussianExpert(double deviation) : deviation_(deviation) {
    info_.spec = "gaussian";
    info_.observation_dim = info_.action_dim = 1;
    info_.deterministic = false;
  }
  [[nodiscard]] const ExpertInfo& info() const override { return info_; }
  void act(const NoiseKey& key, const Situation& s, std::span<double> actions) const override {
    for (std::size_t i = 0; i < s.lanes(); ++i) {
      actions[i] = -s.observations[i] + deviation_ * normal(key.child("expert"), s.ids[i], s.h[i]);
    }
  }
  bool law(const Situation& s, std::span<ActionLaw> laws) const override {
    for (std::size_t i = 0; i < s.lanes(); ++i) laws[i] = {1, {1.0}, {-s.observations[i]}, {deviation_}};
    return true;
  }

 private:
  double deviation_;
  ExpertInfo info_;
};

/// Total variation of N(0, σ²) and N(r, σ²).
inline double gaussian_tv(double r, double deviation) { return std::erf(r / (2.0 * std::sqrt(2.0) * deviation)); }

/// Another policy by its other name: not factored.
class Autoregressive final : public Policy {
 public:
  explicit Autoregressive(std::shared_ptr<const Policy> inner) : inner_(std::move(inner)), info_(inner_->info()) {
    info_.factored = false;
  }
  [[nodiscard]] const PolicyInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<PolicySession> session(std::size_t lanes) const override {
    return inner_->session(lanes);
  }

 private:
  std::shared_ptr<const Policy> inner_;
  PolicyInfo info_;
};

/// The gaps of one law between points x and x' of one dimension.
inline std::vector<LawGap> gaps(const DeployedLaw& law, const std::vector<double>& x, const std::vector<double>& y,
                                double tolerance, const NoiseKey& key = NoiseKey(3)) {
  std::vector<LawPoint> here, there;
  for (std::size_t i = 0; i < x.size(); ++i) here.push_back({i, 0, {x[i]}}), there.push_back({i, 0, {y[i]}});
  std::vector<LawGap> out(x.size());
  law.session(x.size())->compare(LawPoints(here, 1).query(key), LawPoints(there, 1).query(key), tolerance, out);
  return out;
}

}  // namespace pianola::test
