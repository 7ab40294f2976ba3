#include "pianola/audits/advisor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "pianola/audits/actuator_range.hpp"
#include "pianola/audits/advice_levers.hpp"
#include "pianola/audits/advice_reasons.hpp"
#include "pianola/audits/advice_search.hpp"
#include "pianola/audits/certificate_terms.hpp"
#include "pianola/audits/certification.hpp"
#include "pianola/audits/expert_pass.hpp"
#include "pianola/audits/linear_gains.hpp"
#include "pianola/audits/persistent_error.hpp"
#include "pianola/audits/resync_sweep.hpp"
#include "pianola/audits/stability.hpp"
#include "pianola/audits/tried_quantizers.hpp"
#include "pianola/base/error.hpp"
#include "pianola/control/regulation.hpp"

namespace pianola {
namespace {

constexpr double kSlackShare = 0.1;        // of the tolerated regret: closer regrets count as equal
constexpr double kLearnerShare = 0.4;      // of the rollouts, where there are policies
constexpr double kComparisonShare = 0.25;  // of the rest, for what the recommended one is compared with
constexpr std::size_t kFirst = 2;          // rollouts of a candidate's first round
constexpr std::size_t kReference = 8;      // of the expert, first of all
constexpr std::size_t kRecorded = 6;       // trajectories for the certificates' terms
constexpr std::size_t kImpulses = 8;       // trajectories with an impulse, each loop
constexpr std::size_t kLeastForGains = 120;
constexpr std::size_t kFinalists = 4;
constexpr std::size_t kCompared = 8;  // rollouts of a comparison
constexpr std::size_t kMostChunk = 16;
constexpr std::size_t kChunk = 4;  // where no better length is known

class Advisor {
 public:
  explicit Advisor(const AdvicePlan& plan)
      : plan_(plan),
        learning_(!plan.learners.empty() || plan.budget_minutes > 0.0),
        quantizing_(plan.rollouts - (learning_ ? share(plan.rollouts, kLearnerShare) : 0)),
        ledger_({plan.plant, plan.key.child("advice"), plan.horizon, plan.progress}),
        tried_({plan.plant, plan.data, plan.key, plan.trainer, plan.most_bits}, ledger_) {
    advice_.budget = plan.rollouts, advice_.horizon = plan.horizon;
    advice_.profile =
        action_profile(tried_.actions(), plan.plant.system->info().action_range, plan.data->info().action_range);
    advice_.starts = start_set(*plan.data);
    actuators_ = actuator_range(*plan.plant.system);
  }

  Advice run() {
    ledger_.play({}, kReference);
    set_scale();
    std::vector<std::size_t> centres = rungs("centre"), ends = rungs("ends");
    measure_plant(ends);
    std::vector<SearchRow> rows = first_rounds(centres, ends);
    const std::size_t reserve = share(quantizing_, kComparisonShare);
    const std::size_t left = quantizing_ - std::min(quantizing_, spent() + reserve);
    finalists_ = halve(ledger_, rows, settings_, kFinalists, left);
    best_ = tried_.of_row(finalists_.front().row);
    compare();
    learn();
    conclude();
    return std::move(advice_);
  }

 private:
  static std::size_t share(std::size_t all, double part) {
    return static_cast<std::size_t>(part * static_cast<double>(all));
  }

  [[nodiscard]] std::size_t spent() const { return ledger_.spent() + elsewhere_; }
  [[nodiscard]] std::size_t left() const { return quantizing_ - std::min(quantizing_, spent()); }

  void set_scale() {
    AuditPlan audit;
    audit.deployment = plan_.plant, audit.horizon = plan_.horizon;
    advice_.most = reward_scale(audit, mean_estimate(ledger_.expert_returns())).most();
    advice_.tolerated = plan_.tolerance * advice_.most;
    advice_.slack = kSlackShare * advice_.tolerated;
    settings_ = {advice_.tolerated, advice_.slack, kFirst};
    if (plan_.plant.system->info().reward_low && plan_.plant.system->info().reward_high) return;
    advice_.notes.emplace_back(
        "the system declares no reward range: the expert's absolute mean return stands for H × reward range");
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
    rows.resize(climb(ledger_, rows, settings_, left()));
    return rows;
  }

  /// Both ladders, then the other schemes about the better knee and what the user gave, a first round each.
  std::vector<SearchRow> first_rounds(const std::vector<std::size_t>& centres, const std::vector<std::size_t>& ends) {
    std::vector<SearchRow> rows = climbed(ends);
    const std::vector<SearchRow> middles = climbed(centres);
    rows.insert(rows.end(), middles.begin(), middles.end());
    if (rows.empty()) throw UsageError("advise: no quantizer of the ladder fits these data; see the notes");
    const std::size_t bins =
        tried_[tried_.of_row(ranked(ledger_, rows, settings_).front().row)].candidate.quantizer.bins;
    std::vector<QuantizerCandidate> more;
    more.reserve(plan_.given.size());
    for (const std::string& spec : plan_.given) more.push_back({spec, "given", 0});
    std::size_t coarser = 0;
    for (const std::size_t rung : resolution_ladder(advice_.profile.dim, plan_.most_bits)) {
      if (rung < bins) coarser = rung;
    }
    for (auto& what : family_candidates(advice_.profile, bins, coarser, plan_.most_bits)) more.push_back(what);
    if (advice_.rate && !advice_.rate->unstable.empty()) {
      for (auto& what : unstable_candidates(unstable_loop(), bins)) more.push_back(what);
    }
    for (const QuantizerCandidate& what : more) {
      const auto i = tried_.attempt(what);
      if (!i || std::ranges::find(rows, tried_[*i].row, &SearchRow::row) != rows.end()) continue;  // climbed over
      if (ledger_.cost(std::array{tried_[*i].row}, kFirst) > left()) continue;
      ledger_.play(std::array{tried_[*i].row}, kFirst);
      rows.push_back(tried_[*i].search_row());
    }
    return rows;
  }

  // ------------------------------------------------------------------------------------------------ the plant

  [[nodiscard]] UnstableLoop unstable_loop() const {
    UnstableLoop loop{advice_.rate->unstable.front()};
    const auto model = exact_linear_model(*plan_.plant.system);
    const std::vector<double> gain = regulator_gain(*plan_.plant.expert);
    if (model && model->n == 1 && gain.size() == 1) loop.a = model->a[0], loop.gain = model->b[0] * gain[0];
    return loop;
  }

  [[nodiscard]] AuditPlan audit_of(const TriedQuantizer* tried) const {
    AuditPlan audit;
    audit.deployment = tried != nullptr ? tried->deployment : plan_.plant;
    audit.controller = tried != nullptr ? tried->candidate.controller : "expert";
    audit.key = plan_.key.child("advice");
    audit.rollouts = kRecorded, audit.perturbations = kImpulses;
    audit.horizon = plan_.horizon;
    audit.tolerance = plan_.tolerance;
    audit.progress = plan_.progress;
    audit.recorded = &recorded_;
    return audit;
  }

  /// Gains, trajectories of the expert, and the data rate about where they end.
  void measure_plant(const std::vector<std::size_t>& ends) {
    AuditPlan audit = audit_of(nullptr);
    ExpertPassPlan pass = expert_pass_of(audit, "advise: expert");
    pass.recorded = nullptr;
    std::vector<RunningMean> x(plan_.plant.system->info().observation_dim), u(advice_.profile.dim);
    expert_pass(pass, [&](const ExpertTrajectory& t) {
      recorded_.add(t);
      for (std::size_t d = 0; d < x.size() && t.steps > 0; ++d) x[d].add(t.observations[(t.steps - 1) * x.size() + d]);
      for (std::size_t d = 0; d < u.size() && t.steps > 0; ++d) u[d].add(t.actions[(t.steps - 1) * u.size() + d]);
    });
    elsewhere_ += kRecorded;
    advice_.rate = data_rate(*plan_.plant.system, means_of(x), means_of(u));
    if (quantizing_ < kLeastForGains || ends.empty()) {
      advice_.notes.push_back(
          fmt::format("no gains of the plant, hence no bounds: {} rollouts are too few for them", plan_.rollouts));
      return;
    }
    const std::size_t middle = ends[std::min<std::size_t>(2, ends.size() - 1)];
    const double radius = tried_[middle].candidate.epsilon_in.value;
    const UnverifiedStability measured = unverified_stability(audit, radius > 0.0 ? radius : 1e-3);
    stability_ = measured.findings;
    elsewhere_ += measured.rollouts;
  }

  static std::vector<double> means_of(const std::vector<RunningMean>& means) {
    std::vector<double> out;
    out.reserve(means.size());
    for (const RunningMean& mean : means) out.push_back(mean.mean());
    return out;
  }

  /// Empty for chunks, of which no form speaks, and where gains were not measured.
  [[nodiscard]] std::vector<CertificateFinding> certificates(const TriedQuantizer& tried) const {
    if (!stability_ || tried.candidate.chunk > 1) return {};
    AuditFindings findings;
    findings.stability = stability_;
    findings.decomposition = DecompositionFindings{mean_estimate(ledger_.expert_returns()), {}, {}, {}, 0, 0.0};
    return issue_certificates(audit_of(&tried), findings);
  }

  // ------------------------------------------------------------------------------------------------ comparisons

  /// ℓ* where it is known and short, else a usual length.
  [[nodiscard]] std::size_t chunk_length() const {
    std::size_t chunk = kChunk;
    const auto& lipschitz = plan_.plant.expert->info().lipschitz;
    if (stability_ && stability_->open.exponentially_stable() && lipschitz) {
      chunk = horizon_free_chunk(stability_->open.envelope.c, stability_->open.envelope.eta, *lipschitz);
    }
    return std::clamp<std::size_t>(chunk, 2, std::min<std::size_t>(kMostChunk, std::max(2u, plan_.horizon / 4)));
  }

  void compare() {
    const QuantizerCandidate best = tried_[best_].candidate.quantizer;
    std::vector<std::optional<std::size_t>> rows;
    if (best.bins != 0) {
      rows.push_back(tried_.attempt(bins_candidate("centre", best.bins)));
      rows.push_back(tried_.attempt({fmt::format("dither:bins={}", best.bins), "dither", best.bins}));
      rows.push_back(tried_.attempt(bins_candidate("ends", best.bins)));
      rows.push_back(nearest("centre", best.bins, true));
      rows.push_back(nearest(best.family, best.bins, false));
    }
    rows.push_back(tried_.attempt(best, chunk_length(), "chunked"));
    rows.push_back(tried_.attempt(best, 1, "augmented"));
    rows.push_back(tried_.attempt(best, 1, "augmented:resync_every=10"));
    const std::size_t most = std::min(kCompared, ledger_.returns(tried_[best_].row).size());
    for (const std::size_t count : {most / 2, most}) play(rows, count);  // all of them a little before any of them much
    for (const std::uint64_t every : {5, 2, 20}) {                       // of what is left
      if (every < plan_.horizon) {
        play({tried_.attempt(best, 1, with_resync("augmented", every))}, most);
      }
    }
  }

  /// Those that the budget allows.
  void play(const std::vector<std::optional<std::size_t>>& rows, std::size_t count) {
    for (const auto& i : rows) {
      if (i && ledger_.cost(std::array{tried_[*i].row}, count) <= left()) {
        ledger_.play(std::array{tried_[*i].row}, count);
      }
    }
  }

  /// The tried one of the family with the next more, or fewer, bins; nothing if there is none.
  [[nodiscard]] std::optional<std::size_t> nearest(const std::string& family, std::size_t bins, bool finer) const {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < tried_.size(); ++i) {
      const AdviceCandidate& c = tried_[i].candidate;
      const std::size_t other = c.quantizer.bins;
      const bool beside = finer ? other > bins : other < bins && other != 0;
      if (c.quantizer.family != family || !c.plain() || !beside) continue;
      const std::size_t held = best ? tried_[*best].candidate.quantizer.bins : 0;
      if (!best || (finer ? other < held : other > held)) best = i;
    }
    return best;
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
    advice_.best_resolutions = best_resolutions(advice_.learners);
  }

  [[nodiscard]] TrialPlan trial_plan(std::size_t rollouts) const {
    const QuantizerCandidate& best = tried_[best_].candidate.quantizer;
    TrialPlan trials;
    trials.plant = plan_.plant, trials.data = plan_.data;
    trials.quantizers = {best.spec};
    if (best.bins > 3) trials.quantizers.push_back(coarser(best).spec);
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
    advice_.notes.insert(advice_.notes.end(), tried_.notes().begin(), tried_.notes().end());
    order();
    advice_.expert_return = mean_estimate(ledger_.expert_returns());
    advice_.rollouts = spent();
    advice_.levers = quantization_levers(advice_);
    for (Lever& lever : learning_levers(advice_)) advice_.levers.push_back(std::move(lever));
    advice_.lever = lever_to_pull(advice_);
    advice_.deploy = deployment();
    advice_.reasons = reasons_of(advice_);
  }

  /// Errors along the recorded expert.
  void measure_errors(const TriedQuantizer& tried, AdviceCandidate& candidate) const {
    if (tried.candidate.chunk > 1 || tried.deployment.quantizer->representation() != nullptr) return;
    RunningMean executed, persistent;
    expert_pass(expert_pass_of(audit_of(&tried), ""), [&](const ExpertTrajectory& t) {
      if (t.steps == 0) return;
      const ExecutedErrors errors = executed_errors(actuators_, advice_.profile.dim, t.actions, t.quantized);
      executed.add(errors.mean), persistent.add(errors.persistent);
    });
    candidate.executed_error = executed.estimate();
    candidate.persistent_error = persistent.estimate();
  }

  [[nodiscard]] AdviceCandidate played(const TriedQuantizer& tried) const {
    AdviceCandidate candidate = tried.candidate;
    candidate.certificates = certificates(tried);
    measure_errors(tried, candidate);
    candidate.regrets = ledger_.regrets(tried.row);
    candidate.regret = mean_estimate(candidate.regrets);
    candidate.total_return = mean_estimate(ledger_.returns(tried.row));
    candidate.ended = ledger_.ended(tried.row);
    return candidate;
  }

  /// The recommended one first, finalists, then by mean regret.
  void order() {
    const std::string best = tried_[best_].candidate.quantizer.spec;
    const auto place = [&](const AdviceCandidate& c) {
      const bool finalist = c.plain() && std::ranges::any_of(finalists_, [&](const SearchRow& row) {
                              return tried_[tried_.of_row(row.row)].candidate.quantizer.spec == c.quantizer.spec;
                            });
      const double regret = std::isfinite(c.regret.value) ? c.regret.value : HUGE_VAL;
      return std::pair(c.plain() && c.quantizer.spec == best ? 0 : finalist ? 1 : 2, regret);
    };
    std::ranges::stable_sort(advice_.candidates, [&](const auto& a, const auto& b) { return place(a) < place(b); });
  }

  /// How a policy should be played: as the best learner was, or otherwise than step by step where that paid.
  [[nodiscard]] std::string deployment() const {
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
  RecordedExpert recorded_;
  std::optional<StabilityFindings> stability_;
  std::optional<ActionRange> actuators_;
  SearchSettings settings_;
  std::vector<SearchRow> finalists_;
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
