// What the source of a token sequence leaves to no law: its entropy rate, beside the numbers that it bounds.
#pragma once

#include <optional>
#include <string>

#include "pianola/cli/session.hpp"
#include "pianola/data/dataset.hpp"
#include "pianola/systems/system.hpp"

namespace pianola::cli {

/// Nats a token, of the system if there is one (may be null), else of the one that the dataset says it comes from;
/// nothing unless that is `sequence`.
std::optional<double> source_entropy(const System* system, const DatasetInfo* data = nullptr);

/// `entropy_rate`, null where there is none.
void add_source_entropy(std::optional<double> rate, Json& fields);

/// A line; "" where there is none.
std::string source_entropy_text(std::optional<double> rate);

}  // namespace pianola::cli
