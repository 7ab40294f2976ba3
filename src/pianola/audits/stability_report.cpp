#include "pianola/audits/stability_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola {
namespace {

constexpr double kShown = 1e-12;          // of the largest gain: smaller ones are not drawn
constexpr std::size_t kFewestFresh = 72;  // 1 − 0.025^(1/n) ≤ kStatedDelta
constexpr double kRises = 2.0;            // a derivative's gains this much above the fitted ones are worth a note

constexpr const char* kSharedChoices =
    " The expert is stochastic, and the two runs of a pair share its noise: where that noise turns a small change of "
    "the state into another choice, the gain is the whole jump over the perturbation, the larger the smaller that is, "
    "and few pairs meet one.";

/// With as many digits as it takes to see on which side of 1 its limits lie.
std::string eta_text(const Estimate& eta) {
  constexpr int kMost = 10;
  int digits = 4;
  const auto hidden = [&](double limit) {
    return limit != 1.0 && format_number(limit, digits) == format_number(1.0, digits);
  };
  while (digits < kMost && (hidden(eta.low) || hidden(eta.high))) ++digits;
  return format_estimate(eta, digits);
}

/// Where the pairs do not determine it, from which to which.
std::string c_text(const GainFindings& found, int digits) {
  const std::string c = format_number(found.envelope.c, digits);
  return found.determined() ? c : fmt::format("{} to {}", format_number(*found.least_c, digits), c);
}

std::string loop_text(const LoopFindings& loop) {
  return fmt::format("{} (η = {}, C = {}{}, {})", stability_verdict(loop.found), eta_text(loop.found.eta),
                     c_text(loop.found, 4), loop.found.determined() ? "" : ", not determined",
                     to_text(loop.found.basis));
}

std::string undetermined(const GainFindings& found) {
  return fmt::format(
      "the envelope is not determined by these pairs, of which eighths give C from {} to {} at that η, more than a "
      "factor of {}",
      format_number(*found.least_c), format_number(found.envelope.c), format_number(GainFindings::kStatedSpread));
}

std::string unconfirmed(const GainFindings& found) {
  const Estimate& share = found.violations;
  const std::string seen =
      fmt::format("{} of {} fresh trajectories leave the envelope, ", format_percent(share.value), share.n);
  const std::string stated = format_percent(GainFindings::kStatedDelta);
  if (share.low > GainFindings::kStatedDelta) {
    return seen +
           fmt::format("at least {} (95 %) and more than the {} of the statement", format_percent(share.low), stated);
  }
  const char* const remedy = share.value > GainFindings::kStatedDelta ? ""
                             : share.n < kFewestFresh ? "; 72 without one are the fewest that show it (--perturbations)"
                                                      : "; more of them would tell (--perturbations)";
  return seen + fmt::format("up to {} (95 %) where the statement has at most {}{}", format_percent(share.high), stated,
                            remedy);
}

std::vector<std::string> loop_row(const std::string& name, const LoopFindings& loop) {
  return {name,
          c_text(loop.found, 3),
          eta_text(loop.found.eta),
          format_number(loop.found.gain_sum(), 3),
          format_number(loop.verified.max_form, 3),
          format_number(loop.found.radius, 3),
          fmt::format("{} of {}", loop.verified.beyond_envelope, loop.verified.trajectories),
          to_text(loop.found.basis)};
}

std::string magnitude_text(const LoopFindings& loop, std::size_t i) {
  if (i >= loop.fitted) return "derivative, not in the fit";
  if (i != loop.binding) return "impulses";
  return loop.found.basis == Basis::sampled ? "impulses, sets C" : "impulses, nearest to C";
}

void add_rows(Table& table, const std::string& name, const LoopFindings& loop) {
  table.rows.push_back(loop_row(name, loop));
  for (std::size_t i = 0; i < loop.magnitudes.size(); ++i) {
    double sum = 0.0;
    for (const double gain : loop.measured.by_magnitude[i]) sum += gain;
    table.rows.push_back({fmt::format("{}, {}", name, magnitude_text(loop, i)),
                          format_number(loop.by_magnitude[i].c, 3), format_number(loop.by_magnitude[i].eta),
                          format_number(sum, 3), "–", format_number(loop.magnitudes[i], 3), "–", "sampled"});
  }
}

/// Σ_j of the envelope over the smallest fitted impulses, and of the derivative's.
void add_magnitude_notes(const LoopFindings& loop, const std::string& name, std::vector<std::string>& notes) {
  if (loop.found.basis != Basis::sampled || loop.fitted == 0) return;
  notes.push_back(fmt::format("{}: impulses of {} set C; the gains speak of perturbations from {} to {}", name,
                              format_number(loop.magnitudes[loop.binding], 3),
                              format_number(loop.magnitudes[loop.fitted - 1], 3),
                              format_number(loop.magnitudes.front(), 3)));
  if (loop.by_magnitude.size() == loop.fitted) return;
  const GainEnvelope& derivative = loop.by_magnitude.back();
  if (derivative.sum <= kRises * loop.found.envelope.sum) return;
  notes.push_back(fmt::format(
      "{}: a derivative's gains (impulses of {}) are larger, C = {} and Σ C·η^j = {}: smaller perturbations "
      "are amplified more, and the bound does not speak of them",
      name, format_number(loop.magnitudes.back(), 3), format_number(derivative.c, 3),
      format_number(derivative.sum, 3)));
}

std::string end_note(const LoopFindings& loop, const std::string& name) {
  const std::string what = fmt::format("{}: on {} of {} fresh trajectories a perturbation ends one of the two runs",
                                       name, loop.verified.stopped, loop.verified.trajectories);
  if (loop.found.basis == Basis::sampled) {
    return what + " where the other goes on; they count as lost in δ, since no gain says what an end costs";
  }
  return what +
         " at the plant's limit, beyond which it is no longer linear: gains do not speak of that, and certificates "
         "count every step from which the limit can be reached as lost";
}

/// Σ_j of the gains where they are exact, else of their envelope.
double amplification(const LoopFindings& loop) {
  return loop.found.basis == Basis::sampled ? loop.found.envelope.sum : loop.found.gain_sum();
}

/// The pairs determine the envelope, and fresh ones confirm it.
bool stands(const LoopFindings& loop) {
  return loop.found.basis != Basis::sampled || (loop.found.determined() && loop.found.verified());
}

/// The loop amplifies errors less than the plant alone, by gains and by fresh perturbations.
bool saves(const LoopFindings& open, const LoopFindings& closed) {
  return amplification(closed) < amplification(open) && stands(closed) &&
         closed.verified.max_form <= open.verified.max_form;
}

}  // namespace

std::string stability_verdict(const GainFindings& found) {
  if (found.exponentially_stable()) return "exponentially stable";
  if (found.eta.high < 1.0) {
    std::string why;
    if (!found.determined()) why = undetermined(found);
    if (!found.verified()) why += (why.empty() ? "" : ", and ") + unconfirmed(found);
    return "not shown to be exponentially stable: η's limits are below 1, but " + why;
  }
  if (found.eta.low > 1.0) return "not stable: perturbations grow";
  return found.basis == Basis::sampled ? "not decided: η's limits lie on both sides of 1" : "not exponentially stable";
}

std::string stability_summary(const LoopFindings& open, const LoopFindings& closed) {
  std::string text =
      fmt::format("Under the expert's recorded actions the plant is {}; with the expert in the loop it is {}.",
                  loop_text(open), loop_text(closed));
  if (closed.shares_choices) text += kSharedChoices;
  const double without = amplification(open), within = amplification(closed);
  if (saves(open, closed)) {
    if (open.found.exponentially_stable()) return text;
    return text + fmt::format(
                      " Feedback saves: over the horizon an error of the action is amplified {} times in the loop, "
                      "{} times without.",
                      format_number(within, 3), format_number(without, 3));
  }
  if (gains_tell_of_feedback(open, closed)) {
    return text + fmt::format(
                      " The plant forgets errors by itself: over the horizon an error of the action is amplified {} "
                      "times without feedback, {} times in the loop.",
                      format_number(without, 3), format_number(within, 3));
  }
  return text + fmt::format(
                    " These gains of the state do not tell what feedback saves: over the horizon an error of the "
                    "action is amplified {} times in the loop, {} times without, and fresh perturbations move the "
                    "state by at most {} times their size in the loop, {} times without.",
                    format_number(within, 3), format_number(without, 3), format_number(closed.verified.max_form, 3),
                    format_number(open.verified.max_form, 3));
}

bool gains_tell_of_feedback(const LoopFindings& open, const LoopFindings& closed) {
  return saves(open, closed) || (open.found.exponentially_stable() && stands(closed));
}

std::string feedback_in_return(const std::optional<FeedbackFindings>& measured, bool gains_tell) {
  if (!measured) {
    return gains_tell ? ""
                      : " In return it is the regret of m = 1 against that of ∞, which audit --controller augmented "
                        "measures.";
  }
  const Estimate& saved = measured->saves;
  const char* const says = saved.low > 0.0    ? "feedback saves return"
                           : saved.high < 0.0 ? "feedback costs more"
                                              : "which of them costs less is not told";
  return fmt::format(" In return: regret {} with feedback (m = 1), {} without (m = ∞), a paired difference of {}: {}.",
                     format_estimate(measured->feedback), format_estimate(measured->without), format_estimate(saved),
                     says);
}

Table stability_table(const LoopFindings& open, const LoopFindings& closed) {
  Table table{{"loop", "C", "η", "Σ gains", "largest max-form gain", "size, at most", "beyond the bound", "basis"},
              {},
              {false, true, true, true, true, true, true, false}};
  add_rows(table, "open", open);
  add_rows(table, "closed", closed);
  return table;
}

std::vector<std::string> stability_notes(const LoopFindings& loop, const std::string& name) {
  std::vector<std::string> notes;
  const std::size_t n = loop.verified.trajectories;
  if (loop.found.basis == Basis::sampled) {
    notes.push_back(fmt::format(
        "{}: gains are the largest seen, lower estimates of a supremum; perturbations up to d = {}; the bound holds on "
        "at least {} of trajectories (1 − δ, 95 %)",
        name, format_number(loop.found.radius), format_percent(1.0 - loop.found.delta)));
  } else if (loop.verified.beyond_gains > 0) {
    notes.push_back(
        fmt::format("{}: {} of {} fresh trajectories lie beyond gains that are exact for a linear "
                    "plant: this one does not behave as its A and B say",
                    name, loop.verified.beyond_gains, n));
  }
  add_magnitude_notes(loop, name, notes);
  if (loop.measured.diverged > 0) {
    notes.push_back(fmt::format("{}: {} of {} impulses made a trajectory diverge", name, loop.measured.diverged,
                                loop.measured.pairs));
  }
  if (loop.verified.stopped > 0) notes.push_back(end_note(loop, name));
  return notes;
}

AuditPicture gain_picture(const LoopFindings& loop, const std::string& title) {
  XyChart chart;
  chart.title = title;
  chart.x = {.title = "lag, steps"};
  chart.y = {.title = "gain, state / action", .log = true};
  chart.series_title = "gain";
  const std::string exact = loop.found.basis == Basis::sampled ? "" : "exact", envelope = "C·η^lag";
  chart.curves = {envelope};
  double largest = 0.0;
  for (const double gain : loop.found.gains) largest = std::isfinite(gain) ? std::max(largest, gain) : largest;
  const double least = kShown * largest;
  const std::size_t stride = std::max<std::size_t>(1, loop.found.gains.size() / 400);
  for (std::size_t j = 0; j < loop.found.gains.size(); j += stride) {
    const auto lag = static_cast<double>(j);
    const auto add = [&](const std::string& series, double gain) {
      if (gain > least && std::isfinite(gain)) chart.points.push_back({.series = series, .x = lag, .y = gain});
    };
    add("measured", loop.measured.gains[j]);
    if (!exact.empty()) add(exact, loop.found.gains[j]);
    add(envelope, loop.found.envelope.c * std::pow(loop.found.envelope.eta, lag));
  }
  return {line_chart(chart),
          "A falling line: what a wrong action does to the state is forgotten. A rising one: it grows."};
}

}  // namespace pianola
