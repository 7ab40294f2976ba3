// A driver of systems/lane_keeping who passes obstacles left or right, as people do: stochastic, bimodal, Markov.
//
//   ê = e + T v ψ                              where the car is heading, T = 0.8 s
//   P(left | x) = 1 / (1 + exp(−(ê / c + ln(l / (1 − l)))))
//   δ = atan(L (κ + 2 (± w p_ahead − ê) / (T v)²)) + τ ξ,   ξ ~ N(0, 1),  mean clipped to the steering's range
//
// He aims at the wanted path 0.8 s ahead (a critically well damped loop: ζ = 0.71), + on the left and − on the right,
// and draws the side anew at each step; since he keeps the side to which he is heading (c is small), he commits while
// the two modes are still close, and never again changes his mind at an obstacle. Half of them are passed on the left
// (`left`), whatever the start. The law is known: two Gaussians of standard deviation τ (`tremor`), or with tremor=0
// two atoms, whose token law the quantized expert plays exactly. No Lipschitz constant: it is no function of x.
#pragma once

#include "pianola/base/spec.hpp"
#include "pianola/experts/expert.hpp"
#include "pianola/systems/lane_keeping.hpp"

namespace pianola {

struct DriverConfig {
  double tremor = 0.005, commit = 0.1, left = 0.5;
  template <class V>
  void visit(V&& v) {
    v("tremor", tremor, "standard deviation of the steering angle, rad; 0: two atoms");
    v("commit", commit, "offset by which the car must be heading aside for the side to be all but decided, m");
    v("left", left, "probability of the left side for a car that heads straight at the obstacle");
  }
};

class Driver final : public Expert {
 public:
  /// Keeps no reference to `system`. @throws UsageError if it is no lane_keeping, an option is not finite, tremor < 0,
  /// commit ≤ 0 or left outside (0, 1).
  Driver(const DriverConfig& config, const System& system);
  [[nodiscard]] const ExpertInfo& info() const override { return info_; }
  void act(const NoiseKey& key, const Situation& situation, std::span<double> actions) const override;
  bool law(const Situation& situation, std::span<ActionLaw> laws) const override;

 private:
  struct Modes {
    double left_probability, left, right;  // steering angles, rad
  };
  [[nodiscard]] Modes modes(const double* seen) const;

  DriverConfig config_;
  double speed_, width_;
  ExpertInfo info_;
};

ExpertEntry entry_driver();

}  // namespace pianola
