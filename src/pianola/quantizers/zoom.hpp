// Zoom: uniform cells on a range that grows and shrinks with the tokens themselves, each action dimension by itself. A
// finite codebook that follows an unstable loop from far away down to rest.
//
//   s the scale, c the middle of the range, K = `bins`:  k = clamp(⌊((u − c)/s + 1)/2·K⌋, 0, K − 1)
//   q(u) = c + s·((2k + 1)/K − 1);   |q(u) − u| ≤ s/K  while  |u − c| ≤ s
//   next s = min(s·grow, s_max) after an outermost token (k = 0 or K − 1), else max(s·shrink, s_min)
//
// The rule sees tokens alone, so that encoder and decoder keep the same scale without sending it. s starts at half of
// the range, and stays between `smallest` and `largest` times that. It is the memory of a lane (memory_size = D, 0: not
// begun): who holds a controller holds it, saves, restores and clones it. Steps of a chunk follow each other.
//
// Which factors: on x' = a·x + u under the dead-beat expert u = −a·x a state that an inner token has seen comes back
// within |a|·s/K of rest, so the scale may shrink by any factor down to |a|/(K − 2) and it is seen by an inner token
// again. `a=` checks that there is one, K > |a| + 2, and means shrink = (1 + |a|/(K − 2))/2. log₂(|a| + 2) bits against
// the necessary log₂|a|: the two cells more are what it costs that the rule can tell "seen" from "not seen"; tokens
// that are rarer (chunks played open loop) spread it over their steps. A state r scales away comes within reach after
// ln r/ln(grow/|a|) steps, when the scale has grown by r^(ln grow/ln(grow/|a|)): grow has to exceed |a|, by far or
// `largest` ends the chase, and the scheme does not know the plant: only `a=` lets it check that, and refuse a grow of
// |a| or less. `a=` means grow = max(4, a²): r².
//
// Outside the scale a value is clipped; count_saturated() sees the scale, saturated() cannot and says none. ε_sup is
// unbounded: it depends on the scale. A policy that is asked for tokens must know the scale as the decoder does: it
// sees log s/(first s) of each dimension behind the plant's observation (observed_memory.hpp). Source: R. W. Brockett,
// D. Liberzon, "Quantized feedback stabilization of linear systems", IEEE TAC 45 (2000); the one-word memory: N. S.
// Jayant, "Adaptive quantization with a one-word memory", BSTJ 52 (1973). Differs from the first: one rule throughout,
// no separate phases of zooming out and in.
#pragma once

#include <optional>
#include <vector>

#include "pianola/data/action_space.hpp"
#include "pianola/quantizers/fit_range.hpp"
#include "pianola/quantizers/observed_memory.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/quantizers/token_order.hpp"

namespace pianola {

struct ZoomConfig {
  int bins = 15;                      ///< tokens a dimension, 3 … 65,536
  std::optional<double> a = {};       ///< unstable gain of the plant
  std::optional<double> grow = {};    ///< > 1
  std::optional<double> shrink = {};  ///< in (0, 1)
  double smallest = 1e-6, largest = 1e12;
  RangeOptions range = {};

  template <class V>
  void visit(V&& v) {
    v("bins", bins, "tokens a dimension, 3 … 65536");
    v("a", a, "the plant's unstable gain: factors that follow it, and an error if these bins cannot");
    v("grow", grow, "factor of the scale after an outermost token, above 1 and the plant's |a| (auto: from a, else 2)");
    v("shrink", shrink, "factor after an inner token, in (0, 1) (auto: from a, else 0.8)");
    v("smallest", smallest, "least scale, a share of the first, in (0, 1]");
    v("largest", largest, "greatest scale, a multiple of the first, at least 1");
    range.visit(v);
  }
};

class Zoom final : public Quantizer, public TokenOrder, public ObservedMemory {
 public:
  /// @throws UsageError for options out of range, DataError for data that do not fit (see fit_range).
  static std::unique_ptr<Zoom> fit(const ZoomConfig& config, const FitContext& context);

  /// range: [action_dim], the first scale is half of it; where it is empty the only token stands for its middle.
  /// @throws UsageError for what breaks this, and for factors that cannot contract.
  Zoom(const ZoomConfig& config, std::size_t chunk, const ActionRange& range);

  [[nodiscard]] const QuantizerInfo& info() const override { return info_; }
  /// Cost: a division a value, no allocation. Without memory every chunk begins at the first scale.
  void encode(std::span<const float> chunks, const CodecContext&, TokenBatch) const override;
  /// Substitutes: a token beyond the vocabulary decodes as the last one, a missing one as the middle one; the scale
  /// follows the substitute.
  void decode(const TokenBatch&, const CodecContext&, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override;
  void quantize(std::span<const double> actions, const CodecContext&, std::span<double> out) const override;
  /// Beyond the scale that the lane's memory has at each step.
  [[nodiscard]] std::size_t count_saturated(std::span<const double> actions, const CodecContext&) const override;
  [[nodiscard]] std::vector<TokenRun> token_runs() const override {
    return {{info_.max_tokens, info_.action_dim, true}};
  }
  [[nodiscard]] nlohmann::ordered_json save() const override;

  /// log of the scale over the first one, one a dimension; 0 where the range is empty.
  [[nodiscard]] std::vector<std::string> memory_features() const override;
  void observe_memory(std::span<const double> memory, std::span<double> out) const override;
  void follow(std::span<const float> action, std::span<double> memory) const override;

  /// The scale of dimension d that a lane's memory stands for.
  [[nodiscard]] double scale(std::span<const double> memory, std::size_t d) const;

 private:
  struct Axis {
    double centre, first, least, most;  // of the scale; first = 0: constant
    std::uint32_t bins;
  };
  static std::uint32_t token(const Axis& axis, double scale, double u);
  static double level(const Axis& axis, double scale, std::uint32_t token);
  [[nodiscard]] double next(const Axis& axis, double scale, std::uint32_t token) const;
  template <class Visit>
  void walk(std::span<double> memory, std::size_t chunks, const Visit& visit) const;

  ActionRange range_;
  double grow_, shrink_;
  std::vector<Axis> axes_;
  QuantizerInfo info_;
};

}  // namespace pianola
