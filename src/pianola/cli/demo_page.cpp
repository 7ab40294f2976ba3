#include "pianola/cli/demo_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pianola/cli/evaluation_page.hpp"
#include "pianola/cli/training_page.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola::cli {
namespace {

const ControllerResult& closed_loop(const DemoStory& story, const DemoReplay& row) {
  return story.replayed.controllers[row.controller];
}

/// Resolution, representatives, what is measured offline, and what the closed loop pays.
Table replay_table(const DemoStory& story) {
  Table table{{"levels", "representatives", "bits", "ε_sup", "ε_in", "return", "regret"}, {}, {}};
  table.numeric = {true, false, true, true, true, true, true};
  for (const DemoReplay& row : story.replays) {
    const ControllerResult& result = closed_loop(story, row);
    table.rows.push_back({std::to_string(row.bins), row.representatives, format_number(row.offline.bits_per_action, 3),
                          format_number(row.offline.epsilon_sup, 3), format_number(row.offline.epsilon_in.value, 3),
                          format_estimate(result.total_return), format_estimate(result.regret)});
  }
  return table;
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

std::string finding(const DemoStory& story) {
  const DemoReplay* best = cheapest_good(story);
  if (best == nullptr) return "No resolution tried here comes within 1 % of the expert's return.";
  return fmt::format(
      "{} levels with their representatives at the {} of the range ({:.1f} bits per action) already come within 1 % of "
      "the "
      "expert's return.",
      best->bins, best->representatives == "ends" ? "ends" : "centres of its bins", best->offline.bits_per_action);
}

Table stage_table(const DemoStory& story) {
  Table table{{"stage", "seconds"}, {}, {false, true}};
  for (const DemoStage& stage : story.stages) table.rows.push_back({stage.name, fmt::format("{:.1f}", stage.seconds)});
  return table;
}

nlohmann::ordered_json error_chart(const DemoStory& story) {
  XyChart chart;
  chart.title = "The offline error, for comparison";
  chart.x = {.title = "bits per action"};
  chart.y = {.title = "mean quantization error ε_in, action units", .log = true};
  chart.series_title = "representatives";
  for (const DemoReplay& row : story.replays) {
    chart.points.push_back(chart_point(row.representatives, row.offline.bits_per_action, row.offline.epsilon_in));
  }
  return trend_chart(chart);
}

}  // namespace

nlohmann::ordered_json return_chart(const DemoStory& story) {
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
  return trend_chart(chart);
}

std::string demo_text(const DemoStory& story) {
  return "the expert, quantized and played back in closed loop\n\n" + format_table(replay_table(story)) + "\n" +
         finding(story) + "\n\na policy learned from the tokens\n\n" + format_table(evaluation_table(story.learned));
}

Page demo_page(const DemoStory& story) {
  Page page("Pianola: from demonstrations to a closed loop",
            fmt::format("{}, {} steps, {} rollouts per controller, 95 % intervals", story.replayed.system,
                        story.replayed.horizon, story.replayed.rollouts));
  page.heading("1. What does quantizing cost the expert?");
  page.paragraph(
      "Before anything is learned, the expert itself plays through each quantizer: what it loses, every learner "
      "loses.");
  page.chart(return_chart(story), finding(story));
  page.chart(error_chart(story),
             "The offline error alone does not rank the schemes: compare it with the return above at equal bits.");
  page.table(replay_table(story), "ε_sup: largest error inside the range; ε_in: mean error on the demonstrations.");
  page.heading("2. Do the errors compound?");
  page.chart(deviation_chart(story.learned),
             "A line that levels off stays within a tube around the expert; the distance between a learned policy and "
             "“quantized” is what statistics cost beyond quantization.");
  page.heading("3. What does a learner make of the tokens?");
  page.chart(
      loss_chart(story.run),
      "Log-loss in nats per action; a held-out curve that rises again is memorisation, yet it does not rank policies: "
      "the table below does.");
  page.table(evaluation_table(story.learned),
             "The learned policy decoded three ways, and the quantized expert that it imitates. Regret is paired under "
             "shared noise.");
  page.heading("How this was made");
  page.table(stage_table(story));
  page.provenance(
      {{"command", story.command_line},
       {"pianola", PIANOLA_VERSION},
       {"training", fmt::format("{}: {:.0f} samples/s", story.training.chosen, story.training.samples_per_second)}});
  return page;
}

}  // namespace pianola::cli
