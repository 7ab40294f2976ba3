#include "pianola/theory/disturbed_plant.hpp"

#include <algorithm>
#include <cstdint>

#include "pianola/base/error.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/policies/expert_chunk.hpp"

namespace pianola {
namespace {

constexpr std::size_t kLanes = 16;  // rollouts a block

/// The rollouts [first, first + lanes), step by step.
class Lanes {
 public:
  Lanes(const DisturbedPlant& world, const Quantizer* quantizer, const NoiseKey& key, std::size_t first,
        std::size_t lanes)
      : world_(world),
        quantizer_(quantizer),
        key_(key),
        seen_(key.child("observation noise")),
        channel_(key.child("channel")),
        dither_(key.child("dither")),
        plant_(world.system.simulate(lanes)),
        dim_(world.system.info().action_dim),
        ids_(lanes),
        steps_(lanes),
        outcomes_(lanes, Outcome::running),
        observations_(lanes * world.system.info().observation_dim),
        wanted_(lanes * dim_),
        decided_(lanes * dim_),
        actions_(lanes * dim_),
        queue_(lanes * dim_ * world.disturbance.delay),
        rewards_(lanes),
        returns_(lanes),
        encoder_memory_(quantizer != nullptr ? lanes * quantizer->info().memory_size : 0),
        decoder_memory_(encoder_memory_),
        tokens_(quantizer != nullptr ? lanes * quantizer->info().max_tokens : 0),
        lengths_(lanes),
        values_(lanes * dim_) {
    for (std::size_t i = 0; i < lanes; ++i) ids_[i] = first + i;
    plant_->reset(key_, ids_);
  }

  void play() {
    const auto horizon = static_cast<std::uint32_t>(world_.system.info().horizon);
    for (std::uint32_t h = 0; h < horizon; ++h) {
      if (std::ranges::none_of(outcomes_, [](Outcome o) { return o == Outcome::running; })) return;
      std::ranges::fill(steps_, h);
      look(h);
      decide(h);
      delay(h);
      diverge_where_not_finite(actions_, outcomes_);
      plant_->step(steps_, actions_, rewards_, outcomes_);
      for (std::size_t i = 0; i < returns_.size(); ++i) returns_[i] += rewards_[i];
    }
  }

  [[nodiscard]] std::span<const double> returns() const { return returns_; }
  [[nodiscard]] std::size_t lost() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(outcomes_, [](Outcome o) { return o == Outcome::terminated || o == Outcome::diverged; }));
  }

 private:
  /// What the expert sees.
  void look(std::uint32_t h) {
    plant_->observe(observations_);
    const double noise = world_.disturbance.observation_noise;
    const std::size_t width = world_.observation_scale.size();
    for (std::size_t i = 0; noise > 0.0 && i < observations_.size(); ++i) {
      const auto place = static_cast<std::uint32_t>(i % width);
      observations_[i] += noise * world_.observation_scale[place] * normal(seen_, ids_[i / width], h, place);
    }
    world_.expert.act(key_, {ids_, steps_, observations_, outcomes_, plant_.get()}, wanted_);
  }

  void decide(std::uint32_t h) {
    const Disturbance& by = world_.disturbance;
    if (quantizer_ == nullptr) {
      receive(wanted_, h);
    } else if (by.wrong_token > 0.0 || by.lost_token > 0.0) {
      send(h);
    } else {
      make_finite(wanted_, broken());
      quantizer_->quantize(wanted_, CodecContext{&dither_, ids_, steps_, encoder_memory_, observations_}, decided_);
    }
  }

  void send(std::uint32_t h) {
    make_finite(wanted_, broken());
    values_.assign(wanted_.begin(), wanted_.end());
    quantizer_->encode(values_, {&dither_, ids_, steps_, encoder_memory_, observations_}, {tokens_, lengths_});
    const QuantizerInfo& info = quantizer_->info();
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      if (uniform(channel_, ids_[i], h, 0) >= world_.disturbance.wrong_token) continue;
      for (std::uint32_t p = 0; p < info.max_tokens; ++p) {
        tokens_[i * info.max_tokens + p] =
            static_cast<Token>(uniform(channel_, ids_[i], h, 2 + p) * info.vocabularies[p]);
      }
    }
    before_ = decoder_memory_;
    quantizer_->decode({tokens_, lengths_}, {&dither_, ids_, steps_, decoder_memory_, observations_}, values_, {});
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      if (!is_lost(i, h)) continue;
      std::copy_n(before_.begin() + static_cast<std::ptrdiff_t>(i * info.memory_size), info.memory_size,
                  decoder_memory_.begin() + static_cast<std::ptrdiff_t>(i * info.memory_size));
    }
    received_.assign(values_.begin(), values_.end());
    receive(received_, h);
  }

  /// What is lost leaves the last decision.
  void receive(std::span<const double> actions, std::uint32_t h) {
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      if (!is_lost(i, h)) std::ranges::copy(actions.subspan(i * dim_, dim_), &decided_[i * dim_]);
    }
  }

  [[nodiscard]] bool is_lost(std::size_t i, std::uint32_t h) const {
    const double lost = world_.disturbance.lost_token;
    return lost > 0.0 && uniform(channel_, ids_[i], h, 1) < lost;
  }

  /// A ring of the last d decisions.
  void delay(std::uint32_t h) {
    actions_ = decided_;
    const std::uint32_t d = world_.disturbance.delay;
    if (d == 0) return;
    const std::size_t n = actions_.size(), slot = h % d;
    for (std::size_t i = 0; i < n; ++i) std::swap(actions_[i], queue_[slot * n + i]);
  }

  /// Of lanes whose expert knew no action: they have ended.
  std::span<std::uint8_t> broken() {
    broken_.assign(ids_.size(), 0);
    return broken_;
  }

  const DisturbedPlant& world_;
  const Quantizer* quantizer_;
  NoiseKey key_, seen_, channel_, dither_;
  std::unique_ptr<Simulation> plant_;
  std::size_t dim_;
  std::vector<std::uint64_t> ids_;
  std::vector<std::uint32_t> steps_;
  std::vector<Outcome> outcomes_;
  std::vector<double> observations_, wanted_, decided_, actions_, queue_, rewards_, returns_;
  std::vector<double> encoder_memory_, decoder_memory_, before_, received_;
  std::vector<Token> tokens_;
  std::vector<std::uint32_t> lengths_;
  std::vector<float> values_;
  std::vector<std::uint8_t> broken_;
};

}  // namespace

DisturbedReturns play_disturbed(const DisturbedPlant& plant, const Quantizer* quantizer, const NoiseKey& key,
                                std::size_t rollouts) {
  if (quantizer != nullptr && (quantizer->info().chunk != 1 || !quantizer->info().fixed_length)) {
    throw UsageError("disturbed plant: quantizer '" + quantizer->info().spec +
                     "' must have chunk 1 and sequences of fixed length");
  }
  DisturbedReturns out{std::vector<double>(rollouts), 0};
  std::vector<std::size_t> lost((rollouts + kLanes - 1) / kLanes);
  parallel_blocks(rollouts, kLanes, [&](const Block& block) {
    Lanes lanes(plant, quantizer, key, block.begin, block.end - block.begin);
    lanes.play();
    std::ranges::copy(lanes.returns(), out.returns.begin() + static_cast<std::ptrdiff_t>(block.begin));
    lost[block.index] = lanes.lost();
  });
  for (const std::size_t count : lost) out.lost += count;
  return out;
}

}  // namespace pianola
