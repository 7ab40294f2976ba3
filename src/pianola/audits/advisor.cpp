#include "pianola/audits/advisor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "pianola/audits/advice_choice.hpp"
#include "pianola/audits/advice_deliberation.hpp"
#include "pianola/audits/advice_levers.hpp"
#include "pianola/audits/advice_plant.hpp"
#include "pianola/audits/advice_reasons.hpp"
#include "pianola/audits/advice_search.hpp"
#include "pianola/audits/certificate_constants.hpp"
#include "pianola/audits/tried_quantizers.hpp"
#include "pianola/base/error.hpp"
#include "pianola/control/regulation.hpp"

namespace pianola {
namespace {

constexpr double kSlackShare = 0.1;       // of the tolerated regret: closer regrets count as equal
constexpr double kLearnerShare = 0.4;     // of the rollouts, where there are policies
constexpr double kComparisonShare = 0.4;  // of the rest, for rivals and what the recommended one is compared with
constexpr double kJudgedShare = 0.04;     // of the rest: rollouts of each one that is judged, kLeastJudged at least
constexpr std::size_t kFirst = 2;         // rollouts of a candidate's first round
constexpr std::size_t kReference = 8;     // of the expert, first of all
constexpr std::size_t kLeastForGains = 120;
constexpr std::size_t kFinalists = 4;

/// log₂ of the codes, an action.
double bits_of(const QuantizerInfo& info) {
  double bits = 0.0;
  for (const std::uint32_t size : info.vocabularies) bits += std::log2(static_cast<double>(size));
  return bits / static_cast<double>(info.chunk);
}

class Advisor {
 public:
  explicit Advisor(const AdvicePlan& plan)
      : plan_(plan),
        learning_(!plan.learners.empty() || plan.budget_minutes > 0.0),
        quantizing_(plan.rollouts - (learning_ ? share(plan.rollouts, kLearnerShare) : 0)),
        ledger_({plan.plant, plan.key.child("advice"), plan.horizon, plan.progress}),
        tried_({plan.plant, plan.data, plan.key, plan.trainer, plan.most_bits}, ledger_),
        plant_({plan.plant, plan.key, plan.horizon, plan.tolerance, plan.progress}) {
    advice_.budget = plan.rollouts, advice_.horizon = plan.horizon;
    advice_.profile =
        action_profile(tried_.actions(), plan.plant.system->info().action_range, plan.data->info().action_range);
    advice_.starts = start_set(*plan.data);
    advice_.rate = plant_.rate(), advice_.growth = plant_.growth();
  }

  Advice run() {
    ledger_.play({}, kReference);
    set_scale();
    const std::vector<std::size_t> centres = rungs("centre"), ends = rungs("ends");
    measure_gains(ends);
    std::vector<SearchRow> rows = first_rounds(centres, ends);
    const std::vector<SearchRow> finalists = halve(ledger_, std::move(rows), settings_, kFinalists, left_for_search());
    Deliberation deliberation(
        {advice_.slack, settings_.most, left(), plant_.chunk_length(), plan_.horizon, advice_.profile.dim}, tried_,
        ledger_);
    best_ = deliberation.settle(finalists);
    learn();
    conclude();
    return std::move(advice_);
  }

 private:
  static std::size_t share(std::size_t all, double part) {
    return static_cast<std::size_t>(part * static_cast<double>(all));
  }

  [[nodiscard]] std::size_t spent() const { return ledger_.spent() + plant_.rollouts() + elsewhere_; }
  [[nodiscard]] std::size_t left() const { return quantizing_ - std::min(quantizing_, spent()); }
  [[nodiscard]] std::size_t left_for_search() const {
    return left() - std::min(left(), share(quantizing_, kComparisonShare));
  }

  void set_scale() {
    AuditPlan audit;
    audit.deployment = plan_.plant, audit.horizon = plan_.horizon;
    advice_.most = reward_scale(audit, mean_estimate(ledger_.expert_returns())).most();
    advice_.tolerated = plan_.tolerance * advice_.most;
    advice_.slack = kSlackShare * advice_.tolerated;
    settings_ = {advice_.tolerated, advice_.slack, kFirst, std::max(kLeastJudged, share(quantizing_, kJudgedShare))};
    if (plan_.plant.system->info().reward_low && plan_.plant.system->info().reward_high) return;
    advice_.notes.emplace_back(
        "the system declares no reward range: the expert's absolute mean return stands for H × reward range");
  }

  void measure_gains(const std::vector<std::size_t>& ends) {
    if (quantizing_ < kLeastForGains || ends.empty()) {
      advice_.notes.push_back(
          fmt::format("no gains of the plant, hence no bounds: {} rollouts are too few for them", plan_.rollouts));
      return;
    }
    const std::size_t middle = ends[std::min<std::size_t>(2, ends.size() - 1)];
    const double radius = tried_[middle].candidate.epsilon_in.value;
    plant_.measure_gains(radius > 0.0 ? radius : 1e-3);
  }

  // ------------------------------------------------------------------------------------------------ candidates

  std::vector<std::size_t> rungs(const std::string& family) {
    std::vector<std::size_t> found;
    for (const std::size_t bins : resolution_ladder(advice_.profile.dim, plan_.most_bits)) {
      if (const auto i = tried_.attempt(bins_candidate(family, bins))) found.push_back(*i);
    }
    return found;
  }

  std::vector<SearchRow> climbed(const std::vector<std::size_t>& rungs) {
    std::vector<SearchRow> rows;
    rows.reserve(rungs.size());
    for (const std::size_t i : rungs) rows.push_back(tried_[i].search_row());
    rows.resize(climb(ledger_, rows, settings_, left_for_search()));
    return rows;
  }

  /// Beside the ladders, about their knee: what the user gave first.
  [[nodiscard]] std::vector<QuantizerCandidate> beside_the_ladders(std::size_t bins) const {
    std::vector<QuantizerCandidate> more;
    more.reserve(plan_.given.size());
    for (const std::string& spec : plan_.given) more.push_back({spec, "given", 0});
    std::size_t coarser = 0;
    for (const std::size_t rung : resolution_ladder(advice_.profile.dim, plan_.most_bits)) {
      if (rung < bins) coarser = rung;
    }
    for (auto& what : family_candidates(advice_.profile, bins, coarser, plan_.most_bits)) more.push_back(what);
    if (const auto loop = plant_.unstable_loop()) {
      for (auto& what : unstable_candidates(*loop, bins)) more.push_back(what);
    }
    return more;
  }

  /// Both ladders, then the other schemes about the better knee, a first round each.
  std::vector<SearchRow> first_rounds(const std::vector<std::size_t>& centres, const std::vector<std::size_t>& ends) {
    std::vector<SearchRow> rows = climbed(ends);
    const std::vector<SearchRow> middles = climbed(centres);
    rows.insert(rows.end(), middles.begin(), middles.end());
    if (rows.empty()) throw UsageError("advise: no quantizer of the ladder fits these data; see the notes");
    const std::size_t knee = tried_.of_row(ranked(ledger_, rows, settings_).front().row);
    for (const QuantizerCandidate& what : beside_the_ladders(tried_[knee].candidate.quantizer.bins)) {
      const auto i = tried_.attempt(what);
      if (!i || std::ranges::find(rows, tried_[*i].row, &SearchRow::row) != rows.end()) continue;  // climbed over
      if (ledger_.cost(std::array{tried_[*i].row}, kFirst) > left_for_search()) {
        advice_.unplayed.push_back(what.spec);
        continue;
      }
      ledger_.play(std::array{tried_[*i].row}, kFirst);
      rows.push_back(tried_[*i].search_row());
    }
    return rows;
  }

  // ------------------------------------------------------------------------------------------------ learning

  void learn() {
    if (!learning_) return;
    const std::size_t all = plan_.rollouts - std::min(plan_.rollouts, spent());
    std::vector<LearnerRequest> learners = plan_.learners;
    if (plan_.budget_minutes > 0.0) {
      const Trials trials = train_trials(trial_plan(all / 3));
      learners.insert(learners.end(), trials.learners.begin(), trials.learners.end());
      advice_.notes.insert(advice_.notes.end(), trials.notes.begin(), trials.notes.end());
      elsewhere_ += trials.rollouts;
    }
    advice_.learners = replay_learners(ledger_, learners, plan_.rollouts - std::min(plan_.rollouts, spent()));
    for (AdviceLearner& learner : advice_.learners) {
      for (const LearnerRequest& request : learners) {
        const auto& quantizer = request.deployment.quantizer;
        if (quantizer != nullptr && quantizer->info().spec == learner.quantizer) {
          learner.bits = bits_of(quantizer->info());
        }
      }
    }
    advice_.best_resolutions = best_resolutions(advice_.learners, advice_.slack);
  }

  [[nodiscard]] TrialPlan trial_plan(std::size_t rollouts) const {
    const QuantizerCandidate& best = tried_[best_].candidate.quantizer;
    TrialPlan trials;
    trials.plant = plan_.plant, trials.data = plan_.data;
    trials.quantizers = {best.spec};
    if (const auto half = halved(best)) trials.quantizers.push_back(half->spec);
    if (best.bins != 0 && within_bits(advice_.profile.dim, 4 * best.bins - 3, plan_.most_bits)) {
      trials.quantizers.push_back(bins_candidate("ends", 4 * best.bins - 3).spec);
    }
    trials.minutes = plan_.budget_minutes, trials.rollouts = rollouts, trials.trainer = plan_.trainer;
    trials.work = plan_.work, trials.key = plan_.key, trials.seed = plan_.seed, trials.progress = plan_.progress;
    return trials;
  }

  // ------------------------------------------------------------------------------------------------ the end

  void conclude() {
    for (std::size_t i = 0; i < tried_.size(); ++i) {
      if (!ledger_.returns(tried_[i].row).empty()) advice_.candidates.push_back(played(tried_[i]));
    }
    std::erase_if(advice_.unplayed, [&](const std::string& spec) {  // played after all, as a rival
      return std::ranges::any_of(advice_.candidates,
                                 [&](const AdviceCandidate& c) { return c.quantizer.spec == spec; });
    });
    advice_.notes.insert(advice_.notes.end(), tried_.notes().begin(), tried_.notes().end());
    judge(advice_);
    advice_.expert_return = mean_estimate(ledger_.expert_returns());
    advice_.rollouts = spent();
    advice_.levers = quantization_levers(advice_);
    for (Lever& lever : learning_levers(advice_)) advice_.levers.push_back(std::move(lever));
    advice_.lever = lever_to_pull(advice_);
    advice_.deploy = deployment();
    advice_.reasons = reasons_of(advice_);
  }

  [[nodiscard]] AdviceCandidate played(const TriedQuantizer& tried) const {
    AdviceCandidate candidate = tried.candidate;
    candidate.certificates = plant_.certificates(tried, mean_estimate(ledger_.expert_returns()));
    plant_.measure_errors(tried, candidate);
    candidate.regrets = ledger_.regrets(tried.row);
    candidate.regret = mean_estimate(candidate.regrets);
    candidate.total_return = mean_estimate(ledger_.returns(tried.row));
    candidate.ended = ledger_.ended(tried.row);
    return candidate;
  }

  /// How a policy should be played: as the best learner was, or otherwise than step by step where that paid.
  [[nodiscard]] std::string deployment() const {
    if (const BestResolution* learned = advice_.learned()) return learned->controller;
    if (const AdviceLearner* now = present_learner(advice_.learners)) return now->controller;
    const Lever* best = nullptr;
    for (const Lever& lever : advice_.levers) {
      const bool other = lever.name == "chunking" || lever.name == "augmentation";
      if (!other || lever.verdict != Lever::Verdict::pays) continue;
      if (best == nullptr || lever.gain.value > best->gain.value) best = &lever;
    }
    return best == nullptr ? "feedback" : best->controller;
  }

  const AdvicePlan& plan_;
  bool learning_;
  std::size_t quantizing_, elsewhere_ = 0;
  ReplayLedger ledger_;
  TriedQuantizers tried_;
  AdvisedPlant plant_;
  SearchSettings settings_;
  std::size_t best_ = 0;
  Advice advice_;
};

void require_actions(const AdvicePlan& plan) {
  const std::size_t data = plan.data->info().action_dim, plant = plan.plant.system->info().action_dim;
  if (!within_bits(plant, 3, plan.most_bits)) {
    throw UsageError(
        fmt::format("advise: three levels in each of {} action dimensions take {:.3g} bits, more than the {:.3g} "
                    "that an action may have; allow more (--most-bits X)",
                    plant, static_cast<double>(plant) * std::log2(3.0), plan.most_bits));
  }
  if (data == plant) return;
  throw UsageError(
      fmt::format("advise: the dataset has {} action dimensions, system '{}' has {}; use the system it was "
                  "made for",
                  data, plan.plant.system->info().spec, plant));
}

/// Policies and their q#π* get two rollouts each at least.
std::size_t least_rollouts(const AdvicePlan& plan) {
  if (plan.learners.empty() && plan.budget_minutes <= 0.0) return kLeastAdviceRollouts;
  std::size_t rows = 0;
  for (const LearnerRequest& learner : plan.learners)
    rows += learner.controllers.size() + (learner.deployment.quantizer != nullptr ? 1 : 0);
  return std::max(2 * kLeastAdviceRollouts,
                  static_cast<std::size_t>(std::ceil(2.0 * static_cast<double>(rows) / kLearnerShare)));
}

}  // namespace

Advice advise(const AdvicePlan& asked) {
  if (asked.data == nullptr) throw UsageError("advise: there is no dataset");
  AuditPlan like_an_audit;
  like_an_audit.deployment = asked.plant, like_an_audit.horizon = asked.horizon;
  like_an_audit.tolerance = asked.tolerance;
  AdvicePlan plan = asked;
  plan.horizon = checked_plan(like_an_audit).horizon;
  if (const std::string lost = unstable_regulation(*plan.plant.system, *plan.plant.expert); !lost.empty()) {
    throw UsageError("advise: " + lost);
  }
  require_actions(plan);
  if (plan.budget_minutes > 0.0) require_trials(plan.plant, *plan.data);
  if (const std::size_t least = least_rollouts(plan); plan.rollouts < least) {
    throw UsageError(
        fmt::format("advise: {} rollouts are too few to compare anything; {} are the least here "
                    "(--rollouts N)",
                    plan.rollouts, least));
  }
  return Advisor(plan).run();
}

}  // namespace pianola
