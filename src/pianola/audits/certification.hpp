// The forms of docs/theory.md §8 for the audited controller, as numbers.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "pianola/audits/audit.hpp"
#include "pianola/audits/certificate_forms.hpp"

namespace pianola {

/// All forms for the audited controller, which plays tokens, held against the regret that was measured. Needs findings
/// of stability and decomposition; those of smoothness are used where they are.
std::vector<CertificateFinding> issue_certificates(const AuditPlan& plan, const AuditFindings& findings);

/// {value, kind, covers_controller, vacuous, refuted, doubted, mean, inputs, remarks}, as `audit --json` has it under
/// the form's name.
nlohmann::ordered_json to_json(const CertificateFinding& certificate);

}  // namespace pianola
