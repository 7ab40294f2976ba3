// pianola audit DATASET, without a plant: the weaker statements, as text, JSON and page.
#pragma once

#include "pianola/cli/plant_options.hpp"
#include "pianola/report/page.hpp"

namespace pianola::cli {

/// Audits options.data with the quantizer or the run of the options. report: where a page is written, "" for none.
/// @throws UsageError for options that need a plant; as the audits.
void audit_dataset_alone(const DeploymentOptions& options, const std::string& report, Session& session);

}  // namespace pianola::cli
