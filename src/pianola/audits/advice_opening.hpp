// The first lines of an advice, for somebody who reads no further: what to use, what it costs, why, and what was not
// tried.
#pragma once

#include <string>
#include <vector>

#include "pianola/audits/advice.hpp"

namespace pianola {

/// Four sentences without full stops: "Use …", "It costs …", "Why: …", "Not tried: …". Where policies of several
/// quantizers were learned, K*(n) is what to use. Needs everything in `advice` but its reasons.
std::vector<std::string> opening_of(const Advice& advice);

}  // namespace pianola
