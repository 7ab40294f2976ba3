// Certificates (ours; docs/theory.md §8, docs/theory/theorem_certificates.md): with exact inputs no measured regret
// lies above one, on random linear plants; how much room is left; and what happens when an input is false.
//
//   x' = A·x + B·u + w,  u = −K·x,  reward 1 − min(1, ‖u + K·x‖),  bins of half-width ε with an edge at 0
//
// Exact inputs: open-loop gains ‖A^j·B‖, closed-loop gains ‖(A − BK)^j·B‖, L_π = ‖K‖, L_r = max(1, ‖K‖), ε_sup = ε·√m.
#include "pianola/bounds/certificates.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <optional>

#include "pianola/base/parallel.hpp"
#include "pianola/bounds/gain_envelope.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/theory/experiment.hpp"
#include "pianola/theory/line_bins.hpp"
#include "pianola/theory/one_sided_loop.hpp"

namespace pianola {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr std::size_t kHorizon = 60;
constexpr double kRounding = 1e-9;
constexpr double kReach = 32.0, kMostBins = 65000.0;  // of actions, at least; of a quantizer

/// A plant, its expert and its quantizer, drawn.
struct Plant {
  MatrixXd a, b, k;
  VectorXd start;
  double epsilon = 0.1, noise = 0.0;

  [[nodiscard]] VectorXd expert(const VectorXd& x) const { return -(k * x); }
  std::optional<LineBins> bins = {};  ///< none where the actions are too large for so narrow bins
  [[nodiscard]] VectorXd quantize(const VectorXd& u) const {
    VectorXd out(u.size());
    bins->quantize({u.data(), static_cast<std::size_t>(u.size())}, {out.data(), static_cast<std::size_t>(out.size())});
    return out;
  }
  [[nodiscard]] double epsilon_sup() const { return epsilon * std::sqrt(static_cast<double>(b.cols())); }
};

double norm(const MatrixXd& m) { return m.jacobiSvd().singularValues()(0); }

/// ‖M^j·B‖ for j < H.
std::vector<double> gains(const MatrixXd& m, const MatrixXd& b) {
  std::vector<double> all;
  MatrixXd power = b;
  for (std::size_t j = 0; j < kHorizon; ++j, power = m * power) all.push_back(norm(power));
  return all;
}

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
double needed_reach(const Plant& plant) {
  double most = 0.0;
  VectorXd x = plant.start;
  for (std::size_t h = 0; h < kHorizon; ++h) {
    const VectorXd u = plant.expert(x);
    most = std::max(most, u.cwiseAbs().maxCoeff());
    x = plant.a * x + plant.b * u;
  }
  return std::max(kReach, 8.0 + 2.0 * most);
}

/// open: spectral radius of A; closed: of A − BK, where the input matrix is square and K is made to reach it.
Plant draw_plant(const QuantizerMaker& quantizers, const NoiseKey& key, bool unstable, bool noisy) {
  Draws draw(key);
  const auto n = static_cast<Eigen::Index>(draw.between(1.0, 3.999));
  Plant plant;
  plant.a = draw.matrix(n, n);
  plant.a *= (unstable ? draw.between(1.02, 1.6) : draw.between(0.1, 0.95)) / std::max(radius(plant.a), 1e-6);
  if (unstable) {
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
  plant.noise = noisy ? 0.1 : 0.0;
  if (const double reach = needed_reach(plant); reach / plant.epsilon < kMostBins) {
    plant.bins = LineBins::edge_at_zero(quantizers, plant.epsilon, reach, static_cast<std::size_t>(plant.b.cols()));
  }
  return plant;
}

VectorXd noise_at(const Plant& plant, const NoiseKey& key, std::size_t h) {
  VectorXd w = VectorXd::Zero(plant.a.rows());
  if (plant.noise == 0.0) return w;
  for (Eigen::Index d = 0; d < w.size(); ++d) {
    w(d) = plant.noise * normal(key, 0, static_cast<std::uint32_t>(h), static_cast<std::uint32_t>(d));
  }
  return w;
}

/// States and errors ‖u − q(u)‖ along the expert.
struct ExpertPath {
  std::vector<VectorXd> states;
  std::vector<double> errors;
};

ExpertPath follow_expert(const Plant& plant, const NoiseKey& key) {
  ExpertPath path;
  VectorXd x = plant.start;
  for (std::size_t h = 0; h < kHorizon; ++h) {
    const VectorXd u = plant.expert(x);
    path.states.push_back(x);
    path.errors.push_back((plant.quantize(u) - u).norm());
    x = plant.a * x + plant.b * u + noise_at(plant, key, h);
  }
  return path;
}

/// Regret of a learner on the same noise; the expert's own reward is 1 at every step.
template <class Learner>
double regret(const Plant& plant, const NoiseKey& key, Learner act) {
  VectorXd x = plant.start;
  double lost = 0.0;
  for (std::size_t h = 0; h < kHorizon; ++h) {
    const VectorXd u = act(x, h);
    lost += std::min(1.0, (u - plant.expert(x)).norm());
    x = plant.a * x + plant.b * u + noise_at(plant, key, h);
  }
  return lost;
}

/// One form on one plant.
struct Outcome {
  double regret = 0.0, certificate = 0.0;
};

Certificate augmented_bound(const Plant& plant, const ExpertPath& path, const std::vector<double>& open) {
  std::vector<double> deviations(kHorizon);
  convolve_gains(open, path.errors, deviations);
  return bound_augmented_by_model({path.errors, deviations, {}, std::max(1.0, norm(plant.k))}, {});
}

/// Algorithm 1 with the exact model, deterministic dynamics. open: the gains that are claimed.
Outcome augmented(const Plant& plant, const NoiseKey& key, const std::vector<double>& open) {
  const ExpertPath path = follow_expert(plant, key);
  const double paid =
      regret(plant, key, [&](const VectorXd&, std::size_t h) { return plant.quantize(plant.expert(path.states[h])); });
  return {paid, augmented_bound(plant, path, open).total()};
}

/// The same under process noise, of which the model's own is independent: tokens agree within ε'_h = 2ε + ‖K‖·ρ_h.
/// by_model_error: the claim of the form with m_h = 0, which process noise makes false.
Outcome augmented_under_noise(const Plant& plant, const NoiseKey& key, bool by_model_error) {
  const std::vector<double> open = gains(plant.a, plant.b);
  const ExpertPath path = follow_expert(plant, key), model = follow_expert(plant, key.child("model"));
  const double paid =
      regret(plant, key, [&](const VectorXd&, std::size_t h) { return plant.quantize(plant.expert(model.states[h])); });
  if (by_model_error) return {paid, augmented_bound(plant, path, open).total()};
  const double slope = norm(plant.k);
  std::vector<double> away, tolerances, errors = path.errors, deviations(kHorizon);
  for (std::size_t h = 0; h < kHorizon; ++h) {
    away.push_back((model.states[h] - path.states[h]).norm());
    tolerances.push_back(2.0 * plant.epsilon_sup() + slope * away[h]);
    errors[h] += tolerances[h];
  }
  convolve_gains(open, errors, deviations);
  const Certificate bound = bound_augmented(
      {path.errors, deviations, {}, std::max(1.0, slope)}, [](double) { return 0.0; }, away, tolerances);
  return {paid, bound.total()};
}

double feedback_regret(const Plant& plant, const NoiseKey& key) {
  return regret(plant, key, [&](const VectorXd& x, std::size_t) { return plant.quantize(plant.expert(x)); });
}

/// Feedback with tolerance kε, where the small-gain condition holds.
std::optional<Outcome> feedback(const Plant& plant, const NoiseKey& key) {
  const std::vector<double> open = gains(plant.a, plant.b);
  const GainEnvelope envelope = fit_gain_envelope(open, 0.0);
  const auto k = small_gain_tolerance(envelope.limit(), norm(plant.k));
  if (!k) return std::nullopt;
  const ExpertPath path = follow_expert(plant, key);
  const double tolerance = *k * plant.epsilon_sup();
  std::vector<double> errors = path.errors, deviations(kHorizon);
  for (double& error : errors) error += tolerance;
  convolve_gains(open, errors, deviations);
  const Certificate bound = bound_feedback(
      {path.errors, deviations, {}, std::max(1.0, norm(plant.k))}, [](double) { return 0.0; }, tolerance);
  return Outcome{feedback_regret(plant, key), bound.total()};
}

/// Closed loop; `wrong`: the share of steps at which the learner plays another token than q#π*.
Outcome closed_loop(const Plant& plant, const NoiseKey& key, double wrong) {
  double sum = 0.0;
  for (const double gain : gains(plant.a - plant.b * plant.k, plant.b)) sum += gain;
  const std::vector<double> disagreement(kHorizon, wrong);
  ClosedLoopInputs inputs;
  inputs.horizon = kHorizon;
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

class CertificateExperiment {
 public:
  explicit CertificateExperiment(const ExperimentOptions& options)
      : key_(options.key), quantizers_(options.quantizers), plants_(options.thorough ? 10'000 : 1'000) {}

  ExperimentResult run() {
    over_plants("augmented, exact model", false, false, [](const Plant& plant, const NoiseKey& key) {
      return std::optional(augmented(plant, key, gains(plant.a, plant.b)));
    });
    over_plants("augmented under process noise, exact model", false, true, [](const Plant& plant, const NoiseKey& key) {
      return std::optional(augmented_under_noise(plant, key, false));
    });
    over_plants("feedback, small gain, noisy", false, true, feedback);
    over_plants("closed loop, plants that only the expert stabilises", true, true,
                [](const Plant& plant, const NoiseKey& key) { return std::optional(closed_loop(plant, key, 0.0)); });
    over_plants("closed loop, learner wrong at 0.2 % of steps", true, true,
                [](const Plant& plant, const NoiseKey& key) { return std::optional(closed_loop(plant, key, 0.002)); });
    one_sided_tokens();
    wrong_gains();
    wrong_noise();
    wrong_modulus();
    picture();
    return std::move(result_);
  }

 private:
  void row(const std::string& name, std::size_t plants, std::size_t violations, const std::vector<double>& slack) {
    result_.rows.push_back({{"form", name},
                            {"plants", static_cast<double>(plants)},
                            {"violations", static_cast<double>(violations)},
                            {"slack_p10", quantile(slack, 0.1)},
                            {"slack_median", quantile(slack, 0.5)},
                            {"slack_p90", quantile(slack, 0.9)}});
  }

  template <class Form>
  void over_plants(const std::string& name, bool unstable, bool noisy, Form form) {
    std::vector<std::optional<Outcome>> outcomes(plants_);
    parallel_blocks(plants_, 16, [&](const Block& block) {
      for (std::size_t i = block.begin; i < block.end; ++i) {
        const NoiseKey key = key_.child(name, i);
        const Plant plant = draw_plant(quantizers_, key.child("plant"), unstable, noisy);
        if (plant.bins) outcomes[i] = form(plant, key.child("noise"));
      }
    });
    std::size_t violations = 0, covered = 0;
    std::vector<double> slack;
    for (const auto& outcome : outcomes) {
      if (!outcome) continue;
      ++covered;
      if (outcome->regret > outcome->certificate + kRounding) ++violations;
      if (outcome->regret > 1e-6) slack.push_back(outcome->certificate / outcome->regret);
    }
    result_.checks.push_back(
        check_at_most(name + ": regrets above their certificate", exact(static_cast<double>(violations)), 0.0));
    result_.checks.push_back(
        check_at_least(name + ": plants that it covers", exact(static_cast<double>(covered)), 100.0));
    row(name, covered, violations, slack);
    if (name == "augmented, exact model") {
      result_.checks.push_back(
          check_at_most(name + ": median of certificate over regret", exact(quantile(slack, 0.5)), 5.0));
    }
  }

  /// The closed loop where errors add up instead of cancelling, paid for its state: with its own gains, with those of a
  /// loop that forgets faster, and under an expert that does not stabilise though the claim supposes it.
  void one_sided_tokens() {
    std::size_t above = 0, understated = 0, unstable = 0;
    std::vector<double> slack;
    for (std::size_t i = 0; i < plants_; ++i) {
      const Plant plant = draw_plant(quantizers_, key_.child("one side", i), true, false);
      const OneSidedLoop loop{plant.a, plant.b, plant.k, plant.epsilon}, lost = with_radius(loop, 1.3);
      const MatrixXd closed = plant.a - plant.b * plant.k;
      const std::vector<double> own = gains(closed, plant.b);
      const double regret = one_sided_regret(loop, kHorizon), certificate = one_sided_claim(loop, own);
      above += regret > certificate + kRounding ? 1 : 0;
      understated += regret > one_sided_claim(loop, gains(0.1 * closed, plant.b)) + kRounding ? 1 : 0;
      unstable += one_sided_regret(lost, kHorizon) > one_sided_claim(lost, own) + kRounding ? 1 : 0;
      slack.push_back(certificate / regret);
    }
    const auto count = [](std::size_t n) { return exact(static_cast<double>(n)); };
    const std::string name = "closed loop, tokens that err to one side, paid for the state";
    auto& all = result_.checks;
    all.push_back(check_at_most(name + ": regrets above their certificate", count(above), 0.0));
    all.push_back(check_at_most(name + ": median of certificate over regret", exact(quantile(slack, 0.5)), 10.0));
    all.push_back(
        control_at_least("control, closed-loop gains of a loop that forgets ten times faster: regrets above "
                         "the claim",
                         count(understated), 10.0));
    all.push_back(
        control_at_least("control, an expert that does not stabilise, with the gains of one that does: "
                         "regrets above the claim",
                         count(unstable), 100.0));
    row(name, plants_, above, slack);
  }

  /// A plant that forgets ten times faster: the claim is no certificate any more.
  void wrong_gains() {
    double largest = 0.0;  // error of a token over what is claimed
    std::size_t violations = 0;
    for (std::size_t i = 0; i < plants_; ++i) {
      const NoiseKey key = key_.child("wrong gains", i);
      const Plant plant = draw_plant(quantizers_, key.child("plant"), false, false);
      if (!plant.bins) continue;
      for (const double error : follow_expert(plant, key).errors)
        largest = std::max(largest, error / plant.epsilon_sup());
      const Outcome claimed = augmented(plant, key, gains(0.1 * plant.a, plant.b));
      if (claimed.regret > claimed.certificate + kRounding) ++violations;
    }
    result_.checks.push_back(check_at_most(
        "hypothesis ε_sup = ε√m: largest error of a token along the experts, over it", exact(largest), 1.0 + 1e-9));
    result_.checks.push_back(control_at_least("control, gains of a plant that forgets faster: regrets above the claim",
                                              exact(static_cast<double>(violations)), 1.0));
  }

  /// Process noise where the form with m_h supposes none: model and policy are exact, so that it claims e_h + D_h
  /// alone.
  void wrong_noise() {
    std::size_t violations = 0;
    for (std::size_t i = 0; i < plants_; ++i) {
      const NoiseKey key = key_.child("wrong noise", i);
      const Plant plant = draw_plant(quantizers_, key.child("plant"), false, true);
      if (!plant.bins) continue;
      const Outcome claimed = augmented_under_noise(plant, key.child("noise"), true);
      if (claimed.regret > claimed.certificate + kRounding) ++violations;
    }
    result_.checks.push_back(control_at_least("control, process noise in the form with m_h: regrets above the claim",
                                              exact(static_cast<double>(violations)), 1.0));
  }

  /// docs/theory.md §8: κ must be that of the deployed policy. x' = x/2 + u, q#π* ≡ 0.2, the learner equals it on
  /// expert states and plays −1 elsewhere: with κ of q#π* (which is 0) nothing would be lost.
  void wrong_modulus() {
    double x = 0.0, expert = 0.0, lost = 0.0;
    const double token = 0.2, raw = 0.21;
    std::vector<double> errors(kHorizon, token < raw ? raw - token : 0.0), deviations(kHorizon);
    convolve_envelope(1.0, 0.5, errors, deviations);
    for (std::size_t h = 0; h < kHorizon; ++h) {
      const double u = x == expert ? token : -1.0;
      lost += std::min(1.0, std::abs(u - raw));
      x = 0.5 * x + u;
      expert = 0.5 * expert + raw;
    }
    const auto none = [](double) { return 0.0; };
    const auto jump = [](double r) { return r > 0.0 ? 1.0 : 0.0; };
    const double mixed_up = bound_feedback({errors, deviations, {}, 1.0}, none).total();
    result_.checks.push_back(control_at_least("control, κ of q#π* in place of the learner's: regret over the claim",
                                              exact(lost / mixed_up), 1.0 + 1e-9));
    result_.checks.push_back(check_at_most("the same with the learner's own κ: regret over the certificate",
                                           exact(lost / bound_feedback({errors, deviations, {}, 1.0}, jump).total()),
                                           1.0));
  }

  void picture() {
    BarChart chart;
    chart.title = "Certificate over measured regret, median (bar) and 10–90 % of plants";
    chart.category_title = "";
    chart.value_title = "certificate / regret";
    for (const Row& row : result_.rows) {
      chart.bars.push_back({std::get<std::string>(row[0].second), "", std::get<double>(row[4].second),
                            std::get<double>(row[3].second), std::get<double>(row[5].second)});
    }
    result_.pictures.push_back({bar_chart(chart),
                                "At 1 a certificate would be tight; errors of both signs cancel in a "
                                "regret but not in a bound."});
  }

  NoiseKey key_;
  QuantizerMaker quantizers_;
  std::size_t plants_;
  ExperimentResult result_;
};

ExperimentResult run(const ExperimentOptions& options) { return CertificateExperiment(options).run(); }

}  // namespace

ExperimentEntry experiment_certificates() {
  return {
      "certificates",
      "No regret above its certificate",
      "With exact inputs the certificates of theory.md §8 hold on every plant they cover, stable or stabilised by the "
      "expert alone, noisy or not; with a false input they do not. Beyond the paper.",
      "exact gains, Lipschitz constants and ε_sup; noise independent of the past",
      {},
      run};
}

}  // namespace pianola
