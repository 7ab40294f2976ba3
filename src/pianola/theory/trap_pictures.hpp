// The trap of theory.md §6 drawn: its maps with a trajectory being caught, and the same over time.
#pragma once

#include "pianola/bounds/trap_constants.hpp"
#include "pianola/report/charts.hpp"

namespace pianola {

/// x_{h+1} against x_h: both maps, and the way of one trajectory between map and diagonal. For line_chart.
XyChart trap_portrait(const TrapConstants& constants);

/// States of expert and deployed learner from x_1 = 1 over 40 steps. For line_chart.
XyChart trap_trajectory(const TrapConstants& constants);

}  // namespace pianola
