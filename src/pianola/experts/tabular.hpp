// Experts of finite Markov decision processes (systems/tabular_mdp.hpp): a table of action probabilities for each step.
//
// * the tables' own, where they have one;
// * else the optimal one by value iteration, backwards from the system's horizon H:
//
//     V_{H+1} = 0,   Q_h(x, a) = r_h(x, a) + Σ_x' P_h(x'|x, a) V_{h+1}(x'),   V_h(x) = max_a Q_h(x, a)
//
//   the lowest of the best actions; with temperature τ > 0 softmax(Q_h(x, ·)/τ), still of the optimal Q.
//
// With random = ε the action is uniform with probability ε. The law is known, as atoms. Beyond the horizon the last
// step's table goes on.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "pianola/experts/expert.hpp"
#include "pianola/systems/tabular_mdp.hpp"

namespace pianola {

struct TabularExpertConfig {
  bool optimal = false;
  double temperature = 0.0;
  double random = 0.0;
  template <class V>
  void visit(V&& v) {
    v("optimal", optimal, "by value iteration even where the tables have an expert of their own");
    v("temperature", temperature, "of a softmax over the optimal Q; 0: the best action");
    v("random", random, "probability of a uniform action instead");
  }
};

class TabularExpert final : public Expert {
 public:
  /// @throws UsageError if temperature is negative or not finite, random is outside
  /// [0, 1], or temperature is asked of a table that is given.
  TabularExpert(std::shared_ptr<const TabularMdp> system, const TabularExpertConfig& config);
  [[nodiscard]] const ExpertInfo& info() const override { return info_; }
  /// One uniform of stream "expert" a lane where the expert is stochastic. @throws UsageError if an observation is no
  /// state of the system.
  void act(const NoiseKey& key, const Situation& situation, std::span<double> actions) const override;
  bool law(const Situation& situation, std::span<ActionLaw> laws) const override;

  /// Action probabilities of a state at step h, [A].
  [[nodiscard]] std::span<const double> probabilities(std::uint32_t h, std::size_t state) const;

 private:
  [[nodiscard]] std::size_t row(std::uint32_t h, std::size_t state) const;
  [[nodiscard]] std::size_t state_of(const Situation& situation, std::size_t lane) const;

  std::shared_ptr<const TabularMdp> system_;
  std::size_t steps_ = 1;                  // tables that differ
  std::vector<double> laws_, cumulative_;  // [steps × S × A]
  ExpertInfo info_;
};

ExpertEntry entry_tabular();

}  // namespace pianola
