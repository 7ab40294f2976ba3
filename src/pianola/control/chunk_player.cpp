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
    return std::make_unique<ChunkPlayer>(parts_.decider(lanes), *parts_.quantizer, parts_.play, lanes);
  }

 private:
  ChunkPlayerParts parts_;
};

}  // namespace

ChunkPlayer::ChunkPlayer(std::unique_ptr<ChunkDecider> decider, const Quantizer& quantizer, const ChunkPlay& play,
                         std::size_t lanes)
    : quantizer_(quantizer),
      play_(play),
      decider_(std::move(decider)),
      playing_(lanes, quantizer.info().action_dim, play.schedule),
      decided_(lanes * quantizer.info().chunk * quantizer.info().action_dim),
      committed_(lanes * play.schedule.delay * quantizer.info().action_dim),
      tokens_(lanes * quantizer.info().max_tokens),
      log_probabilities_(tokens_.size()) {
  if (play.ensemble) ensemble_.emplace(lanes, quantizer.info().chunk, quantizer.info().action_dim, *play.ensemble);
}

ChunkPlayer::ChunkPlayer(const ChunkPlayer& other)
    : quantizer_(other.quantizer_),
      play_(other.play_),
      decider_(other.decider_->clone()),
      playing_(other.playing_),
      ensemble_(other.ensemble_),
      fresh_(other.fresh_),
      decided_(other.decided_),
      committed_(other.committed_),
      tokens_(other.tokens_),
      log_probabilities_(other.log_probabilities_) {}

std::unique_ptr<Controller> ChunkPlayer::clone() const {
  return std::unique_ptr<Controller>(new ChunkPlayer(*this));  // the copy is nobody else's
}

void ChunkPlayer::reset(const NoiseKey& key, Ids) {
  decider_->reset(key);
  playing_.reset();
  if (ensemble_) ensemble_->reset();
  play_.rate_limit.reset();
  fresh_ = true;
}

void ChunkPlayer::decide(const Situation& situation, bool traced) {
  if (fresh_ && play_.schedule.delay > 0) {
    const std::size_t width = situation.lanes() * quantizer_.info().action_dim;
    start_actions(play_, quantizer_, situation.observations, std::span(decided_).first(width));
    playing_.start(std::span(decided_).first(width));
  }
  fresh_ = false;
  playing_.committed(committed_);
  const std::span<const double> known =
      play_.committed() > 0 ? std::span<const double>(committed_) : std::span<const double>{};
  decider_->decide(situation, known, {decided_, traced ? std::span(tokens_) : std::span<Token>{}, log_probabilities_});
  playing_.take(decided_);
}

void ChunkPlayer::act(const Situation& situation, std::span<double> actions, ControlTrace* trace) {
  const bool traced = trace != nullptr && !trace->tokens.empty();
  decider_->observe(situation.observations);
  if (playing_.due()) decide(situation, traced);
  playing_.play(actions, trace != nullptr ? trace->age : std::span<std::uint32_t>{});
  if (ensemble_) ensemble_->play(decided_, actions);
  play_.rate_limit.apply(actions);
  if (trace == nullptr) return;
  if (traced) std::ranges::copy(tokens_, trace->tokens.begin());
  if (!trace->log_probabilities.empty()) std::ranges::copy(log_probabilities_, trace->log_probabilities.begin());
}

std::shared_ptr<const ControllerRecipe> chunk_player_recipe(ChunkPlayerParts parts) {
  return std::make_shared<ChunkPlayerRecipe>(std::move(parts));
}

}  // namespace pianola
