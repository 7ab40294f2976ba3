// The plant that an advisor gives advice for: how it grows in open loop, its gains, and its expert's trajectories,
// along which every candidate's certificate terms and errors are summed (docs/theory.md §3, §8, §11).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pianola/audits/actuator_range.hpp"
#include "pianola/audits/advice.hpp"
#include "pianola/audits/advice_candidates.hpp"
#include "pianola/audits/audit.hpp"
#include "pianola/audits/data_rate.hpp"
#include "pianola/audits/expert_pass.hpp"
#include "pianola/audits/tried_quantizers.hpp"
#include "pianola/base/progress.hpp"

namespace pianola {

/// Largest modulus of the eigenvalues of A, of a linear plant or of one linearised about (x, u); nothing else.
std::optional<double> open_loop_growth(const System& system, std::span<const double> x, std::span<const double> u);

/// Whether a plant with this largest modulus is not asymptotically stable in open loop. Marginal modes count: what an
/// integrator has summed up never fades.
bool keeps_errors(double growth);

class AdvisedPlant {
 public:
  struct Plan {
    Deployment plant;  ///< system and expert
    NoiseKey key;
    std::uint32_t horizon = 0;
    double tolerance = 0.05;
    Progress* progress = nullptr;
  };
  /// Plays the expert a few times and keeps that. @throws as rollout().
  explicit AdvisedPlant(Plan plan);

  /// Gains of both loops, from impulses of this size; exact where the plant is linear. @throws as rollout().
  void measure_gains(double radius);
  /// Rollouts played so far.
  [[nodiscard]] std::size_t rollouts() const { return rollouts_; }

  [[nodiscard]] const std::optional<DataRate>& rate() const { return rate_; }
  [[nodiscard]] const std::optional<double>& growth() const { return growth_; }
  /// Nothing where the plant is asymptotically stable in open loop, or has no linear model.
  [[nodiscard]] std::optional<UnstableLoop> unstable_loop() const;
  /// ℓ* where it is known and short, else a usual length.
  [[nodiscard]] std::size_t chunk_length() const;
  /// Empty for chunks, of which no form speaks, and where gains were not measured.
  [[nodiscard]] std::vector<CertificateFinding> certificates(const TriedQuantizer& tried,
                                                             const Estimate& expert_return) const;
  /// Executed and persistent error along the expert into `candidate`.
  void measure_errors(const TriedQuantizer& tried, AdviceCandidate& candidate) const;

 private:
  [[nodiscard]] AuditPlan audit_of(const TriedQuantizer* tried) const;

  Plan plan_;
  std::size_t rollouts_ = 0;
  RecordedExpert recorded_;
  std::optional<DataRate> rate_;
  std::optional<double> growth_;
  std::optional<StabilityFindings> stability_;
  std::optional<ActionRange> actuators_;
};

}  // namespace pianola
