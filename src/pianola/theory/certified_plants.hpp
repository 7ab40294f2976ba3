// Linear plants that are drawn at random, each with its expert and its binned tokens: what a form of the certificates
// (bounds/certificates, docs/theory.md §8) claims of one from exact inputs, beside what its learner loses.
//
//   x' = A·x + B·u + w,  u = −K·x,  reward 1 − min(1, ‖u + K·x‖),  bins of half-width ε with an edge at 0
//
// Exact inputs: open-loop gains ‖A^j·B‖, closed-loop gains ‖(A − BK)^j·B‖, L_π = ‖K‖, L_r = max(1, ‖K‖), ε_sup = ε·√m.
#pragma once

#include <Eigen/Dense>
#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/theory/experiment.hpp"
#include "pianola/theory/line_bins.hpp"

namespace pianola {

/// Steps of every loop here.
inline constexpr std::size_t kCertifiedSteps = 60;

struct CertifiedPlant {
  Eigen::MatrixXd a, b, k;
  Eigen::VectorXd start;
  double epsilon = 0.1, noise = 0.0;
  std::optional<LineBins> bins = {};  ///< none where the actions are too large for so narrow bins

  [[nodiscard]] Eigen::VectorXd expert(const Eigen::VectorXd& x) const { return -(k * x); }
  /// Needs bins.
  [[nodiscard]] Eigen::VectorXd quantize(const Eigen::VectorXd& u) const;
  [[nodiscard]] double epsilon_sup() const { return epsilon * std::sqrt(static_cast<double>(b.cols())); }
};

struct PlantDraw {
  bool unstable = false;  ///< A has an eigenvalue outside the unit circle, and K makes A − BK a contraction
  bool noisy = false;     ///< process noise of 0.1
};

/// One to three states; nothing saturates.
CertifiedPlant draw_certified_plant(const QuantizerMaker& quantizers, const NoiseKey& key, const PlantDraw& draw);

/// ‖M^j·B‖ for j < kCertifiedSteps.
std::vector<double> input_gains(const Eigen::MatrixXd& m, const Eigen::MatrixXd& b);

/// States and errors ‖u − q(u)‖ along the expert.
struct ExpertPath {
  std::vector<Eigen::VectorXd> states;
  std::vector<double> errors;
};
ExpertPath follow_expert(const CertifiedPlant& plant, const NoiseKey& key);

/// One form on one plant.
struct CertifiedRegret {
  double regret = 0.0, certificate = 0.0;
};

/// Algorithm 1 with the exact model, deterministic dynamics. open: the gains that are claimed.
CertifiedRegret certify_augmented(const CertifiedPlant& plant, const NoiseKey& key, const std::vector<double>& open);

/// The same under process noise, of which the model's own is independent: tokens agree within ε'_h = 2ε + ‖K‖·ρ_h.
CertifiedRegret certify_augmented_under_noise(const CertifiedPlant& plant, const NoiseKey& key);

/// The same loop, and the claim of the form with m_h = 0, which process noise makes false.
CertifiedRegret claim_by_model_error(const CertifiedPlant& plant, const NoiseKey& key);

/// Feedback with tolerance kε, where the small-gain condition holds.
std::optional<CertifiedRegret> certify_feedback(const CertifiedPlant& plant, const NoiseKey& key);

/// Closed loop; wrong: the share of steps at which the learner plays another token than q#π*. Where it is above 0 the
/// regret is the lower end of a 99 % interval over 64 learners: only what lies above the certificate then refutes it.
CertifiedRegret certify_closed_loop(const CertifiedPlant& plant, const NoiseKey& key, double wrong);

}  // namespace pianola
