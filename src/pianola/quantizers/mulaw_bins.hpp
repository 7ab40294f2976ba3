// µ-law bins: uniform on a companded scale, so that small actions are resolved finely and large ones coarsely.
//
//   F(u) = sgn(u) · ln(1 + µ|u|) / ln(1 + µM)  for |u| ≤ M,  into [−1, 1];  K equal cells there
//   token k stands for F⁻¹(−1 + (2k + 1)/K),  F⁻¹(y) = sgn(y) · ((1 + µM)^|y| − 1)/µ
//
// When it applies: actions whose sizes span decades. On actions that fill [−1, 1] most of the tokens lie beyond ±1
// (with the defaults 558 of the 1,024): `m=1` puts them all inside. The range is [−M, M] in action units, whatever the
// data; nothing is fitted. A value outside is clipped to the last cell, and saturated() counts it. ε_sup is that of the
// outermost cells, far more than small actions see.
//
// Source: Reed et al., A Generalist Agent (2022), appendix B: µ = 100, M = 256, 1,024 bins (there for observations and
// other unbounded numbers; its actions, already in [−1, 1], are binned uniformly). Differs: no shift of tokens behind a
// text vocabulary.
// Tokens are those of huggingface/jat's Gato (tools/oracles/mulaw_tokens.py).
#pragma once

#include "pianola/quantizers/edge_bins.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola {

struct MulawBinsConfig {
  int bins = 1024;  ///< tokens a dimension, 2 … 65,536
  double mu = 100.0;
  double m = 256.0;  ///< the largest |action|, action units

  template <class V>
  void visit(V&& v) {
    v("bins", bins, "tokens a dimension, 2 … 65536");
    v("mu", mu, "µ of the companding, 1e-6 … 1e12");
    v("m", m, "M, the largest |action|: 1e-12 … 1e12 action units");
  }
};

class MulawBins final : public EdgeBins {
 public:
  /// @throws UsageError for options out of range, or more dimensions than the bins allow.
  MulawBins(const MulawBinsConfig& config, std::size_t chunk, std::size_t action_dim);

  [[nodiscard]] nlohmann::ordered_json save() const override;
};

}  // namespace pianola
