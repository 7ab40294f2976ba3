#include "pianola/audits/replay_ledger.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "pianola/control/rollout.hpp"

namespace pianola {
namespace {

/// Total return and outcome of each lane of each controller.
class ReturnRecorder final : public Recorder {
 public:
  explicit ReturnRecorder(std::size_t controllers) : totals(controllers), outcomes(controllers) {}
  void begin(Ids ids) override {
    for (auto& row : totals) row.assign(ids.size(), 0.0);
    for (auto& row : outcomes) row.assign(ids.size(), Outcome::running);
  }
  void step(const StepView& view) override {
    for (std::size_t c = 0; c < totals.size(); ++c) {
      for (std::size_t lane = 0; lane < totals[c].size(); ++lane) {
        totals[c][lane] += view.rewards[c][lane];
        outcomes[c][lane] = view.after[c][lane];
      }
    }
  }
  void end() override {}

  std::vector<std::vector<double>> totals;
  std::vector<std::vector<Outcome>> outcomes;
};

}  // namespace

std::size_t affordable(const Replays& replays, std::span<const std::size_t> rows, std::size_t wanted,
                       std::size_t budget) {
  while (wanted > 0 && replays.cost(rows, wanted) > budget) --wanted;
  return wanted;
}

ReplayLedger::ReplayLedger(Plan plan) : plan_(std::move(plan)) {
  lines_.push_back({make_controller("expert", plan_.plant), {}, 0});
}

std::size_t ReplayLedger::add(const Deployment& deployment, const std::string& controller) {
  lines_.push_back({make_controller(controller, deployment), {}, 0});
  return lines_.size() - 2;
}

std::vector<std::size_t> ReplayLedger::with_expert(std::span<const std::size_t> rows) const {
  std::vector<std::size_t> lines{0};
  for (const std::size_t row : rows) lines.push_back(row + 1);
  std::ranges::sort(lines);
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  return lines;
}

std::size_t ReplayLedger::cost(std::span<const std::size_t> rows, std::size_t count) const {
  std::size_t missing = 0;
  for (const std::size_t line : with_expert(rows)) {
    const std::size_t played = lines_[line].returns.size();
    missing += played < count ? count - played : 0;
  }
  return missing;
}

void ReplayLedger::play(std::span<const std::size_t> rows, std::size_t count) {
  const std::vector<std::size_t> wanted = with_expert(rows);
  std::set<std::size_t> edges{count};
  for (const std::size_t line : wanted) edges.insert(std::min(lines_[line].returns.size(), count));
  for (auto edge = edges.begin(); std::next(edge) != edges.end(); ++edge) {
    std::vector<std::size_t> lines;
    std::ranges::copy_if(wanted, std::back_inserter(lines),
                         [&](std::size_t line) { return lines_[line].returns.size() <= *edge; });
    play_lines(lines, *edge, *std::next(edge));
  }
}

void ReplayLedger::play_lines(std::span<const std::size_t> lines, std::size_t from, std::size_t until) {
  RolloutPlan rollouts;
  rollouts.system = plan_.plant.system;
  for (const std::size_t line : lines) rollouts.controllers.push_back(lines_[line].recipe);
  static_cast<RolloutSet&>(rollouts) = {plan_.key, until - from, plan_.horizon, from, plan_.progress, "advise: replay"};
  rollouts.lanes = balanced_lanes(*plan_.plant.system, rollouts.rollouts);
  rollout(
      rollouts, [&](const Block&) { return std::make_unique<ReturnRecorder>(lines.size()); },
      [&](Recorder& recorder) {
        const auto& played = static_cast<ReturnRecorder&>(recorder);
        for (std::size_t c = 0; c < lines.size(); ++c) {
          Line& line = lines_[lines[c]];
          line.returns.insert(line.returns.end(), played.totals[c].begin(), played.totals[c].end());
          line.ended += static_cast<std::size_t>(std::ranges::count_if(played.outcomes[c], [](Outcome outcome) {
            return outcome == Outcome::terminated || outcome == Outcome::diverged;
          }));
        }
      });
  spent_ += lines.size() * (until - from);
}

std::vector<double> ReplayLedger::regrets(std::size_t row) const {
  std::vector<double> out(lines_[row + 1].returns);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = lines_[0].returns[i] - out[i];
  return out;
}

Estimate paired_gain(std::span<const double> a, std::span<const double> b) {
  const std::size_t both = std::min(a.size(), b.size());
  if (both == 0) return RunningMean{}.estimate();
  return paired_difference(a.first(both), b.first(both));
}

}  // namespace pianola
