#include "pianola/systems/sequence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/systems/lanes.hpp"

namespace pianola {
namespace {

constexpr const char* kName = "sequence";
constexpr std::size_t kMostStates = 65536;
constexpr double kTolerance = 1e-13;  // of the stationary law, total variation
constexpr int kMostIterations = 1000000;

/// The token that is played for an action.
double nearest_token(double action, int vocabulary) { return std::clamp(std::round(action), 0.0, vocabulary - 1.0); }

class SequenceSimulation final : public Simulation {
 public:
  SequenceSimulation(const Sequence& system, std::size_t lanes)
      : system_(system),
        order_(static_cast<std::size_t>(system.config().order)),
        streams_(lanes),
        tokens_(lanes * order_) {}

  [[nodiscard]] const System& system() const override { return system_; }
  [[nodiscard]] std::size_t lanes() const override { return streams_.lanes(); }

  void reset(const NoiseKey& key, Ids ids) override {
    streams_.reset(key, ids);
    const auto law = system_.stationary();
    for (std::size_t lane = 0; lane < lanes(); ++lane) {
      const double u = uniform(streams_.initial(), ids[lane], 0);
      std::size_t state = 0;
      for (double sum = law[0]; sum <= u && state + 1 < law.size();) sum += law[++state];
      for (std::size_t i = order_; i-- > 0; state /= vocabulary()) {
        tokens_[lane * order_ + i] = static_cast<double>(state % vocabulary());
      }
    }
  }

  void observe(std::span<double> out) const override {
    assert(out.size() == lanes());
    for (std::size_t lane = 0; lane < lanes(); ++lane) out[lane] = tokens_[(lane + 1) * order_ - 1];
  }

  void step(std::span<const std::uint32_t>, std::span<const double> actions, std::span<double> rewards,
            std::span<Outcome> outcomes) override {
    assert(actions.size() == lanes() && rewards.size() == lanes() && outcomes.size() == lanes());
    require_finite_actions(system_.info(), actions, outcomes);
    for (std::size_t lane = 0; lane < lanes(); ++lane) {
      rewards[lane] = 0.0;
      if (outcomes[lane] != Outcome::running) continue;
      const std::span<double> state = std::span(tokens_).subspan(lane * order_, order_);
      const double token = nearest_token(actions[lane], system_.config().vocabulary);
      rewards[lane] = system_.law(state)[static_cast<std::size_t>(token)];
      std::shift_left(state.begin(), state.end(), 1);
      state.back() = token;
    }
  }

  void save(std::span<double> out) const override {
    assert(out.size() == tokens_.size());
    std::ranges::copy(tokens_, out.begin());
  }

  void restore(std::span<const double> saved) override {
    assert(saved.size() == tokens_.size());
    std::ranges::copy(saved, tokens_.begin());
  }

 private:
  [[nodiscard]] std::size_t vocabulary() const { return static_cast<std::size_t>(system_.config().vocabulary); }
  const Sequence& system_;
  std::size_t order_;
  LaneStreams streams_;
  std::vector<double> tokens_;  // [lanes × order], the newest last
};

/// vocabulary^order. @throws UsageError if an option is out of range.
std::size_t checked_states(const SequenceConfig& c) {
  if (c.order < 1 || c.vocabulary < 2 || c.vocabulary > 256) {
    throw UsageError(fmt::format("system 'sequence': order must be at least 1 and vocabulary 2 … 256, not {} and {}",
                                 c.order, c.vocabulary));
  }
  if (checked_finite(kName, "sharpness", c.sharpness) < 0.0 || c.sharpness > 50.0) {
    throw UsageError(fmt::format("system 'sequence': option 'sharpness' must lie in 0 … 50, not at {}", c.sharpness));
  }
  std::size_t states = 1;
  for (int i = 0; i < c.order && states <= kMostStates; ++i) states *= static_cast<std::size_t>(c.vocabulary);
  if (states <= kMostStates) return states;
  throw UsageError(fmt::format("system 'sequence': vocabulary^order must be at most {}, but {}^{} is more", kMostStates,
                               c.vocabulary, c.order));
}

}  // namespace

Sequence::Sequence(const SequenceConfig& config) : config_(config), stationary_(checked_states(config)) {
  info_.spec = write_spec(kName, config_).text();
  info_.observation_dim = info_.action_dim = 1;
  info_.state_size = static_cast<std::size_t>(config_.order);
  info_.horizon = checked_horizon(kName, config_.horizon);
  info_.action_range = {{0.0}, {config_.vocabulary - 1.0}};
  info_.action_kinds = {ActionKind::linear};
  info_.reward_low = 0.0;
  info_.reward_high = 1.0;
  info_.default_expert = "source";
  draw_law();
  iterate();
}

void Sequence::draw_law() {
  const auto vocabulary = static_cast<std::size_t>(config_.vocabulary);
  const NoiseKey key = NoiseKey(config_.seed).child("sequence");
  law_.resize(stationary_.size() * vocabulary);
  for (std::size_t state = 0; state < stationary_.size(); ++state) {
    const auto row = std::span(law_).subspan(state * vocabulary, vocabulary);
    for (std::size_t u = 0; u < vocabulary; ++u) {
      row[u] = std::exp(config_.sharpness * normal(key, state, static_cast<std::uint32_t>(u)));
    }
    double total = 0.0;
    for (const double weight : row) total += weight;
    for (double& weight : row) weight /= total;
  }
}

/// μ, and with it H. Every token follows every state with positive probability, so the iteration contracts.
void Sequence::iterate() {
  const auto vocabulary = static_cast<std::size_t>(config_.vocabulary), states = stationary_.size();
  std::ranges::fill(stationary_, 1.0 / static_cast<double>(states));
  std::vector<double> next(states);
  double change = 1.0;
  for (int i = 0; i < kMostIterations && change > kTolerance; ++i) {
    std::ranges::fill(next, 0.0);
    for (std::size_t cell = 0; cell < law_.size(); ++cell) {
      next[cell % states] += stationary_[cell / vocabulary] * law_[cell];  // state · V + u, without its oldest token
    }
    change = 0.0;
    for (std::size_t s = 0; s < states; ++s) change += 0.5 * std::abs(next[s] - stationary_[s]);
    stationary_.swap(next);
  }
  entropy_rate_ = 0.0;
  for (std::size_t cell = 0; cell < law_.size(); ++cell) {
    entropy_rate_ -= stationary_[cell / vocabulary] * law_[cell] * std::log(law_[cell]);
  }
}

std::unique_ptr<Simulation> Sequence::simulate(std::size_t lanes) const {
  return std::make_unique<SequenceSimulation>(*this, lanes);
}

std::span<const double> Sequence::law(std::span<const double> state) const {
  assert(state.size() == info_.state_size);
  const auto vocabulary = static_cast<std::size_t>(config_.vocabulary);
  std::size_t number = 0;
  for (const double token : state) number = number * vocabulary + static_cast<std::size_t>(token);
  return std::span(law_).subspan(number * vocabulary, vocabulary);
}

SystemEntry system_entry_sequence() {
  return {kName, "token sequences: the action is appended; reward: its probability under a Markov source of known law",
          describe_options<SequenceConfig>(),
          [](const Spec& spec, const SystemContext&) -> std::shared_ptr<const System> {
            return std::make_shared<Sequence>(read_options<SequenceConfig>(spec, "system 'sequence'"));
          },
          ""};
}

std::optional<double> entropy_rate(const System& system) {
  const auto* const sequence = dynamic_cast<const Sequence*>(&system);
  if (sequence == nullptr) return std::nullopt;
  return sequence->entropy_rate();
}

}  // namespace pianola
