// Residual codebooks that follow what they see, batch by batch.
//
//   n_k ← d·n_k + (1 − d)·|rows of k|,  m_k ← d·m_k + (1 − d)·Σ rows of k,  c_k = m_k / ñ_k,
//   ñ_k = (n_k + ε)/(Σn + Kε)·Σn
//
// of each layer; a layer's rows are the residuals that the layers before it leave, by their codes before the update. A
// code of n_k below 1 % of its even share is dead: it is set on a row of the batch, with an even share.
// Source: van den Oord, Vinyals, Kavukcuoglu, "Neural discrete representation learning", 2017, appendix A.1; decay and
// ε as in VQ-BeT's residual VQ. Differs: seeds are k-means++'s on the first rows, not random numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/quantizers/code_clusters.hpp"

namespace pianola {

struct MovingPlan {
  std::size_t layers = 2, codes = 16, dim = 1;
  double decay = 0.8, epsilon = 1e-5;
  NoiseKey key;
};

class MovingCodebooks {
 public:
  /// Seeds of every layer from these rows [n × dim], n ≥ 1, finite. A layer that finds fewer distinct rows has fewer
  /// codes. @throws Interrupted.
  MovingCodebooks(const MovingPlan& plan, std::span<const float> rows);

  /// Learns from rows [n × dim], finite. residuals: [layers × n × dim], what each layer leaves, by the codes before the
  /// update. step: numbers the batch. @throws Interrupted.
  void step(std::span<const float> rows, std::uint64_t step, std::span<float> residuals);

  /// Codes that layer l has, at most plan.codes.
  [[nodiscard]] std::size_t size(std::size_t layer) const { return layers_[layer].counts.size(); }
  /// [layers × codes × dim]; codes that a layer does not have are 0.
  [[nodiscard]] std::vector<float> codes() const;

 private:
  struct Layer {
    std::vector<float> codes;
    std::vector<double> sums, counts;
  };
  void move(Layer& layer, const CodeClusters& seen) const;
  void revive(Layer& layer, std::span<const float> rows, const NoiseKey& key) const;

  MovingPlan plan_;
  std::vector<Layer> layers_;
};

}  // namespace pianola
