// The quantized expert q#π* itself: draws the expert's action (or chunk of actions, rolled on a copy of the plant:
// policies/expert_chunk.hpp), and plays q(u) = decode(encode(u)), in double. It needs no law of tokens, so every
// quantizer can be deployed: random ones, moving scales and infinite codebooks too.
#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pianola/control/chunk_memory.hpp"
#include "pianola/control/controller.hpp"
#include "pianola/control/requirements.hpp"
#include "pianola/policies/expert_chunk.hpp"

namespace pianola {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct QuantizedConfig {
  std::optional<std::uint64_t> execute;
  template <class V>
  void visit(V&& v) {
    v("execute", execute, "actions of each chunk that are played before the next decision; auto: all");
  }
};

struct Parts {
  std::shared_ptr<const Expert> expert;
  std::shared_ptr<const Quantizer> quantizer;
  std::size_t execute = 1;
};

class QuantizedController final : public Controller {
 public:
  QuantizedController(std::shared_ptr<const Parts> parts, std::size_t lanes)
      : parts_(std::move(parts)),
        lanes_(lanes),
        info_(parts_->quantizer->info()),
        expert_(*parts_->expert, info_.chunk, lanes),
        playing_(lanes, info_.chunk, parts_->execute, info_.action_dim),
        memory_(lanes * info_.memory_size),
        tokens_(lanes * info_.max_tokens),
        next_memory_(memory_),
        raw_(lanes * info_.chunk * info_.action_dim),
        decoded_(raw_),
        not_finite_(lanes) {}

  [[nodiscard]] std::unique_ptr<Controller> clone() const override {
    auto copy = std::make_unique<QuantizedController>(parts_, lanes_);
    copy->key_ = key_;
    copy->playing_ = playing_;
    copy->memory_ = memory_;
    copy->tokens_ = tokens_;
    return copy;
  }

  void reset(const NoiseKey& key, Ids) override {
    key_ = key;
    playing_.reset();
    std::ranges::fill(memory_, 0.0);
  }

  void act(const Situation& situation, std::span<double> actions, ControlTrace* trace) override {
    if (playing_.any_due()) decide(situation, trace != nullptr && !trace->tokens.empty());
    playing_.play(actions, trace != nullptr ? trace->age : std::span<std::uint32_t>{});
    if (trace != nullptr && !trace->tokens.empty()) std::ranges::copy(tokens_, trace->tokens.begin());
  }

 private:
  void decide(const Situation& situation, bool traced) {
    expert_.plan(key_, situation, raw_);
    make_finite(raw_, not_finite_);
    if (traced) encode(situation);
    std::ranges::copy(memory_, next_memory_.begin());
    const NoiseKey dither = key_.child("dither");
    parts_->quantizer->quantize(
        raw_, CodecContext{&dither, situation.ids, situation.h, next_memory_, situation.observations}, decoded_);
    const std::size_t width = decoded_.size() / std::max<std::size_t>(lanes_, 1);
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      if (not_finite_[lane] != 0) std::fill_n(&decoded_[lane * width], width, kNaN);
    }
    copy_due<double>(playing_, lanes_, next_memory_, memory_);
    playing_.take(decoded_);
  }

  void encode(const Situation& situation) {
    chunks_.assign(raw_.begin(), raw_.end());
    next_tokens_.assign(tokens_.size(), 0);
    lengths_.assign(lanes_, 0);
    std::ranges::copy(memory_, next_memory_.begin());
    const NoiseKey dither = key_.child("dither");
    parts_->quantizer->encode(chunks_,
                              CodecContext{&dither, situation.ids, situation.h, next_memory_, situation.observations},
                              TokenBatch{next_tokens_, lengths_});
    copy_due<Token>(playing_, lanes_, next_tokens_, tokens_);
  }

  std::shared_ptr<const Parts> parts_;
  std::size_t lanes_;
  const QuantizerInfo& info_;
  NoiseKey key_;
  ExpertChunk expert_;
  ChunkMemory playing_;
  std::vector<double> memory_;
  std::vector<Token> tokens_;
  // Scratch of a decision:
  std::vector<double> next_memory_, raw_, decoded_;
  std::vector<std::uint8_t> not_finite_;
  std::vector<float> chunks_;
  std::vector<Token> next_tokens_;
  std::vector<std::uint32_t> lengths_;
};

class QuantizedRecipe final : public ControllerRecipe {
 public:
  QuantizedRecipe(Parts parts, std::string spec)
      : parts_(std::make_shared<const Parts>(std::move(parts))), spec_(std::move(spec)) {}
  [[nodiscard]] const std::string& spec() const override { return spec_; }
  [[nodiscard]] std::string quantizer() const override { return parts_->quantizer->info().spec; }
  [[nodiscard]] TraceShape trace_shape() const override { return {.tokens = parts_->quantizer->info().max_tokens}; }
  [[nodiscard]] std::unique_ptr<Controller> make(std::size_t lanes) const override {
    return std::make_unique<QuantizedController>(parts_, lanes);
  }

 private:
  std::shared_ptr<const Parts> parts_;
  std::string spec_;
};

std::shared_ptr<const ControllerRecipe> make(const Spec& spec, const Deployment& deployment) {
  const std::string who = "controller 'quantized'";
  const auto config = read_options<QuantizedConfig>(spec, who);
  require_expert(who, deployment);
  require_quantizer(who, deployment);
  const std::size_t execute = checked_execute(who, config.execute, deployment.quantizer->info().chunk);
  return std::make_shared<QuantizedRecipe>(Parts{deployment.expert, deployment.quantizer, execute},
                                           write_spec("quantized", config).text());
}

}  // namespace

ControllerEntry controller_entry_quantized() {
  return {"quantized", "the quantized expert: plays the decoded tokens of the expert's own actions",
          describe_options<QuantizedConfig>(), make};
}

}  // namespace pianola
