// A finite Markov decision process as tables:
//
//   x_1 ~ p_0,   x_{h+1} ~ P_h(· | x_h, a_h),   reward r_h(x_h, a_h),   x ∈ {0 … S−1}, a ∈ {0 … A−1}
//
// Each action has a value, which is what a plant is given (tabular_mdp.hpp). Tables may change with the step: stage i
// holds at step i, the last one for ever.
//
// The file is TOML:
//
//   format_version = 1
//   horizon = 50
//   actions = [0.0, 1.0]                     # values, ascending
//   initial = [0.5, 0.5]                     # [S]
//   reward = [[1.0, 0.0], [0.0, 1.0]]        # [S][A]
//   transition = [[[0.5, 0.5], [0.5, 0.5]],  # [S][A][S], rows sum to 1
//                 [[0.5, 0.5], [0.5, 0.5]]]
//   expert = [[1.0, 0.0], [0.0, 1.0]]        # [S][A], probabilities; left out: optimal for these tables
//
// or, in place of the last three, a list [[stage]] of tables with these three keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pianola {

struct MdpStage {
  std::vector<double> transition;  ///< [S × A × S]
  std::vector<double> reward;      ///< [S × A]
  std::vector<double> expert;      ///< [S × A] probabilities, or empty
};

struct MdpTables {
  std::size_t states = 0;
  std::vector<double> actions;  ///< [A], values, ascending
  std::vector<double> initial;  ///< [S]
  std::vector<MdpStage> stages;
  std::uint32_t horizon = 100;

  [[nodiscard]] const MdpStage& stage(std::uint32_t h) const {
    return stages[h < stages.size() ? h : stages.size() - 1];
  }
};

/// Largest numbers of states × actions × states × stages that are read.
inline constexpr std::size_t kMostMdpEntries = std::size_t{1} << 26;

/// `where` begins errors. @throws DataError naming the table, row and value if sizes differ, a number is not finite, a
/// row of probabilities is negative or does not sum to 1 (to 1e-9), actions do not ascend or are fewer than two.
void check_mdp(const MdpTables& tables, const std::string& where);

/// @throws DataError naming `where`, the line and the key; as check_mdp.
MdpTables parse_mdp(std::string_view toml, const std::string& where);
/// @throws DataError as parse_mdp, or if there is no such file.
MdpTables read_mdp(const std::string& path);

}  // namespace pianola
