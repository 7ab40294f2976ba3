// What a QuantizerReport has to say in words: each sentence names what is wrong, how much of it there is, and what
// would help in this scheme. Whoever prints the numbers prints these too.
//
//   saturation   more than 1 % of the values are clipped
//   bias         the 95 % interval of the mean error excludes 0, and |bias| ≥ ½ · mean |error| in that dimension: most
//                of its errors point one way, and a loop integrates them. Less than 10⁻⁶ of the largest error (ε_sup,
//                or of any dimension) is rounding
//   degeneracy   dimensions that are constant in the data, and such that vary but always decode to the same number
//   codes        less than half of the codes are in use, those that a larger sample would show included, where there
//                are tokens enough to tell; else that there are not; codes of a fit that no chunk has; bits that were
//                asked for and not spent
//   dropped      steps left out, in tails shorter than a chunk
//   decoding     chunks whose own tokens had to be repaired
#pragma once

#include <string>
#include <vector>

#include "pianola/quantizers/compare.hpp"

namespace pianola {

/// Sentences without a full stop, in the order above; empty if there is nothing to say.
std::vector<std::string> quantizer_remarks(const QuantizerReport& report);

}  // namespace pianola
