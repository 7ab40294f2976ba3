#include "pianola/theory/misspecified_models.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "pianola/report/charts.hpp"
#include "pianola/theory/sign_class.hpp"

namespace pianola {
namespace {

constexpr std::size_t kContexts = 4;
constexpr double kGap = 0.2;
constexpr double kFloor = 2.0 * kGap / static_cast<double>(kContexts);

/// A step; the first one is hidden, and paid to nobody.
Estimate a_step(const HiddenBranch& branch, const Estimate& wrong) {
  const Estimate paid = hidden_regret(branch, kGap, wrong);
  const auto steps = static_cast<double>(branch.horizon - 1);
  return {paid.value / steps, paid.low / steps, paid.high / steps, paid.n};
}

}  // namespace

void add_misspecified_models(ExperimentResult& result, const MisspecifiedModels& models) {
  const SignClass with_truth(kContexts, kGap), without(kContexts, kGap, Signs::tied);
  const HiddenBranch& exact_tokens = models.branches.front();
  XyChart chart;
  chart.title = "Models learned from a class that lacks the truth";
  chart.x = {.title = "demonstrations n of model contexts", .log = true, .log_base = 2.0};
  chart.y = {.title = "regret a step", .zero = true};
  chart.references = {{kFloor, "2Δ/d"}};
  Estimate has, lacks;
  for (const std::uint64_t n : {8U, 16U, 32U, 64U, 128U, 256U, 512U, 1024U}) {
    const NoiseKey key = models.key.child("data", n);
    has = mean_estimate(repeated_wrong(with_truth, n, models.repetitions, key));
    lacks = mean_estimate(repeated_wrong(without, n, models.repetitions, key));
    chart.points.push_back(chart_point("with the truth", static_cast<double>(n), a_step(exact_tokens, has)));
    chart.points.push_back(chart_point("without it", static_cast<double>(n), a_step(exact_tokens, lacks)));
  }
  double least = HUGE_VAL;
  for (const HiddenBranch& branch : models.branches) least = std::min(least, a_step(branch, lacks).low);
  auto& checks = result.checks;
  checks.push_back(control_at_least("control, a class of models without the truth, n = 1024: regret a step, all ε",
                                    exact(least), 0.99 * kFloor));
  checks.push_back(control_at_most("control, the same with exact tokens: regret a step, of a floor of 0.1",
                                   a_step(exact_tokens, lacks), 1.05 * kFloor));
  checks.push_back(check_at_most("the class of models with the truth, n = 1024, exact tokens: regret a step",
                                 a_step(exact_tokens, has), 0.01 * kFloor));
  result.pictures.push_back({trend_chart(chart),
                             "Demonstrations remove what the class with the truth pays, and of the other one all but "
                             "a floor, which narrower bins do not remove either."});
}

}  // namespace pianola
