// Which form of docs/theory.md §8 speaks of which controller.
#pragma once

#include <string>

#include "pianola/audits/audit.hpp"

namespace pianola {

enum class CertificateForm { feedback, augmented, closed_loop };

/// Why the form does not speak of the audited controller; "" if it does.
/// feedback, closed loop: `quantized` and `feedback` that decide every step. augmented: `augmented` without resync.
std::string not_covered(CertificateForm form, const AuditPlan& plan);

}  // namespace pianola
