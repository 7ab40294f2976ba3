// A curve of costs over the levels of one disturbance: its area, how far it rises above the undisturbed cost, and
// whether it is a cliff.
//
//   area = rise + undisturbed cost:   the last is the price of the tokens, the rise that of the disturbance
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "pianola/base/statistics.hpp"
#include "pianola/theory/experiment.hpp"

namespace pianola {

/// In groups of runs with noise of their own.
struct DisturbanceCurve {
  std::vector<std::vector<double>> cost;  ///< [group][level], levels in order and of equal weight; 1: all is lost
  std::vector<double> left;               ///< [level], share of all runs
  std::size_t undisturbed = 0;            ///< the level at which nothing is disturbed

  [[nodiscard]] std::size_t levels() const { return left.size(); }
  [[nodiscard]] Estimate at(std::size_t level) const;
  /// Mean heights over the axis by trapezia, one a group.
  [[nodiscard]] std::vector<double> areas() const;
  /// Mean heights above the group's own undisturbed cost: what the disturbance alone costs. A scheme that loses all
  /// undisturbed has no room to rise. Exactly 0 where no level costs more or less.
  [[nodiscard]] std::vector<double> rises() const;
  /// The level of the largest mean cost, the first of equals.
  [[nodiscard]] std::size_t costliest() const;
  /// A quarter of the runs or more leave undisturbed: no rise or cliff says anything of such a scheme.
  [[nodiscard]] bool lost_as_it_is() const;
  /// Share of the rise from the undisturbed level to an end of the axis that comes between two neighbours: 1 over the
  /// steps between for a straight line, 1 for a cliff. The larger of two sides; NaN where none rises by more than 0.01,
  /// where the interval of the mean height above the undisturbed cost (of the axis, or of that side) reaches 0, and
  /// where the scheme is lost as it is.
  [[nodiscard]] double cliff() const;
};

/// Mean of the rises of `over` less `factor` times those of `under`, group by group: both saw the same noise.
Estimate rise_above(const DisturbanceCurve& over, const DisturbanceCurve& under, double factor = 1.0);

/// What a table says of a curve; `most_disturbed` and `left` are of the costliest level. a: the gain of a scalar plant,
/// else NaN. reference: the curve of kReferenceScheme under the same noise; `above_reference` is by how much this one
/// rises more, NaN where either is lost as it is.
Row disturbance_row(const std::string& plant, double a, const std::string& disturbance, const std::string& scheme,
                    const DisturbanceCurve& curve, const DisturbanceCurve& reference);

/// Rises of the curves of one plant, a row a scheme and a column a disturbance: "0.25 ± 0.01 [97 %]", in brackets a
/// cliff of more than half, or "lost as it is"; before them the cost undisturbed.
class DisturbanceTable {
 public:
  void add(const std::string& disturbance, const std::string& scheme, const DisturbanceCurve& curve);
  [[nodiscard]] Summary summary(const std::string& plant) const;

 private:
  std::vector<Row> rows_;  // in the order of first appearance
};

/// What a caption says of curves: whose rise is the least and whose the most, the raw expert's; who rises less and who
/// more than kReferenceScheme under the same noise, where the interval of the difference does not reach 0; and which
/// schemes fall off a cliff of more than half. Without those that are lost as they are, which it names. curves: of the
/// schemes.
std::string disturbance_caption(const DisturbanceCurve& raw,
                                const std::vector<std::pair<std::string, DisturbanceCurve>>& curves);

}  // namespace pianola
