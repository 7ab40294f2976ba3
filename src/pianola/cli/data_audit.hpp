// pianola audit DATASET, without a plant: the weaker statements, as text, JSON and page.
#pragma once

#include <string>

#include "pianola/cli/plant_options.hpp"

namespace pianola::cli {

/// Where an audit is written, beside what it prints; "" for nowhere.
struct AuditOutputs {
  std::string report;  ///< a page
  std::string out;     ///< a folder: audit.json, report.html
};

/// Audits options.data with the quantizer or the run of the options.
/// @throws UsageError for options that need a plant; as the audits.
void audit_dataset_alone(const DeploymentOptions& options, const AuditOutputs& outputs, Session& session);

}  // namespace pianola::cli
