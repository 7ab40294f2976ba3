#include "pianola/audits/advice_plant.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "pianola/audits/certificate_terms.hpp"
#include "pianola/audits/certification.hpp"
#include "pianola/audits/linear_gains.hpp"
#include "pianola/audits/persistent_error.hpp"
#include "pianola/audits/stability.hpp"
#include "pianola/base/error.hpp"
#include "pianola/control/regulation.hpp"
#include "pianola/systems/spectral.hpp"

namespace pianola {
namespace {

constexpr std::size_t kRecorded = 6;  // trajectories for the certificates' terms
constexpr std::size_t kImpulses = 8;  // trajectories with an impulse, each loop
constexpr std::size_t kMostChunk = 16;
constexpr std::size_t kChunk = 4;  // where no better length is known

std::vector<double> means_of(const std::vector<RunningMean>& means) {
  std::vector<double> out;
  out.reserve(means.size());
  for (const RunningMean& mean : means) out.push_back(mean.mean());
  return out;
}

}  // namespace

std::optional<double> open_loop_growth(const System& system, std::span<const double> x, std::span<const double> u) {
  auto model = exact_linear_model(system);
  try {
    if (!model) model = system.linearise(x, u);
  } catch (const UsageError&) {
    return std::nullopt;  // an action on its bounds, or a plant that diverges from there
  }
  if (!model || !std::ranges::all_of(model->a, [](double entry) { return std::isfinite(entry); })) return std::nullopt;
  return spectral_radius(model->a, model->n);
}

bool keeps_errors(double growth) { return growth >= 1.0 - kOnUnitCircle; }

AdvisedPlant::AdvisedPlant(Plan plan) : plan_(std::move(plan)) {
  const SystemInfo& info = plan_.plant.system->info();
  actuators_ = actuator_range(*plan_.plant.system);
  ExpertPassPlan pass = expert_pass_of(audit_of(nullptr), "advise: expert");
  pass.recorded = nullptr;
  std::vector<RunningMean> x(info.observation_dim), u(info.action_dim);
  expert_pass(pass, [&](const ExpertTrajectory& t) {
    recorded_.add(t);
    if (t.steps == 0) return;
    for (std::size_t d = 0; d < x.size(); ++d) x[d].add(t.observations[(t.steps - 1) * x.size() + d]);
    for (std::size_t d = 0; d < u.size(); ++d) u[d].add(t.actions[(t.steps - 1) * u.size() + d]);
  });
  rollouts_ += kRecorded;
  rate_ = data_rate(*plan_.plant.system, means_of(x), means_of(u));
  growth_ = open_loop_growth(*plan_.plant.system, means_of(x), means_of(u));
}

AuditPlan AdvisedPlant::audit_of(const TriedQuantizer* tried) const {
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

void AdvisedPlant::measure_gains(double radius) {
  const UnverifiedStability measured = unverified_stability(audit_of(nullptr), radius);
  stability_ = measured.findings;
  rollouts_ += measured.rollouts;
}

std::optional<UnstableLoop> AdvisedPlant::unstable_loop() const {
  if (!growth_ || !keeps_errors(*growth_)) return std::nullopt;
  UnstableLoop loop{std::max(1.0, *growth_)};
  const auto model = exact_linear_model(*plan_.plant.system);
  const std::vector<double> gain = regulator_gain(*plan_.plant.expert);
  if (model && model->n == 1 && gain.size() == 1) loop.a = model->a[0], loop.gain = model->b[0] * gain[0];
  return loop;
}

std::size_t AdvisedPlant::chunk_length() const {
  std::size_t chunk = kChunk;
  const auto& lipschitz = plan_.plant.expert->info().lipschitz;
  if (stability_ && stability_->open.exponentially_stable() && lipschitz) {
    chunk = horizon_free_chunk(stability_->open.envelope.c, stability_->open.envelope.eta, *lipschitz);
  }
  return std::clamp<std::size_t>(chunk, 2, std::min<std::size_t>(kMostChunk, std::max(2u, plan_.horizon / 4)));
}

std::vector<CertificateFinding> AdvisedPlant::certificates(const TriedQuantizer& tried,
                                                           const Estimate& expert_return) const {
  if (!stability_ || tried.candidate.chunk > 1) return {};
  AuditFindings findings;
  findings.stability = stability_;
  findings.decomposition = DecompositionFindings{expert_return, {}, {}, {}, 0, 0.0};
  return issue_certificates(audit_of(&tried), findings);
}

void AdvisedPlant::measure_errors(const TriedQuantizer& tried, AdviceCandidate& candidate) const {
  if (tried.candidate.chunk > 1 || tried.deployment.quantizer->representation() != nullptr) return;
  RunningMean executed, persistent;
  expert_pass(expert_pass_of(audit_of(&tried), ""), [&](const ExpertTrajectory& t) {
    if (t.steps == 0) return;
    const ExecutedErrors errors =
        executed_errors(actuators_, plan_.plant.system->info().action_dim, t.actions, t.quantized);
    executed.add(errors.mean), persistent.add(errors.persistent);
  });
  candidate.executed_error = executed.estimate();
  candidate.persistent_error = persistent.estimate();
}

}  // namespace pianola
