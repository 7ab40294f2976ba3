// A policy in feedback: observes, draws the tokens of a chunk, plays the first m of its actions, observes again.
//
//   ũ ~ π̂(· | x_{h−k+1..h}),   execute decode(ũ)_1 … decode(ũ)_m
//
// The observations before the first are taken to equal it. Without a trained policy the quantized expert q#π* is
// deployed through its token law (policies/quantized_expert.hpp).
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "pianola/base/error.hpp"
#include "pianola/control/chunk_memory.hpp"
#include "pianola/control/controller.hpp"
#include "pianola/control/requirements.hpp"
#include "pianola/policies/quantized_expert.hpp"

namespace pianola {
namespace {

const std::vector<std::string> kModes{"sample", "argmax", "mean"};  // in the order of DecodeMode

struct FeedbackConfig {
  std::string decode = "sample";
  double temperature = 1.0;
  std::optional<std::uint64_t> execute;
  template <class V>
  void visit(V&& v) {
    v("decode", decode, "how tokens are taken: sample, argmax, or mean (of the tokens' values)");
    v("temperature", temperature, "divides the logits: below 1 sharpens, above 1 flattens");
    v("execute", execute, "actions of each chunk that are played before the next decision; auto: all");
  }
};

struct Parts {
  std::shared_ptr<const Policy> policy;
  std::shared_ptr<const Quantizer> quantizer;
  DecodeOptions options;
  std::size_t execute = 1;
};

class FeedbackController final : public Controller {
 public:
  FeedbackController(std::shared_ptr<const Parts> parts, std::size_t lanes)
      : parts_(std::move(parts)),
        lanes_(lanes),
        codec_(parts_->quantizer->info()),
        decoder_(*parts_->policy, *parts_->quantizer, parts_->options, lanes),
        playing_(lanes, codec_.chunk, parts_->execute, codec_.action_dim),
        memory_(lanes * codec_.memory_size),
        histories_(lanes * history() * parts_->policy->info().observation_dim),
        tokens_(lanes * codec_.max_tokens),
        log_probabilities_(tokens_.size()),
        next_memory_(memory_),
        decided_(lanes * codec_.chunk * codec_.action_dim),
        next_tokens_(tokens_),
        next_log_probabilities_(log_probabilities_) {}

  [[nodiscard]] std::unique_ptr<Controller> clone() const override {
    auto copy = std::make_unique<FeedbackController>(parts_, lanes_);
    copy->key_ = key_;
    copy->fresh_ = fresh_;
    copy->playing_ = playing_;
    copy->memory_ = memory_;
    copy->histories_ = histories_;
    copy->tokens_ = tokens_;
    copy->log_probabilities_ = log_probabilities_;
    return copy;
  }

  void reset(const NoiseKey& key, Ids) override {
    key_ = key;
    fresh_ = true;
    playing_.reset();
    std::ranges::fill(memory_, 0.0);
  }

  void act(const Situation& situation, std::span<double> actions, ControlTrace* trace) override {
    observe(situation.observations);
    if (playing_.any_due()) decide(situation);
    playing_.play(actions, trace != nullptr ? trace->age : std::span<std::uint32_t>{});
    if (trace == nullptr) return;
    if (!trace->tokens.empty()) std::ranges::copy(tokens_, trace->tokens.begin());
    if (!trace->log_probabilities.empty()) {
      std::ranges::copy(log_probabilities_, trace->log_probabilities.begin());
    }
  }

 private:
  [[nodiscard]] std::size_t history() const { return parts_->policy->info().history; }

  /// Shifts each lane's history by one and appends the newest observation; after a reset fills it with that.
  void observe(std::span<const double> observations) {
    const std::size_t dim = parts_->policy->info().observation_dim, span = history() * dim;
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      float* const row = histories_.data() + lane * span;
      const double* const newest = observations.data() + lane * dim;
      if (fresh_) {
        for (std::size_t i = 0; i < span; ++i) row[i] = static_cast<float>(newest[i % dim]);
        continue;
      }
      std::copy(row + dim, row + span, row);
      std::transform(newest, newest + dim, row + span - dim, [](double x) { return static_cast<float>(x); });
    }
    fresh_ = false;
  }

  void decide(const Situation& situation) {
    std::ranges::copy(memory_, next_memory_.begin());
    decoder_.decide(key_, situation, histories_, decided_, next_tokens_, next_log_probabilities_, next_memory_);
    copy_due<double>(playing_, lanes_, next_memory_, memory_);
    copy_due<Token>(playing_, lanes_, next_tokens_, tokens_);
    copy_due<float>(playing_, lanes_, next_log_probabilities_, log_probabilities_);
    playing_.take(decided_);
  }

  std::shared_ptr<const Parts> parts_;
  std::size_t lanes_;
  const QuantizerInfo& codec_;
  NoiseKey key_;
  Decoder decoder_;
  bool fresh_ = true;  // nothing observed since reset
  ChunkMemory playing_;
  std::vector<double> memory_;
  std::vector<float> histories_;
  std::vector<Token> tokens_;
  std::vector<float> log_probabilities_;
  // Scratch of a decision:
  std::vector<double> next_memory_, decided_;
  std::vector<Token> next_tokens_;
  std::vector<float> next_log_probabilities_;
};

class FeedbackRecipe final : public ControllerRecipe {
 public:
  FeedbackRecipe(Parts parts, std::string spec)
      : parts_(std::make_shared<const Parts>(std::move(parts))), spec_(std::move(spec)) {
    Decoder(*parts_->policy, *parts_->quantizer, parts_->options, 1);  // refuses now what would fail in each block
  }
  [[nodiscard]] const std::string& spec() const override { return spec_; }
  [[nodiscard]] std::string quantizer() const override { return parts_->quantizer->info().spec; }
  [[nodiscard]] TraceShape trace_shape() const override {
    const std::size_t tokens = parts_->quantizer->info().max_tokens;
    return {.tokens = tokens, .log_probabilities = tokens};
  }
  [[nodiscard]] std::unique_ptr<Controller> make(std::size_t lanes) const override {
    return std::make_unique<FeedbackController>(parts_, lanes);
  }

 private:
  std::shared_ptr<const Parts> parts_;
  std::string spec_;
};

DecodeMode decode_mode(const std::string& who, const std::string& name) {
  const auto found = std::ranges::find(kModes, name);
  if (found == kModes.end()) throw_unknown_name(who + ": decode mode", name, kModes);
  return static_cast<DecodeMode>(found - kModes.begin());
}

std::shared_ptr<const Policy> policy_of(const std::string& who, const Deployment& deployment) {
  if (!deployment.policy) {
    require_expert(who, deployment);
    return make_quantized_expert(deployment.expert, deployment.quantizer);
  }
  const auto& policy = deployment.policy->info();
  if (deployment.system && policy.observation_dim != deployment.system->info().observation_dim) {
    const auto& system = deployment.system->info();
    throw UsageError(
        fmt::format("{}: the policy '{}' was trained on {} observations, but the system '{}' has {}; deploy it "
                    "on the system of its demonstrations",
                    who, policy.spec, policy.observation_dim, system.spec, system.observation_dim));
  }
  return deployment.policy;
}

std::shared_ptr<const ControllerRecipe> make(const Spec& spec, const Deployment& deployment) {
  const std::string who = "controller 'feedback'";
  const auto config = read_options<FeedbackConfig>(spec, who);
  require_quantizer(who, deployment);
  Parts parts;
  parts.options = {decode_mode(who, config.decode), config.temperature};
  parts.policy = policy_of(who, deployment);
  parts.quantizer = deployment.quantizer;
  parts.execute = checked_execute(who, config.execute, deployment.quantizer->info().chunk);
  return std::make_shared<FeedbackRecipe>(std::move(parts), write_spec("feedback", config).text());
}

}  // namespace

ControllerEntry controller_entry_feedback() {
  return {"feedback", "a trained policy (or the quantized expert's token law) that sees every state it decides in",
          describe_options<FeedbackConfig>(), make};
}

}  // namespace pianola
