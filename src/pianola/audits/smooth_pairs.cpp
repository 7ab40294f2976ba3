#include "pianola/audits/smooth_pairs.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <utility>

#include "pianola/control/history.hpp"
#include "pianola/control/rollout.hpp"

namespace pianola {
namespace {

constexpr double kRounding = 1e-12;  // of the state's size: closer pairs are one state, computed twice

double size_of(const LawPoint& point) {
  double largest = 1.0;
  for (const double x : point.rows) largest = std::max(largest, std::abs(x));
  return largest;
}

/// Controller 0 is the expert, controller 1 the audited one.
class PairRecorder final : public Recorder {
 public:
  PairRecorder(const PairPlan& plan, const DeployedLaw& law, std::size_t lanes)
      : plan_(plan),
        law_(law),
        lanes_(lanes),
        dim_(plan.deployment.system->info().observation_dim),
        session_(law.session(lanes)),
        histories_{ObservationHistory(lanes, law.info().history, dim_),
                   ObservationHistory(lanes, law.info().history, dim_)} {}

  [[nodiscard]] bool wants_next_observations() const override { return true; }
  void begin(Ids) override {
    for (ObservationHistory& history : histories_) history.reset();
  }
  void end() override {}

  void step(const StepView& view) override {
    for (std::size_t c = 0; c < 2; ++c) {
      if (view.h == 0) histories_[c].observe(view.observations[c]);
      histories_[c].observe(view.next_observations[c]);
    }
    const std::uint32_t next = view.h + 1;
    if (!std::ranges::binary_search(plan_.steps, next)) return;
    h_.assign(lanes_, next);
    gaps_.resize(lanes_);
    session_->compare(query(view, 0), query(view, 1), plan_.tolerance, gaps_);
    const std::size_t first = pairs.size();
    for (std::size_t lane = 0; lane < lanes_; ++lane) add_coupled(view, lane);
    if (!law_.info().needs_plant && pairs.size() > first) add_random(first);
  }

  std::vector<SmoothPair> pairs;

 private:
  LawQuery query(const StepView& view, std::size_t c) {
    return {
        plan_.key, {view.ids, h_, view.next_observations[c], view.after[c], view.plants[c]}, histories_[c].values()};
  }

  LawPoint point(const StepView& view, std::size_t c, std::size_t lane) const {
    LawPoint out{view.ids[lane], view.h + 1, {}};
    const std::size_t width = law_.info().history * dim_;
    const auto row = histories_[c].values().subspan(lane * width, width);
    out.rows.assign(row.begin(), row.end());
    if (law_.info().reads_floats) return out;
    const auto seen = std::span(view.next_observations[c]).subspan(lane * dim_, dim_);
    std::ranges::copy(seen, out.rows.end() - static_cast<std::ptrdiff_t>(dim_));
    return out;
  }

  void add_coupled(const StepView& view, std::size_t lane) {
    for (std::size_t c = 0; c < 2; ++c) {
      if (view.after[c][lane] != Outcome::running) return;
    }
    SmoothPair pair{point(view, 0, lane), point(view, 1, lane), false, 0.0, gaps_[lane]};
    pair.distance = distance(pair.here, pair.there, dim_);
    if (pair.distance > kRounding * size_of(pair.here) && std::isfinite(pair.distance))
      pairs.push_back(std::move(pair));
  }

  /// A partner in a random direction for each coupled pair from `first` on, in one comparison of all lanes.
  void add_random(std::size_t first) {
    const std::size_t count = pairs.size() - first;
    std::vector<LawPoint> here, there;
    for (std::size_t i = 0; i < lanes_; ++i) {  // the session has `lanes` lanes: what is left over repeats the first
      const SmoothPair& pair = pairs[first + (i < count ? i : 0)];
      here.push_back(pair.here);
      there.push_back(moved(pair.here, pair.distance));
    }
    session_->compare(LawPoints(here, dim_).query(plan_.key), LawPoints(there, dim_).query(plan_.key), plan_.tolerance,
                      gaps_);
    for (std::size_t i = 0; i < count; ++i) {
      const double apart = distance(here[i], there[i], dim_);
      pairs.push_back({std::move(here[i]), std::move(there[i]), true, apart, gaps_[i]});
    }
  }

  [[nodiscard]] LawPoint moved(LawPoint point, double by) const {
    std::vector<double> direction(dim_);
    normals(plan_.key.child("directions"), point.id, point.h, direction);
    double square = 0.0;
    for (const double x : direction) square += x * x;
    for (std::size_t i = 0; i < point.rows.size(); ++i) point.rows[i] += by * direction[i % dim_] / std::sqrt(square);
    return point;
  }

  const PairPlan& plan_;
  const DeployedLaw& law_;
  std::size_t lanes_, dim_;
  std::unique_ptr<LawComparison> session_;
  std::array<ObservationHistory, 2> histories_;
  std::vector<std::uint32_t> h_;
  std::vector<LawGap> gaps_;
};

}  // namespace

std::vector<std::uint32_t> spread_steps(std::uint32_t horizon, std::size_t count) {
  std::vector<std::uint32_t> steps;
  if (horizon < 2 || count == 0) return steps;
  const double last = horizon - 1;
  const double half = std::max(1.0, static_cast<double>(count) / 2.0);
  for (double i = 0.0; i < half; i += 1.0) {
    steps.push_back(static_cast<std::uint32_t>(std::lround(std::pow(last, i / half))));
    steps.push_back(static_cast<std::uint32_t>(std::lround(1.0 + (last - 1.0) * (i + 1.0) / half)));
  }
  std::ranges::sort(steps);
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  return steps;
}

std::vector<SmoothPair> smooth_pairs(const PairPlan& asked, const DeployedLaw& law) {
  PairPlan plan = asked;
  if (plan.steps.empty()) {
    plan.steps =
        spread_steps(plan.horizon, std::max<std::size_t>(8, plan.most_pairs / std::max<std::size_t>(1, plan.rollouts)));
  }
  RolloutPlan loop;
  loop.system = plan.deployment.system;
  loop.controllers = {make_controller("expert", plan.deployment), make_controller(plan.controller, plan.deployment)};
  static_cast<RolloutSet&>(loop) = plan;
  loop.lanes = balanced_lanes(*loop.system, plan.rollouts);
  std::vector<SmoothPair> pairs;
  rollout(
      loop, [&](const Block& block) { return std::make_unique<PairRecorder>(plan, law, block.end - block.begin); },
      [&](Recorder& recorder) {
        auto& found = static_cast<PairRecorder&>(recorder).pairs;
        std::ranges::move(found, std::back_inserter(pairs));
      });
  std::ranges::stable_sort(pairs, {},
                           [](const SmoothPair& pair) { return std::tuple(pair.random, pair.here.id, pair.here.h); });
  return pairs;
}

}  // namespace pianola
