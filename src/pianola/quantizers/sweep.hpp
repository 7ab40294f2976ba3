// One option of a scheme over several values: what `quantize --sweep bins=2..1024` compares.
//
//   bins=2..1024     2, 4, 8, … 1024: doubled from the first value up to the last, which is always among them
//   bins=3,5,9       these
#pragma once

#include <string>
#include <vector>

namespace pianola {

struct Sweep {
  std::string option;
  std::vector<std::string> values;  ///< in the order written, at least one
};

/// @throws UsageError naming the text and what it should look like.
Sweep parse_sweep(const std::string& text);

/// Each spec of `specs` in turn, or in its place one for every value of each sweep whose option the scheme has. A value
/// replaces one that the spec gives. @throws UsageError if no scheme has an option that is swept (with the nearest
/// that one has), or a name is unknown.
std::vector<std::string> swept(const std::vector<std::string>& specs, const std::vector<Sweep>& sweeps);

}  // namespace pianola
