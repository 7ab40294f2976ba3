// The trap's plant with its deployed learner, many initial states at once (docs/theory.md §6):
//
//   u_h = arctan(x_h),  ũ_h = q(u_h) from the table of x,  cost Σ_h |ũ_h − arctan(x_h)|,  x_{h+1} = A·x_h + B·ũ_h
//
// A pass of the whole loop over a block of lanes, arctan in vector registers (Highway). Differs: from systems/trap and
// quantizers/trap, which are the reference, by the rounding of arctan (3 ulp).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pianola/bounds/trap_constants.hpp"

namespace pianola {

/// A quantizer of arctan(x) as a table of x: the first interval [low, high] that holds x decides the token; elsewhere
/// arctan(x) + shift, or the bins' representative.
struct TrapTable {
  struct Interval {
    double low, high, token;
  };
  std::vector<Interval> intervals;  ///< at most 3
  double shift = 0.0;               ///< elsewhere
  double bin = 0.0;  ///< > 0: no table but bins of this width, an edge at 0, represented by their centres
};

/// The table of §6; widened by 10⁻⁹·ε as there.
TrapTable trap_table(const TrapConstants& constants);
/// §6's control: the three intervals removed.
TrapTable trap_without_intervals(const TrapConstants& constants);
/// Binning of half-width ε with an edge at 0.
TrapTable trap_bins(double epsilon);

/// The token played in state x, in which the expert plays u = arctan(x).
double trap_token(const TrapTable& table, double x, double u);

/// Totals over the horizon, per lane.
struct TrapTotals {
  std::span<double> feedback;   ///< Σ|ũ − arctan x| of ũ = q(π*(x)) in feedback; empty: not wanted
  std::span<double> augmented;  ///< the same of Algorithm 1 with the exact model; empty: not wanted
  std::span<double> observed;  ///< Σ|q(u) − u| along the expert: H times the in-distribution error; empty: not wanted
};

/// starts: [lanes] x_1. Cost: H arctans a lane for feedback, as many again for the other two together; no allocation.
void run_trap_lanes(const TrapConstants& plant, const TrapTable& table, std::uint64_t horizon,
                    std::span<const double> starts, const TrapTotals& totals);

/// The same, step by step with std::atan.
void run_trap_reference(const TrapConstants& plant, const TrapTable& table, std::uint64_t horizon,
                        std::span<const double> starts, const TrapTotals& totals);

}  // namespace pianola
