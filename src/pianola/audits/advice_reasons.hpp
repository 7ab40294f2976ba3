// An advice in sentences: what is recommended and why, each with the numbers behind it.
#pragma once

#include <string>
#include <vector>

#include "pianola/audits/advice.hpp"

namespace pianola {

/// The recommendation's first. Needs everything else in `advice`, in the order of judge().
std::vector<std::string> reasons_of(const Advice& advice);

}  // namespace pianola
