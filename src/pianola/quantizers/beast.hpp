// BEAST: action chunks as the binned weights of a least-squares B-spline, a fixed number of tokens.
//
//   w[·][d] = argmin_w Σ_n (u[n][d] − Σ_b B_b(n/(N − 1)) w_b)²        (b_spline.hpp; the weights are linear in u)
//   token[b][d] = round half to even((w − low_bd)/(high_bd − low_bd) · (bins − 1)), clipped to 0 … bins − 1
//   back: w = low_bd + token · (high_bd − low_bd)/(bins − 1),   u[n][d] = Σ_b B_b(n/(N − 1)) w_b
//
// low_bd, high_bd: least and largest weight over the windows of the data, one at every step. Tokens stand basis by
// basis, dimensions interleaved: position b·D + d, `bases` · D in all. Dimensions in `gripper` have splines of degree
// 0: they are constant between knots and may jump. It is meant for smooth actions that are finely sampled; an unbounded
// least-squares residual is smoothed away, not coded.
//
// Decoding is total: a token beyond the vocabulary decodes as the last one, a missing one as the middle one.
// A weight that hardly varies has one token, which stands for the middle of its range.
//
// ε_sup: over all chunks whose actions and whose weights lie in their ranges: the residual of the fit, at its worst
// over the range of actions, plus half a bin of each weight. saturated() marks the others: actions outside their range
// and, asked about whole chunks, the dimensions of a chunk whose weights are clipped. Both parts are attained, seldom
// together; large against what smooth data show.
//
// Source: Zhou et al., BEAST, 2025 (intuitive-robots/beast_calvin, `bspline_tokenizer.py`). Differs:
//   * Actions are clipped to the range of the actions first (saturated() counts), so that weights beyond their
//     range can come only from actions within it.
//   * Ranges of weights are those of the data, exactly; the original keeps running ones that start at ±0.02.
//   * Plain least squares in double; the original adds 10⁻⁹ to the diagonal and works in float32. Tokens agree unless a
//     weight lies that near to a half.
//   * Chunks shorter than `bases` have as many bases as steps, and a degree below that.
//   * The original may overwrite the first weight with the current position when it decodes (`init_pos`): that
//     needs the state, and is left to the caller.
// Source of the defaults: its CALVIN configuration (10 bases, degree 4, 256 bins).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pianola/quantizers/chunk_code.hpp"
#include "pianola/quantizers/fit_range.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/quantizers/step_matrix.hpp"

namespace pianola {

struct BeastConfig {
  int bases = 10;                    ///< weights a dimension, 1 … 1024; at most the chunk's length are used
  int degree = 4;                    ///< 0 … 8; less than the bases that are used
  int bins = 256;                    ///< tokens a weight, 2 … 65,536
  std::vector<double> gripper = {};  ///< dimensions of degree 0; −1 is the last one
  RangeOptions range = {};

  template <class V>
  void visit(V&& v) {
    v("bases", bases, "spline weights for each dimension; at most the chunk's length are used");
    v("degree", degree, "of the splines, 0 … 8");
    v("bins", bins, "tokens of a weight, 2 … 65536");
    v("gripper", gripper, "dimensions whose splines have degree 0, from 0; -1 is the last");
    range.visit(v);
  }
};

/// Ranges of the weights, [bases × action_dim] each.
struct WeightRange {
  std::vector<double> low, high;
};

class Beast final : public Quantizer, public ChunkCoded {
 public:
  static constexpr std::size_t kMostSteps = 1024;

  /// @throws UsageError for options, or without data; DataError for data that do not fit, or if no trajectory is as
  /// long as a chunk.
  static std::unique_ptr<Beast> fit(const BeastConfig& config, const FitContext& context);

  /// chunk: 1 … kMostSteps. range: of the actions; weights: low ≤ high, finite. @throws UsageError for what does not
  /// fit together.
  Beast(BeastConfig config, std::size_t chunk, ActionRange range, WeightRange weights);

  /// Weights a dimension that chunks of this length have.
  static std::size_t bases_of(const BeastConfig& config, std::size_t chunk);

  [[nodiscard]] const QuantizerInfo& info() const override { return info_; }
  /// Cost: 2·bases flops a value and a few ns a token.
  void encode(std::span<const float> chunks, const CodecContext&, TokenBatch) const override;
  void decode(const TokenBatch&, const CodecContext&, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override;
  [[nodiscard]] std::optional<ChunkCode> chunk_code() const override;
  void saturated(std::span<const double> actions, std::span<bool> flags) const override;
  [[nodiscard]] nlohmann::ordered_json save() const override;

 private:
  /// One kind of spline, and which dimensions have it.
  struct Splines {
    StepMatrix fit, samples;
    std::vector<std::size_t> dimensions;
    std::vector<double> residual, offset;  // [chunk]: of I − samples · fit, the sum of each row's magnitudes; its sum
  };
  struct Workspace;
  void make_splines(std::size_t degree, std::vector<std::size_t> dimensions);
  void describe();
  [[nodiscard]] double dimension_error(const Splines& splines, std::size_t d) const;
  [[nodiscard]] double weight_error(std::size_t b, std::size_t d) const;
  /// Weights of one chunk, [bases × action_dim].
  void weights(std::span<const float> chunk, Workspace& workspace, std::span<double> out) const;
  [[nodiscard]] Token token(double weight, std::size_t position) const;
  /// A token's weight is low + token · step.
  struct Levels {
    double low, step;
  };
  [[nodiscard]] Levels levels_of(std::size_t position) const;

  BeastConfig config_;
  std::size_t bases_;
  ActionRange range_;
  WeightRange weight_range_;
  std::vector<Splines> splines_;
  QuantizerInfo info_;
};

}  // namespace pianola
