#include "pianola/audits/gain_measurement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "pianola/audits/perturbed_pairs.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

constexpr std::size_t kGroups = 8;
constexpr double kFloor = 1e-9;     // gains below are rounding
constexpr double kTie = 1e-6;       // gains this close are equal
constexpr double kSmallest = 1e-2;  // of the radius: fresh perturbations
constexpr double kInfinity = std::numeric_limits<double>::infinity();

PerturbedPairPlan pairs_of(const GainMeasurementPlan& plan, const char* stream) {
  PerturbedPairPlan pairs;
  pairs.system = plan.audit.deployment.system;
  pairs.expert = plan.audit.deployment.expert;
  pairs.key = plan.audit.key.child(stream, plan.closed_loop ? 1 : 0);
  pairs.trajectories = plan.audit.perturbations;
  pairs.horizon = plan.audit.horizon;
  pairs.closed_loop = plan.closed_loop;
  pairs.progress = plan.audit.progress;
  return pairs;
}

PerturbedPairPlan impulses(const GainMeasurementPlan& plan) {
  PerturbedPairPlan pairs = pairs_of(plan, "stability");
  const std::vector<double> magnitudes = plan.all_magnitudes();
  pairs.branches = magnitudes.size();
  pairs.activity = plan.closed_loop ? "audit: stability in the loop" : "audit: stability";
  const std::uint64_t count = plan.audit.perturbations, horizon = plan.audit.horizon;
  pairs.perturbation = [magnitudes, key = pairs.key, count, horizon](std::uint64_t id, std::size_t branch) {
    return Perturbation{Perturbation::Kind::impulse, magnitudes[branch],
                        static_cast<std::uint32_t>(id * horizon / count), key.child("direction", branch)};
  };
  return pairs;
}

PerturbedPairPlan fresh(const GainMeasurementPlan& plan) {
  PerturbedPairPlan pairs = pairs_of(plan, "verify");
  pairs.branches = kFreshKinds;
  pairs.activity = "audit: verification";
  const double radius = plan.magnitudes.front();
  const auto horizon = static_cast<double>(plan.audit.horizon);
  pairs.perturbation = [key = pairs.key, radius, horizon](std::uint64_t id, std::size_t branch) {
    const double size = radius * std::pow(kSmallest, uniform(key.child("size", branch), id, 0));
    const auto at = static_cast<std::uint32_t>(uniform(key.child("step"), id, 0) * horizon);
    return Perturbation{static_cast<Perturbation::Kind>(branch), size, at, key.child("direction", branch)};
  };
  return pairs;
}

void add_impulse(const PerturbedPair& pair, std::span<double> gains, std::span<double> of_magnitude, bool& diverged) {
  const auto at = std::ranges::find_if(pair.sizes, [](double size) { return size > 0.0; });
  if (at == pair.sizes.end()) return;
  const auto k = static_cast<std::size_t>(at - pair.sizes.begin());
  for (std::size_t j = 0; k + j < pair.distances.size(); ++j) {
    const double gain = pair.distances[k + j] / *at;
    diverged = !std::isfinite(gain);
    if (diverged) return;
    if (gain < kFloor) continue;
    gains[j] = std::max(gains[j], gain);
    of_magnitude[j] = std::max(of_magnitude[j], gain);
  }
}

/// Bounds of one pair at every step: by the envelope and by the gains themselves.
class PairBounds {
 public:
  PairBounds(const GainFindings& found, std::size_t horizon) : found_(found), by_gains_(horizon) {}

  /// What the pair shows against the envelope, at its worst step.
  FreshPair worst(const PerturbedPair& pair) const {
    FreshPair out{pair.id, pair.branch, 0, 0.0, 0.0, largest(pair.sizes)};
    double sum = 0.0;
    for (std::size_t h = 0; h < pair.sizes.size(); ++h) {
      sum = found_.envelope.eta * sum + pair.sizes[h];
      const FreshPair now{pair.id, pair.branch, h, pair.distances[h], found_.envelope.c * sum, out.size};
      if (ignored(now.distance)) break;
      if (now.distance > kFloor * out.size && now.ratio() > out.ratio()) out = now;  // below: rounding
    }
    return out;
  }

  [[nodiscard]] bool beyond_gains(const PerturbedPair& pair) {
    std::ranges::fill(by_gains_, 0.0);
    for (std::size_t k = 0; k < pair.sizes.size(); ++k) {
      if (pair.sizes[k] == 0.0) continue;
      for (std::size_t h = k; h < by_gains_.size(); ++h) by_gains_[h] += found_.gains[h - k] * pair.sizes[k];
    }
    const double slack = kFloor * largest(pair.sizes);
    for (std::size_t h = 0; h < by_gains_.size(); ++h) {
      if (ignored(pair.distances[h])) return false;
      if (pair.distances[h] > by_gains_[h] * (1.0 + kFloor) + slack) return true;
    }
    return false;
  }

  static double largest(std::span<const double> values) {
    return values.empty() ? 0.0 : *std::ranges::max_element(values);
  }

 private:
  /// Where a linear plant calls itself diverged it is no longer linear.
  [[nodiscard]] bool ignored(double distance) const {
    return found_.basis != Basis::sampled && !std::isfinite(distance);
  }

  const GainFindings& found_;
  std::vector<double> by_gains_;
};

bool beyond(const FreshPair& pair) { return pair.distance > pair.bound * (1.0 + kFloor) + kFloor * pair.size; }

}  // namespace

std::vector<double> GainMeasurementPlan::all_magnitudes() const {
  std::vector<double> all = magnitudes;
  if (derivative > 0.0) all.push_back(derivative);
  return all;
}

double FreshPair::ratio() const {
  if (distance == 0.0) return 0.0;
  return bound > 0.0 ? distance / bound : kInfinity;
}

std::string fresh_kind(std::size_t branch) {
  static const std::array<const char*, kFreshKinds> names{"impulse", "constant", "random"};  // as Perturbation::Kind
  return names.at(branch);
}

MeasuredGains measure_gains(const GainMeasurementPlan& plan) {
  const std::size_t horizon = plan.audit.horizon;
  MeasuredGains out;
  out.gains.assign(horizon, 0.0);
  out.by_magnitude.assign(plan.all_magnitudes().size(), out.gains);
  out.by_group.assign(kGroups, out.gains);
  std::vector<double> beside(horizon);  // gains that are looked at, but not taken
  perturbed_pairs(impulses(plan), [&](const PerturbedPair& pair) {
    bool diverged = false;
    const bool taken = pair.branch < plan.magnitudes.size();
    add_impulse(pair, taken ? out.by_group[pair.id % kGroups] : beside, out.by_magnitude[pair.branch], diverged);
    if (!taken) return;
    out.diverged += diverged ? 1 : 0;
    out.reward_slope = std::max(out.reward_slope, pair.reward_slope);
    out.action_slope = std::max(out.action_slope, pair.action_slope);
    ++out.pairs;
  });
  for (const auto& group : out.by_group) {
    for (std::size_t j = 0; j < horizon; ++j) out.gains[j] = std::max(out.gains[j], group[j]);
  }
  return out;
}

FittedGains fit_measured(const MeasuredGains& measured) {
  FittedGains out;
  out.envelope = fit_gain_envelope(measured.gains, 0.0);
  RunningMean etas;
  for (const auto& group : measured.by_group) etas.add(fit_gain_envelope(group, 0.0).eta);
  const Estimate mean = etas.estimate();
  const double half = 0.5 * (mean.high - mean.low) * std::sqrt(static_cast<double>(etas.count()) + 1.0);
  out.eta = {out.envelope.eta, std::min(out.envelope.eta, std::max(0.0, mean.value - half)),
             std::max(out.envelope.eta, mean.value + half), measured.pairs};
  out.least_c = out.envelope.c;
  if (out.envelope.c == 0.0) return out;
  for (const auto& group : measured.by_group) {
    out.least_c = std::min(out.least_c, covering_constant(group, out.envelope.eta));
  }
  return out;
}

std::size_t binding_magnitude(const MeasuredGains& measured, const GainEnvelope& envelope, std::size_t magnitudes) {
  std::size_t binding = 0;
  double most = 0.0;
  for (std::size_t i = 0; i < magnitudes && envelope.c > 0.0; ++i) {
    const double nearest = covering_constant(measured.by_magnitude[i], envelope.eta) / envelope.c;
    if (nearest > most * (1.0 + kTie)) binding = i, most = nearest;
  }
  return binding;
}

Verification verify_gains(const GainMeasurementPlan& plan, const GainFindings& found) {
  Verification out;
  out.trajectories = plan.audit.perturbations;
  PairBounds bounds(found, plan.audit.horizon);
  bool envelope = false, gains = false, stopped = false;
  perturbed_pairs(fresh(plan), [&](const PerturbedPair& pair) {
    const FreshPair worst = bounds.worst(pair);
    envelope = envelope || beyond(worst);
    gains = gains || bounds.beyond_gains(pair);
    stopped = stopped || pair.stopped;
    const double size = PairBounds::largest(pair.sizes), farthest = PairBounds::largest(pair.distances);
    if (size > 0.0) out.max_form = std::max(out.max_form, farthest / size);
    if (worst.ratio() > out.worst.ratio()) out.worst = worst;
    if (pair.branch + 1 < kFreshKinds) return;
    out.beyond_envelope += envelope ? 1 : 0;
    out.beyond_gains += gains ? 1 : 0;
    out.stopped += stopped ? 1 : 0;
    out.lost += stopped || (envelope && gains) ? 1 : 0;
    envelope = gains = stopped = false;
  });
  return out;
}

FreshPair replay_fresh_pair(const GainMeasurementPlan& plan, const GainFindings& found, std::uint64_t id,
                            std::size_t branch) {
  if (branch >= kFreshKinds) {
    throw DataError(fmt::format("witness: branch {} of a perturbation; there are {}", branch, kFreshKinds));
  }
  PerturbedPairPlan pairs = fresh(plan);
  pairs.first_id = id;
  pairs.trajectories = 1;
  const PairBounds bounds(found, plan.audit.horizon);
  FreshPair out;
  perturbed_pairs(pairs, [&](const PerturbedPair& pair) {
    if (pair.branch == branch) out = bounds.worst(pair);
  });
  return out;
}

}  // namespace pianola
