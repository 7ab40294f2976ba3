#include "pianola/theory/vector_loop.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "pianola/bounds/certificates.hpp"
#include "pianola/theory/slope_checks.hpp"

namespace pianola {
namespace {

using Eigen::Vector2d;
using Eigen::Vector3d;

constexpr int kStarts = 32;

double norm(const Eigen::MatrixXd& m) { return m.jacobiSvd().singularValues()(0); }

/// A lattice of 4 × 4 × 2 midpoints.
Vector3d start(int i) { return {-0.75 + 0.5 * (i % 4), -0.75 + 0.5 * (i / 4 % 4), i < 16 ? -0.5 : 0.5}; }

Vector2d quantized(const LineBins& bins, const Vector2d& u) {
  Vector2d out;
  bins.quantize({u.data(), 2}, {out.data(), 2});
  return out;
}

/// One initial state: expert, feedback and Algorithm 1 side by side.
void follow(const VectorLoop& loop, std::uint64_t horizon, const LineBins& bins, const Vector3d& first,
            VectorCost& all) {
  const Vector2d offset = loop.offset();
  const auto expert = [&](const Vector3d& x) { return Vector2d(offset - loop.k * x); };
  Vector3d raw = first, closed = first, driven = first;
  for (std::uint64_t h = 0; h < horizon; ++h) {
    const Vector2d u = expert(raw), own = expert(closed), token = quantized(bins, own), followed = quantized(bins, u);
    all.error = std::max(all.error, (token - own).norm());
    all.apart = std::max(all.apart, (token - followed).norm());
    all.feedback += std::min(1.0, 0.5 * (token - own).norm()) / kStarts;
    all.augmented += std::min(1.0, 0.5 * (followed - expert(driven)).norm()) / kStarts;
    raw = loop.a * raw + loop.b * u;
    closed = loop.a * closed + loop.b * token;
    driven = loop.a * driven + loop.b * followed;
  }
}

LineBins plane_bins(const QuantizerMaker& quantizers, double epsilon) {
  return LineBins::edge_at_zero(quantizers, epsilon, 4.0, 2);
}

}  // namespace

double VectorLoop::gain() const {
  double sum = 0.0;
  Eigen::MatrixXd power = b;
  for (int j = 0; j < 200; ++j, power = a * power) sum += norm(power);
  return sum;
}

Vector2d VectorLoop::offset() const {
  const Vector2d u(rest, rest);
  return u + k * ((Eigen::Matrix3d::Identity() - a).inverse() * (b * u));
}

VectorLoop vector_loop(double epsilon) {
  VectorLoop loop;
  loop.a << 0.15, -0.15, 0.05, 0.15, 0.15, 0.0, 0.0, 0.05, 0.2;
  loop.b << 0.5, 0.0, 0.0, 0.5, 0.2, 0.1;
  loop.k << 0.10, 0.05, 0.08, -0.05, 0.12, 0.06;
  loop.rest = edge_above_one(epsilon);
  return loop;
}

VectorCost vector_cost(const VectorLoop& loop, std::uint64_t horizon, const LineBins& bins) {
  VectorCost all;
  for (int i = 0; i < kStarts; ++i) follow(loop, horizon, bins, start(i), all);
  return all;
}

void add_vector_checks(ExperimentResult& result, const QuantizerMaker& quantizers, const VectorClaim& claim) {
  const auto paid = [&](const VectorCost& cost) { return claim.augmented ? cost.augmented : cost.feedback; };
  std::vector<double> over_horizon, over_epsilon;
  // Over H where the loop rests soonest: until then a bin costs less than at its edge.
  const double coarsest = std::ranges::max(claim.epsilons);
  const LineBins first = plane_bins(quantizers, coarsest);
  for (const std::uint64_t horizon : claim.horizons) {
    over_horizon.push_back(paid(vector_cost(vector_loop(coarsest), horizon, first)));
  }
  double error = 0.0, apart = 0.0;
  for (const double epsilon : claim.epsilons) {
    const VectorLoop loop = vector_loop(epsilon);
    const VectorCost cost = vector_cost(loop, claim.horizons.back(), plane_bins(quantizers, epsilon));
    const double largest = std::numbers::sqrt2 * epsilon;  // ε_sup of two dimensions
    over_epsilon.push_back(paid(cost));
    error = std::max(error, cost.error / largest);
    apart = std::max(apart, cost.apart / (small_gain_tolerance(loop.gain(), norm(loop.k)).value_or(0.0) * largest));
  }
  const std::vector<double> h(claim.horizons.begin(), claim.horizons.end());
  const std::string who = claim.augmented ? "three states, Algorithm 1" : "three states, feedback";
  require_slope(
      result, {"horizon_three_states", who + ": regret, slope in H", h, exact(over_horizon), 0.9, 1.15, claim.outside});
  require_slope(result, {"epsilon_three_states", who + ": regret, slope in ε", claim.epsilons, exact(over_epsilon), 0.9,
                         1.1, claim.outside});
  if (claim.augmented) return;
  result.checks.push_back(check_at_most(who + ": largest error of a token over ε√2", exact(error), 1.0 + 1e-9));
  result.checks.push_back(
      check_at_most(who + ": tokens of expert and learner, apart, over kε√2", exact(apart), 1.0 + 1e-9));
}

}  // namespace pianola
