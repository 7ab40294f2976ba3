// Gains of a plant around its expert, measured: impulses of the expert's actions, and what they do at every lag.
//
//   g_j = max over trajectories, steps k and perturbations Δ of  ‖x'_{k+1+j} − x_{k+1+j}‖ / ‖Δ_k‖
//
// and whether fresh perturbations, impulses and sustained ones, stay within the convolved bound
// ‖x_h − x'_h‖ ≤ Σ_{k<h} C·η^{h−1−k}·‖Δ_k‖ (docs/theory.md §3). A maximum over samples is a lower estimate of the
// supremum: fresh trajectories say how often it is exceeded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "pianola/audits/audit.hpp"

namespace pianola {

/// Which loop is measured, and with which perturbations.
struct GainMeasurementPlan {
  AuditPlan audit;
  bool closed_loop = false;
  std::vector<double> magnitudes;  ///< of impulses, descending; the first is the radius
  /// Of one impulse more, small enough for a derivative: a second opinion, that no gain is taken from. 0: none.
  double derivative = 0.0;
  /// magnitudes and, last, the derivative.
  [[nodiscard]] std::vector<double> all_magnitudes() const;
};

struct MeasuredGains {
  std::vector<double> gains;                      ///< [H]; those below 1e-9 are dropped: 0
  std::vector<std::vector<double>> by_magnitude;  ///< [all magnitudes][H]
  std::vector<std::vector<double>> by_group;      ///< [8][H], trajectories dealt into groups
  double reward_slope = 0.0, action_slope = 0.0;  ///< largest that the pairs show
  std::size_t pairs = 0, diverged = 0;
};

/// Every step of the horizon gets its impulse as evenly as `perturbations` trajectories allow; directions are uniform.
MeasuredGains measure_gains(const GainMeasurementPlan& plan);

/// The envelope of the gains (only finite ones), and η with limits: those within which the η of one more group of
/// trajectories would lie (Student-t prediction interval over the groups), never above or below the fit itself. The C
/// of the envelope is the largest that a group takes at its η; least_c is the least. 0 of 0 gains.
struct FittedGains {
  GainEnvelope envelope;
  Estimate eta;
  double least_c = 0.0;
};
FittedGains fit_measured(const MeasuredGains& measured);

/// Which of the first `magnitudes` rows of by_magnitude sets C: the one whose gains reach the envelope, the larger
/// magnitude of two that do.
std::size_t binding_magnitude(const MeasuredGains& measured, const GainEnvelope& envelope, std::size_t magnitudes);

/// The kinds of fresh perturbations.
inline constexpr std::size_t kFreshKinds = 3;
std::string fresh_kind(std::size_t branch);  ///< "impulse", "constant", "random"

/// A fresh pair beside its bound: where the ratio is largest.
struct FreshPair {
  std::uint64_t id = 0;
  std::size_t branch = 0, step = 0;
  double distance = 0.0, bound = 0.0, size = 0.0;  ///< of the largest perturbation
  [[nodiscard]] double ratio() const;
};

struct Verification {
  std::size_t trajectories = 0;
  std::size_t beyond_envelope = 0, beyond_gains = 0;  ///< trajectories with a pair beyond the bound at some step
  std::size_t stopped = 0;  ///< with a pair of which one ended (fell, left the plant's limit) where the other ran on
  std::size_t lost = 0;     ///< stopped, or beyond both bounds
  double max_form = 0.0;    ///< largest max_h ‖x_h − x'_h‖ / max_k ‖Δ_k‖
  FreshPair worst;          ///< of the largest distance over its bound by C·η^j
};

/// Fresh trajectories, under another key. Exact gains are not held against a plant's limit, beyond which it is no
/// longer what it says; `stopped` counts who got there.
Verification verify_gains(const GainMeasurementPlan& plan, const GainFindings& found);

/// One of those pairs again. @throws DataError for a branch that there is none of.
FreshPair replay_fresh_pair(const GainMeasurementPlan& plan, const GainFindings& found, std::uint64_t id,
                            std::size_t branch);

}  // namespace pianola
