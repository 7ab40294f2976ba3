#include "pianola/audits/deployed_law.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "pianola/audits/atom_law.hpp"
#include "pianola/audits/expert_law.hpp"
#include "pianola/audits/token_bounds.hpp"
#include "pianola/base/error.hpp"
#include "pianola/policies/quantized_expert.hpp"

namespace pianola {
namespace {

/// One atom in each lane: rows of `actions`.
void set_points(std::span<const double> actions, std::span<FiniteLaw> laws) {
  const std::size_t width = actions.size() / laws.size();
  for (std::size_t lane = 0; lane < laws.size(); ++lane) {
    const auto row = actions.subspan(lane * width, width);
    laws[lane] = {width, {row.begin(), row.end()}, {1.0}};
  }
}

/// What a policy's decoder decides: argmax, mean and beam draw nothing.
class DecodedSource final : public AtomSource {
 public:
  DecodedSource(std::shared_ptr<const Policy> policy, std::shared_ptr<const Quantizer> quantizer,
                const DecodeOptions& options, std::size_t lanes)
      : policy_(std::move(policy)),
        quantizer_(std::move(quantizer)),
        decoder_(*policy_, *quantizer_, options, lanes),
        actions_(lanes * quantizer_->info().chunk * quantizer_->info().action_dim) {}

  void laws(const LawQuery& query, std::span<FiniteLaw> laws) override {
    decoder_.decide(query.key, query.situation, query.histories, actions_);
    set_points(actions_, laws);
  }

 private:
  std::shared_ptr<const Policy> policy_;
  std::shared_ptr<const Quantizer> quantizer_;
  Decoder decoder_;
  std::vector<double> actions_;
};

class PlayedSource final : public AtomSource {
 public:
  PlayedSource(std::shared_ptr<const ActionPolicy> policy, const DecodeOptions& options, std::size_t lanes)
      : policy_(std::move(policy)),
        options_(options),
        session_(policy_->session(lanes)),
        actions_(lanes * policy_->info().chunk * policy_->info().action_dim) {}

  void laws(const LawQuery& query, std::span<FiniteLaw> laws) override {
    session_->decide(query.key, query.situation, query.histories, options_, actions_);
    set_points(actions_, laws);
  }

 private:
  std::shared_ptr<const ActionPolicy> policy_;
  DecodeOptions options_;
  std::unique_ptr<ActionSession> session_;
  std::vector<double> actions_;
};

/// The options by which feedback, chunked and augmented take tokens from a law.
struct TakingOptions {
  std::string decode = "sample";
  double temperature = 1.0, top_p = 1.0;
  std::uint64_t top_k = 0, beams = 4;
  template <class V>
  void visit(V&& v) {
    v("decode", decode, ""), v("temperature", temperature, ""), v("top_k", top_k, ""), v("top_p", top_p, "");
    v("beams", beams, "");
  }
};

/// From a controller's canonical spec, which make_controller has accepted.
DecodeOptions decode_options(const Spec& controller) {
  const std::vector<std::string> modes{"sample", "argmax", "mean", "beam"};  // in the order of DecodeMode
  Spec taken{controller.name, {}};
  TakingOptions config;
  config.visit([&](const char* name, auto&, const char*) {
    if (const std::string* value = controller.find(name)) taken.options.emplace_back(name, *value);
  });
  config = read_options<TakingOptions>(taken, "controller '" + controller.name + "'");
  const auto mode = std::ranges::find(modes, config.decode) - modes.begin();
  return {static_cast<DecodeMode>(mode), config.temperature, config.top_k, config.top_p, config.beams};
}

DeployedLawInfo policy_info(std::size_t dim, std::size_t history, std::string how) {
  return {.dim = dim, .history = history, .reads_floats = true, .how = std::move(how)};
}

std::shared_ptr<const DeployedLaw> action_policy_law(const std::shared_ptr<const ActionPolicy>& policy,
                                                     const DecodeOptions& options) {
  const ActionPolicyInfo& info = policy->info();
  if (options.mode == DecodeMode::sample && info.density) {
    throw UsageError(fmt::format(
        "smoothness: the policy '{}' draws actions from a density that is not known as atoms; audit it with "
        "--controller feedback:decode=mean, whose decisions are points",
        info.spec));
  }
  return std::make_shared<AtomLaw>(
      policy_info(info.chunk * info.action_dim, info.history,
                  "the policy plays a point in each state: points are compared exactly"),
      [policy, options](std::size_t lanes) { return std::make_unique<PlayedSource>(policy, options, lanes); });
}

std::size_t sequences(const Policy& policy) {
  std::size_t count = 1;
  for (const std::uint32_t vocabulary : policy.info().vocabularies) {
    count *= std::max<std::uint32_t>(vocabulary, 1);
    if (count > kMostSequences) return kMostSequences + 1;
  }
  return count;
}

void require_no_memory(const Quantizer& quantizer) {
  if (quantizer.info().memory_size == 0) return;
  throw UsageError(fmt::format(
      "smoothness: the quantizer '{}' keeps a moving scale, so that what is played in a state depends on those "
      "before it and there is no law of the state alone",
      quantizer.info().spec));
}

std::shared_ptr<const DeployedLaw> token_policy_law(const std::shared_ptr<const Policy>& policy,
                                                    const std::shared_ptr<const Quantizer>& quantizer,
                                                    const DecodeOptions& options) {
  const QuantizerInfo& codec = quantizer->info();
  if (options.mode != DecodeMode::sample) {
    return std::make_shared<AtomLaw>(policy_info(codec.chunk * codec.action_dim, policy->info().history,
                                                 "decoding draws nothing: decisions are points, compared exactly"),
                                     [policy, quantizer, options](std::size_t lanes) {
                                       return std::make_unique<DecodedSource>(policy, quantizer, options, lanes);
                                     });
  }
  return sequences(*policy) <= kMostSequences ? enumerated_token_law(policy, quantizer, options)
                                              : bounded_token_law(policy, quantizer, options);
}

}  // namespace

std::shared_ptr<const DeployedLaw> make_deployed_law(const Deployment& deployment, const std::string& controller) {
  const Spec spec = parse_spec(make_controller(controller, deployment)->spec());
  if (spec.name == "expert") return quantized_expert_law(deployment.expert, nullptr);
  const DecodeOptions options = decode_options(spec);
  if (deployment.quantizer) require_no_memory(*deployment.quantizer);
  if (deployment.action_policy && spec.name != "quantized") return action_policy_law(deployment.action_policy, options);
  if (deployment.policy && spec.name != "quantized") {
    return token_policy_law(deployment.policy, deployment.quantizer, options);
  }
  const bool taken_as_drawn =
      options.mode == DecodeMode::sample && options.temperature == 1.0 && options.top_k == 0 && options.top_p >= 1.0;
  if (spec.name == "quantized" || taken_as_drawn || deployment.expert->info().deterministic) {
    return quantized_expert_law(deployment.expert, deployment.quantizer);
  }
  return token_policy_law(make_quantized_expert(deployment.expert, deployment.quantizer), deployment.quantizer,
                          options);
}

}  // namespace pianola
