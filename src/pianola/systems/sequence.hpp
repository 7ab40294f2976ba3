// Token sequences as a plant: the action is a token, and the dynamics append it. What the language-model case of
// imitation is made of, with a source whose law is known exactly.
//
//   state s_h = (x_{h−m+1}, …, x_h), the last m = order tokens of 0 … V − 1;   s_{h+1} = (x_{h−m+2}, …, x_h, u_h)
//   P(u | s) = softmax_u(sharpness · g(s, u)),  g standard normal, a function of (seed, s, u)
//   observed: x_h, the last token alone;   r(s, u) = P(u | s) ∈ [0, 1];   s_1 ~ the source's stationary law
//
// The source is the Markov chain of order m whose tokens are drawn from P (experts/source.hpp): sequences that it
// writes have the entropy rate H = −Σ_s μ(s) Σ_u P(u | s) ln P(u | s) nats a token, μ stationary, which no policy's
// log-loss can beat. μ comes from the power iteration, to 10⁻¹³ in total variation.
//
// Actions that are no token are played as the nearest one: that is what the plant's actuators accept. For policies that
// see a context (`train --context`), and for those with --history m the state is observed in full.
// Source: Shannon, "A mathematical theory of communication", 1948, §7.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "pianola/base/spec.hpp"
#include "pianola/systems/registry.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

struct SequenceConfig {
  int order = 2;
  int vocabulary = 8;
  double sharpness = 2.0;
  std::uint64_t seed = 0;
  int horizon = 256;
  template <class V>
  void visit(V&& v) {
    v("order", order, "tokens that the next one depends on, at least 1");
    v("vocabulary", vocabulary, "tokens that there are, 2 … 256; vocabulary^order at most 65,536");
    v("sharpness", sharpness, "of the source's law: 0 is uniform, large is nearly deterministic");
    v("seed", seed, "of the source's law");
    v("horizon", horizon, "tokens of a sequence");
  }
};

class Sequence final : public System {
 public:
  /// @throws UsageError if an option is out of range.
  explicit Sequence(const SequenceConfig& config);
  [[nodiscard]] const SystemInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<Simulation> simulate(std::size_t lanes) const override;
  [[nodiscard]] const SequenceConfig& config() const { return config_; }

  /// P(· | s), [vocabulary]. state: [order] tokens, the newest last.
  [[nodiscard]] std::span<const double> law(std::span<const double> state) const;
  /// H, nats a token.
  [[nodiscard]] double entropy_rate() const { return entropy_rate_; }
  /// μ(s) of the states in the order of their numbers, the newest token the lowest digit.
  [[nodiscard]] std::span<const double> stationary() const { return stationary_; }

 private:
  void draw_law();
  void iterate();
  SequenceConfig config_;
  SystemInfo info_;
  std::vector<double> law_;         // [states × vocabulary]
  std::vector<double> stationary_;  // [states]
  double entropy_rate_ = 0.0;
};

/// H of a sequence, nats a token: what no law of its tokens can beat; nothing for other systems.
std::optional<double> entropy_rate(const System& system);

}  // namespace pianola
