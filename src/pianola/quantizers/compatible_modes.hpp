// The arithmetic of other projects' bin tokenizers, operation by operation and in their precision: the slow, obvious
// formulas, from which compatible_bins makes tables. n is the option `bins`; k the token that we number from 0 upwards.
//
//   openvla       float32: x = clip(2(u − q01)/(q99 − q01 + 1e-8) − 1, −1, 1), the divisor in double; 0 where
//                 min = max; u itself where the mask is 0. n edges are linspace(−1, 1, n) in double, so there are n − 1
//                 intervals; k + 1 = number of edges ≤ clip(x), 1 … n. Decoding, in double: centre of interval min(k, n
//                 − 2), then 0.5(a + 1)(q99 − q01) + q01, without the 1e-8. Only x = 1 has k = n − 1. (openvla/openvla,
//                 prismatic/vla/action_tokenizer.py, data_utils.py, modeling_prismatic.py)
//   torchrl_tail  TorchRL's VocabTailActionTokenizer with statistics: as openvla, but edges are
//                 torch.linspace(−1, 1, n) in float32, the divisor is float32, a constant dimension is treated like any
//                 other, and decoding has the 1e-8 as well. (pytorch/rl, torchrl/data/vla/tokenizers.py)
//   torchrl       TorchRL's UniformActionTokenizer, float32: k = clamp(⌊(u − low)/(high − low) · n⌋), centre
//                 low + (k + 0.5)/n · (high − low). (the same file)
//   rt1           float32: k = trunc((clip(u) − low)/(high − low) · (n − 1)), left edge k/(n − 1) · (high − low) + low.
//                 The last token is the bound alone. Biased: half a cell low on average, a whole one at worst.
//                 (google-research/robotics_transformer, tokenizers/action_tokenizer.py)
//   octo          float32: edges linspace(low, high, n + 1) as XLA computes it, u clipped to [low + 1e-6, high − 1e-6],
//                 subnormal u taken for 0, centre (edge_k + edge_{k+1})/2. (octo-models/octo,
//                 octo/model/components/tokenizers.py, BinTokenizer)
//   openpi        double: x = (u − q01)/(q99 − q01 + 1e-6) · 2 − 1; k + 1 = number of the first n edges of
//                 linspace(−1, 1, n + 1) that are ≤ x; left edge k/n · 2 − 1, then (a + 1)/2 · (q99 − q01 + 1e-6) +
//                 q01. (Physical-Intelligence/openpi, src/openpi/models/tokenizer.py, transforms.py: encoding is that
//                 of states, decoding that of BinningTokenizer, whose own encoding is not implemented)
//
// Differs, where the originals give no token or a wrong one: rt1 and torchrl in a constant dimension (0/0 there) have
// token 0, which stands for `low`; octo's token 0 for the largest values where float32 cannot tell high − 1e-6 from
// high is our last token, and a constant dimension's is token 0; openpi's −1 below the range is 0; a number too large
// for the originals' integers has the last token. Out-of-range tokens decode as the nearest token; rt1's and openpi's
// would decode outside the range. torch.linspace is that of processors with fused multiply-add. XLA's linspace has one
// result where n is a power of two; for others its last bits depend on how XLA compiles it, and ours may differ in
// them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pianola {

enum class CompatibleMode { openvla, torchrl_tail, torchrl, rt1, octo, openpi };

/// @throws UsageError naming the nearest known mode.
CompatibleMode compatible_mode(const std::string& name);

/// Names of all modes, in the order of the enumeration.
const std::vector<std::string>& compatible_mode_names();

/// One action dimension as the original sees it.
class CompatibleAxis {
 public:
  struct Facts {
    double low = -1.0, high = 1.0;  ///< statistics: q01 and q99, or minimum and maximum of the range; low ≤ high
    bool normalised = true;         ///< false: the mask is 0, and actions are in [−1, 1] as they are
    bool constant = false;          ///< minimum and maximum of the data agree
  };

  /// bins: 2 … 65,536.
  CompatibleAxis(CompatibleMode mode, std::uint32_t bins, const Facts& facts);

  /// u: finite. Monotone. Result < bins.
  [[nodiscard]] std::uint32_t token(float u) const;
  /// k < bins. A float32 number where the original's is one.
  [[nodiscard]] double representative(std::uint32_t k) const;

 private:
  [[nodiscard]] float normalised(float u) const;
  [[nodiscard]] std::uint32_t reached_edges(double x) const;

  CompatibleMode mode_;
  std::uint32_t bins_;
  Facts facts_;
  std::vector<double> edges_;    // of the modes that have a list of them; float32 numbers in two
  std::vector<double> centres_;  // between them, of openvla and torchrl_tail
};

}  // namespace pianola
