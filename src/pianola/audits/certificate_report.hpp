// The forms of a certificate in words, tables and pictures (certification.cpp issues them). As JSON: certification.hpp.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "pianola/audits/audit.hpp"

namespace pianola {

/// What bounds the regret of the audited controller, and what was refuted.
std::string certificate_summary(std::span<const CertificateFinding> certificates, const Estimate& measured);

/// A row for each form.
Table certificate_table(std::span<const CertificateFinding> certificates);

/// "form: input = value, basis (how)", one for each input; those that are suspect say so.
std::vector<std::string> input_notes(std::span<const CertificateFinding> certificates);

/// Bars of what was measured, of every form that is issued, and of `most`, all there is to lose. Forms that do not
/// speak of the audited controller, and refuted ones, have names and colours of their own.
AuditPicture certificate_picture(std::span<const CertificateFinding> certificates, const Estimate& measured,
                                 double most);

}  // namespace pianola
