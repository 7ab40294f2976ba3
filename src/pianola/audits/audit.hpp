// The frame of `pianola audit`: what every audit sees, what it finds, and what it gives to JSON, table and page.
//
// An audit measures one thing about a closed loop (docs/theory.md §3, §4, §8) and leaves two things behind: numbers
// that later audits build on (AuditFindings), and a section that people and scripts read (AuditSection). Audits run in
// the order of their registry; the certificates and the verdict come last, for they put together what the others found.
//
// Adding one: a source file that defines `AuditEntry audit_entry_NAME()`, one line in registry.cpp, a test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/progress.hpp"
#include "pianola/base/random.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/bounds/certificates.hpp"
#include "pianola/bounds/gain_envelope.hpp"
#include "pianola/control/controller.hpp"
#include "pianola/control/rollout_set.hpp"
#include "pianola/policies/run_candidates.hpp"
#include "pianola/report/table.hpp"

namespace pianola {

class RecordedExpert;  // audits/expert_pass.hpp

/// How a number is known. Only proven and exact ones make a certificate; a sampled supremum makes an estimate.
enum class Basis { proven, exact, sampled };
std::string to_text(Basis basis);
/// The weaker of two.
Basis weaker(Basis a, Basis b);

/// What is audited, and how hard one looks.
struct AuditPlan {
  Deployment deployment;   ///< system and expert are there; quantizer and policy may be
  std::string controller;  ///< spec of the audited one
  NoiseKey key;
  std::size_t rollouts = 100;
  std::size_t perturbations = 200;  ///< trajectories around which actions are perturbed, to fit and again to verify
  std::uint32_t horizon = 0;        ///< H, at least 1
  std::vector<double> magnitudes;   ///< of perturbations, action units, positive; empty: from the quantization error
  double tolerance = 0.05;          ///< largest regret called safe, as a fraction of H × reward range
  std::vector<RunCandidate> candidates;  ///< weights that the run kept on its way; empty: none
  Progress* progress = nullptr;
  /// Trajectories of the expert that were played before: passes along it go through them, and nothing that would take
  /// another playing is looked at. Null: each pass plays.
  const RecordedExpert* recorded = nullptr;

  /// q#π* is what the controller plays: there is no trained policy.
  [[nodiscard]] bool plays_quantized_expert() const;
  /// Its rollouts, for a plan that plays them.
  [[nodiscard]] RolloutSet rollout_set(std::string activity) const;
};

/// A found trajectory or pair that shows what a section says; replaying it gives the same numbers, bit for bit.
struct Witness {
  std::string audit;                ///< name of the audit that found it and can replay it
  std::string claim;                ///< one sentence: what it shows
  nlohmann::ordered_json where;     ///< what the audit's replay() reads: trajectory, step, …
  nlohmann::ordered_json measured;  ///< names and numbers that the replay must give again
};

struct AuditPicture {
  nlohmann::ordered_json chart;  ///< Vega-Lite (report/charts.hpp)
  std::string caption;           ///< what to read into it, one sentence
};

/// What one audit says.
struct AuditSection {
  std::string name, title;        ///< field of `audit --json`; heading of the page
  nlohmann::ordered_json fields;  ///< value of that field
  std::string summary;            ///< the finding in one or two sentences
  Table table;                    ///< may have no columns: there is none
  std::string table_caption;
  std::vector<AuditPicture> pictures;
  std::vector<std::string> notes;  ///< what was not known, assumed or left out, and what would supply it
  std::vector<Witness> witnesses;  ///< the worst first
};

/// Errors of quantization along the expert's own trajectories.
struct ErrorFindings {
  double claimed_sup = std::numeric_limits<double>::infinity();  ///< of the scheme, inside its range
  double largest = 0.0;                                          ///< that was seen
  Estimate epsilon_in;
  Estimate controller_error;  ///< of what the audited controller decides in the expert's situations
};

/// P-EIISS around the expert: ‖x_h − x'_h‖ ≤ Σ_{k<h} g_{h−1−k}·‖u_k − u'_k‖ ≤ Σ_{k<h} C·η^{h−1−k}·‖u_k − u'_k‖.
struct GainFindings {
  std::vector<double> gains;  ///< [H]
  GainEnvelope envelope;
  Estimate eta;  ///< with limits; low = high where it is exact
  Basis basis = Basis::sampled;
  double radius = std::numeric_limits<double>::infinity();  ///< d: largest perturbation that this is about
  double delta = 0.0;        ///< upper limit of the share of trajectories beyond it, or ended by a perturbation
  Estimate violations = {};  ///< share of fresh trajectories beyond the envelope; n = 0: nobody looked
  /// Least C, at the envelope's η, that an eighth of the pairs takes; none where gains are exact or nobody looked.
  std::optional<double> least_c = {};
  /// Factor between the least and the largest C of the eighths up to which the pairs determine C.
  static constexpr double kStatedSpread = 4.0;
  /// Most of them that "exponentially stable" may leave out: the stated probability is 1 − this.
  static constexpr double kStatedDelta = 0.05;
  /// Whether the share beyond the envelope is shown to be as small as stated (Clopper–Pearson, 95 %); of gains that are
  /// no sample, whether it may be.
  [[nodiscard]] bool verified() const;
  /// Whether every eighth of the pairs gives a C within that factor. A jump, which few pairs meet, leaves it open: the
  /// gain of one that does is the jump over the perturbation, of any size, and another seed has another.
  [[nodiscard]] bool determined() const;
  /// η's upper limit below 1, an envelope that the pairs determine, and fresh ones that confirm it.
  [[nodiscard]] bool exponentially_stable() const;
  /// Σ_{j<H} g_j, the max-form modulus over this horizon.
  [[nodiscard]] double gain_sum() const;
};

struct StabilityFindings {
  GainFindings open;          ///< the plant under the expert's recorded actions
  GainFindings closed;        ///< the expert in the loop, disturbances added to its actions
  double reward_slope = 0.0;  ///< largest |Δr| / (‖Δx‖ + ‖Δu‖) seen
  double action_slope = 0.0;  ///< largest ‖π*(x') − π*(x)‖ / ‖x' − x‖ seen
  bool gains_tell = true;     ///< whether they say what feedback saves
};

/// Smoothness of what the audited controller plays.
struct SmoothnessFindings {
  Modulus modulus;         ///< κ, nondecreasing; of the deployed policy (q#π* where there is no trained one)
  double tolerance = 0.0;  ///< ε' of W_ε'
  Basis basis = Basis::sampled;
  Modulus total_variation = {};  ///< κ̂ of W_0, sampled; null: not measured
};

struct DecompositionFindings {
  Estimate expert_return, quantization, statistical, total;
  std::uint64_t worst_id = 0;  ///< the rollout of the largest regret
  double worst_regret = 0.0;
};

/// What looking at the real state saves, in return; from the sweep over re-anchoring.
struct FeedbackFindings {
  Estimate feedback;  ///< regret of m = 1
  Estimate without;   ///< regret of m = ∞, Algorithm 1
  Estimate saves;     ///< the second minus the first, rollout by rollout
};

/// One number that a certificate takes in.
struct CertificateInput {
  std::string name;
  double value = 0.0;  ///< ∞: not known
  Basis basis = Basis::sampled;
  std::string how;
  bool suspect = false;  ///< of a form that a measurement refutes: this input or another one marked is false
};

/// One form of docs/theory.md §8 with its numbers.
struct CertificateFinding {
  std::string form;              ///< "feedback", "augmented", "closed_loop"
  bool covers = false;           ///< speaks of the audited controller
  bool issued = false;           ///< all its inputs are there
  double value = 0.0;            ///< upper 95 % limit of the expectation over expert trajectories; total over H
  Estimate mean;                 ///< the expectation itself
  Basis basis = Basis::sampled;  ///< the weakest of its inputs
  double most = std::numeric_limits<double>::infinity();  ///< that any controller can lose, or what stands for it
  bool most_declared = true;                              ///< H × reward range; else the expert's absolute mean return
  bool vacuous = false;                                   ///< not below `most`
  bool refuted = false;  ///< the measured regret, lower limit included, is larger: an input is false
  bool doubted = false;  ///< takes an input that another, refuted form makes suspect
  std::vector<CertificateInput> inputs;
  std::vector<std::string> remarks;  ///< why it is not issued or vacuous; hypotheses that do not hold
};

struct AuditFindings {
  std::optional<ErrorFindings> errors;
  std::optional<StabilityFindings> stability;
  std::optional<SmoothnessFindings> smoothness;
  std::optional<DecompositionFindings> decomposition;
  std::optional<FeedbackFindings> feedback;
  std::vector<CertificateFinding> certificates;
};

struct AuditEntry {
  std::string name, title;
  /// Sees what earlier audits found, and adds its own.
  AuditSection (*run)(const AuditPlan&, AuditFindings&);
  /// The numbers of a witness, measured again; null: it has no witnesses. @throws DataError if `where` is none of its.
  nlohmann::ordered_json (*replay)(const AuditPlan&, const nlohmann::ordered_json& where);
  /// Adds to its section what later audits found, when all have run; null: nothing.
  void (*complete)(AuditSection&, const AuditFindings&) = nullptr;
};

/// All audits in the order in which they run.
std::span<const AuditEntry> audits();

struct AuditResult {
  std::vector<AuditSection> sections;
  AuditFindings findings;
};

/// Runs all audits. The same bits for any number of threads; memory does not grow with rollouts or perturbations.
/// @throws UsageError if there is no system, no expert to ask, or fewer rollouts and perturbations than intervals need;
/// whatever an audit throws; Interrupted.
AuditResult run_audits(const AuditPlan& plan);

/// The plan that a user's numbers make, checked: horizon from the system where it is 0. @throws UsageError as above.
AuditPlan checked_plan(AuditPlan plan);

}  // namespace pianola
