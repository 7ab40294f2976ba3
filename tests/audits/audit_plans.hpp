// Plans of audits from specs, as the command line makes them.
#pragma once

#include <string>

#include "pianola/audits/audit.hpp"
#include "pianola/control/deployment.hpp"

namespace pianola::test {

inline AuditPlan audit_plan(const std::string& system, const std::string& quantizer, const std::string& controller = "",
                            const std::string& expert = "") {
  DeploymentRequest request;
  request.system = system;
  request.expert = expert;
  request.quantizer = quantizer;
  request.key = NoiseKey(7);
  AuditPlan plan;
  plan.deployment = make_deployment(request);
  plan.controller = controller.empty() ? default_controller(plan.deployment) : controller;
  plan.key = request.key;
  plan.rollouts = 40;
  plan.perturbations = 40;
  return plan;
}

/// The section of one audit after those before it in the registry, but `left_out`.
inline AuditSection run_until(const std::string& name, const AuditPlan& plan, AuditFindings& findings,
                              const std::string& left_out = "") {
  for (const AuditEntry& entry : audits()) {
    if (entry.name == left_out) continue;
    AuditSection section = entry.run(plan, findings);
    if (entry.name == name) return section;
  }
  return {};
}

}  // namespace pianola::test
