// The trap (docs/theory.md §6, Theorem 6): an adversarial quantizer whose in-distribution error is O(ε) and whose
// closed loop with x' = A·x + B·u (systems/trap) costs a constant per step for ever. For experiments, not for robots.
//
//   x = tan(u) in                            q(u)
//   I_P  = [−kε/2, kε/2]                     (d + ½)·ε/B
//   I_T1 = [dε, (d+1)ε]                      1
//   I_T2 = [A·d·ε + B, A·(d+1)·ε + B]        (d+1)(1 − A²)·ε/B − A
//   elsewhere                                u − ε/2
//
// The expert plays u = arctan(x), so a row of x is a row of u with arctan of its ends. Intervals are closed, I_T1 and
// I_T2 are widened by 10⁻⁹·ε in x at both ends, and the first row that matches wins: the two-cycle that costs the
// regret converges to end points, where rounding would decide. quantize() is the scheme, in double throughout.
//
// Tokens: "elsewhere" is a continuum, so there is no finite codebook (finite_codebook = false). The eight tokens of a
// value are the bytes of the double q(u), the highest first. decode() rounds them to float32, which changes the
// closed loop's answer (0.594 instead of 0.708 a step at ε = 2⁻⁷): deploy the controller `quantized`, which plays
// quantize(). A dimension of an action is quantized by itself; the paper's plant has one.
#pragma once

#include <memory>
#include <vector>

#include "pianola/bounds/trap_constants.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/quantizers/token_order.hpp"

namespace pianola {

class TrapQuantizer final : public Quantizer, public TokenOrder {
 public:
  static constexpr std::size_t kDigits = 8;  ///< tokens a value

  /// @throws UsageError if a constant is not finite and positive, A + B ≥ 1, or one of trap_conditions() does not hold
  /// (it names the condition); if a chunk has no value or too many.
  TrapQuantizer(const TrapConstants& constants, std::size_t action_dim, std::size_t chunk);

  [[nodiscard]] const QuantizerInfo& info() const override { return info_; }
  void encode(std::span<const float> chunks, const CodecContext&, TokenBatch) const override;
  /// Substitutes: a value of which a byte is missing or no byte, or that is not below 2¹²⁷, decodes as 0.
  void decode(const TokenBatch&, const CodecContext&, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override;
  /// Cost: no allocation.
  void quantize(std::span<const double> actions, const CodecContext&, std::span<double> out) const override;
  /// Bytes with which a number is not below 2¹²⁷ may not follow.
  void allowed(std::span<const Token> prefix, std::span<bool> mask) const noexcept override;
  [[nodiscard]] std::vector<TokenRun> token_runs() const override {
    return {{info_.max_tokens, kDigits * info_.action_dim, true}};
  }
  /// Beyond ±π/2, where arctan never is.
  void saturated(std::span<const double> actions, std::span<bool> flags) const override;
  [[nodiscard]] nlohmann::ordered_json save() const override;

  /// The table. u: finite.
  [[nodiscard]] double play(double u) const;

 private:
  struct Row {
    double low, high, token;  // of u
  };
  [[nodiscard]] double largest_error() const;

  TrapConstants constants_;
  std::vector<Row> rows_;  // in the order in which they are asked
  QuantizerInfo info_;
};

}  // namespace pianola
