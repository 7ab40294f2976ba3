#include "pianola/audits/actuator_range.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

namespace pianola {
namespace {

constexpr std::size_t kStarts = 3;
constexpr std::array kBeyond{0.0, 0.5, 3.0};  // of the range's length

/// Next states of one start under actions that differ in dimension d only: [kBeyond.size()] of state_size numbers.
class Asked {
 public:
  explicit Asked(const System& system)
      : info_(system.info()),
        simulation_(system.simulate(kBeyond.size())),
        states_(kBeyond.size() * info_.state_size),
        actions_(kBeyond.size() * info_.action_dim) {}

  /// Whether all of them are the same.
  bool clips(std::uint64_t start, std::size_t d, bool upper) {
    const std::vector<std::uint64_t> ids(kBeyond.size(), start);
    simulation_->reset(NoiseKey(0).child("actuators"), ids);
    const ActionRange& range = info_.action_range;
    const double length = range.high[d] - range.low[d];
    for (std::size_t lane = 0; lane < kBeyond.size(); ++lane) {
      double* const action = &actions_[lane * info_.action_dim];
      for (std::size_t i = 0; i < info_.action_dim; ++i) action[i] = 0.5 * (range.low[i] + range.high[i]);
      action[d] = upper ? range.high[d] + kBeyond[lane] * length : range.low[d] - kBeyond[lane] * length;
    }
    const std::array<std::uint32_t, kBeyond.size()> h{};
    std::array<double, kBeyond.size()> rewards{};
    std::array<Outcome, kBeyond.size()> outcomes{};
    outcomes.fill(Outcome::running);
    simulation_->step(h, actions_, rewards, outcomes);
    simulation_->save(states_);
    for (std::size_t lane = 1; lane < kBeyond.size(); ++lane) {
      const double* const other = &states_[lane * info_.state_size];
      if (std::memcmp(states_.data(), other, info_.state_size * sizeof(double)) != 0) return false;
    }
    return true;
  }

 private:
  const SystemInfo& info_;
  std::unique_ptr<Simulation> simulation_;
  std::vector<double> states_, actions_;
};

}  // namespace

std::optional<ActionRange> actuator_range(const System& system) {
  const SystemInfo& info = system.info();
  if (!info.action_range.finite()) return std::nullopt;
  Asked asked(system);
  for (std::uint64_t start = 0; start < kStarts; ++start) {
    for (std::size_t d = 0; d < info.action_dim; ++d) {
      if (!asked.clips(start, d, false) || !asked.clips(start, d, true)) return std::nullopt;
    }
  }
  return info.action_range;
}

double executed_distance(const std::optional<ActionRange>& range, std::span<const double> a,
                         std::span<const double> b) {
  double square = 0.0;
  for (std::size_t d = 0; d < a.size(); ++d) {
    const double x = range ? std::clamp(a[d], range->low[d], range->high[d]) : a[d];
    const double y = range ? std::clamp(b[d], range->low[d], range->high[d]) : b[d];
    square += (x - y) * (x - y);
  }
  return std::sqrt(square);
}

}  // namespace pianola
