// Every bound by name, evaluated for plain numbers: what `pianola bound` prints. Inputs that a theorem takes for a
// whole trajectory (errors, disagreement) are the same at every step here.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace pianola {

/// What bounds are evaluated for; each form reads some of these.
struct BoundInputs {
  double n = 100, horizon = 100, epsilon = 0.01;
  double policies = 100, models = 1;
  double delta = 0.05;
  double c = 1, eta = 0.9;
  double policy_lipschitz = 1, reward_lipschitz = 1;
  double k = 2, jump = 0, kappa = 0;
  double disagreement = 0, model_error = 0, state_error = 0;
  double outside = 0;
  double gap = -1;
  std::string eigenvalues;
  template <class V>
  void visit(V&& v) {
    v("n", n, "demonstrated trajectories");
    v("horizon", horizon, "steps H");
    v("epsilon", epsilon, "quantization error a step, action units");
    v("policies", policies, "size of the policy class |Π|");
    v("models", models, "size of the class of transition models |M|");
    v("delta", delta, "failure probability");
    v("c", c, "stability: gains C·η^j (closed_loop: of the expert's closed loop)");
    v("eta", eta, "stability: gains C·η^j");
    v("policy_lipschitz", policy_lipschitz, "Lipschitz constant of the expert");
    v("reward_lipschitz", reward_lipschitz, "Lipschitz constant of the reward");
    v("k", k, "theorem 3: tokens agree within k·ε");
    v("jump", jump, "smoothness that ends: κ(r) = 1 beyond this distance (with kappa 0)");
    v("kappa", kappa, "smoothness: κ(r) = min(1, kappa·r); 0: κ jumps");
    v("disagreement", disagreement, "TV of learner and quantized expert at each step");
    v("model_error", model_error, "TV of learned and true transition model at each step");
    v("state_error", state_error, "distance of the model's state from the expert's along its tokens, at each step");
    v("outside", outside,
      "probability that stability does not hold, or an error is beyond its radius: δ + P(max e > d)");
    v("gap", gap, "theorems 8, 9: Δ of the instances; below 0: 1/(3n), 1/(5√n)");
    v("eigenvalues", eigenvalues, "unstable: |λ| of the plant, as 1.5,0.9");
  }
};

struct BoundTerm {
  std::string name;
  double value = 0.0;
};

/// What a total is made of its terms.
enum class BoundTotal { sum, last, half_sum };

/// Of a regret from above, or of something from below.
enum class BoundSide { upper, lower };

struct BoundForm {
  std::string name;                 ///< "2", "feedback"
  std::string claim;                ///< the formula
  std::string assumes;              ///< under which it holds
  std::vector<std::string> inputs;  ///< which of BoundInputs it reads
  std::string total_name;           ///< what the total is: "regret at most", "bits a step at least"
  std::vector<BoundTerm> (*evaluate)(const BoundInputs&);
  BoundTotal total = BoundTotal::sum;
  BoundSide side = BoundSide::upper;
};

/// All forms: theorems 2, 3, 7, 8, 9, the certificates of docs/theory.md §8, and the data rate of unstable plants.
std::span<const BoundForm> bound_forms();

/// @throws UsageError for an unknown name (nearest suggested).
const BoundForm& find_bound_form(const std::string& name);

struct EvaluatedBound {
  std::vector<BoundTerm> terms;
  double total = 0.0;
  std::vector<std::string> remarks;  ///< hypotheses that the inputs leave; that it says nothing
  bool vacuous = false;              ///< an upper bound of H or more: no regret exceeds H
};
/// @throws UsageError naming the input that is out of range.
EvaluatedBound evaluate_bound(const BoundForm& form, const BoundInputs& inputs);

}  // namespace pianola
