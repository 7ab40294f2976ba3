#include "pianola/cli/advise_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "pianola/audits/advice_choice.hpp"
#include "pianola/audits/advice_opening.hpp"
#include "pianola/audits/advice_resync.hpp"
#include "pianola/audits/certification.hpp"
#include "pianola/base/json.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/histogram_chart.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/report/wrapped_text.hpp"

namespace pianola::cli {
namespace {

constexpr std::size_t kShownInText = 12, kDrawnDimensions = 12, kLeastForInterval = 4;

std::string subject(const AdvisedCase& advised) {
  return fmt::format("{} ({} trajectories) on {}, {} steps, {} rollouts of at most {}", advised.dataset,
                     advised.advice.profile.trajectories, advised.system, advised.advice.horizon,
                     advised.advice.rollouts, advised.advice.budget);
}

std::string bound_text(const AdviceCandidate& candidate) {
  const CertificateFinding* const least = smallest_covering(candidate.certificates);
  if (least == nullptr) return "–";
  return least->vacuous ? "vacuous" : format_number(least->value, 3);
}

std::string played(const AdviceCandidate& c) {
  if (c.controller == "quantized") return c.quantizer.spec;
  const std::string how = c.chunk > 1 ? fmt::format("{}, chunks of {}", c.controller, c.chunk) : c.controller;
  return fmt::format("{} by {}", c.quantizer.spec, how);
}

/// What of the error counts: that which the plant does not clip.
const Estimate& error_of(const AdviceCandidate& c) { return c.executed_error.n > 0 ? c.executed_error : c.epsilon_in; }

Table candidates_table(const Advice& advice, std::size_t most) {
  Table table{{"quantizer", "bits", "error", "lasting", "bound", "regret", "above least", "rollouts", "ended"},
              {},
              {false, true, true, true, true, true, true, true, true}};
  for (std::size_t i = 0; i < std::min(most, advice.candidates.size()); ++i) {
    const AdviceCandidate& c = advice.candidates[i];
    table.rows.push_back({played(c), format_number(c.bits, 3), format_number(error_of(c).value, 3),
                          format_number(c.persistent_error.n > 0 ? c.persistent_error.value : std::nan(""), 3),
                          bound_text(c), format_plus_minus(c.regret),
                          c.judged ? format_plus_minus(c.above_least, 3) : "–", fmt::format("{}", c.regrets.size()),
                          fmt::format("{}", c.ended)});
  }
  return table;
}

Table levers_table(const Advice& advice) {
  Table table{{"lever", "from", "to", "regret from", "regret to", "gain", "verdict"},
              {},
              {false, false, false, true, true, true, false}};
  for (const Lever& lever : advice.levers) {
    table.rows.push_back({lever.name, lever.from, lever.to, format_number(lever.from_regret.value),
                          format_number(lever.to_regret.value), format_estimate(lever.gain), to_text(lever.verdict)});
  }
  return table;
}

Table learners_table(const Advice& advice) {
  Table table{{"policy", "quantizer", "played by", "trajectories", "regret", "from quantizing", "from learning"},
              {},
              {false, false, false, true, true, true, true}};
  for (const AdviceLearner& learner : advice.learners) {
    table.rows.push_back({learner.name + (learner.noise_injected ? " (noise-injected)" : ""), learner.quantizer,
                          learner.controller, learner.trajectories == 0 ? "–" : fmt::format("{}", learner.trajectories),
                          format_plus_minus(learner.total), format_plus_minus(learner.quantization),
                          format_plus_minus(learner.statistical)});
  }
  return table;
}

// ---------------------------------------------------------------------------------------------------- pictures

/// Two or three rollouts have an interval that is wider than any picture: their mean stands alone.
ChartPoint drawn(const std::string& series, double x, const Estimate& regret) {
  if (regret.n >= kLeastForInterval) return chart_point(series, x, regret);
  return {.series = series, .x = x, .y = regret.value};
}

nlohmann::ordered_json regret_chart(const Advice& advice) {
  XyChart chart;
  chart.title = "Regret against bits an action";
  chart.x = {.title = "bits an action", .zero = true};
  chart.y = {.title = "regret, total over the horizon"};
  chart.series_title = "scheme";
  for (const AdviceCandidate& c : advice.candidates) {
    if (!c.plain() || !std::isfinite(c.regret.value)) continue;
    chart.points.push_back(drawn(c.quantizer.family, c.bits, c.regret));
  }
  chart.references.push_back({advice.tolerated, "tolerated"});
  return point_chart(chart);
}

/// One offline number against what the loop pays.
nlohmann::ordered_json error_chart(const Advice& advice, const std::string& title, Estimate AdviceCandidate::*error) {
  XyChart chart;
  chart.title = title;
  chart.x = {.title = "action units", .zero = true};
  chart.y = {.title = "regret, total over the horizon"};
  chart.series_title = "scheme";
  for (const AdviceCandidate& c : advice.candidates) {
    if (!c.plain() || !std::isfinite(c.regret.value) || (c.*error).n == 0) continue;
    chart.points.push_back(drawn(c.quantizer.family, (c.*error).value, c.regret));
  }
  return point_chart(chart);
}

nlohmann::ordered_json levers_chart(const Advice& advice) {
  BarChart chart;
  chart.title = "What each lever brings";
  chart.value_title = "gain in return, paired";
  chart.series_title = "verdict";
  std::map<std::string, std::size_t> seen;
  for (const Lever& lever : advice.levers) {
    if (lever.gain.n < 2) continue;
    const std::size_t number = ++seen[lever.name];
    chart.bars.push_back({lever.name + (number > 1 ? fmt::format(" ({})", number) : ""), to_text(lever.verdict),
                          lever.gain.value, lever.gain.low, lever.gain.high});
  }
  return bar_chart(chart);
}

nlohmann::ordered_json actions_chart(const Advice& advice) {
  const ActionProfile& profile = advice.profile;
  std::vector<HistogramPanel> panels;
  for (std::size_t d = 0; d < std::min(profile.dim, kDrawnDimensions); ++d) {
    HistogramPanel panel;
    panel.name = fmt::format("{}: {} on bounds", d, format_percent(profile.saturated[d], 2));
    panel.low = profile.range.low[d];
    panel.width = (profile.range.high[d] - profile.range.low[d]) / static_cast<double>(kProfileBins);
    panel.counts = profile.histogram[d];
    panels.push_back(std::move(panel));
  }
  return histogram_chart("Where the actions lie in their range", panels, 3);
}

nlohmann::ordered_json learners_chart(const Advice& advice) {
  BarChart chart;
  chart.title = "What quantizing and learning cost";
  chart.value_title = "regret";
  chart.series_title = "term";
  for (const AdviceLearner& learner : advice.learners) {
    const std::string name = fmt::format("{}, {}", learner.name, learner.controller);
    chart.bars.push_back(
        {name, "quantizing", learner.quantization.value, learner.quantization.low, learner.quantization.high});
    chart.bars.push_back(
        {name, "learning", learner.statistical.value, learner.statistical.low, learner.statistical.high});
  }
  return bar_chart(chart);
}

void add_pictures(Page& page, const Advice& advice) {
  page.heading("What was tried");
  page.chart(regret_chart(advice),
             "Left and low is good: few bits, little regret. Points without an interval had two or three rollouts.");
  page.table(
      candidates_table(advice, advice.candidates.size()),
      "The recommended one first, then those as good by the rule, by bits. Above least: paired difference to the least "
      "regret, over the rollouts that all judged ones have; without one a row was not judged. Error: mean along the "
      "expert of what the plant does not clip, "
      "action units; lasting: what of it does not cancel within about twenty steps. "
      "Bound: the smallest certificate or estimate that covers the controller. Ended: rollouts that ended early "
      "or diverged.");
  page.heading("Why");
  if (advice.profile.bounded) {
    page.chart(actions_chart(advice), "Bars at the ends are actions that saturate: middles of bins cannot reach them.");
  }
  page.chart(error_chart(advice, "Regret against the mean error on the data", &AdviceCandidate::epsilon_in),
             "Where points do not rise from left to right, the mean error misranks schemes.");
  page.chart(
      error_chart(advice, "Regret against the lasting error along the expert", &AdviceCandidate::persistent_error),
      "What lasts is what a loop adds up: errors that change their sign cancel, those of one sign stay.");
  if (!advice.levers.empty()) {
    page.chart(levers_chart(advice), "One thing changed at a time; the interval says whether it made a difference.");
    page.table(levers_table(advice), "Paired under shared noise.");
  }
}

// ---------------------------------------------------------------------------------------------------- JSON

using Json = nlohmann::ordered_json;
using pianola::to_json;

Json to_json(const AdviceCandidate& c) {
  Json certificates = Json::object();
  for (const char* form : {"feedback", "augmented", "closed_loop"}) certificates[form] = nullptr;
  for (const CertificateFinding& one : c.certificates) certificates[one.form] = pianola::to_json(one);
  Json row = {{"quantizer", c.quantizer.spec},
              {"family", c.quantizer.family},
              {"controller", c.controller},
              {"chunk", c.chunk},
              {"bits_per_action", number_or_null(c.bits)}};
  put_number(row, "epsilon_sup", c.epsilon_sup);
  row["epsilon_in"] = pianola::to_json(c.epsilon_in);
  row["executed_error"] = pianola::to_json(c.executed_error);
  row["persistent_error"] = pianola::to_json(c.persistent_error);
  row["return"] = pianola::to_json(c.total_return);
  row["regret"] = pianola::to_json(c.regret);
  row["above_least"] = c.judged ? pianola::to_json(c.above_least) : Json(nullptr);
  row["judged"] = c.judged;
  row["as_good_as_best"] = c.as_good;
  row["rollouts"] = c.regrets.size();
  row["ended"] = c.ended;
  row["certificates"] = certificates;
  return row;
}

Json to_json(const Lever& lever) {
  return {{"name", lever.name},
          {"from", lever.from},
          {"to", lever.to},
          {"from_regret", pianola::to_json(lever.from_regret)},
          {"to_regret", pianola::to_json(lever.to_regret)},
          {"gain", pianola::to_json(lever.gain)},
          {"verdict", to_text(lever.verdict)}};
}

Json to_json(const AdviceLearner& learner) {
  return {{"name", learner.name},
          {"quantizer", learner.quantizer.empty() ? Json(nullptr) : Json(learner.quantizer)},
          {"controller", learner.controller},
          {"trajectories", learner.trajectories == 0 ? Json(nullptr) : Json(learner.trajectories)},
          {"noise_injected", learner.noise_injected},
          {"steps", learner.steps == 0 ? Json(nullptr) : Json(learner.steps)},
          {"validation_nll", learner.validation_nll ? number_or_null(*learner.validation_nll) : Json(nullptr)},
          {"return", pianola::to_json(learner.total_return)},
          {"total", pianola::to_json(learner.total)},
          {"quantization", pianola::to_json(learner.quantization)},
          {"statistical", pianola::to_json(learner.statistical)}};
}

Json rate_json(const Advice& advice) {
  if (!advice.rate) return nullptr;
  return {{"necessary_bits_per_step", number_or_null(advice.rate->bits)},
          {"unstable_moduli", advice.rate->unstable},
          {"basis", advice.rate->basis == Basis::exact ? "exact" : "linearised"},
          {"about", advice.rate->about.empty() ? Json(nullptr) : Json(advice.rate->about)},
          {"largest_modulus", advice.growth ? number_or_null(*advice.growth) : Json(nullptr)},
          {"initial_states",
           {{"low", advice.starts.low}, {"high", advice.starts.high}, {"n", advice.starts.trajectories}}}};
}

template <class Range>
Json rows_of(const Range& range) {
  Json rows = Json::array();
  for (const auto& one : range) rows.push_back(to_json(one));
  return rows;
}

Json resync_json(const Advice& advice) {
  const ResyncSweep sweep = played_resync(advice);
  if (sweep.rows.empty()) return nullptr;
  const auto every = [](const ResyncRow& row) { return row.every == 0 ? Json(nullptr) : Json(row.every); };
  Json rows = Json::array(), as_good = Json::array();
  for (const ResyncRow& row : sweep.rows) {
    rows.push_back({{"resync_every", every(row)},
                    {"regret", pianola::to_json(row.regret)},
                    {"above_best", pianola::to_json(row.above_best)},
                    {"as_good_as_best", row.as_good}});
    if (row.as_good) as_good.push_back(every(row));
  }
  return {{"recommended_resync_every", every(sweep.rows[sweep.best])}, {"as_good", as_good}, {"rows", rows}};
}

Json best_json(const Advice& advice) {
  Json rows = Json::array();
  for (const BestResolution& best : advice.best_resolutions) {
    rows.push_back({{"trajectories", best.trajectories},
                    {"quantizer", best.quantizer},
                    {"controller", best.controller},
                    {"bits_per_action", number_or_null(best.bits)},
                    {"total", pianola::to_json(best.total)},
                    {"above_least", pianola::to_json(best.above_least)},
                    {"quantizers", best.quantizers}});
  }
  return rows;
}

}  // namespace

nlohmann::ordered_json advice_json(const AdvisedCase& advised) {
  const Advice& advice = advised.advice;
  const ActionProfile& profile = advice.profile;
  const BestResolution* const learned = advice.learned();
  return {{"dataset", advised.dataset},
          {"system", advised.system},
          {"expert", advised.expert},
          {"horizon", advice.horizon},
          {"rollouts", advice.rollouts},
          {"rollout_budget", advice.budget},
          {"expert_return", pianola::to_json(advice.expert_return)},
          {"tolerated_regret", number_or_null(advice.tolerated)},
          {"margin", number_or_null(advice.slack)},
          {"recommendation", advice.use()},
          {"recommended_by", advice.learned() != nullptr ? "learned policies" : "replay"},
          {"replay_recommendation", advice.recommended().quantizer.spec},
          {"bits_per_action", number_or_null(advice.use_bits())},
          {"opening", opening_of(advice)},
          {"rule", rule_text(advice)},
          {"judged_rollouts", advice.judged_rollouts},
          {"provisional", advice.provisional},
          {"least_regret", advice.least},
          {"below_necessary_rate", advice.below_necessary_rate()},
          {"return", pianola::to_json(learned != nullptr ? learned->total_return : advice.recommended().total_return)},
          {"regret", pianola::to_json(learned != nullptr ? learned->total : advice.recommended().regret)},
          {"deploy", advice.deploy},
          {"lever", advice.lever},
          {"reasons", advice.reasons},
          {"levers", rows_of(advice.levers)},
          {"saturation",
           {{"bounded", profile.bounded},
            {"fraction", profile.saturated_fraction()},
            {"per_dimension", profile.saturated},
            {"beyond_per_dimension", profile.beyond}}},
          {"resync", resync_json(advice)},
          {"rate", rate_json(advice)},
          {"learners", rows_of(advice.learners)},
          {"best_resolutions", best_json(advice)},
          {"candidates", rows_of(advice.candidates)},
          {"unplayed", advice.unplayed},
          {"notes", advice.notes}};
}

std::string advice_text(const AdvisedCase& advised) {
  const Advice& advice = advised.advice;
  std::string text;
  for (const std::string& line : opening_of(advice)) text += wrapped(line, {.indent = 2});
  text += "\n" + wrapped(subject(advised)) + "\n";
  for (const std::string& reason : advice.reasons) text += wrapped("- " + reason, {.indent = 2});
  text += "\n" + format_table(candidates_table(advice, kShownInText)) + "\n";
  if (advice.candidates.size() > kShownInText) {
    text += fmt::format("… and {} more (--json, --report)\n", advice.candidates.size() - kShownInText);
  }
  if (!advice.learners.empty()) text += "\n" + format_table(learners_table(advice)) + "\n";
  for (const std::string& note : advice.notes) text += wrapped("note: " + note, {.indent = 2});
  return text;
}

Page advice_page(const AdvisedCase& advised, const std::string& command_line) {
  const Advice& advice = advised.advice;
  Page page("Advice: " + advice.use(), subject(advised));
  page.sentences(opening_of(advice));
  page.heading("In detail");
  page.sentences(advice.reasons);
  add_pictures(page, advice);
  if (!advice.learners.empty()) {
    page.heading("What is learned");
    page.chart(learners_chart(advice), "The longer bar of a policy is what to work on.");
    page.table(learners_table(advice), "Paired under shared noise; the two terms add up to the regret.");
  }
  page.sentences(advice.notes, "Note: ");
  page.provenance({{"command", command_line}, {"pianola", PIANOLA_VERSION}});
  return page;
}

}  // namespace pianola::cli
