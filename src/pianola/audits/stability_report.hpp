// What the stability audit found, in words, tables and pictures (stability.cpp measures it).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "pianola/audits/audit.hpp"
#include "pianola/audits/gain_measurement.hpp"

namespace pianola {

/// One loop, measured, verified and, where the plant is linear, computed.
struct LoopFindings {
  GainFindings found;
  MeasuredGains measured;
  Verification verified;
  std::vector<double> magnitudes;          ///< of impulses, as in measured.by_magnitude
  std::size_t fitted = 0;                  ///< the first ones, which gains are taken from; what follows is a derivative
  std::vector<GainEnvelope> by_magnitude;  ///< over the impulses of one magnitude alone
  std::size_t binding = 0;                 ///< the magnitude that sets C
  bool shares_choices = false;             ///< a stochastic expert is in the loop: both runs of a pair have its noise
};

/// "exponentially stable", or why not: perturbations grow (η's lower limit above 1), not decided (η's limits on both
/// sides of 1), an envelope that the pairs do not determine, or fresh perturbations beyond it.
std::string stability_verdict(const GainFindings& found);

/// Both loops, and what feedback saves where the plant alone is not stable; or that these gains show nothing saved.
std::string stability_summary(const LoopFindings& open, const LoopFindings& closed);

/// Whether the gains say what feedback saves, or that there is little to save.
bool gains_tell_of_feedback(const LoopFindings& open, const LoopFindings& closed);

/// What feedback saves in return, where re-anchoring was measured; else, where gains do not tell, what would measure
/// it. A sentence to append, or "".
std::string feedback_in_return(const std::optional<FeedbackFindings>& measured, bool gains_tell);

/// A row for each loop, and one for each magnitude below it.
Table stability_table(const LoopFindings& open, const LoopFindings& closed);

/// What the gains do not say. name: of the loop.
std::vector<std::string> stability_notes(const LoopFindings& loop, const std::string& name);

/// Gains and envelope against lag.
AuditPicture gain_picture(const LoopFindings& loop, const std::string& title);

}  // namespace pianola
