// A policy in feedback: observes, draws the tokens of a chunk, plays the first m of its actions, observes again.
//
//   ũ ~ π̂(· | x_{h−k+1..h}),   execute decode(ũ)_1 … decode(ũ)_m
//
// What stands before the first observation: control/history.hpp. Without a trained policy the quantized expert q#π* is
// deployed through its token law (policies/quantized_expert.hpp).
#include "pianola/control/feedback.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/control/action_decider.hpp"
#include "pianola/control/chunk_player.hpp"
#include "pianola/control/controller.hpp"
#include "pianola/control/no_quantizer.hpp"
#include "pianola/control/policy_decider.hpp"
#include "pianola/control/requirements.hpp"
#include "pianola/policies/quantized_expert.hpp"

namespace pianola {
namespace {

const std::vector<std::string> kModes{"sample", "argmax", "mean", "beam"};  // in the order of DecodeMode

struct FeedbackConfig {
  std::string decode = "sample";
  double temperature = 1.0, top_p = 1.0;
  std::uint64_t top_k = 0, beams = 4;
  ChunkPlayConfig play;
  template <class V>
  void visit(V&& v) {
    v("decode", decode, "how tokens are taken: sample, argmax, mean (of the tokens' values) or beam (search)");
    v("temperature", temperature, "divides the logits: below 1 sharpens, above 1 flattens");
    v("top_k", top_k, "sample, mean: only the k most likely tokens; 0: all");
    v("top_p", top_p, "sample, mean: only the fewest most likely tokens that have this probability");
    v("beams", beams, "beam: sequences that are followed at once");
    play.visit(v);
  }
};

DecodeMode decode_mode(const std::string& who, const std::string& name) {
  const auto found = std::ranges::find(kModes, name);
  if (found == kModes.end()) throw_unknown_name(who + ": decode mode", name, kModes);
  return static_cast<DecodeMode>(found - kModes.begin());
}

DecodeOptions decode_options(const std::string& who, const FeedbackConfig& config) {
  return {decode_mode(who, config.decode), config.temperature, config.top_k, config.top_p, config.beams};
}

std::shared_ptr<const Policy> policy_of(const std::string& who, const Deployment& deployment) {
  if (!deployment.policy) {
    require_expert(who, deployment);
    return make_quantized_expert(deployment.expert, deployment.quantizer);
  }
  const auto& policy = deployment.policy->info();
  const std::size_t remembered = memory_features_of(*deployment.quantizer).size();
  if (policy.observation_dim <= remembered) {
    throw UsageError(
        fmt::format("{}: the policy '{}' sees {} numbers, but beside the plant it has to see {} of the memory of '{}'; "
                    "deploy it with the quantizer that it was trained with",
                    who, policy.spec, policy.observation_dim, remembered, deployment.quantizer->info().spec));
  }
  const std::size_t seen = policy.observation_dim - remembered;
  if (deployment.system && seen != deployment.system->info().observation_dim) {
    const auto& system = deployment.system->info();
    throw UsageError(
        fmt::format("{}: the policy '{}' was trained on {} observations, but the system '{}' has {}; deploy it "
                    "on the system of its demonstrations",
                    who, policy.spec, seen, system.spec, system.observation_dim));
  }
  return deployment.policy;
}

/// What would play chunks whole. A delay commits actions of chunks of any length, so that none is short enough.
std::string whole_chunks_remedy(const ChunkPlay& play) {
  if (play.ensemble) return "leave out ensemble, which decides at every step, or train with --chunk 1";
  if (play.committed() > 0) {
    return fmt::format(
        "leave out delay and execute, or give delay={},late=true without execute, which plays chunks "
        "whole, late",
        play.committed());
  }
  return fmt::format("leave out execute, or train with --chunk {}", play.schedule.execute);
}

/// A memory moves on by whole chunks, and the policy was trained on what it is after whole ones.
void require_whole_chunks(const std::string& who, const ChunkPlay& play, const Quantizer& quantizer) {
  if (quantizer.info().memory_size == 0 || play.schedule.execute == play.schedule.chunk) return;
  throw UsageError(
      fmt::format("{}: each chunk of '{}' moves its scale by {} steps, but only {} of its actions would be played; {}",
                  who, quantizer.info().spec, play.schedule.chunk, play.schedule.execute, whole_chunks_remedy(play)));
}

/// A policy whose law is over actions has no quantizer.
std::shared_ptr<const ControllerRecipe> make_without_tokens(const std::string& who, const FeedbackConfig& config,
                                                            const Deployment& deployment) {
  const auto parts = std::make_shared<const ActionDeciderParts>(
      ActionDeciderParts{deployment.action_policy, decode_options(who, config)});
  [[maybe_unused]] const ActionDecider refused(parts, 1);  // refuses now what would fail in each block
  const ActionPolicyInfo& info = deployment.action_policy->info();
  const auto none = std::make_shared<const NoQuantizer>(info.chunk, info.action_dim);
  return chunk_player_recipe(
      {.spec = write_spec("feedback", config).text(),
       .quantizer = none,
       .play = checked_play(who, config.play, *none),
       .decider = [parts](std::size_t lanes) { return std::make_unique<ActionDecider>(parts, lanes); }});
}

std::shared_ptr<const ControllerRecipe> make(const Spec& spec, const Deployment& deployment) {
  const std::string who = "controller '" + spec.name + "'";  // chunked is one of these too
  const auto config = read_options<FeedbackConfig>(spec, who);
  if (deployment.action_policy != nullptr) return make_without_tokens(who, config, deployment);
  require_quantizer(who, deployment);
  const ChunkPlay play = checked_play(who, config.play, *deployment.quantizer);
  if (deployment.policy) require_whole_chunks(who, play, *deployment.quantizer);
  const auto parts = std::make_shared<const PolicyDeciderParts>(PolicyDeciderParts{
      policy_of(who, deployment), deployment.quantizer, decode_options(who, config), play.committed()});
  [[maybe_unused]] const PolicyDecider refused(parts, 1);  // refuses now what would fail in each block
  return chunk_player_recipe(
      {.spec = write_spec("feedback", config).text(),
       .quantizer = deployment.quantizer,
       .play = play,
       .log_probabilities = true,
       .decider = [parts](std::size_t lanes) { return std::make_unique<PolicyDecider>(parts, lanes); }});
}

}  // namespace

DecodeOptions feedback_decoding(const std::string& text) {
  const Spec spec = parse_spec(text);
  if (spec.name != "feedback") {
    throw UsageError(fmt::format(
        "without a plant a policy can only be asked, as feedback:decode=… asks it, not as '{}'; name the plant "
        "(--system)",
        spec.name));
  }
  const std::string who = "controller 'feedback'";
  const auto config = read_options<FeedbackConfig>(spec, who);
  for (const OptionHelp& option : describe_options<ChunkPlayConfig>()) {
    if (spec.find(option.name) == nullptr) continue;
    throw UsageError(
        fmt::format("{}: option '{}' says how chunks are played, which takes a plant (--system); without "
                    "one leave it out",
                    who, option.name));
  }
  return decode_options(who, config);
}

ControllerEntry controller_entry_feedback() {
  return {"feedback", "a trained policy (or the quantized expert's token law) that sees every state it decides in",
          describe_options<FeedbackConfig>(), make};
}

}  // namespace pianola
