// Kinds that the numbers of action dimensions suggest, each with its reason. Proposals are shown, never applied: four
// numbers of norm 1 may be something else than a quaternion.
//
//   binary        two different values in all rows           categorical   three to 16, all of them whole numbers
//   angle         steps of about ±2π (or ±360) where the wrapped step is small: the number wraps
//   rotation_vector  three numbers that step to the antipodal vector of nearly the same rotation
//   quaternion    four numbers of norm 1 in every row; their order only if names end in w
//   rotation_6d   six numbers, two orthonormal triples in every row
//
// Whether a gripper that takes 40 positions is meant as binary, or three angles as Euler angles, numbers do not tell.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "pianola/data/dataset.hpp"

namespace pianola {

struct KindProposal {
  std::size_t first = 0, width = 1;  ///< action dimensions
  std::string kind;                  ///< as --kinds takes it
  std::string reason;
};

/// Collects evidence, trajectory by trajectory. Memory: some 200 bytes a dimension.
class KindEvidence {
 public:
  explicit KindEvidence(std::size_t action_dim);
  /// actions: [T × action_dim] of one trajectory, finite.
  void add(std::span<const double> actions);
  /// In the order of dimensions, none twice. names: [action_dim] or empty.
  [[nodiscard]] std::vector<KindProposal> propose(std::span<const std::string> names) const;

 private:
  struct Dimension {
    std::vector<double> values;  // different ones, ascending, until there are too many
    bool many = false, whole = true;
    double low = 0.0, high = 0.0;
    std::size_t wraps = 0, wraps_degrees = 0, other_leaps = 0;
  };

  void add_value(Dimension& dimension, double x) const;
  void add_step(std::size_t d, double before, double now);
  void add_row(std::span<const double> row);
  void add_vectors(std::span<const double> before, std::span<const double> now);
  [[nodiscard]] bool varies(std::size_t first, std::size_t width) const;

  std::vector<Dimension> dimensions_;
  std::vector<double> quaternion_, orthonormal_;  // [dim], largest deviation of what begins here
  std::vector<std::size_t> antipodal_, apart_;    // [dim], leaps of three numbers: the same rotation, or another
  std::size_t rows_ = 0;
};

/// The kinds that this data suggest. Cost: one pass over the actions.
std::vector<KindProposal> propose_kinds(const ActionSource& actions, std::span<const std::string> names = {});

/// What declares them: "3-6=quaternion_xyzw,7=binary".
std::string kinds_text(std::span<const KindProposal> proposals);

}  // namespace pianola
