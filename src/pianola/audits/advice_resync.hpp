// How often to look at the real state: the recommended tokens played by `augmented`, re-anchored every m steps, as far
// as the advisor's budget went. m = 1 is feedback, the recommended candidate itself. `audit --controller augmented`
// sweeps finer, with distances and the certificate's term beside the regret (resync_sweep.hpp).
#pragma once

#include <string>

#include "pianola/audits/advice.hpp"
#include "pianola/audits/resync_sweep.hpp"

namespace pianola {

/// Rows of what was played for at least kLeastJudged rollouts, all over those that they have in common: regret, the
/// paired difference to the best, and which are as good; distances and the smoothness term are left out (n = 0). No row
/// where no `augmented` was played so long.
ResyncSweep played_resync(const Advice& advice);

/// "re-anchoring SPEC: …" with the m of least regret, that regret, all m that are as good, and those that cannot be
/// told from it; "" without rows.
std::string resync_sentence(const Advice& advice);

}  // namespace pianola
