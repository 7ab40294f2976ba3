#include "pianola/theory/trap_pictures.hpp"

#include <cmath>

#include "pianola/theory/experiment.hpp"
#include "pianola/theory/trap_lanes.hpp"

namespace pianola {

XyChart trap_portrait(const TrapConstants& c) {
  XyChart chart;
  chart.title = "Phase portrait of the trap, ε = " + epsilon_name(c.epsilon);
  chart.x = {.title = "x_h"};
  chart.y = {.title = "x_{h+1}"};
  chart.height = 420;
  chart.series = {"expert's map", "deployed learner's map", "trajectory from x_1 = 0.5", "x_{h+1} = x_h"};
  chart.curves = {"x_{h+1} = x_h"};
  const TrapTable table = trap_table(c);
  const auto learner = [&](double x) { return c.a * x + c.b * trap_token(table, x, std::atan(x)); };
  double before = learner(-0.2);
  for (int i = 0; i <= 1600; ++i) {
    const double x = -0.2 + 0.8 * i / 1600.0, y = learner(x);
    if (std::abs(y - before) > 0.01) chart.points.push_back({chart.series[1], x, std::nan("")});
    if (i % 8 == 0 || std::abs(y - before) > 0.01) chart.points.push_back({chart.series[1], x, y});
    if (i % 80 == 0) chart.points.push_back({chart.series[0], x, c.a * x + c.b * std::atan(x)});
    before = y;
  }
  for (const double x : {-0.2, 0.6}) chart.points.push_back({chart.series[3], x, x});
  double x = 0.5;
  for (int h = 0; h < 24; ++h) {
    const double next = learner(x);
    chart.points.push_back({chart.series[2], x, next});
    chart.points.push_back({chart.series[2], next, next});
    x = next;
  }
  return chart;
}

XyChart trap_trajectory(const TrapConstants& c) {
  XyChart chart;
  chart.title = "A trajectory being caught, ε = " + epsilon_name(c.epsilon);
  chart.x = {.title = "step"};
  chart.y = {.title = "state"};
  double expert = 1.0, learner = 1.0;
  const TrapTable table = trap_table(c);
  for (int h = 0; h < 40; ++h) {
    chart.points.push_back({"expert", static_cast<double>(h), expert});
    chart.points.push_back({"deployed learner", static_cast<double>(h), learner});
    expert = c.a * expert + c.b * std::atan(expert);
    learner = c.a * learner + c.b * trap_token(table, learner, std::atan(learner));
  }
  return chart;
}

}  // namespace pianola
