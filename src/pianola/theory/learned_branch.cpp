#include "pianola/theory/learned_branch.hpp"

#include <vector>

#include "pianola/base/parallel.hpp"
#include "pianola/theory/sign_class.hpp"

namespace pianola {

LearnedBranch roll_out_learned(const BranchLoop& loop, std::uint64_t horizon, const LearnedBranchPlan& plan,
                               const NoiseKey& key) {
  const SignClass members(plan.contexts, hardest_gap(plan.contexts, plan.n));
  const NoiseKey noise = key.child("noise"), context = key.child("context");
  std::vector<double> dense(plan.rollouts), sparse(plan.rollouts);
  parallel_blocks(plan.rollouts, 256, [&](const Block& block) {
    for (std::size_t r = block.begin; r < block.end; ++r) {
      const bool wrong = uniform(context, r, 0) < members.learned_wrong(plan.n, key, r);
      const double p = 0.5 + members.gap(), learned = wrong ? 1.0 - p : p;
      const BranchPayoff expert = branch_rollout(loop, horizon, 0.0, p, noise, r);
      const BranchPayoff paid = branch_rollout(loop, horizon, 0.0, learned, noise, r);
      dense[r] = expert.dense - paid.dense;
      sparse[r] = expert.sparse - paid.sparse;
    }
  });
  return {mean_estimate(dense), mean_estimate(sparse)};
}

}  // namespace pianola
