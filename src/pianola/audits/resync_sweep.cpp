#include "pianola/audits/resync_sweep.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "pianola/audits/certificate_constants.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/control/rollout.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/systems/observation_geometry.hpp"

namespace pianola {
namespace {

/// Of one rollout and controller, over the running steps of both.
struct Played {
  double total_return = 0.0, away = 0.0, drift = 0.0, smoothness_loss = 0.0;
  std::size_t steps = 0;
};

class SweepRecorder final : public Recorder {
 public:
  SweepRecorder(const AuditPlan& plan, const SmoothnessFindings* smoothness, std::size_t controllers)
      : plan_(plan),
        smoothness_(smoothness),
        geometry_(observation_geometry(*plan.deployment.system)),
        played_(controllers) {}

  [[nodiscard]] bool wants_traces() const override { return true; }
  void begin(Ids ids) override {
    for (auto& lanes : played_) lanes.assign(ids.size(), {});
  }
  void step(const StepView& view) override {
    for (std::size_t c = 0; c < played_.size(); ++c) {
      for (std::size_t lane = 0; lane < view.ids.size(); ++lane) {
        played_[c][lane].total_return += view.rewards[c][lane];
        const bool runs = view.before[c][lane] == Outcome::running && view.before[0][lane] == Outcome::running;
        if (c > 0 && runs) compare(view, c, lane);
      }
    }
  }
  void end() override {}

  /// [controllers][lanes].
  [[nodiscard]] const std::vector<std::vector<Played>>& played() const { return played_; }

 private:
  void compare(const StepView& view, std::size_t c, std::size_t lane) {
    const std::size_t dim = view.observations[0].size() / view.ids.size();
    const auto row = [&](std::span<const double> values) { return values.subspan(lane * dim, dim); };
    Played& played = played_[c][lane];
    const double drift = observation_distance(geometry_, row(view.observations[0]), row(view.traces[c].auxiliary));
    played.away += observation_distance(geometry_, row(view.observations[0]), row(view.observations[c]));
    played.drift += drift;
    ++played.steps;
    if (smoothness_ == nullptr) return;
    const double kappa = std::isfinite(drift) ? smoothness_->modulus(drift) : 1.0;
    played.smoothness_loss += static_cast<double>(plan_.horizon - view.h) * std::min(1.0, kappa);
  }

  const AuditPlan& plan_;
  const SmoothnessFindings* smoothness_;
  ObservationGeometry geometry_;
  std::vector<std::vector<Played>> played_;
};

/// What all rollouts said of one m.
struct Column {
  std::vector<double> regret;
  RunningMean away, drift, smoothness_loss;

  void add(const Played& expert, const Played& own) {
    regret.push_back(expert.total_return - own.total_return);
    if (own.steps == 0) return;
    away.add(own.away / static_cast<double>(own.steps));
    drift.add(own.drift / static_cast<double>(own.steps));
    smoothness_loss.add(own.smoothness_loss);
  }
};

RolloutPlan rollouts_of(const AuditPlan& plan, const std::vector<std::uint64_t>& ladder) {
  RolloutPlan out;
  out.system = plan.deployment.system;
  out.controllers.push_back(make_controller("expert", plan.deployment));
  for (const std::uint64_t every : ladder) {
    out.controllers.push_back(make_controller(with_resync(plan.controller, every), plan.deployment));
  }
  static_cast<RolloutSet&>(out) = plan.rollout_set("audit: re-anchoring");
  out.lanes = balanced_lanes(*plan.deployment.system, plan.rollouts);
  return out;
}

}  // namespace

std::string resync_name(std::uint64_t every) { return every == 0 ? "∞" : std::to_string(every); }

std::vector<std::uint64_t> resync_ladder(std::uint32_t horizon) {
  std::vector<std::uint64_t> ladder;
  for (std::uint64_t decade = 1; decade < horizon; decade *= 10) {
    for (const std::uint64_t step : {1, 2, 5}) {
      if (decade * step < horizon) ladder.push_back(decade * step);
    }
  }
  ladder.push_back(0);
  return ladder;
}

void judge_rows(ResyncSweep& sweep) {
  for (std::size_t i = 0; i < sweep.rows.size(); ++i) {
    ResyncRow& row = sweep.rows[i];
    row.as_good = i == sweep.best || row.above_best.high <= sweep.tolerance;
    row.open = !row.as_good && row.above_best.low <= 0.0;
  }
}

OtherResyncs other_resyncs(const ResyncSweep& sweep) {
  OtherResyncs out;
  for (std::size_t i = 0; i < sweep.rows.size(); ++i) {
    const ResyncRow& row = sweep.rows[i];
    if (i == sweep.best || !(row.as_good || row.open)) continue;
    (row.as_good ? out.alike : out.open).push_back(resync_name(row.every));
  }
  return out;
}

std::string recommended_resync(const ResyncSweep& sweep) {
  const OtherResyncs others = other_resyncs(sweep);
  const std::string alike = fmt::format("{}", fmt::join(others.alike, ", "));
  const std::string open = fmt::format("{}", fmt::join(others.open, ", "));
  return fmt::format("m = {}; as good, within {} of it: {}{}", resync_name(sweep.rows[sweep.best].every),
                     format_number(sweep.tolerance, 3), alike.empty() ? "none" : alike,
                     open.empty() ? "" : "; not told apart, for which more rollouts are needed: " + open);
}

std::string with_resync(const std::string& controller, std::uint64_t every) {
  Spec spec = parse_spec(controller);
  std::erase_if(spec.options,
                [](const auto& option) { return option.first.empty() || option.first.starts_with("resync_"); });
  if (every != 0) spec.options.emplace_back("resync_every", std::to_string(every));
  return spec.text();
}

ResyncSweep sweep_resync(const AuditPlan& plan, const SmoothnessFindings* smoothness) {
  const std::vector<std::uint64_t> ladder = resync_ladder(plan.horizon);
  std::vector<Column> columns(ladder.size());
  RunningMean expert_return;
  rollout(
      rollouts_of(plan, ladder),
      [&](const Block&) { return std::make_unique<SweepRecorder>(plan, smoothness, ladder.size() + 1); },
      [&](Recorder& recorder) {
        const auto& played = static_cast<SweepRecorder&>(recorder).played();
        for (std::size_t lane = 0; lane < played[0].size(); ++lane) {
          expert_return.add(played[0][lane].total_return);
          for (std::size_t m = 0; m < ladder.size(); ++m) columns[m].add(played[0][lane], played[m + 1][lane]);
        }
      });
  ResyncSweep sweep;
  for (std::size_t m = 0; m < ladder.size(); ++m) {
    ResyncRow row;
    row.every = ladder[m];
    row.regret = mean_estimate(columns[m].regret);
    row.away = columns[m].away.estimate();
    row.drift = columns[m].drift.estimate();
    row.smoothness_loss = smoothness != nullptr ? columns[m].smoothness_loss.estimate() : RunningMean{}.estimate();
    sweep.rows.push_back(row);
    if (row.regret.value < sweep.rows[sweep.best].regret.value) sweep.best = m;
  }
  for (std::size_t m = 0; m < ladder.size(); ++m) {
    ResyncRow& row = sweep.rows[m];
    row.above_best = m == sweep.best ? Estimate{0.0, 0.0, 0.0, row.regret.n}
                                     : paired_difference(columns[m].regret, columns[sweep.best].regret);
  }
  if (ladder.size() > 1) sweep.feedback_saves = paired_difference(columns.back().regret, columns.front().regret);
  sweep.tolerance = kResyncTolerance * reward_scale(plan, expert_return.estimate()).most();
  judge_rows(sweep);
  return sweep;
}

}  // namespace pianola
