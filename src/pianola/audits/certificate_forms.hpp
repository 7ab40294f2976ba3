// The forms of docs/theory.md §8: which one speaks of which controller, which is the one to go by, and their names.
#pragma once

#include <span>
#include <string>

#include "pianola/audits/audit.hpp"

namespace pianola {

enum class CertificateForm { feedback, augmented, closed_loop };

/// Why the form does not speak of the audited controller; "" if it does.
/// feedback, closed loop: `quantized` and `feedback` that decide every step. augmented: `augmented` without resync.
std::string not_covered(CertificateForm form, const AuditPlan& plan);

/// The smallest one that is issued, covers the controller and is not refuted or doubted; null: none.
const CertificateFinding* smallest_covering(std::span<const CertificateFinding> certificates);

/// "certificate", or "estimate" where an input is sampled; "refuted bound", "refuted estimate".
std::string kind_of(const CertificateFinding& certificate);

/// As in "the closed-loop form".
std::string form_name(const CertificateFinding& certificate);

/// Of an issued form: its number; where that is no smaller than all there is to lose, in words: "vacuous: above the
/// most any controller can lose (100)". The raw number stands in the JSON.
std::string bound_text(const CertificateFinding& certificate);

}  // namespace pianola
