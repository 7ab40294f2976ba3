// The command line as a function: arguments in, exit code out, nothing global.
#pragma once

#include <string>
#include <vector>

#include "pianola/cli/session.hpp"

namespace pianola::cli {

/// Runs `pianola ARGUMENTS…`. Returns 0 done · 1 a check that was asked for failed · 2 usage · 3 bad input data ·
/// 4 a resource failed, or an internal error, which says so · 130 interrupted. Never throws.
int run(const std::vector<std::string>& arguments, Streams streams);

}  // namespace pianola::cli
