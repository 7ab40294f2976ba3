// Finding a quantizer's entry by the name that a user wrote.
#pragma once

#include <string>

#include "pianola/quantizers/registry.hpp"

namespace pianola {

/// The entry of that name. @throws UsageError with what may have been meant: the nearest name, a file's quantizer
/// (saved:q.json for q.json), options after a colon (uniform:bins=3 for uniform,bins=3).
const QuantizerEntry& quantizer_entry(const std::string& name);

}  // namespace pianola
