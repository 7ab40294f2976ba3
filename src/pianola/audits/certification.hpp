// Which form of docs/theory.md §8 speaks of which controller.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "pianola/audits/audit.hpp"

namespace pianola {

enum class CertificateForm { feedback, augmented, closed_loop };

/// Why the form does not speak of the audited controller; "" if it does.
/// feedback, closed loop: `quantized` and `feedback` that decide every step. augmented: `augmented` without resync.
std::string not_covered(CertificateForm form, const AuditPlan& plan);

/// All forms for the audited controller, which plays tokens, held against the regret that was measured. Needs findings
/// of stability and decomposition; those of smoothness are used where they are.
std::vector<CertificateFinding> issue_certificates(const AuditPlan& plan, const AuditFindings& findings);

/// The smallest one that is issued, covers the controller and is not refuted or doubted; null: none.
const CertificateFinding* smallest_covering(std::span<const CertificateFinding> certificates);

/// "certificate", or "estimate" where an input is sampled; "refuted bound", "refuted estimate".
std::string kind_of(const CertificateFinding& certificate);

/// As in "the closed-loop form".
std::string form_name(const CertificateFinding& certificate);

/// {value, kind, covers_controller, vacuous, refuted, doubted, mean, inputs, remarks}, as `audit --json` has it under
/// the form's name.
nlohmann::ordered_json to_json(const CertificateFinding& certificate);

}  // namespace pianola
