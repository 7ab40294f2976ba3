// Which numbers of an observation are no plain numbers: angles that are known modulo 2π, and the two coordinates of a
// point on the unit circle. What predicts observations (policies/learned_model.hpp) differs and moves along them:
//
//   angle   x' = wrap(x + Δ), Δ the short way from x to x'; seen as (cos x, sin x), which has no jump; wrap to the turn
//           that the data are written in (angle_turn.hpp)
//   circle  (a, b)' = ((a, b) + Δ) / ‖(a, b) + Δ‖
//
// An angle that a system never wraps (a joint with limits, a lean that ends the trajectory) is a plain number.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "pianola/systems/system.hpp"

namespace pianola {

struct ObservationGeometry {
  std::vector<std::size_t> angles;   ///< columns in radians, ascending
  std::vector<std::size_t> circles;  ///< first of two neighbouring columns each, ascending
  [[nodiscard]] bool plain() const { return angles.empty() && circles.empty(); }
  /// Numbers that observation_features() makes of an observation of so many.
  [[nodiscard]] std::size_t features(std::size_t dim) const { return dim + angles.size(); }
  bool operator==(const ObservationGeometry&) const = default;
};

/// A system implements it beside System where its observations are not all plain numbers.
class DeclaresGeometry {
 public:
  virtual ~DeclaresGeometry() = default;
  [[nodiscard]] virtual ObservationGeometry observation_geometry() const = 0;
};

/// What the system declares; plain where it declares nothing.
ObservationGeometry observation_geometry(const System& system);

/// `who` begins the error. @throws UsageError for a column outside [0, dim), twice named, or a circle without its
/// second column.
void check_geometry(const ObservationGeometry& geometry, std::size_t dim, const std::string& who);

/// out = to − from, angles the short way round. All [dim].
void observation_difference(const ObservationGeometry& geometry, std::span<const double> from,
                            std::span<const double> to, std::span<double> out);

/// state ← state moved by the increments; [dim] both. turns: [angles], the middles of their turns. A circle's point
/// that would lie at 0 keeps its place.
void move_observation(const ObservationGeometry& geometry, std::span<const double> turns,
                      std::span<const double> increments, std::span<double> state);

/// Middles of the angles' turns, [angles]. low, high: [dim], the data's range.
std::vector<double> angle_turns(const ObservationGeometry& geometry, std::span<const double> low,
                                std::span<const double> high);

/// ‖to − from‖, angles the short way round.
double observation_distance(const ObservationGeometry& geometry, std::span<const double> from,
                            std::span<const double> to);

/// What a network sees of an observation, [features(dim)]: plain numbers and circles as they are, an angle as its
/// cosine; the sines stand at the end.
void observation_features(const ObservationGeometry& geometry, std::span<const double> state, std::span<double> out);

}  // namespace pianola
