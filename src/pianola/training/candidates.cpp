#include "pianola/training/candidates.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "pianola/base/file.hpp"
#include "pianola/base/json.hpp"
#include "pianola/control/evaluate.hpp"
#include "pianola/policies/run_folder.hpp"
#include "pianola/training/schedule.hpp"

namespace pianola {
namespace {

constexpr const char* kController = "feedback:decode=sample";

Estimate rolled_out_return(const TrainPlan& plan, const Candidate& candidate) {
  EvaluatePlan evaluation;
  evaluation.deployment.system = plan.system;
  evaluation.deployment.quantizer = plan.quantizer;
  const RunCandidate loaded = load_candidate(candidate.file, plan.config.policy);
  evaluation.deployment.policy = loaded.policy;
  evaluation.deployment.action_policy = loaded.action_policy;
  evaluation.controllers = {kController};
  evaluation.key = NoiseKey(plan.config.seed).child("selection");
  evaluation.rollouts = static_cast<std::size_t>(plan.config.selection_rollouts);
  evaluation.progress = plan.progress;
  return evaluate(evaluation).controllers.front().total_return;
}

void write_returns(const TrainPlan& plan, const std::vector<Candidate>& candidates, const Candidate& best) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Candidate& candidate : candidates) {
    rows.push_back({{"step", candidate.steps},
                    {"file", candidate.file.filename().string()},
                    {"return", to_json(candidate.total_return)}});
  }
  const nlohmann::ordered_json page{{"format_version", kRunFormatVersion},
                                    {"system", plan.system->info().spec},
                                    {"controller", kController},
                                    {"chosen_step", best.steps},
                                    {"candidates", rows}};
  write_file(plan.run / "candidates" / "returns.json", page.dump(2) + "\n");
}

}  // namespace

std::vector<Candidate> planned_candidates(const TrainConfig& config, const std::filesystem::path& run) {
  std::vector<Candidate> candidates;
  const auto steps = static_cast<std::uint64_t>(config.steps);
  for (std::uint64_t step = 1; step <= steps; ++step) {
    if (!evenly_spaced(step, steps, static_cast<std::uint64_t>(config.candidates))) continue;
    candidates.push_back({step, candidate_file(run, step), {}});
  }
  return candidates;
}

Choice choose_candidate(const TrainPlan& plan) {
  const std::string kind = plan.config.ema > 0.0 ? "ema@" : "raw@";
  std::vector<Candidate> candidates = planned_candidates(plan.config, plan.run);
  if (plan.system == nullptr) return {candidates.back(), kind + std::to_string(candidates.back().steps)};
  std::size_t best = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    candidates[i].total_return = rolled_out_return(plan, candidates[i]);
    const double best_return = candidates[best].total_return.value;
    if (candidates[i].total_return.value >= best_return || std::isnan(best_return)) best = i;
  }
  write_returns(plan, candidates, candidates[best]);
  return {candidates[best], kind + std::to_string(candidates[best].steps) + " (best of " +
                                std::to_string(candidates.size()) + " by return)"};
}

}  // namespace pianola
