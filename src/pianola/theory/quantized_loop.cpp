#include "pianola/theory/quantized_loop.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pianola/base/error.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/data/dataset.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/systems/riccati.hpp"
#include "pianola/theory/line_bins.hpp"

namespace pianola {
namespace {

constexpr std::size_t kLanes = 256;  // states a block

/// The raw expert's actions, a trajectory an initial state.
class ExpertActions final : public ActionSource {
 public:
  ExpertActions(const QuantizedLoop& loop, std::span<const double> starts, const NoiseKey& key) {
    for (std::size_t i = 0; i < starts.size(); ++i) {
      double x = starts[i];
      for (std::uint32_t h = 0; h < std::min(loop.steps, 20U); ++h) {
        actions_.push_back(-loop.gain * x);
        x = loop.a * x + actions_.back() + (loop.noise > 0.0 ? loop.noise * normal(key, i, h) : 0.0);
      }
    }
  }
  [[nodiscard]] std::size_t action_dim() const override { return 1; }
  void for_each(const std::function<void(std::span<const double>)>& visit) const override { visit(actions_); }

 private:
  std::vector<double> actions_;
};

/// The states [first, first + n) of the initial ones, step by step.
class Lanes {
 public:
  Lanes(const QuantizedLoop& loop, const Quantizer* quantizer, std::span<const double> starts, std::size_t first,
        const NoiseKey& key)
      : loop_(loop),
        quantizer_(quantizer),
        plant_(loop, starts, first, key),
        seen_(key.child("observation noise")),
        channel_(key.child("channel")),
        dither_(key.child("dither")),
        wanted_(starts.size()),
        decided_(starts.size()),
        actions_(starts.size()),
        queue_(starts.size() * loop.disturbance.delay),
        encoder_memory_(quantizer != nullptr ? starts.size() * quantizer->info().memory_size : 0),
        decoder_memory_(encoder_memory_),
        steps_(starts.size()),
        tokens_(starts.size()),
        lengths_(starts.size(), 1),
        values_(starts.size()) {
    for (std::size_t i = 0; i < starts.size(); ++i) ids_.push_back(first + i);
  }

  LoopSums play() {
    for (std::uint32_t h = 0; h < loop_.steps; ++h) {
      decide(h);
      plant_.step(actions_, h);
    }
    return plant_.sums();
  }

 private:
  void decide(std::uint32_t h) {
    const Disturbance& by = loop_.disturbance;
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      const double error = by.observation_noise > 0.0 ? by.observation_noise * normal(seen_, ids_[i], h) : 0.0;
      wanted_[i] = -loop_.gain * (plant_.states()[i] + error);
    }
    std::ranges::fill(steps_, h);
    if (quantizer_ == nullptr) {
      for (std::size_t i = 0; i < wanted_.size(); ++i) {
        if (!is_lost(i, h)) decided_[i] = wanted_[i];
      }
    } else if (by.wrong_token > 0.0 || by.lost_token > 0.0) {
      send(h);
    } else {
      quantizer_->quantize(wanted_, CodecContext{&dither_, ids_, steps_, encoder_memory_}, decided_);
    }
    delay(h);
  }

  /// Tokens over a channel that spoils some. What is lost never reaches the decoder, so its memory stands still, and
  /// leaves the last decision.
  void send(std::uint32_t h) {
    values_.assign(wanted_.begin(), wanted_.end());
    quantizer_->encode(values_, CodecContext{&dither_, ids_, steps_, encoder_memory_}, {tokens_, lengths_});
    const std::uint32_t vocabulary = quantizer_->info().vocabularies[0];
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (uniform(channel_, ids_[i], h, 0) >= loop_.disturbance.wrong_token) continue;
      tokens_[i] = static_cast<Token>(uniform(channel_, ids_[i], h, 1) * vocabulary);
    }
    const std::vector<double> before = decoder_memory_;
    quantizer_->decode({tokens_, lengths_}, CodecContext{&dither_, ids_, steps_, decoder_memory_}, values_, {});
    const std::size_t size = quantizer_->info().memory_size;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (is_lost(i, h)) {
        std::copy_n(before.data() + i * size, size, decoder_memory_.data() + i * size);
      } else {
        decided_[i] = values_[i];
      }
    }
  }

  [[nodiscard]] bool is_lost(std::size_t i, std::uint32_t h) const {
    return loop_.disturbance.lost_token > 0.0 && uniform(channel_, ids_[i], h, 2) < loop_.disturbance.lost_token;
  }

  /// A ring of the last d decisions.
  void delay(std::uint32_t h) {
    actions_ = decided_;
    const std::uint32_t d = loop_.disturbance.delay;
    if (d == 0) return;
    const std::size_t n = decided_.size(), slot = h % d;
    for (std::size_t i = 0; i < n; ++i) std::swap(actions_[i], queue_[slot * n + i]);
  }

  const QuantizedLoop& loop_;
  const Quantizer* quantizer_;
  LoopStates plant_;
  NoiseKey seen_, channel_, dither_;
  std::vector<double> wanted_, decided_, actions_, queue_, encoder_memory_, decoder_memory_;
  std::vector<std::uint32_t> steps_;
  std::vector<Token> tokens_;
  std::vector<std::uint32_t> lengths_;
  std::vector<float> values_;
  std::vector<std::uint64_t> ids_;
};

}  // namespace

double lqr_gain(double a) {
  return solve_lqr({.n = 1, .m = 1, .a = {a}, .b = {1.0}, .q = {}, .r = {}}, "quantized loop").k[0];
}

void LoopSums::merge(const LoopSums& other) {
  left += other.left;
  cost += other.cost;
  rest = std::max(rest, other.rest);
}

LoopOutcome LoopSums::outcome(std::size_t states, std::uint32_t steps) const {
  const auto count = static_cast<double>(states);
  return {static_cast<double>(left) / count, cost / (count * steps),
          left > 0 ? std::numeric_limits<double>::infinity() : rest};
}

LoopStates::LoopStates(const QuantizedLoop& loop, std::span<const double> starts, std::uint64_t first,
                       const NoiseKey& key, std::span<const double> drawn)
    : loop_(loop),
      noise_(key.child("noise")),
      first_(first),
      drawn_(drawn),
      states_(starts.begin(), starts.end()),
      out_(starts.size(), 0) {}

void LoopStates::step(std::span<const double> actions, std::uint32_t h) {
  const double most = loop_.ball * loop_.ball;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    if (out_[i] == 0) {
      const auto omega = [&] {
        return drawn_.empty() ? normal(noise_, first_ + i, h) : drawn_[h * states_.size() + i];
      };
      const double noise = loop_.noise > 0.0 ? loop_.noise * omega() : 0.0;
      states_[i] = loop_.a * states_[i] + actions[i] + noise;
      if (std::abs(states_[i]) > loop_.ball) out_[i] = 1, states_[i] = 0.0;
    }
    sums_.cost += out_[i] != 0 ? most : states_[i] * states_[i];
    if (4 * h >= 3 * loop_.steps && out_[i] == 0) sums_.rest = std::max(sums_.rest, std::abs(states_[i]));
  }
}

LoopSums LoopStates::sums() const {
  LoopSums sums = sums_;
  sums.left = static_cast<std::size_t>(std::ranges::count(out_, 1));
  return sums;
}

std::vector<double> loop_noise(const QuantizedLoop& loop, std::size_t states, const NoiseKey& key) {
  const NoiseKey noise = key.child("noise");
  std::vector<double> drawn;
  drawn.reserve(states * loop.steps);
  for (std::uint32_t h = 0; h < loop.steps; ++h) {
    for (std::uint64_t i = 0; i < states; ++i) drawn.push_back(normal(noise, i, h));
  }
  return drawn;
}

LoopOutcome play(const QuantizedLoop& loop, const Quantizer* quantizer, std::span<const double> starts,
                 const NoiseKey& key) {
  if (quantizer != nullptr && (quantizer->info().action_dim != 1 || quantizer->info().chunk != 1)) {
    throw UsageError("quantized loop: quantizer '" + quantizer->info().spec + "' must have one dimension and chunk 1");
  }
  std::vector<LoopSums> sums((starts.size() + kLanes - 1) / kLanes);
  parallel_blocks(starts.size(), kLanes, [&](const Block& block) {
    const auto part = starts.subspan(block.begin, block.end - block.begin);
    sums[block.index] = Lanes(loop, quantizer, part, block.begin, key).play();
  });
  LoopSums all;
  for (const LoopSums& sum : sums) all.merge(sum);
  return all.outcome(starts.size(), loop.steps);
}

std::vector<double> spread_starts(double radius, std::size_t count) {
  std::vector<double> starts;
  for (std::size_t i = 0; i < count; ++i) {
    starts.push_back(radius * (2.0 * (static_cast<double>(i) + 0.5) / static_cast<double>(count) - 1.0));
  }
  return starts;
}

std::unique_ptr<Quantizer> fit_to_loop(const QuantizerMaker& quantizers, const std::string& spec,
                                       const QuantizedLoop& loop, double radius, std::span<const double> starts,
                                       const NoiseKey& key) {
  const ExpertActions actions(loop, starts, key.child("demonstrations"));
  FitContext context;
  context.action_dim = 1;
  context.range = {{-loop.gain * radius}, {loop.gain * radius}};
  context.data = &actions;
  context.key = key.child("fit");
  return make_experiment_quantizer(quantizers, spec, context);
}

}  // namespace pianola
