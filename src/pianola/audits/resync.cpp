// Audit: how often a controller with an auxiliary state should look at the real one (resync_sweep.hpp): regret,
// distances and the smoothness term by m, and the m to take, with all that are as good.
#include <fmt/format.h>

#include <algorithm>

#include "pianola/audits/audit.hpp"
#include "pianola/audits/resync_sweep.hpp"
#include "pianola/base/json.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(std::uint64_t every) { return every == 0 ? Json(nullptr) : Json(every); }

Json row_json(const ResyncRow& row) {
  return {{"resync_every", json_of(row.every)},
          {"regret", to_json(row.regret)},
          {"above_best", to_json(row.above_best)},
          {"as_good_as_best", row.as_good},
          {"state_distance", to_json(row.away)},
          {"auxiliary_distance", to_json(row.drift)},
          {"smoothness_loss", to_json(row.smoothness_loss)}};
}

Table table_of(const ResyncSweep& sweep) {
  Table table{{"m", "regret", "above the best", "‖x − x expert‖", "ρ = ‖x̃ − x expert‖", "Σ (H−h+1)·κ(ρ)"},
              {},
              {true, true, true, true, true, true}};
  for (const ResyncRow& row : sweep.rows) {
    table.rows.push_back({resync_name(row.every), format_plus_minus(row.regret), format_plus_minus(row.above_best),
                          format_plus_minus(row.away), format_plus_minus(row.drift),
                          row.smoothness_loss.n == 0 ? "–" : format_plus_minus(row.smoothness_loss)});
  }
  return table;
}

/// Regret against m on a logarithmic axis, where "never" stands at the horizon.
AuditPicture picture_of(const ResyncSweep& sweep, std::uint32_t horizon) {
  XyChart chart;
  chart.title = "Regret by re-anchoring";
  chart.x = {.title = "steps m between looks at the real state; Algorithm 1 at H", .log = true};
  chart.y = {.title = "regret"};
  for (const ResyncRow& row : sweep.rows) {
    const double m = row.every == 0 ? horizon : static_cast<double>(row.every);
    chart.points.push_back(chart_point("measured", m, row.regret));
  }
  return {trend_chart(chart),
          "Low on the left: the model costs more than the loop; low on the right: it is the other way round."};
}

AuditSection not_for(const AuditPlan& plan) {
  AuditSection section;
  section.fields = nullptr;
  section.summary =
      fmt::format("{} keeps no auxiliary state; audit --controller augmented for a sweep over m", plan.controller);
  return section;
}

AuditSection run(const AuditPlan& plan, AuditFindings& findings) {
  if (parse_spec(plan.controller).name != "augmented") return not_for(plan);
  const SmoothnessFindings* const smoothness = findings.smoothness ? &*findings.smoothness : nullptr;
  const ResyncSweep sweep = sweep_resync(plan, smoothness);
  if (sweep.feedback_saves) {
    findings.feedback = {sweep.rows.front().regret, sweep.rows.back().regret, *sweep.feedback_saves};
  }
  Json rows = Json::array(), as_good = Json::array();
  for (const ResyncRow& row : sweep.rows) {
    rows.push_back(row_json(row));
    if (row.as_good) as_good.push_back(json_of(row.every));
  }
  AuditSection section;
  section.fields = {
      {"recommended_resync_every", json_of(sweep.rows[sweep.best].every)}, {"as_good", as_good}, {"rows", rows}};
  section.summary = fmt::format("Least regret by re-anchoring at {}.", recommended_resync(sweep));
  section.table = table_of(sweep);
  section.table_caption =
      "± is half of the 95 % interval over rollouts; the last column is an estimate, its ρ are sampled.";
  section.pictures = {picture_of(sweep, plan.horizon)};
  if (!plan.deployment.system->info().deterministic) {
    section.notes.push_back(
        "the plant has process noise, of which the model's own is independent: what Algorithm 1 plays has the right "
        "law, but not the right joint law with the state, and pays for it at every step; a small m does not");
  }
  return section;
}

}  // namespace

AuditEntry audit_entry_resync() { return {"resync", "Re-anchoring", run, nullptr}; }

}  // namespace pianola
