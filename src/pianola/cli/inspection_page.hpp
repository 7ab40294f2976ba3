// The page of `inspect --report`: problems, fields, distributions, and what a quantizer would cost.
#pragma once

#include <optional>
#include <string>

#include "pianola/audits/dataset_audit.hpp"
#include "pianola/data/inspect.hpp"
#include "pianola/report/page.hpp"

namespace pianola::cli {

/// audit: of `--quantizer`, null without.
Page inspection_page(const Inspection& inspection, const DatasetAudit* audit, const std::string& command_line);

}  // namespace pianola::cli
