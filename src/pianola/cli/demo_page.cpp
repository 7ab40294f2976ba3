#include "pianola/cli/demo_page.hpp"

#include <fmt/format.h>

#include "pianola/cli/demo_charts.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/report/wrapped_text.hpp"

namespace pianola::cli {
namespace {

/// Resolution, representatives, what is measured offline, and what the closed loop pays.
Table replay_table(const DemoStory& story) {
  Table table{{"levels", "representatives", "bits", "ε_sup", "ε_in", "return", "regret"}, {}, {}};
  table.numeric = {true, false, true, true, true, true, true};
  for (const DemoReplay& row : story.replays) {
    const ControllerResult& result = story.replayed.controllers[row.controller];
    table.rows.push_back({std::to_string(row.bins), row.representatives, format_number(row.offline.bits_per_action, 3),
                          format_number(row.offline.epsilon_sup, 3), format_number(row.offline.epsilon_in.value, 3),
                          format_plus_minus(result.total_return), format_plus_minus(result.regret)});
  }
  return table;
}

/// What either kind of demonstrations is.
Table demonstrations_table(const DemoStory& story) {
  Table table{{"demonstrations", "σ", "perturbed", "steps", "return", "ended early"}, {}, {}};
  table.numeric = {false, true, true, true, true, true};
  for (const DemoLearner& learner : story.learners) {
    const Collection& collected = learner.collected;
    table.rows.push_back({demonstrations_of(learner), format_number(learner.sigma),
                          format_percent(1.0 - learner.clean_share),
                          format_number(static_cast<double>(collected.steps), 6),
                          format_plus_minus(collected.total_return), format_percent(collected.terminated_fraction)});
  }
  return table;
}

/// The expert, the quantized expert, and the learners decoded in all ways.
Table learner_table(const DemoStory& story) {
  Table table{{"controller", "learned from", "return", "regret", "ended early"}, {}, {}};
  table.numeric = {false, false, true, true, true};
  table.rows.push_back({"expert", "", format_plus_minus(story.learned.expert_return), "", ""});
  std::string source;
  for (std::size_t i = 0; i < story.learned.controllers.size(); ++i) {
    const ControllerResult& row = story.learned.controllers[i];
    for (const DemoLearner& learner : story.learners) {
      if (learner.controller == i && i > 0) source = demonstrations_of(learner);
    }
    table.rows.push_back({row.name, source, format_plus_minus(row.total_return), format_plus_minus(row.regret),
                          format_percent(row.terminated_fraction)});
  }
  return table;
}

Table stage_table(const DemoStory& story) {
  Table table{{"stage", "seconds"}, {}, {false, true}};
  for (const DemoStage& stage : story.stages) table.rows.push_back({stage.name, fmt::format("{:.1f}", stage.seconds)});
  return table;
}

std::string learned_levels(const DemoStory& story) {
  return fmt::format("{} levels, representatives at the ends of the range", story.learned_bins);
}

void add_picture(Page& page, const Picture& picture) { page.chart(picture.chart, picture.finding); }

void add_quantizing(Page& page, const DemoStory& story) {
  page.heading("1. What does quantizing cost the expert?");
  page.paragraph(
      "Before anything is learned, the expert itself plays through each quantizer: what it loses, every learner "
      "loses.");
  add_picture(page, return_picture(story));
  add_picture(page, error_picture(story));
  page.table(
      replay_table(story),
      "ε_sup: largest error inside the range; ε_in: mean error on the demonstrations, above ε_sup where the expert "
      "asks for more than the range gives; regret: paired with the expert under shared noise, and below 0 where "
      "levels help, for the expert is not optimal; ± is half of the 95 % interval.");
}

void add_learning(Page& page, const DemoStory& story) {
  page.heading("2. What do demonstrations show?");
  page.paragraph(
      "Of one kind, the expert's actions are executed as they are. Of the other, noise is added to what is executed, "
      "while the label stays what the expert would do: it shows how to recover.");
  page.table(demonstrations_table(story), "σ: of the noise, action units; perturbed: how many of them have it.");
  add_picture(page, coverage_picture(story));
  page.heading("3. What do learners make of the tokens?");
  page.paragraph("Two policies, alike but for their demonstrations, learn the tokens of " + learned_levels(story) +
                 ", by log-loss.");
  add_picture(page, loss_picture(story));
  page.table(
      learner_table(story),
      "Each policy decoded three ways (feedback alone samples its tokens), beside the quantized expert that both "
      "imitate.");
  page.paragraph(learning_finding(story));
  page.heading("4. Do errors compound?");
  add_picture(page, deviation_picture(story));
}

}  // namespace

std::string demonstrations_of(const DemoLearner& learner) {
  return fmt::format("{} {}", learner.collected.trajectories, learner.name);
}

std::string demo_text(const DemoStory& story) {
  return "the expert, quantized and played back in closed loop; ± is half of the 95 % interval\n"
         "ε_sup: largest error inside the range; ε_in: mean error, demands beyond the range included\n\n" +
         format_table(replay_table(story)) + "\n" + wrapped(return_picture(story).finding) +
         "\npolicies learned from tokens: " + learned_levels(story) + "\n\n" + format_table(learner_table(story));
}

std::string demo_summary(const DemoStory& story) {
  const auto& rows = story.learned.controllers;
  std::string text = fmt::format("found: mean return {:.1f} of the expert, {:.1f} quantized to {} levels;\n      ",
                                 story.learned.expert_return.value, rows[0].total_return.value, story.learned_bins);
  for (std::size_t i = 0; i < story.learners.size(); ++i) {
    const DemoLearner& learner = story.learners[i];
    text += fmt::format("{} {:.1f} learned from {} demonstrations", i == 0 ? "" : ",",
                        rows[learner.controller].total_return.value, demonstrations_of(learner));
  }
  return text + "\n";
}

Page demo_page(const DemoStory& story) {
  Page page("Pianola: from demonstrations to a closed loop",
            fmt::format("{}, {} steps, {} rollouts per controller, 95 % intervals", story.replayed.system,
                        story.replayed.horizon, story.replayed.rollouts));
  add_quantizing(page, story);
  add_learning(page, story);
  page.heading("How this was made");
  page.table(stage_table(story));
  std::vector<std::pair<std::string, std::string>> rows{{"command", story.command_line}, {"pianola", PIANOLA_VERSION}};
  for (const DemoLearner& learner : story.learners) {
    rows.emplace_back("learned from " + demonstrations_of(learner),
                      fmt::format("{} steps at {:.0f} samples/s, weights {}", learner.training.steps,
                                  learner.training.samples_per_second, learner.training.chosen));
  }
  page.provenance(rows);
  return page;
}

}  // namespace pianola::cli
