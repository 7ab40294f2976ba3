// Audit: the quantization error along the expert's own trajectories, and the error of what the audited controller
// decides there.
//
//   e_h = ‖q(u_h) − u_h‖,   ε_in = E[(1/T) Σ_h e_h],   ε_sup as the scheme claims it, and the largest e_h seen
//
// The two differ once a policy was learned: its decoded action is off by its own mistakes as well, and the loop pays
// for that one. Both are in-distribution numbers; what the loop makes of them the decomposition says.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "pianola/audits/actuator_range.hpp"
#include "pianola/audits/audit.hpp"
#include "pianola/audits/expert_pass.hpp"
#include "pianola/audits/loop_tube.hpp"
#include "pianola/audits/persistent_error.hpp"
#include "pianola/audits/quantization_error.hpp"
#include "pianola/base/json.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kWorst = 5;

/// Outermost levels of a dimension, ∞ where they reach the end of the range; NaN where nothing is known of them.
struct Reach {
  double low = std::nan(""), high = std::nan("");
};

/// Levels at the middle of the outermost bins cannot reach what a saturated actuator is asked for.
std::vector<Reach> reach_of(const Quantizer& quantizer, std::size_t dim) {
  std::vector<Reach> reach(dim);
  const auto range = clipping_range(quantizer);
  if (!range) return reach;
  for (std::size_t d = 0; d < dim; ++d) {
    const auto levels = quantizer.levels(d);
    const auto [low, high] = std::minmax_element(levels.begin(), levels.end());
    const double slack = 1e-6 * (range->high[d] - range->low[d]);
    reach[d].low = static_cast<double>(*low) > range->low[d] + slack ? static_cast<double>(*low) : -HUGE_VAL;
    reach[d].high = static_cast<double>(*high) < range->high[d] - slack ? static_cast<double>(*high) : HUGE_VAL;
  }
  return reach;
}

/// What is kept of all trajectories.
class ErrorTally {
 public:
  /// actuators: where the plant clips; nothing: nowhere.
  ErrorTally(const Quantizer* quantizer, std::size_t dim, std::optional<ActionRange> actuators)
      : quantizer_(quantizer),
        dim_(dim),
        linear_(quantizer != nullptr && quantizer->representation() == nullptr),
        actuators_(std::move(actuators)) {
    magnitude_.resize(dim), bias_.resize(dim);
    if (quantizer_ != nullptr) reach_ = reach_of(*quantizer_, dim);
  }

  void add(const ExpertTrajectory& t) {
    if (quantizer_ != nullptr && !t.quantized.empty()) add_quantized(t);
    if (!t.shadow.empty()) add_shadow(t);
    ++trajectories_;
  }

  RunningMean epsilon_in, controller_error, executed, persistent;
  std::vector<RunningMean> by_step, controller_by_step;
  std::vector<TrajectoryError> worst;
  double largest = 0.0, controller_largest = 0.0, executed_largest = 0.0;

  [[nodiscard]] double magnitude(std::size_t d) const { return magnitude_[d] / values(); }
  [[nodiscard]] double bias(std::size_t d) const { return bias_[d] / values(); }
  [[nodiscard]] double saturated() const { return static_cast<double>(saturated_) / (values() * dims()); }
  /// Share of values beyond the outermost levels, and share of the error that they have; NaN where there are no levels.
  [[nodiscard]] double beyond() const { return known_reach() ? beyond_ / (values() * dims()) : std::nan(""); }
  [[nodiscard]] double beyond_error() const {
    double all = 0.0;
    for (const double magnitude : magnitude_) all += magnitude;
    return known_reach() && all > 0.0 ? beyond_error_ / all : std::nan("");
  }
  [[nodiscard]] std::size_t steps() const { return steps_; }

 private:
  [[nodiscard]] double values() const { return static_cast<double>(std::max<std::size_t>(steps_, 1)); }
  [[nodiscard]] double dims() const { return static_cast<double>(dim_); }
  [[nodiscard]] bool known_reach() const {
    return !reach_.empty() && std::none_of(reach_.begin(), reach_.end(), [](Reach r) { return std::isnan(r.low); });
  }

  void add_quantized(const ExpertTrajectory& t) {
    errors_.resize(t.quantized.size());
    const auto wanted = t.actions.first(t.quantized.size());
    action_errors(*quantizer_, wanted, t.quantized, errors_);
    count_saturated(wanted);
    TrajectoryError of{t.id, 0.0, 0.0, 0};
    const std::size_t steps = errors_.size() / dim_;
    for (std::size_t h = 0; h < steps; ++h) {
      const double error = step_error(h, wanted);
      if (h == by_step.size()) by_step.emplace_back();
      by_step[h].add(error);
      of.mean += error;
      if (error > of.largest) of.largest = error, of.step = h;
    }
    of.mean /= static_cast<double>(steps);
    if (linear_) add_executed(executed_errors(actuators_, dim_, wanted, t.quantized));
    steps_ += steps;
    largest = std::max(largest, of.largest);
    epsilon_in.add(of.mean);
    keep_worst(of);
  }

  void add_executed(const ExecutedErrors& errors) {
    executed.add(errors.mean);
    persistent.add(errors.persistent);
    executed_largest = std::max(executed_largest, errors.largest);
  }

  double step_error(std::size_t h, std::span<const double> wanted) {
    double square = 0.0;
    for (std::size_t d = 0; d < dim_; ++d) {
      const double error = errors_[h * dim_ + d], u = wanted[h * dim_ + d];
      square += error * error;
      magnitude_[d] += std::abs(error);
      bias_[d] += error;
      if (u < reach_[d].low || u > reach_[d].high) beyond_ += 1.0, beyond_error_ += std::abs(error);
    }
    return std::sqrt(square);
  }

  void count_saturated(std::span<const double> actions) {
    const auto flags = std::make_unique<bool[]>(actions.size());
    quantizer_->saturated(actions, {flags.get(), actions.size()});
    saturated_ += static_cast<std::size_t>(std::count(flags.get(), flags.get() + actions.size(), true));
  }

  void keep_worst(const TrajectoryError& of) {
    const auto at =
        std::upper_bound(worst.begin(), worst.end(), of, [](const auto& a, const auto& b) { return a.mean > b.mean; });
    worst.insert(at, of);
    if (worst.size() > kWorst) worst.pop_back();
  }

  void add_shadow(const ExpertTrajectory& t) {
    double sum = 0.0;
    for (std::size_t h = 0; h < t.steps; ++h) {
      double square = 0.0;
      for (std::size_t d = 0; d < dim_; ++d) {
        const double error = t.shadow[h * dim_ + d] - t.actions[h * dim_ + d];
        square += error * error;
      }
      const double error = std::sqrt(square);
      if (h == controller_by_step.size()) controller_by_step.emplace_back();
      controller_by_step[h].add(error);
      controller_largest = std::max(controller_largest, error);
      sum += error;
    }
    controller_error.add(sum / static_cast<double>(t.steps));
  }

  const Quantizer* quantizer_;
  std::size_t dim_, steps_ = 0, trajectories_ = 0, saturated_ = 0;
  bool linear_;  // actions are compared as they are: no wrapped dimension
  std::optional<ActionRange> actuators_;
  std::vector<double> magnitude_, bias_, errors_;
  std::vector<Reach> reach_;
  double beyond_ = 0.0, beyond_error_ = 0.0;
};

Json steps_json(const std::vector<RunningMean>& by_step) {
  Json out = Json::array();
  for (const RunningMean& mean : by_step) out.push_back(to_json(mean.estimate()));
  return out;
}

Json worst_json(const std::vector<TrajectoryError>& worst) {
  Json out = Json::array();
  for (const TrajectoryError& t : worst) {
    out.push_back({{"trajectory", t.trajectory},
                   {"mean_error", number_or_null(t.mean)},
                   {"largest_error", number_or_null(t.largest)},
                   {"step", t.step}});
  }
  return out;
}

Json fields_of(const ErrorTally& tally, const Quantizer* quantizer, std::size_t dim) {
  Json fields = Json::object();
  if (quantizer != nullptr) {
    fields["spec"] = quantizer->info().spec;
    put_number(fields, "epsilon_sup", quantizer->info().epsilon_sup);
    fields["largest_error"] = number_or_null(tally.largest);
    fields["epsilon_in"] = to_json(tally.epsilon_in.estimate());
    Json magnitudes = Json::array(), biases = Json::array();
    for (std::size_t d = 0; d < dim; ++d) {
      magnitudes.push_back(number_or_null(tally.magnitude(d)));
      biases.push_back(number_or_null(tally.bias(d)));
    }
    fields["epsilon_in_per_dimension"] = magnitudes;
    fields["bias_per_dimension"] = biases;
    fields["saturated_fraction"] = number_or_null(tally.saturated());
    fields["beyond_levels_fraction"] = number_or_null(tally.beyond());
    fields["beyond_levels_error_fraction"] = number_or_null(tally.beyond_error());
    fields["executed_error"] = to_json(tally.executed.estimate());
    fields["persistent_error"] = to_json(tally.persistent.estimate());
    fields["executed_largest"] = tally.executed.count() > 0 ? number_or_null(tally.executed_largest) : Json(nullptr);
    fields["error_by_step"] = steps_json(tally.by_step);
    fields["worst_trajectories"] = worst_json(tally.worst);
  }
  fields["controller_error"] = to_json(tally.controller_error.estimate());
  fields["controller_largest_error"] = number_or_null(tally.controller_largest);
  fields["controller_error_by_step"] = steps_json(tally.controller_by_step);
  return fields;
}

void add_points(XyChart& chart, const std::string& series, const std::vector<RunningMean>& by_step) {
  const std::size_t stride = std::max<std::size_t>(1, by_step.size() / 500);
  for (std::size_t h = 0; h < by_step.size(); h += stride) {
    chart.points.push_back(chart_point(series, static_cast<double>(h), by_step[h].estimate()));
  }
}

AuditPicture picture(const ErrorTally& tally) {
  XyChart chart;
  chart.title = "Error of the action along the expert's own trajectories";
  chart.x = {.title = "step"};
  chart.y = {.title = "mean error, action units", .zero = true};
  chart.series_title = "of";
  add_points(chart, "quantizer", tally.by_step);
  add_points(chart, "audited controller", tally.controller_by_step);
  return {line_chart(chart),
          "What a validation set sees: the quantizer's own error, and that of what the controller decides there."};
}

std::string summary_of(const ErrorTally& tally, const Quantizer* quantizer) {
  std::string text;
  if (quantizer != nullptr) {
    text = fmt::format("{} is off by {} a step on the expert's actions, at most {} seen ({} claimed inside its range).",
                       quantizer->info().spec, format_estimate(tally.epsilon_in.estimate()),
                       format_number(tally.largest), format_number(quantizer->info().epsilon_sup));
    if (tally.saturated() > 0.0) {
      text += fmt::format(" Saturation: {} of the values lie outside its range and are clipped.",
                          format_percent(tally.saturated()));
    }
    if (tally.executed.count() > 0 && tally.executed.mean() < 0.9 * tally.epsilon_in.mean()) {
      text += fmt::format(" The plant clips its actions: of that error {} a step reach it.",
                          format_estimate(tally.executed.estimate()));
    }
    if (tally.beyond() > 0.01 && tally.beyond_error() > 0.2) {
      text += fmt::format(
          " {} of the values lie beyond its outermost levels, and {} of the whole error with them: "
          "levels at the ends of the range would reach them, a finer resolution hardly.",
          format_percent(tally.beyond()), format_percent(tally.beyond_error()));
    }
    text += " ";
  }
  return text + fmt::format("What the controller decides in the expert's situations is off by {} a step.",
                            format_estimate(tally.controller_error.estimate()));
}

Table table_of(const ErrorTally& tally, std::size_t dim) {
  Table table{{"action dimension", "mean error", "bias"}, {}, {true, true, true}};
  for (std::size_t d = 0; d < dim; ++d) {
    table.rows.push_back({fmt::format("{}", d), format_number(tally.magnitude(d), 3), format_number(tally.bias(d), 3)});
  }
  return table;
}

AuditSection run(const AuditPlan& plan, AuditFindings& findings) {
  const Quantizer* const quantizer = plan.deployment.quantizer.get();
  const std::size_t dim = plan.deployment.system->info().action_dim;
  ErrorTally tally(quantizer, dim, actuator_range(*plan.deployment.system));
  ExpertPassPlan pass = expert_pass_of(plan, "audit: quantization");
  pass.shadow = make_controller(plan.controller, plan.deployment);
  expert_pass(pass, [&](const ExpertTrajectory& t) {
    if (t.steps > 0) tally.add(t);
  });
  ErrorFindings found;
  if (quantizer != nullptr) found.claimed_sup = quantizer->info().epsilon_sup;
  found.largest = std::max(tally.largest, quantizer == nullptr ? tally.controller_largest : 0.0);
  found.epsilon_in = tally.epsilon_in.estimate();
  found.controller_error = tally.controller_error.estimate();
  findings.errors = found;
  AuditSection section;
  section.fields = fields_of(tally, quantizer, dim);
  section.summary = summary_of(tally, quantizer);
  if (quantizer != nullptr) section.table = table_of(tally, dim);
  section.table_caption = "Mean absolute error and mean signed error of the quantizer by dimension, action units.";
  section.pictures.push_back(picture(tally));
  if (quantizer != nullptr && quantizer->info().chunk > 1 && tally.steps() == 0) {
    section.notes.push_back("no trajectory of the expert is as long as a chunk: nothing was quantized");
  }
  return section;
}

}  // namespace

AuditEntry audit_entry_quantization() { return {"quantization", "Quantization error", run, nullptr}; }

}  // namespace pianola
