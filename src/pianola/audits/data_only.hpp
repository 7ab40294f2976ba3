// What can be said of a dataset alone, with or without a trained policy: no plant to try anything on, no expert to ask.
//
// Weaker statements, each flagged as such: errors of a quantizer on recorded actions, errors of a policy along recorded
// demonstrations (open_loop_drift.hpp), gains of a transition model in the plant's place (model_stability.hpp), and how
// much actions differ in neighbouring states (neighbour_smoothness.hpp). None of them says that a loop is safe, so the
// verdict is always `unknown`.
#pragma once

#include <string>
#include <vector>

#include "pianola/audits/audit.hpp"
#include "pianola/data/dataset.hpp"
#include "pianola/policies/transition_model.hpp"

namespace pianola {

struct DataOnlyPlan {
  std::shared_ptr<const Quantizer> quantizer;         ///< null: none
  std::shared_ptr<const Policy> policy;               ///< null: none; needs the quantizer
  std::shared_ptr<const TransitionModel> model = {};  ///< null: none; needs the quantizer
  DecodeOptions decode;
  NoiseKey key;
};

/// Sections `quantization`, `open_loop`, `stability` and `smoothness`, those that can be made. @throws as their audits.
std::vector<AuditSection> audit_data(TrajectoryReader& reader, const DataOnlyPlan& plan);

/// Why nothing is shown: one sentence each.
std::vector<std::string> data_only_reasons(const DataOnlyPlan& plan);

}  // namespace pianola
