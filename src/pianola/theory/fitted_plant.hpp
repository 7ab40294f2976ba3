// A plant with its own expert, and the compared schemes fitted to twenty of the expert's trajectories at 16 tokens a
// dimension: what experiments on disturbed and differing plants of several states play (theory/disturbed_plant).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pianola/theory/disturbance_curve.hpp"
#include "pianola/theory/disturbed_plant.hpp"
#include "pianola/theory/experiment.hpp"

namespace pianola {

class FittedPlant {
 public:
  static constexpr std::uint32_t kTokens = 16;  ///< of each dimension of the action

  /// 16 rollouts, 160 of a thorough run. @throws UsageError as make_system, or where the system has no expert or no
  /// finite reward range.
  FittedPlant(const std::string& spec, const ExperimentOptions& options);

  /// Names and quantizers of theory/compared_schemes, in their order.
  using Schemes = std::vector<std::pair<std::string, std::unique_ptr<Quantizer>>>;
  [[nodiscard]] const Schemes& schemes() const { return schemes_; }
  [[nodiscard]] std::size_t rollouts() const { return rollouts_; }

  /// Which of the curves is that scheme's: the raw expert's is the first. scheme: one of those above.
  [[nodiscard]] std::size_t curve_of(std::string_view scheme) const;

  /// The world at a level: another plant of the same kind (null: this one), and how it is disturbed.
  struct Level {
    std::shared_ptr<const System> system = nullptr;
    Disturbance disturbance = {};
  };
  /// Of the raw expert, and then of each scheme: regret against the undisturbed raw expert on this plant from the same
  /// state, a share of horizon × reward range. Each rollout is a group of its own. levels[undisturbed] is this plant as
  /// it is, played once for all curves. Same bits for any number of threads.
  [[nodiscard]] std::vector<DisturbanceCurve> curves(const std::vector<Level>& levels, std::size_t undisturbed) const;

 private:
  [[nodiscard]] DisturbedReturns play(const Level& level, const Quantizer* quantizer) const;
  /// Null of curve 0, the raw expert's.
  [[nodiscard]] const Quantizer* quantizer_of(std::size_t curve) const;

  NoiseKey key_;
  std::shared_ptr<const System> system_;
  std::shared_ptr<const Expert> expert_;
  std::size_t rollouts_;
  double most_;                     // horizon × reward range
  std::vector<double> deviations_;  // of the expert's own observations
  Schemes schemes_;
  std::vector<DisturbedReturns> undisturbed_;  // of the raw expert and each scheme
};

}  // namespace pianola
