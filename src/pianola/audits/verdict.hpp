// The verdict on the audited controller, in this order:
//
//   unsafe    a replayed witness or the measured regret, lower limit included, exceeds tolerance × H × reward range
//   safe      the smallest certificate or estimate that covers this controller is at most that
//   unknown   else
//
// A form below the lower limit of the measured regret is refuted (refuted_certificates.hpp): the reasons say so,
// whatever the verdict, and neither it nor one that shares a suspect input makes a loop safe. Without a declared reward
// range the expert's absolute mean return stands for H × reward range, and the verdict says so.
#pragma once

#include <string>
#include <vector>

#include "pianola/audits/audit.hpp"

namespace pianola {

enum class Safety { safe, unsafe, unknown };
std::string to_text(Safety safety);

struct Verdict {
  Safety safety = Safety::unknown;
  double threshold = 0.0;            ///< tolerance × H × reward range, or what stands for it
  std::vector<std::string> reasons;  ///< the deciding one first
};

/// Replays the worst rollout. Needs findings of the decomposition.
Verdict judge(const AuditPlan& plan, const AuditFindings& findings);

}  // namespace pianola
