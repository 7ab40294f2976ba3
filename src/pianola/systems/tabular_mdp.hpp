// Finite Markov decision processes as systems: tables from a file or of a named family (mdp_tables, mdp_families).
//
// * observation: the state's number, or one-hot (observe=one_hot);
// * action: one number; the plant plays the action whose value is nearest (of two the lower), for every finite number;
// * each step draws one uniform of stream "plant" and takes the state at its quantile, in the order of the states.
//   Where all rows of the tables are point masses the system is deterministic and draws none.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pianola/systems/mdp_families.hpp"
#include "pianola/systems/mdp_tables.hpp"
#include "pianola/systems/registry.hpp"
#include "pianola/systems/state_code.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

struct TabularMdpConfig {
  std::string family;
  std::string path;
  std::string observe = "index";
  std::optional<int> horizon{};
  MdpFamilyOptions options;
  template <class V>
  void visit(V&& v) {
    v("family", family, "coin (default), contexts, chain, absorbing, random");
    v("path", path, "tables from this TOML file instead");
    v("observe", observe, "states as their index (one number), or one_hot");
    v("horizon", horizon, "steps; auto: the file's, or 100");
    v("states", options.states, "of contexts, chain, random");
    v("actions", options.actions, "of random");
    v("gap", options.gap, "contexts: the expert's better action has probability ½ + gap");
    v("seed", options.seed, "of random");
  }
};

class TabularMdp final : public System {
 public:
  /// spec: canonical. @throws DataError as check_mdp.
  TabularMdp(MdpTables tables, bool one_hot, std::string spec);
  [[nodiscard]] const SystemInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<Simulation> simulate(std::size_t lanes) const override;
  [[nodiscard]] const MdpTables& tables() const { return tables_; }
  [[nodiscard]] const StateCode& code() const { return code_; }
  /// The action that is played for u: the nearest value's, of two the lower one's. u: finite.
  [[nodiscard]] std::size_t action_of(double u) const;
  /// Distribution functions: P(x' ≤ s | x, a) of a stage, [S].
  [[nodiscard]] std::span<const double> cumulative(std::size_t stage, std::size_t state, std::size_t action) const;
  [[nodiscard]] std::span<const double> cumulative_initial() const { return cumulative_initial_; }

 private:
  MdpTables tables_;
  StateCode code_;
  SystemInfo info_;
  std::vector<double> midpoints_;           // between values of actions
  std::vector<double> cumulative_;          // [stages × S × A × S]
  std::vector<double> cumulative_initial_;  // [S]
};

/// The first index whose entry of the distribution function is above u; the last one with mass where none is.
std::uint32_t state_at_quantile(std::span<const double> cumulative, double u);

/// Distribution functions of rows of `width` probabilities: the running sums.
std::vector<double> cumulative_rows(std::span<const double> laws, std::size_t width);

SystemEntry system_entry_tabular_mdp();

}  // namespace pianola
