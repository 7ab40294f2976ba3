#include "pianola/quantizers/moving_codebooks.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "pianola/base/interrupt.hpp"

namespace pianola {

MovingCodebooks::MovingCodebooks(const MovingPlan& plan, std::span<const float> rows) : plan_(plan) {
  std::vector<float> residuals(rows.begin(), rows.end());
  for (std::size_t l = 0; l < plan_.layers; ++l) {
    Layer layer;
    layer.codes = code_seeds(residuals, plan_.dim, plan_.codes, plan_.key.child("seeds", l));
    layer.sums.assign(layer.codes.begin(), layer.codes.end());
    layer.counts.assign(layer.codes.size() / plan_.dim, 1.0);
    subtract_codes(residuals, plan_.dim, assign_codes(residuals, plan_.dim, layer.codes), layer.codes);
    layers_.push_back(std::move(layer));
  }
}

void MovingCodebooks::step(std::span<const float> rows, std::uint64_t step, std::span<float> residuals) {
  assert(residuals.size() == plan_.layers * rows.size());
  std::span<const float> before = rows;
  for (std::size_t l = 0; l < plan_.layers; ++l) {
    throw_if_interrupted();
    Layer& layer = layers_[l];
    const auto left = residuals.subspan(l * rows.size(), rows.size());
    const std::vector<Token> tokens = assign_codes(before, plan_.dim, layer.codes);
    std::copy(before.begin(), before.end(), left.begin());
    subtract_codes(left, plan_.dim, tokens, layer.codes);
    CodeClusters seen(layer.counts.size(), plan_.dim);
    seen.add(before, tokens, plan_.dim);
    move(layer, seen);
    revive(layer, before, plan_.key.child("revive", l).child("step", step));
    before = left;
  }
}

void MovingCodebooks::move(Layer& layer, const CodeClusters& seen) const {
  const double d = plan_.decay;
  for (std::size_t k = 0; k < layer.counts.size(); ++k) {
    layer.counts[k] = d * layer.counts[k] + (1.0 - d) * seen.counts[k];
  }
  const double whole = std::accumulate(layer.counts.begin(), layer.counts.end(), 0.0);
  const double smoothed = whole + static_cast<double>(layer.counts.size()) * plan_.epsilon;
  for (std::size_t i = 0; i < layer.sums.size(); ++i) {
    layer.sums[i] = d * layer.sums[i] + (1.0 - d) * seen.sums[i];
    const double share = (layer.counts[i / plan_.dim] + plan_.epsilon) / smoothed * whole;
    layer.codes[i] = static_cast<float>(layer.sums[i] / share);
  }
}

void MovingCodebooks::revive(Layer& layer, std::span<const float> rows, const NoiseKey& key) const {
  const std::size_t dim = plan_.dim, n = rows.size() / dim;
  const double even = static_cast<double>(n) / static_cast<double>(layer.counts.size());
  for (std::size_t k = 0; k < layer.counts.size(); ++k) {
    if (layer.counts[k] >= 0.01 * even) continue;
    const auto i = static_cast<std::size_t>(uniform(key, k, 0) * static_cast<double>(n));
    layer.counts[k] = even;
    for (std::size_t j = 0; j < dim; ++j) {
      layer.codes[k * dim + j] = rows[i * dim + j];
      layer.sums[k * dim + j] = even * static_cast<double>(rows[i * dim + j]);
    }
  }
}

std::vector<float> MovingCodebooks::codes() const {
  std::vector<float> all;
  for (const Layer& layer : layers_) {
    all.insert(all.end(), layer.codes.begin(), layer.codes.end());
    all.resize(all.size() + (plan_.codes - layer.counts.size()) * plan_.dim);
  }
  return all;
}

}  // namespace pianola
