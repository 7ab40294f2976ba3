#include "pianola/audits/loop_tube.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

namespace pianola {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kFarthest = 1e12;

/// Asks about one dimension, the others at a point inside.
class Asked {
 public:
  Asked(const Quantizer& quantizer, std::vector<double> inside)
      : quantizer_(quantizer), point_(std::move(inside)), flags_(std::make_unique<bool[]>(point_.size())) {}

  bool clips(std::size_t d, double value) {
    const double kept = point_[d];
    point_[d] = value;
    quantizer_.saturated(point_, {flags_.get(), point_.size()});
    point_[d] = kept;
    return flags_[d];
  }

  /// The last value that is not clipped, from inside towards `sign`.
  double edge(std::size_t d, double sign) {
    double in = point_[d], step = 1e-6 * std::max(1.0, std::abs(in)), out = in + sign * step;
    for (; !clips(d, out); step *= 4.0, out = in + sign * step) {
      if (step > kFarthest) return sign * kInfinity;
    }
    for (int round = 0; round < 200 && std::nextafter(in, out) != out; ++round) {
      const double middle = 0.5 * (in + out);
      (clips(d, middle) ? out : in) = middle;
    }
    return in;
  }

 private:
  const Quantizer& quantizer_;
  std::vector<double> point_;
  std::unique_ptr<bool[]> flags_;
};

/// A representative of each dimension: those lie inside.
std::vector<double> point_inside(const Quantizer& quantizer) {
  std::vector<double> point;
  for (std::size_t d = 0; d < quantizer.info().action_dim; ++d) {
    const auto levels = quantizer.levels(d);
    if (levels.empty()) return {};
    point.push_back(static_cast<double>(levels[levels.size() / 2]));
  }
  return point;
}

/// How far the box of half-width `room` around an action reaches beyond the range.
double excess(std::span<const double> action, double room, const std::optional<ActionRange>& range) {
  if (!range) return 0.0;
  double square = 0.0;
  for (std::size_t d = 0; d < action.size(); ++d) {
    const double out = std::max({0.0, action[d] + room - range->high[d], range->low[d] - (action[d] - room)});
    square += out * out;
  }
  return std::sqrt(square);
}

double next_deviation(const LoopGains& gains, std::span<const double> errors, double& state) {
  const std::size_t h = errors.size();
  if (!gains.gains.empty()) {
    double sum = 0.0;
    for (std::size_t k = 0; k < h; ++k) sum += gains.gains[h - 1 - k] * errors[k];
    return sum;
  }
  if (gains.envelope) {
    state = gains.envelope->eta * state + errors.back();
    return gains.envelope->c * state;
  }
  state = std::max(state, errors.back());
  return gains.sum * state;
}

}  // namespace

std::optional<ActionRange> clipping_range(const Quantizer& quantizer) {
  if (!quantizer.info().binning || quantizer.representation() != nullptr) return std::nullopt;
  std::vector<double> inside = point_inside(quantizer);
  if (inside.empty()) return std::nullopt;
  Asked asked(quantizer, inside);
  ActionRange range;
  for (std::size_t d = 0; d < inside.size(); ++d) {
    if (asked.clips(d, inside[d])) return std::nullopt;
    range.low.push_back(asked.edge(d, -1.0));
    range.high.push_back(asked.edge(d, 1.0));
  }
  return range;
}

Tube quantized_tube(std::span<const double> actions, std::size_t action_dim, std::size_t horizon,
                    const LoopGains& gains, double epsilon, double policy_lipschitz,
                    const std::optional<ActionRange>& range, Actuators actuators) {
  Tube tube;
  const std::size_t steps = actions.size() / action_dim;
  double state = 0.0, deviation = 0.0;
  for (std::size_t h = 0; h < horizon; ++h) {
    if (h > 0) deviation = next_deviation(gains, tube.executed, state);
    const auto action = actions.subspan(std::min(h, steps - 1) * action_dim, action_dim);
    tube.deviations.push_back(deviation);
    tube.errors.push_back(epsilon + excess(action, policy_lipschitz * deviation, range));
    tube.executed.push_back(actuators == Actuators::clipped ? epsilon : tube.errors.back());
  }
  return tube;
}

}  // namespace pianola
