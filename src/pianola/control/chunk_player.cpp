#include "pianola/control/chunk_player.hpp"

#include <algorithm>
#include <utility>

namespace pianola {
namespace {

class ChunkPlayerRecipe final : public ControllerRecipe {
 public:
  explicit ChunkPlayerRecipe(ChunkPlayerParts parts) : parts_(std::move(parts)) {}
  [[nodiscard]] const std::string& spec() const override { return parts_.spec; }
  [[nodiscard]] std::string quantizer() const override { return parts_.quantizer->info().spec; }
  [[nodiscard]] TraceShape trace_shape() const override {
    const std::size_t tokens = parts_.quantizer->info().max_tokens;
    return {.tokens = tokens, .log_probabilities = parts_.log_probabilities ? tokens : 0};
  }
  [[nodiscard]] std::unique_ptr<Controller> make(std::size_t lanes) const override {
    return std::make_unique<ChunkPlayer>(parts_.decider(lanes), parts_.quantizer->info(), parts_.play, lanes);
  }

 private:
  ChunkPlayerParts parts_;
};

}  // namespace

ChunkPlayer::ChunkPlayer(std::unique_ptr<ChunkDecider> decider, const QuantizerInfo& quantizer, const ChunkPlay& play,
                         std::size_t lanes)
    : decider_(std::move(decider)),
      playing_(lanes, quantizer.chunk, play.execute, quantizer.action_dim),
      decided_(lanes * quantizer.chunk * quantizer.action_dim),
      tokens_(lanes * quantizer.max_tokens),
      log_probabilities_(tokens_.size()) {}

ChunkPlayer::ChunkPlayer(const ChunkPlayer& other)
    : decider_(other.decider_->clone()),
      playing_(other.playing_),
      decided_(other.decided_),
      tokens_(other.tokens_),
      log_probabilities_(other.log_probabilities_) {}

std::unique_ptr<Controller> ChunkPlayer::clone() const {
  return std::unique_ptr<Controller>(new ChunkPlayer(*this));  // the copy is nobody else's
}

void ChunkPlayer::reset(const NoiseKey& key, Ids) {
  decider_->reset(key);
  playing_.reset();
}

void ChunkPlayer::act(const Situation& situation, std::span<double> actions, ControlTrace* trace) {
  const bool traced = trace != nullptr && !trace->tokens.empty();
  decider_->observe(situation.observations);
  if (playing_.due()) {
    decider_->decide(situation, {decided_, traced ? std::span(tokens_) : std::span<Token>{}, log_probabilities_});
    playing_.take(decided_);
  }
  playing_.play(actions, trace != nullptr ? trace->age : std::span<std::uint32_t>{});
  if (trace == nullptr) return;
  if (traced) std::ranges::copy(tokens_, trace->tokens.begin());
  if (!trace->log_probabilities.empty()) std::ranges::copy(log_probabilities_, trace->log_probabilities.begin());
}

std::shared_ptr<const ControllerRecipe> chunk_player_recipe(ChunkPlayerParts parts) {
  return std::make_shared<ChunkPlayerRecipe>(std::move(parts));
}

}  // namespace pianola
