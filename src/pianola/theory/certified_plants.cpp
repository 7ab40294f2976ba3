#include "pianola/theory/certified_plants.hpp"

#include <algorithm>
#include <cstdint>

#include "pianola/base/statistics.hpp"
#include "pianola/bounds/certificates.hpp"
#include "pianola/bounds/gain_envelope.hpp"

namespace pianola {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kReach = 32.0, kMostBins = 65000.0;  // of actions, at least; of a quantizer

double norm(const MatrixXd& m) { return m.jacobiSvd().singularValues()(0); }

/// Draws of one plant, in order.
class Draws {
 public:
  explicit Draws(const NoiseKey& key) : key_(key) {}
  double between(double low, double high) { return low + (high - low) * uniform(key_, 0, 0, next_++); }
  MatrixXd matrix(Eigen::Index rows, Eigen::Index columns) {
    MatrixXd m(rows, columns);
    for (Eigen::Index i = 0; i < m.size(); ++i) m(i) = between(-1.0, 1.0);
    return m;
  }

 private:
  NoiseKey key_;
  std::uint32_t next_ = 0;
};

double radius(const MatrixXd& m) { return m.eigenvalues().cwiseAbs().maxCoeff(); }

/// Twice what the expert plays without noise, and room for noise and tokens: nothing saturates.
double needed_reach(const CertifiedPlant& plant) {
  double most = 0.0;
  VectorXd x = plant.start;
  for (std::size_t h = 0; h < kCertifiedSteps; ++h) {
    const VectorXd u = plant.expert(x);
    most = std::max(most, u.cwiseAbs().maxCoeff());
    x = plant.a * x + plant.b * u;
  }
  return std::max(kReach, 8.0 + 2.0 * most);
}

VectorXd noise_at(const CertifiedPlant& plant, const NoiseKey& key, std::size_t h) {
  VectorXd w = VectorXd::Zero(plant.a.rows());
  if (plant.noise == 0.0) return w;
  for (Eigen::Index d = 0; d < w.size(); ++d) {
    w(d) = plant.noise * normal(key, 0, static_cast<std::uint32_t>(h), static_cast<std::uint32_t>(d));
  }
  return w;
}

/// Regret of a learner on the same noise; the expert's own reward is 1 at every step.
template <class Learner>
double regret(const CertifiedPlant& plant, const NoiseKey& key, Learner act) {
  VectorXd x = plant.start;
  double lost = 0.0;
  for (std::size_t h = 0; h < kCertifiedSteps; ++h) {
    const VectorXd u = act(x, h);
    lost += std::min(1.0, (u - plant.expert(x)).norm());
    x = plant.a * x + plant.b * u + noise_at(plant, key, h);
  }
  return lost;
}

Certificate augmented_bound(const CertifiedPlant& plant, const ExpertPath& path, const std::vector<double>& open) {
  std::vector<double> deviations(kCertifiedSteps);
  convolve_gains(open, path.errors, deviations);
  return bound_augmented_by_model({path.errors, deviations, {}, std::max(1.0, norm(plant.k))}, {});
}

double regret_under_noise(const CertifiedPlant& plant, const NoiseKey& key, const ExpertPath& model) {
  return regret(plant, key,
                [&](const VectorXd&, std::size_t h) { return plant.quantize(plant.expert(model.states[h])); });
}

double feedback_regret(const CertifiedPlant& plant, const NoiseKey& key) {
  return regret(plant, key, [&](const VectorXd& x, std::size_t) { return plant.quantize(plant.expert(x)); });
}

}  // namespace

VectorXd CertifiedPlant::quantize(const VectorXd& u) const {
  VectorXd out(u.size());
  bins->quantize({u.data(), static_cast<std::size_t>(u.size())}, {out.data(), static_cast<std::size_t>(out.size())});
  return out;
}

std::vector<double> input_gains(const MatrixXd& m, const MatrixXd& b) {
  std::vector<double> all;
  MatrixXd power = b;
  for (std::size_t j = 0; j < kCertifiedSteps; ++j, power = m * power) all.push_back(norm(power));
  return all;
}

CertifiedPlant draw_certified_plant(const QuantizerMaker& quantizers, const NoiseKey& key, const PlantDraw& wanted) {
  Draws draw(key);
  const auto n = static_cast<Eigen::Index>(draw.between(1.0, 3.999));
  CertifiedPlant plant;
  plant.a = draw.matrix(n, n);
  plant.a *= (wanted.unstable ? draw.between(1.02, 1.6) : draw.between(0.1, 0.95)) / std::max(radius(plant.a), 1e-6);
  if (wanted.unstable) {
    // K = B⁻¹(A − F) with a drawn stable F: the closed loop is F.
    plant.b = MatrixXd::Identity(n, n) + 0.2 * draw.matrix(n, n);
    MatrixXd f = draw.matrix(n, n);
    f *= draw.between(0.1, 0.9) / std::max(norm(f), 1e-6);
    plant.k = plant.b.inverse() * (plant.a - f);
  } else {
    const auto m = static_cast<Eigen::Index>(draw.between(1.0, static_cast<double>(n) + 0.999));
    plant.b = draw.matrix(n, m);
    plant.k = draw.between(0.05, 0.6) * draw.matrix(m, n);
  }
  plant.start = 2.0 * draw.matrix(n, 1);
  plant.epsilon = std::exp2(-draw.between(3.0, 9.0));
  plant.noise = wanted.noisy ? 0.1 : 0.0;
  if (const double reach = needed_reach(plant); reach / plant.epsilon < kMostBins) {
    plant.bins = LineBins::edge_at_zero(quantizers, plant.epsilon, reach, static_cast<std::size_t>(plant.b.cols()));
  }
  return plant;
}

ExpertPath follow_expert(const CertifiedPlant& plant, const NoiseKey& key) {
  ExpertPath path;
  VectorXd x = plant.start;
  for (std::size_t h = 0; h < kCertifiedSteps; ++h) {
    const VectorXd u = plant.expert(x);
    path.states.push_back(x);
    path.errors.push_back((plant.quantize(u) - u).norm());
    x = plant.a * x + plant.b * u + noise_at(plant, key, h);
  }
  return path;
}

CertifiedRegret certify_augmented(const CertifiedPlant& plant, const NoiseKey& key, const std::vector<double>& open) {
  const ExpertPath path = follow_expert(plant, key);
  const double paid =
      regret(plant, key, [&](const VectorXd&, std::size_t h) { return plant.quantize(plant.expert(path.states[h])); });
  return {paid, augmented_bound(plant, path, open).total()};
}

CertifiedRegret certify_augmented_under_noise(const CertifiedPlant& plant, const NoiseKey& key) {
  const ExpertPath path = follow_expert(plant, key), model = follow_expert(plant, key.child("model"));
  const double slope = norm(plant.k);
  std::vector<double> away, tolerances, errors = path.errors, deviations(kCertifiedSteps);
  for (std::size_t h = 0; h < kCertifiedSteps; ++h) {
    away.push_back((model.states[h] - path.states[h]).norm());
    tolerances.push_back(2.0 * plant.epsilon_sup() + slope * away[h]);
    errors[h] += tolerances[h];
  }
  convolve_gains(input_gains(plant.a, plant.b), errors, deviations);
  const Certificate bound = bound_augmented(
      {path.errors, deviations, {}, std::max(1.0, slope)}, [](double) { return 0.0; }, away, tolerances);
  return {regret_under_noise(plant, key, model), bound.total()};
}

CertifiedRegret claim_by_model_error(const CertifiedPlant& plant, const NoiseKey& key) {
  const ExpertPath path = follow_expert(plant, key), model = follow_expert(plant, key.child("model"));
  return {regret_under_noise(plant, key, model), augmented_bound(plant, path, input_gains(plant.a, plant.b)).total()};
}

std::optional<CertifiedRegret> certify_feedback(const CertifiedPlant& plant, const NoiseKey& key) {
  const std::vector<double> open = input_gains(plant.a, plant.b);
  const GainEnvelope envelope = fit_gain_envelope(open, 0.0);
  const auto k = small_gain_tolerance(envelope.limit(), norm(plant.k));
  if (!k) return std::nullopt;
  const ExpertPath path = follow_expert(plant, key);
  const double tolerance = *k * plant.epsilon_sup();
  std::vector<double> errors = path.errors, deviations(kCertifiedSteps);
  for (double& error : errors) error += tolerance;
  convolve_gains(open, errors, deviations);
  const Certificate bound = bound_feedback(
      {path.errors, deviations, {}, std::max(1.0, norm(plant.k))}, [](double) { return 0.0; }, tolerance);
  return CertifiedRegret{feedback_regret(plant, key), bound.total()};
}

CertifiedRegret certify_closed_loop(const CertifiedPlant& plant, const NoiseKey& key, double wrong) {
  double sum = 0.0;
  for (const double gain : input_gains(plant.a - plant.b * plant.k, plant.b)) sum += gain;
  const std::vector<double> disagreement(kCertifiedSteps, wrong);
  ClosedLoopInputs inputs;
  inputs.horizon = kCertifiedSteps;
  inputs.epsilon_sup = plant.epsilon_sup();
  inputs.c = sum;  // Σ_j of the gains themselves, in place of C/(1 − η)
  inputs.policy_lipschitz = norm(plant.k);
  inputs.disagreement = disagreement;
  const double bound = bound_closed_loop(inputs).total();
  if (wrong == 0.0) return {feedback_regret(plant, key), bound};
  RunningMean paid;
  for (std::uint64_t r = 0; r < 64; ++r) {
    const NoiseKey learner = key.child("learner", r), plant_noise = key.child("plant", r);
    paid.add(regret(plant, plant_noise, [&](const VectorXd& x, std::size_t h) {
      const VectorXd token = plant.quantize(plant.expert(x));
      if (uniform(learner, 0, static_cast<std::uint32_t>(h)) >= wrong) return token;
      return VectorXd(-token);
    }));
  }
  return {paid.estimate(0.99).low, bound};  // refuted only if the regret's lower end lies above
}

}  // namespace pianola
