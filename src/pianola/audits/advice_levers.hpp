// From evidence to reasons: which lever it is, and what was recommended instead of what.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "pianola/audits/advice.hpp"

namespace pianola {

/// A comparison that was played, judged: it pays (loses) if the gain's interval lies above (below) 0 and the gain is
/// larger than `slack`; it is indifferent if all of the interval is within `slack`. Else, and with fewer than
/// kLeastJudged rollouts in common, it is undecided.
Lever judged_lever(std::string name, const AdviceCandidate& from, const AdviceCandidate& to, double slack);

/// The levers of quantizing and deploying, from the candidates of `advice` (recommended first):
///
///   representatives   middles → levels on the ends (or atoms, or means), at as many bins
///   resolution        the next coarser → these bins, in the recommended family; and middles → the next finer middles
///   scheme            middles → the best that is no bins of equal width, at no more bits
///   dithering         the recommended bins → stochastic rounding between them
///   chunking, augmentation   one action at a time → controllers that look less often
std::vector<Lever> quantization_levers(const Advice& advice);

/// The levers of learning, from advice.learners: more data (n/2 → n, the same quantizer), noise-injected data.
/// Empty without learners.
std::vector<Lever> learning_levers(const Advice& advice);

/// The lever to pull: of the largest gain among those that pay; null: none does. Where what was learned costs more than
/// quantizing does, and more than `slack`, only the levers of learning count, elsewhere only the others.
const Lever* best_lever(const Advice& advice);

/// Why none is named: none pays, or some are undecided, which it lists.
std::string no_lever_text(const Advice& advice);

/// Its name; without one "none", or "data" where only levers of learning count.
std::string lever_to_pull(const Advice& advice);

/// The learner of least regret from the data that there are: without noise-injected ones, unless there are no others.
/// Null without learners.
const AdviceLearner* present_learner(std::span<const AdviceLearner> learners);

}  // namespace pianola
