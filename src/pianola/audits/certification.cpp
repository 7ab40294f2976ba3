// Audit: the certificates of docs/theory.md §8, exactly in the forms written there, with every input marked.
//
//   feedback     Σ_h E[min(1, L_r(e_h + ε' + D_h))] + Σ_h (H−h+1)·E[min(1, s_h + κ(D_h))],   D = gains * (e + ε')
//   augmented    Σ_h E[min(1, L_r(e_h + ε' + D_h))] + Σ_h (H−h+1)·E[min(1, s_h + κ(ρ_h))],   any dynamics
//                the same with s_h + m_h and ε' = 0, m_h = TV(M*, M̂):                        deterministic plants
//   closed loop  Σ_h min(1, L_r(D + ε + L_π·D)) + Σ_h (H−h+1)·E[min(1, s_h)],                D = Σ_j g_j·ε
//
// ρ_h = ‖x̃_h − x_h‖ (model_distance.hpp). There ε' > 0 only where no token moves x̃: the exact model of a deterministic
// expert; then bins of a Lipschitz expert agree within ε'_h = 2ε + L_π·ρ_h at every step (§4, Proposition 5 ii), κ = 0.
// Of the ways that apply the smallest is issued, and its inputs say which.
//
// Rewards are rescaled by their declared range. Expectations over the expert's trajectories are sampled: the number is
// the upper end of their 95 % interval. Suprema that are sampled (gains, κ, L_r, L_π, ε where a scheme claims none)
// make it an estimate, and nothing here calls that a certificate. Where stability is not global, H·(δ + P(max e > d))
// is added. Where a perturbation can end a trajectory that the expert's does not (a linear plant's limit), every step
// from which on it can costs all that there is.
//
// What is measured judges them all: a form that covers the controller and lies below the lower limit of its regret is
// refuted, and so are its inputs (refuted_certificates.hpp).
//
// Differs: ε_sup holds inside the quantizer's range. The closed-loop form follows each trajectory's tube step by step
// and adds what clipping may cost (loop_tube.hpp). Of the small-gain form a trajectory on which actions may leave the
// range counts as lost, all H steps of it; the share of those is taken at its upper limit.
#include "pianola/audits/certification.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/audits/certificate_report.hpp"
#include "pianola/audits/certificate_terms.hpp"
#include "pianola/audits/refuted_certificates.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// ---------------------------------------------------------------------------------------------------- the forms

constexpr const char* kNoLipschitz =
    "an action dimension wraps, is binary, categorical or an index, or is represented otherwise: no constant of "
    "Lipschitz, L_π or L_r, speaks of it";
constexpr const char* kAlong = "mean along the expert's trajectories; its sampling is in the interval";

bool asks_for_exact_model(const std::string& controller) {
  const Spec spec = parse_spec(controller);
  const std::string* const model = spec.find("model");
  return model != nullptr && *model == "exact";
}

/// Makes one form's number out of its terms.
class Issuer {
 public:
  Issuer(const AuditPlan& plan, const AuditFindings& findings)
      : plan_(plan),
        stability_(*findings.stability),
        constants_(certificate_constants(plan, findings)),
        terms_(certificate_terms(plan, findings, constants_)) {}

  [[nodiscard]] CertificateFinding feedback() const {
    CertificateFinding out = begin("feedback", CertificateForm::feedback);
    take_expert(out);
    if (!std::isfinite(stability_.open.gain_sum())) return refused(out, "the open-loop gains are infinite");
    if (!lipschitz_kinds(plan_)) return refused(out, kNoLipschitz);
    std::vector<CertificateFinding> ways;
    if (constants_.small_gain && terms_.by_small_gain.count() + terms_.left_small_gain > 0) {
      ways.push_back(by_small_gain(out));
    }
    const bool proven = !ways.empty();
    for (std::size_t i = 0; i < constants_.moduli.size(); ++i) {
      if (proven && constants_.moduli[i].basis == Basis::sampled) continue;
      ways.push_back(by_modulus(out, "κ(D_h)", constants_.moduli[i], terms_.by_modulus[i]));
    }
    return smallest(
        ways, out,
        "there is no modulus κ of what is deployed, and no small gain either, which takes bins, a Lipschitz "
        "expert and Σ g_j · L < 1");
  }

  [[nodiscard]] CertificateFinding augmented() const {
    CertificateFinding out = begin("augmented", CertificateForm::augmented);
    take_expert(out);
    if (!std::isfinite(stability_.open.gain_sum())) return refused(out, "the open-loop gains are infinite");
    std::vector<CertificateFinding> ways;
    if (const std::string why = model_error_unknown(); why.empty()) {
      ways.push_back(by_exact_model(out));
    } else {
      out.remarks.push_back(why);
    }
    if (!lipschitz_kinds(plan_)) return refused(out, kNoLipschitz);
    if (terms_.by_bins.total.count() > 0) ways.push_back(by_bins(out));
    for (std::size_t i = 0; i < constants_.moduli.size(); ++i) {
      const bool proven = terms_.by_bins.total.count() > 0 && constants_.moduli[i].basis == Basis::sampled;
      if (terms_.by_distance[i].total.count() == 0 || proven) continue;
      CertificateFinding begun = out;
      take(begun, "ρ_h", {terms_.model_distance.mean(), Basis::exact, kAlong});
      ways.push_back(by_modulus(begun, "κ(ρ_h)", constants_.moduli[i], terms_.by_distance[i]));
    }
    return smallest(ways, out,
                    terms_.model_unknown.empty() ? "there is no modulus κ of what is deployed, at distances ρ_h"
                                                 : terms_.model_unknown);
  }

  [[nodiscard]] CertificateFinding closed_loop() const {
    CertificateFinding out = begin("closed_loop", CertificateForm::closed_loop);
    if (!plan_.deployment.expert->info().deterministic) {
      return refused(out, "the expert is stochastic: this form is for deterministic ones");
    }
    if (!lipschitz_kinds(plan_)) return refused(out, kNoLipschitz);
    const bool envelope = constants_.loop_gain.basis == Basis::sampled;
    take(out, envelope ? "Σ_j C·η^j in the loop" : "Σ_j g_j in the loop", constants_.loop_gain);
    take(out, "L_π", constants_.policy);
    take_reward(out);
    if (terms_.learned && terms_.disagreement_unknown.empty()) {
      take(out, "s_h", {terms_.visited.mean() / weight_sum(), Basis::exact, "along the rollouts of q#π*"});
    }
    const bool proven = constants_.range.has_value();
    const KnownConstant epsilon =
        proven ? KnownConstant{constants_.epsilon, Basis::proven, "of the scheme, inside its range; clipping added"}
               : KnownConstant{terms_.largest_error, Basis::sampled, "largest seen"};
    take(out, "ε", epsilon);
    if (!std::isfinite(constants_.loop_gain.value)) return refused(out, "the gains in the loop are infinite");
    if (const std::string why = tokens_unknown(false); !why.empty()) return refused(out, why);
    const double limit = proven ? 0.0 : loop_total(epsilon.value);
    Estimate sum = proven ? terms_.closed_loop.estimate() : Estimate{limit, limit, limit, terms_.trajectories};
    if (terms_.learned) {
      const Estimate learner = terms_.visited.estimate();
      sum = {sum.value + learner.value, sum.low + learner.low, sum.high + learner.high, learner.n};
    }
    // Along the tube the limit is looked at step by step; else wherever the deviation may reach it.
    const bool may_stop = !proven && !(constants_.loop_gain.value * epsilon.value <= terms_.room);
    if (may_stop) out.remarks.push_back("the deviation may reach the plant's limit, beyond which it stops");
    return issued(out, sum, may_stop ? 1.0 : local_loop(out, epsilon.value));
  }

 private:
  [[nodiscard]] CertificateFinding begin(const char* name, CertificateForm form) const {
    CertificateFinding out;
    out.form = name;
    out.basis = Basis::proven;
    const std::string why = not_covered(form, plan_);
    out.covers = why.empty();
    if (!out.covers) out.remarks.push_back(why);
    if (!constants_.scale.range) {
      out.remarks.push_back(
          "the system declares no reward range: no min(1, ·) is taken, and the expert's absolute mean return stands "
          "for H × reward range");
    }
    if (terms_.reach_limit > 0) out.remarks.push_back(limit_remark());
    if (terms_.ended_early > 0) {
      out.remarks.push_back(
          "trajectories of the expert end before the horizon: the reward is not Lipschitz where they do, which no form "
          "accounts for");
    }
    return out;
  }

  [[nodiscard]] std::string limit_remark() const {
    const std::string which = fmt::format("on {} of {} trajectories ", terms_.reach_limit, terms_.trajectories);
    if (!std::isfinite(constants_.limit)) return which + "the expert itself diverges: every step from there on is lost";
    return which + fmt::format(
                       "a deviation that a form allows for reaches the plant's limit, {}, beyond which it stops: no "
                       "reward is Lipschitz there, and every step from there on counts as lost",
                       format_number(constants_.limit));
  }

  static void take(CertificateFinding& out, const std::string& name, const KnownConstant& known) {
    out.inputs.push_back({name, known.value, known.basis, known.how});
  }

  /// The first sum of the feedback and of the augmented form, and s_h.
  void take_expert(CertificateFinding& out) const {
    take_open_gains(out);
    take_reward(out);
    take(out, "e_h", {terms_.error.mean(), Basis::exact, kAlong});
    if (!terms_.learned) take(out, "s_h", {0.0, Basis::exact, "q#π* itself is deployed"});
    if (terms_.learned && terms_.disagreement_unknown.empty()) {
      take(out, "s_h", {terms_.disagreement.mean(), Basis::exact, kAlong});
    }
  }

  /// Why s_h + m_h does not apply; "" if it does, and then m_h = 0.
  [[nodiscard]] std::string model_error_unknown() const {
    if (!plan_.deployment.system->info().deterministic) {
      return "the plant has process noise: the model's noise is independent of it, and the form with m_h does not hold "
             "(docs/theory.md §7)";
    }
    if (plan_.deployment.model == nullptr || asks_for_exact_model(plan_.controller)) return "";
    return "the transition model is a learned one: m_h = TV(M*, M̂) is not known";
  }

  [[nodiscard]] CertificateFinding by_exact_model(CertificateFinding out) const {
    take(out, "m_h", {0.0, Basis::exact, "exact model: plant and expert themselves"});
    if (const std::string why = tokens_unknown(false); !why.empty()) return refused(out, why);
    return issued(out, terms_.augmented.estimate(), local_open(out, terms_.beyond_radius));
  }

  [[nodiscard]] CertificateFinding by_small_gain(CertificateFinding out) const {
    take(out, "ε_sup", {constants_.epsilon, Basis::proven, "of the scheme, inside its range"});
    take(out, "L_π", constants_.policy);
    const Basis basis = weaker(stability_.open.basis, constants_.policy.basis);
    take(out, "k", {*constants_.small_gain, basis, "small gain: (2 + G·L)/(1 − G·L), as well known as G and L"});
    const double lost = share(terms_.left_small_gain);
    return issued(out, terms_.by_small_gain.estimate(), local_open(out, terms_.beyond_radius) + lost);
  }

  [[nodiscard]] CertificateFinding by_bins(CertificateFinding out) const {
    take(out, "ρ_h", {terms_.model_distance.mean(), Basis::exact, kAlong});
    take(out, "ε_sup", {constants_.epsilon, Basis::proven, "of the scheme, inside its range"});
    take(out, "L_π", constants_.policy);
    const std::string how = "bins: actions agree within ε'_h = 2ε + L_π·ρ_h, as well known as L_π";
    take(out, "κ(ρ_h)", {0.0, constants_.policy.basis, how});
    return issued(out, terms_.by_bins.total.estimate(), local_open(out, terms_.by_bins.beyond_radius));
  }

  /// input: "κ(D_h)" or "κ(ρ_h)".
  [[nodiscard]] CertificateFinding by_modulus(CertificateFinding out, const char* input, const KnownModulus& known,
                                              const ModulusTerms& terms) const {
    take(out, input, {terms.kappa.mean(), known.basis, known.how + "; mean over the steps"});
    if (const std::string why = tokens_unknown(terms.parts); !why.empty()) return refused(out, why);
    return issued(out, terms.total.estimate(), local_open(out, terms.beyond_radius));
  }

  /// Of the ways in which a form can be issued; else the last of those that cannot, else `begun` refused.
  static CertificateFinding smallest(const std::vector<CertificateFinding>& ways, const CertificateFinding& begun,
                                     const std::string& why) {
    const CertificateFinding* best = nullptr;
    for (const CertificateFinding& way : ways) {
      if (best == nullptr || (way.issued && (!best->issued || way.value < best->value))) best = &way;
    }
    return best != nullptr ? *best : refused(begun, why);
  }

  /// Σ_h (H−h+1).
  [[nodiscard]] double weight_sum() const {
    const double horizon = plan_.horizon;
    return horizon * (horizon + 1.0) / 2.0;
  }

  void take_open_gains(CertificateFinding& out) const {
    const GainFindings& open = stability_.open;
    if (open.basis != Basis::sampled) return take(out, "Σ_j g_j", {open.gain_sum(), open.basis, "Σ ‖A^j B‖"});
    take(out, "Σ_j C·η^j",
         {open.envelope.sum, open.basis,
          fmt::format("of the envelope, C = {}, η = {}, over gains measured up to d = {}, whose own sum is {}",
                      format_number(open.envelope.c), format_number(open.envelope.eta), format_number(open.radius),
                      format_number(open.gain_sum()))});
  }

  void take_reward(CertificateFinding& out) const {
    KnownConstant reward = constants_.reward;
    reward.value *= constants_.scale.range.value_or(1.0);
    take(out, "L_r", reward);
    if (constants_.scale.range) take(out, "reward range", {*constants_.scale.range, Basis::proven, "declared"});
  }

  static CertificateFinding refused(CertificateFinding out, const std::string& why) {
    out.value = kInfinity;
    out.remarks.push_back(why);
    return out;
  }

  /// Why what the learner's tokens cost is not known; "" if it is.
  [[nodiscard]] std::string tokens_unknown(bool parts) const {
    if (!terms_.disagreement_unknown.empty()) return terms_.disagreement_unknown;
    if (constants_.scale.range || !(parts || terms_.learned)) return "";
    return "tokens may part, and without a declared reward range what that costs has no bound";
  }

  /// Upper limit of a share of trajectories.
  [[nodiscard]] double share(std::size_t count) const { return clopper_pearson(count, terms_.trajectories).high; }

  /// δ + P(max e > d) where stability is not global.
  [[nodiscard]] double local_open(CertificateFinding& out, std::size_t beyond_radius) const {
    if (stability_.open.basis != Basis::sampled) return 0.0;
    const double beyond = beyond_radius == 0 ? 0.0 : share(beyond_radius);
    take(out, "δ + P(max e > d)", {stability_.open.delta + beyond, Basis::sampled, "fresh perturbations"});
    return stability_.open.delta + beyond;
  }
  [[nodiscard]] double local_loop(CertificateFinding& out, double epsilon) const {
    if (constants_.loop_gain.basis != Basis::sampled) return 0.0;
    const bool within = epsilon <= stability_.closed.radius;  // else nothing is known of such errors
    take(out, "δ", {within ? stability_.closed.delta : 1.0, Basis::sampled, "fresh perturbations of the loop"});
    return within ? stability_.closed.delta : 1.0;
  }

  /// Σ_h min(1, L_r(D + ε + L_π·D)), rescaled; without a declared range no min(1, ·) is taken.
  [[nodiscard]] double loop_total(double epsilon) const {
    ClosedLoopInputs inputs;
    inputs.horizon = plan_.horizon;
    inputs.epsilon_sup = epsilon;
    inputs.c = constants_.loop_gain.value;  // Σ_j g_j itself, in place of C/(1 − η)
    inputs.policy_lipschitz = constants_.policy.value;
    inputs.reward_lipschitz = constants_.reward.value;
    if (constants_.scale.range) return bound_closed_loop(inputs).total();
    const double deviation = closed_loop_deviation(inputs);
    return plan_.horizon * inputs.reward_lipschitz * (deviation + epsilon + inputs.policy_lipschitz * deviation);
  }

  /// kept: the expectation, rescaled. lost: share of the trajectories (or of the probability) that may cost everything.
  [[nodiscard]] CertificateFinding issued(CertificateFinding out, const Estimate& kept, double lost) const {
    const double unit = constants_.scale.range.value_or(1.0), most = constants_.scale.most();
    out.issued = true;
    out.mean = {kept.value * unit, kept.low * unit, kept.high * unit, kept.n};
    out.value = (kept.n > 1 ? kept.high * unit : most) + std::min(1.0, lost) * most;
    if (!std::isfinite(out.value)) out.value = kInfinity, out.mean = Estimate{};  // a tube that grew beyond all numbers
    for (const CertificateInput& input : out.inputs) out.basis = weaker(out.basis, input.basis);
    out.most = most, out.most_declared = constants_.scale.range.has_value();
    out.vacuous = !(out.value < most);
    if (out.vacuous) out.remarks.push_back(bound_text(out));
    return out;
  }

  const AuditPlan& plan_;
  const StabilityFindings& stability_;
  CertificateConstants constants_;
  CertificateTerms terms_;
};

// ---------------------------------------------------------------------------------------------------- the section

AuditSection run(const AuditPlan& plan, AuditFindings& findings) {
  AuditSection section;
  if (plan.deployment.quantizer == nullptr) {
    section.fields = {{"feedback", nullptr}, {"augmented", nullptr}, {"closed_loop", nullptr}};
    section.summary = "No form of certificate speaks of a controller that plays no tokens.";
    return section;
  }
  findings.certificates = issue_certificates(plan, findings);
  section.fields = Json::object();
  const Estimate& measured = findings.decomposition->total;
  for (const CertificateFinding& c : findings.certificates) section.fields[c.form] = pianola::to_json(c);
  section.summary = certificate_summary(findings.certificates, measured);
  section.table = certificate_table(findings.certificates);
  section.table_caption =
      "A certificate has proven or exact inputs; with a sampled supremum it is an estimate. Refuted: the measured "
      "regret is larger.";
  section.pictures.push_back(certificate_picture(findings.certificates, measured,
                                                 reward_scale(plan, findings.decomposition->expert_return).most()));
  section.notes = input_notes(findings.certificates);
  return section;
}

}  // namespace

std::vector<CertificateFinding> issue_certificates(const AuditPlan& plan, const AuditFindings& findings) {
  const Issuer issuer(plan, findings);
  std::vector<CertificateFinding> out{issuer.feedback(), issuer.augmented(), issuer.closed_loop()};
  refute_certificates(out, findings.decomposition->total);
  return out;
}

AuditEntry audit_entry_certificates() { return {"certificates", "Certificates and estimates", run, nullptr}; }

}  // namespace pianola
