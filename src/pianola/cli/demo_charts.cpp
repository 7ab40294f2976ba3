#include "pianola/cli/demo_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/cli/evaluation_page.hpp"
#include "pianola/cli/training_page.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola::cli {
namespace {

const ControllerResult& closed_loop(const DemoStory& story, const DemoReplay& row) {
  return story.replayed.controllers[row.controller];
}

/// The replay of the fewest levels whose regret is at most 1 % of the expert's return, or null.
const DemoReplay* cheapest_good(const DemoStory& story) {
  const DemoReplay* best = nullptr;
  for (const DemoReplay& row : story.replays) {
    const bool good = closed_loop(story, row).regret.value <= 0.01 * std::abs(story.replayed.expert_return.value);
    if (good && (best == nullptr || row.bins < best->bins)) best = &row;
  }
  return best;
}

std::string cheapest_finding(const DemoStory& story) {
  const DemoReplay* best = cheapest_good(story);
  if (best == nullptr) return "No resolution tried here comes within 1 % of the expert's return.";
  return fmt::format(
      "{} levels with their representatives at the {} ({:.1f} bits per action) already come within 1 % of the expert's "
      "return.",
      best->bins, best->representatives == "ends" ? "ends of the range" : "centres of bins",
      best->offline.bits_per_action);
}

/// Two replays of the same, fewest levels: what the offline error says of them, and what the closed loop.
std::string misranking(const DemoStory& story) {
  if (story.replays.size() < 2) return "The closed loop decides: compare with the return above at equal bits.";
  const DemoReplay &a = story.replays[0], &b = story.replays[1];
  return fmt::format(
      "At {} levels the errors are {} ({}) and {} ({}), the regrets {} and {}: only the closed loop says what an error "
      "costs.",
      a.bins, format_number(a.offline.epsilon_in.value, 3), a.representatives,
      format_number(b.offline.epsilon_in.value, 3), b.representatives,
      format_number(closed_loop(story, a).regret.value, 3), format_number(closed_loop(story, b).regret.value, 3));
}

double last_finite(const std::vector<double>& values) {
  const auto found = std::find_if(values.rbegin(), values.rend(), [](double v) { return std::isfinite(v); });
  return found == values.rend() ? std::nan("") : *found;
}

}  // namespace

Picture return_picture(const DemoStory& story) {
  XyChart chart;
  chart.title = "Return of the quantized expert";
  chart.x = {.title = "bits per action"};
  chart.y = {.title = "return (interval: paired with the expert)"};
  chart.series_title = "representatives";
  const double expert = story.replayed.expert_return.value;
  for (const DemoReplay& row : story.replays) {
    // The interval of the paired difference: how far from the expert, not how far starts differ among themselves.
    const Estimate& regret = closed_loop(story, row).regret;
    chart.points.push_back({row.representatives, row.offline.bits_per_action, expert - regret.value,
                            expert - regret.high, expert - regret.low});
  }
  chart.references.push_back({expert, "expert"});
  return {trend_chart(chart), cheapest_finding(story)};
}

Picture error_picture(const DemoStory& story) {
  XyChart chart;
  chart.title = "The offline error, for comparison";
  chart.x = {.title = "bits per action"};
  chart.y = {.title = "mean quantization error ε_in, action units", .log = true};
  chart.series_title = "representatives";
  for (const DemoReplay& row : story.replays) {
    chart.points.push_back(chart_point(row.representatives, row.offline.bits_per_action, row.offline.epsilon_in));
  }
  return {trend_chart(chart), misranking(story)};
}

Picture coverage_picture(const DemoStory& story) {
  XyChart chart;
  chart.title = "How far perturbed demonstrations leave the path of clean ones";
  chart.x = {.title = "step"};
  chart.y = {.title = "mean distance of states", .zero = true};
  const auto distances = story.learners.size() < 2
                             ? std::vector<Estimate>()
                             : distance_by_step(story.learners[0].demonstrations, story.learners[1].demonstrations);
  double sum = 0.0;
  for (std::size_t h = 0; h < distances.size(); ++h) {
    chart.points.push_back(chart_point("perturbed", static_cast<double>(h), distances[h]));
    sum += distances[h].value;
  }
  const double mean = distances.empty() ? std::nan("") : sum / static_cast<double>(distances.size());
  return {line_chart(chart),
          fmt::format("From the same starts, the {} demonstrations with noise run {} beside the clean ones on average, "
                      "and show what the expert does there; clean ones show only the path itself.",
                      distances.empty() ? 0 : distances.front().n, format_number(mean, 2))};
}

Picture loss_picture(const DemoStory& story) {
  std::vector<LossCurve> curves;
  std::string held_out;
  for (const DemoLearner& learner : story.learners) {
    curves.push_back({demonstrations_of(learner), learner.run});
    const double nll = learner.training.validation_nll.value_or(std::nan(""));
    held_out +=
        fmt::format("{}{} nats per action ({})", held_out.empty() ? "" : " and ", format_number(nll, 2), learner.name);
  }
  return {loss_comparison(curves),
          fmt::format("Held-out demonstrations cost {} in the end: log-loss on demonstrations does not say which "
                      "policy plays well, the table below does.",
                      held_out)};
}

Picture deviation_picture(const DemoStory& story) {
  std::vector<std::string> labels(story.learned.controllers.size());
  std::string ends;
  const auto show = [&](std::size_t row, const std::string& label) {
    if (row >= labels.size()) return;
    labels[row] = label;
    ends += fmt::format("{}{} ({})", ends.empty() ? "" : ", ",
                        format_number(last_finite(story.learned.controllers[row].state_deviation_by_step), 2), label);
  };
  show(0, "quantized expert");
  for (const DemoLearner& learner : story.learners)
    show(learner.controller, "learned from " + demonstrations_of(learner));
  return {deviation_chart(story.learned, labels),
          "A line that levels off stays within a tube around the expert; distances at the last step: " + ends + "."};
}

std::string learning_finding(const DemoStory& story) {
  if (story.learners.size() < 2) return "";
  const DemoLearner &clean = story.learners[0], &perturbed = story.learners[1];
  const auto& rows = story.learned.controllers;
  const auto regret = [&](std::size_t row) { return format_plus_minus(rows[row].regret); };
  return fmt::format(
      "Of the expert's return of {}, the policy learned from clean demonstrations loses {}; learned from as many "
      "perturbed ones (σ = {} on {} of them, labels clean) it loses {}; the quantized expert that both imitate loses "
      "{}.",
      format_number(story.learned.expert_return.value), regret(clean.controller), format_number(perturbed.sigma),
      format_percent(1.0 - perturbed.clean_share), regret(perturbed.controller), regret(0));
}

}  // namespace pianola::cli
