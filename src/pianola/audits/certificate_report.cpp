#include "pianola/audits/certificate_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pianola/audits/certification.hpp"
#include "pianola/audits/refuted_certificates.hpp"
#include "pianola/base/json.hpp"
#include "pianola/report/charts.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kBarStep = 28;  // pixels from bar to bar
constexpr const char* kMeasured = "measured";
constexpr const char* kScale = "scale";
constexpr const char* kCovering = "bound of this controller";
constexpr const char* kElsewhere = "bound of another controller";
constexpr const char* kRefuted = "refuted";

const char* series_of(const CertificateFinding& c) {
  if (c.refuted) return kRefuted;
  return c.covers ? kCovering : kElsewhere;
}

/// But for that which the bound's own column says.
std::string last_remark(const CertificateFinding& c) {
  std::string last;
  for (const std::string& remark : c.remarks) {
    if (!(c.vacuous && remark == bound_text(c))) last = remark;
  }
  return last;
}

std::string bar_name(const CertificateFinding& c) {
  return fmt::format("{} ({}{})", form_name(c), kind_of(c), c.covers ? "" : ", not of this controller");
}

}  // namespace

std::string certificate_summary(std::span<const CertificateFinding> certificates, const Estimate& measured) {
  std::string text;
  for (const CertificateFinding& c : certificates) {
    if (c.refuted) text += sentence(refutation(c, measured)) + " ";
  }
  const CertificateFinding* const best = smallest_covering(certificates);
  if (best == nullptr) {
    return text + (text.empty() ? "No form that speaks of this controller could be issued."
                                : "No other form that speaks of this controller is left to go by.");
  }
  if (best->vacuous) {
    return text + fmt::format("The {} form ({}) says nothing of this controller that one did not know. It is {}.",
                              form_name(*best), kind_of(*best), bound_text(*best));
  }
  return text + fmt::format("The {} form bounds the regret of this controller by {} ({}).", form_name(*best),
                            bound_text(*best), kind_of(*best));
}

Table certificate_table(std::span<const CertificateFinding> certificates) {
  Table table{{"form", "bound of the regret", "kind", "covers the controller", "remark"},
              {},
              {false, true, false, false, false}};
  for (const CertificateFinding& c : certificates) {
    table.rows.push_back({form_name(c), c.issued ? bound_text(c) : "–", c.issued ? kind_of(c) : "not issued",
                          c.covers ? "yes" : "no", last_remark(c)});
  }
  return table;
}

std::vector<std::string> input_notes(std::span<const CertificateFinding> certificates) {
  std::vector<std::string> notes;
  for (const CertificateFinding& c : certificates) {
    for (const CertificateInput& input : c.inputs) {
      notes.push_back(fmt::format("{}: {} = {}, {} ({}){}", form_name(c), input.name, format_number(input.value),
                                  to_text(input.basis), input.how,
                                  input.suspect ? "; suspect: refuted by a measurement" : ""));
    }
  }
  return notes;
}

AuditPicture certificate_picture(std::span<const CertificateFinding> certificates, const Estimate& measured,
                                 double most) {
  BarChart chart;
  chart.title = "Certificate against measured regret";
  chart.value_title = "total over the horizon";
  chart.series_title = "what it is";
  chart.bars.push_back({"measured regret", kMeasured, measured.value, measured.low, measured.high});
  for (const CertificateFinding& c : certificates) {
    if (c.issued) chart.bars.push_back({bar_name(c), series_of(c), std::min(c.value, most)});
  }
  chart.bars.push_back({"all there is to lose", kScale, most});
  Json drawn = bar_chart(chart);
  drawn["encoding"].erase("yOffset");  // one bar a form, whatever its colour: no room for the others beside it
  drawn["height"] = {{"step", kBarStep}};
  return {drawn,
          "A bar as long as the last one says nothing; the shorter it is, the more it promises. Bounds of another "
          "controller are drawn for comparison: they promise nothing for this one."};
}

nlohmann::ordered_json to_json(const CertificateFinding& c) {
  Json inputs = Json::array();
  for (const CertificateInput& input : c.inputs) {
    Json one = {{"name", input.name}};
    put_number(one, "value", input.value);
    one["basis"] = to_text(input.basis);
    one["how"] = input.how;
    one["suspect"] = input.suspect;
    inputs.push_back(one);
  }
  Json fields = Json::object();
  if (c.issued) {
    put_number(fields, "value", c.value);
  } else {
    fields["value"] = nullptr;
  }
  fields["kind"] = c.issued ? Json(kind_of(c)) : Json(nullptr);
  fields["covers_controller"] = c.covers;
  fields["vacuous"] = c.issued ? Json(c.vacuous) : Json(nullptr);
  fields["refuted"] = c.issued ? Json(c.refuted) : Json(nullptr);
  fields["doubted"] = c.issued ? Json(c.doubted) : Json(nullptr);
  fields["mean"] = c.issued ? to_json(c.mean) : Json(nullptr);
  fields["inputs"] = inputs;
  fields["remarks"] = c.remarks;
  return fields;
}

}  // namespace pianola
