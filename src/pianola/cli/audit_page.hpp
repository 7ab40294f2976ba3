// An audit as people read it: text for the terminal, a page with pictures.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "pianola/audits/audit.hpp"
#include "pianola/audits/verdict.hpp"
#include "pianola/report/page.hpp"

namespace pianola::cli {

/// Everything that one audit of a loop said.
struct AuditedLoop {
  AuditPlan plan;
  AuditResult result;
  Verdict verdict;
  std::vector<std::string> notes;
  std::vector<std::pair<std::string, std::string>> witness_files;  ///< claim, command that replays it
};

/// "scalar_linear:a=0.9, 100 steps, controller quantized, quantizer uniform:bins=33".
std::string subject(const AuditedLoop& audited);

/// Verdict and reasons, the three numbers behind it, what each audit found.
std::string audit_text(const AuditedLoop& audited);

/// One section of a page of audits: what it found, pictures, table, notes.
void add_section(Page& page, const AuditSection& section);

/// Those that found something: the others have no fields.
void add_sections(Page& page, const std::vector<AuditSection>& sections);

/// One line that names the others, with what each says is missing; "" if there are none.
std::string not_computed(const std::vector<AuditSection>& sections);

/// {name: fields} of the sections; null for audits that have none here.
nlohmann::ordered_json section_fields(const std::vector<AuditSection>& sections);

/// "name: note", of all sections.
std::vector<std::string> section_notes(const std::vector<AuditSection>& sections);

/// The page of `audit --report`.
Page audit_page(const AuditedLoop& audited, const std::string& command_line);

}  // namespace pianola::cli
