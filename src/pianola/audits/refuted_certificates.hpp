// Certificates and estimates held against the regret that was measured.
//
// A form that covers the audited controller promises regret ≤ value. Where the lower limit of the measured regret lies
// above, the promise is false, and so is at least one of its inputs: a sampled one, if there are any (a sampled
// supremum is a lower estimate); else one that is said to be proven or exact, or a hypothesis of the form. A form that
// takes one of those inputs as well is doubted: neither of the two can show a loop to be safe.
#pragma once

#include <span>
#include <string>

#include "pianola/audits/audit.hpp"

namespace pianola {

/// Marks refuted forms, their suspect inputs, and the doubted forms beside them, and says so in their remarks.
/// measured: the total regret; nothing is refuted by fewer than two rollouts.
void refute_certificates(std::span<CertificateFinding> certificates, const Estimate& measured);

/// "the closed-loop form promises at most 2.2, but the measured regret is at least 9.0 …: at least one of these inputs
/// is false: …".
std::string refutation(const CertificateFinding& refuted, const Estimate& measured);

/// With a capital letter and a full stop.
std::string sentence(std::string text);

}  // namespace pianola
