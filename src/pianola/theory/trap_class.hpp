// Algorithm 1 on the trap with a policy and a model that are learned from finite classes which contain the truth
// (docs/theory.md §6 and §7): policies are the quantizer `trap` over a grid of k and d, models x' = A·x + B·arctan(x)
// over a grid of A and B. Everything is deterministic: a member's log-likelihood is 0 if it agrees with all
// demonstrations, else −∞.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/policies/finite_class.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/theory/experiment.hpp"

namespace pianola {

struct TrapLearned {
  double augmented = 0.0, feedback = 0.0;  ///< regret a step, of the same learned policy
  std::size_t policies = 1, models = 1;    ///< members that agree with the demonstrations
};

/// The same over many sets of n demonstrations.
struct TrapCurve {
  Estimate augmented, feedback;  ///< regret a step
  Estimate known;                ///< share of the sets that leave one policy and one model
};

/// How a learner is taught and tried.
struct TrapPlan {
  std::uint64_t horizon = 1;  ///< steps of a demonstration and of a rollout
  std::uint64_t n = 1;        ///< demonstrations, x_1 ~ N(0, 1)
  std::size_t starts = 1;     ///< of rollouts, midpoints of N(0, 1)
};

class TrapClass {
 public:
  TrapClass(const QuantizerMaker& quantizers, double epsilon);

  [[nodiscard]] std::size_t policies() const { return policies_.size(); }  ///< |Π|
  [[nodiscard]] std::size_t models() const { return models_.size(); }      ///< |M|
  /// Takes the first member that agrees, as maximise_log_likelihood does.
  [[nodiscard]] TrapLearned learn(const TrapPlan& plan, const NoiseKey& key) const;
  [[nodiscard]] TrapCurve curve(const TrapPlan& plan, std::size_t repetitions, const NoiseKey& key) const;
  /// What the true policy and model pay, whatever plan.n is: docs/theory.md §10's columns.
  [[nodiscard]] TrapLearned truth(const TrapPlan& plan) const;

 private:
  struct Model {
    double a, b;
    [[nodiscard]] double operator()(double x) const;
  };
  using Demonstrations = std::vector<std::vector<double>>;  // states of each

  [[nodiscard]] ClassMaximiser learn_policy(const Demonstrations& data) const;
  [[nodiscard]] ClassMaximiser learn_model(const Demonstrations& data) const;
  /// Regrets a step.
  [[nodiscard]] TrapLearned roll_out(const Quantizer& policy, const Model& model, const TrapPlan& plan) const;

  Model dynamics_;  // the truth, as truth_
  std::unique_ptr<Quantizer> truth_;
  std::vector<std::unique_ptr<Quantizer>> policies_;
  std::vector<Model> models_;
};

}  // namespace pianola
