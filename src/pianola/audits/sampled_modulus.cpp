#include "pianola/audits/sampled_modulus.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace pianola {
namespace {

/// Means over rollouts.
class RolloutMeans {
 public:
  void add(const SmoothPair& pair, double value) {
    if (std::isfinite(value)) by_rollout_[pair.here.id].add(value);
  }
  [[nodiscard]] std::vector<double> means() const {
    std::vector<double> out;
    out.reserve(by_rollout_.size());
    for (const auto& [id, mean] : by_rollout_) out.push_back(mean.mean());
    return out;
  }
  [[nodiscard]] std::size_t rollouts() const { return by_rollout_.size(); }

 private:
  std::map<std::uint64_t, RunningMean> by_rollout_;
};

struct BinMeans {
  RolloutMeans coupled, random, action, either;
  double distance = 0.0;
  std::size_t pairs = 0;
};

std::size_t bin_of(double distance, double least, double most, std::size_t bins) {
  if (!(most > least)) return 0;
  const double place = std::log(distance / least) / std::log(most / least) * static_cast<double>(bins);
  return std::min(bins - 1, static_cast<std::size_t>(std::max(0.0, place)));
}

ModulusBin finished(const BinMeans& bin) {
  ModulusBin out;
  out.distance = bin.distance, out.pairs = bin.pairs;
  out.coupled = bounded_mean(bin.coupled.means());
  out.random = bounded_mean(bin.random.means());
  out.action_distance = mean_estimate(bin.action.means());
  out.beyond = 1.0 - std::pow(0.05, 1.0 / static_cast<double>(std::max<std::size_t>(1, bin.either.rollouts())));
  return out;
}

/// Distances with upper and lower bounds of W_ε' and upper ones of W_0, ascending.
struct Seen {
  double distance, high, low, tv_high;
};
std::vector<Seen> all_seen(std::span<const SmoothPair> pairs, std::span<const JumpSearch> jumps) {
  std::vector<Seen> out;
  for (const SmoothPair& pair : pairs) {
    if (pair.gap.known) out.push_back({pair.distance, pair.gap.high, pair.gap.low, pair.gap.tv_high});
  }
  for (const JumpSearch& search : jumps) {
    const LawGap& gap = search.pair.gap;
    if (search.jump) out.push_back({search.pair.distance, gap.high, gap.low, gap.tv_high});
  }
  std::ranges::sort(out, {}, &Seen::distance);
  return out;
}

void add_steps(SampledModulus& out, std::span<const Seen> seen) {
  double high = 0.0, low = 0.0;
  std::size_t next = 0;
  const auto advance_to = [&](double distance) {
    for (; next < seen.size() && seen[next].distance <= distance; ++next) {
      low = std::max(low, seen[next].low);
      if (seen[next].high <= high) continue;
      high = seen[next].high;
      out.steps.emplace_back(seen[next].distance, high);
    }
  };
  for (ModulusBin& bin : out.bins) {
    advance_to(bin.distance);
    bin.kappa = high, bin.kappa_low = low;
  }
  advance_to(std::numeric_limits<double>::infinity());
  double tv = 0.0;
  for (const Seen& one : seen) {
    if (one.tv_high <= tv) continue;
    tv = one.tv_high;
    out.tv_steps.emplace_back(one.distance, tv);
  }
}

double step_at(const std::vector<std::pair<double, double>>& steps, double distance) {
  const auto after = std::ranges::upper_bound(steps, distance, {}, &std::pair<double, double>::first);
  return after == steps.begin() ? 0.0 : std::prev(after)->second;
}

std::vector<BinMeans> binned(std::span<const SmoothPair> pairs, std::size_t bins) {
  double least = std::numeric_limits<double>::infinity(), most = 0.0;
  for (const SmoothPair& pair : pairs) least = std::min(least, pair.distance), most = std::max(most, pair.distance);
  std::vector<BinMeans> out(bins);
  for (const SmoothPair& pair : pairs) {
    if (!pair.gap.known) continue;
    BinMeans& bin = out[bin_of(pair.distance, least, most, bins)];
    (pair.random ? bin.random : bin.coupled).add(pair, pair.gap.high);
    bin.either.add(pair, pair.gap.high);
    if (!pair.random) bin.action.add(pair, pair.gap.action_distance);
    bin.distance = std::max(bin.distance, pair.distance);
    ++bin.pairs;
  }
  return out;
}

}  // namespace

Estimate bounded_mean(std::span<const double> samples) {
  Estimate out = mean_estimate(samples);
  const std::size_t n = samples.size();
  if (n == 0) return out;
  if (std::ranges::all_of(samples, [](double x) { return x == 0.0; })) return {0.0, 0.0, clopper_pearson(0, n).high, n};
  if (std::ranges::all_of(samples, [](double x) { return x == 1.0; })) return {1.0, clopper_pearson(n, n).low, 1.0, n};
  out.low = std::max(0.0, out.low), out.high = std::min(1.0, out.high);
  return out;
}

double SampledModulus::at(double distance) const { return distance > farthest ? 1.0 : step_at(steps, distance); }

double SampledModulus::tv_at(double distance) const {
  const bool jumps = points && !tv_steps.empty() && distance > 0.0;
  return jumps || distance > farthest ? 1.0 : step_at(tv_steps, distance);
}

SampledModulus sampled_modulus(std::span<const SmoothPair> pairs, std::span<const JumpSearch> jumps, std::size_t bins) {
  SampledModulus out;
  RolloutMeans relaxed, exact, action;
  for (const SmoothPair& pair : pairs) {
    ++(!pair.gap.known ? out.unknown : pair.random ? out.random : out.coupled);
    if (!pair.gap.known) continue;
    out.steepest = std::max(out.steepest, pair.gap.low / pair.distance);
    out.farthest = std::max(out.farthest, pair.distance);
    out.points = out.points && (pair.gap.tv_high == 0.0 || pair.gap.tv_low == 1.0);
    if (pair.random) continue;
    relaxed.add(pair, pair.gap.high), exact.add(pair, pair.gap.tv_high), action.add(pair, pair.gap.action_distance);
  }
  out.rtvc = bounded_mean(relaxed.means());
  out.tvc = bounded_mean(exact.means());
  out.action_distance = mean_estimate(action.means());
  for (const BinMeans& bin : binned(pairs, bins)) {
    if (bin.pairs > 0) out.bins.push_back(finished(bin));
  }
  add_steps(out, all_seen(pairs, jumps));
  return out;
}

}  // namespace pianola
