#include "pianola/cli/audit_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pianola/audits/certification.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/report/wrapped_text.hpp"

namespace pianola::cli {
namespace {

std::string sentence_of(const AuditedLoop& audited) {
  const Safety safety = audited.verdict.safety;
  if (safety == Safety::safe) {
    const CertificateFinding* const best = smallest_covering(audited.result.findings.certificates);
    if (best == nullptr) return "SAFE: this is the expert itself, which regret is measured against.";
    const bool proven = best->basis != Basis::sampled;
    return std::string("SAFE, by ") + (proven ? "a certificate" : "an estimate") +
           ": this loop costs no more than was called tolerable.";
  }
  if (safety == Safety::unsafe) {
    const bool on_average = audited.result.findings.decomposition->total.low > audited.verdict.threshold;
    return on_average
               ? "UNSAFE: this loop costs more than was called tolerable."
               : "UNSAFE: one trajectory at least costs more than was called tolerable; the mean is not shown to.";
  }
  return "UNKNOWN: nothing shows this loop to be unsafe, and nothing shows it to be safe.";
}

/// Measured, promised, tolerated.
Table three_numbers(const AuditedLoop& audited) {
  Table table{{"number", "value", "what it is"}, {}, {false, true, false}};
  const auto& findings = audited.result.findings;
  table.rows.push_back({"measured regret", format_estimate(findings.decomposition->total),
                        "what this loop lost against the expert, mean and 95 % interval"});
  const CertificateFinding* const best = smallest_covering(findings.certificates);
  if (best != nullptr) {
    const bool sampled = best->basis == Basis::sampled;
    table.rows.push_back({"upper bound", best->vacuous ? "–" : bound_text(*best),
                          fmt::format("{}, form '{}'{}", sampled ? "an estimate" : "a certificate", best->form,
                                      best->vacuous ? "; " + bound_text(*best) : "")});
  } else {
    table.rows.push_back({"upper bound", "–", "no form that covers this controller could be issued, or stands"});
  }
  for (const CertificateFinding& c : findings.certificates) {
    if (!c.refuted) continue;
    table.rows.push_back(
        {"refuted bound", format_number(c.value),
         fmt::format("form '{}': less than what was measured, so one of its inputs is false", c.form)});
  }
  table.rows.push_back(
      {"tolerated", format_number(audited.verdict.threshold),
       fmt::format("{} of all there is to lose (--tolerance)", format_percent(audited.plan.tolerance))});
  return table;
}

}  // namespace

std::string subject(const AuditedLoop& audited) {
  const Deployment& deployment = audited.plan.deployment;
  std::string text = fmt::format("{}, {} steps, controller {}", deployment.system->info().spec, audited.plan.horizon,
                                 audited.plan.controller);
  if (deployment.quantizer != nullptr) text += ", quantizer " + deployment.quantizer->info().spec;
  return text;
}

std::string audit_text(const AuditedLoop& audited) {
  std::string text = fmt::format("{}\n\n{}\n", subject(audited), sentence_of(audited));
  for (const std::string& reason : audited.verdict.reasons) text += wrapped("- " + reason, {.indent = 2});
  text += "\n" + format_table(three_numbers(audited)) + "\n";
  for (const AuditSection& section : audited.result.sections) {
    if (!section.fields.is_null()) text += wrapped(section.title + ": " + section.summary, {.indent = 2});
  }
  if (const std::string left_out = not_computed(audited.result.sections); !left_out.empty()) {
    text += wrapped(left_out, {.indent = 2});
  }
  for (const auto& [claim, command] : audited.witness_files) text += "\nwitness: " + claim + "\n  " + command + "\n";
  return text;
}

std::string not_computed(const std::vector<AuditSection>& sections) {
  std::string text;
  for (const AuditSection& section : sections) {
    if (!section.fields.is_null()) continue;
    text += fmt::format("{}{} ({})", text.empty() ? "Not computed: " : "; ", section.title,
                        section.summary.substr(0, section.summary.find_last_not_of('.') + 1));
  }
  return text.empty() ? text : text + ".";
}

void add_sections(Page& page, const std::vector<AuditSection>& sections) {
  for (const AuditSection& section : sections) {
    if (!section.fields.is_null()) add_section(page, section);
  }
}

void add_section(Page& page, const AuditSection& section) {
  page.heading(section.title);
  page.paragraph(section.summary);
  for (const AuditPicture& picture : section.pictures) page.chart(picture.chart, picture.caption);
  if (!section.table.columns.empty()) page.table(section.table, section.table_caption);
  page.sentences(section.notes, "Note: ");
}

nlohmann::ordered_json section_fields(const std::vector<AuditSection>& sections) {
  auto fields = nlohmann::ordered_json::object();
  for (const AuditEntry& audit : audits()) fields[audit.name] = nullptr;
  for (const AuditSection& section : sections) fields[section.name] = section.fields;
  return fields;
}

std::vector<std::string> section_notes(const std::vector<AuditSection>& sections) {
  std::vector<std::string> notes;
  for (const AuditSection& section : sections) {
    for (const std::string& note : section.notes) notes.push_back(section.name + ": " + note);
  }
  return notes;
}

Page audit_page(const AuditedLoop& audited, const std::string& command_line) {
  Page page("Audit: " + to_text(audited.verdict.safety), subject(audited));
  page.paragraph(sentence_of(audited));
  page.sentences(audited.verdict.reasons);
  page.table(three_numbers(audited), "The three numbers behind the verdict; totals over the horizon.");
  add_sections(page, audited.result.sections);
  Table witnesses{{"witness", "replay it"}, {}, {}};
  for (const auto& [claim, command] : audited.witness_files) witnesses.rows.push_back({claim, command});
  if (!witnesses.rows.empty()) {
    page.heading("Witnesses");
    page.table(witnesses, "Each gives the same numbers again, bit for bit.");
  }
  page.sentences(audited.notes, "Note: ");
  if (const std::string left_out = not_computed(audited.result.sections); !left_out.empty()) page.paragraph(left_out);
  page.provenance({{"command", command_line}, {"pianola", PIANOLA_VERSION}});
  return page;
}

}  // namespace pianola::cli
