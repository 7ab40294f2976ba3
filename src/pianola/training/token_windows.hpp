// Pure token data: a trajectory is one long sequence, what is observed is the token before, and a window of n places is
// a row, at each place of which the next token is a target.
//
//   row r:  context o_r … o_{r+n−1},  targets u_r … u_{r+n−1}
//
// Training draws windows that begin anywhere. Scoring takes windows n/2 apart, of which all but the first count their
// last places only: every token of the data counts exactly once, and with at least n/2 tokens of context where there
// are so many. Of several trajectories whole ones are held out; of a single one (a text) its last part.
#pragma once

#include "pianola/training/samples.hpp"

namespace pianola {

/// options.context > 0. @throws UsageError unless observations and actions are one number each and the quantizer is
/// `discrete` with chunks of one; DataError naming the step where an observation is no token.
Samples make_token_windows(const Dataset& dataset, const Quantizer& quantizer, const SampleOptions& options);

}  // namespace pianola
