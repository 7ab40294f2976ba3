#include "pianola/theory/grid_laws.hpp"

#include <algorithm>
#include <map>

#include "pianola/base/error.hpp"
#include "pianola/base/normal_law.hpp"
#include "pianola/data/dataset.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/theory/line_bins.hpp"

namespace pianola {
namespace {

constexpr std::size_t kFitted = 4000;

class NormalActions final : public ActionSource {
 public:
  explicit NormalActions(const NoiseKey& key) {
    for (std::size_t i = 0; i < kFitted; ++i) actions_.push_back(normal(key, i, 0));
  }
  [[nodiscard]] std::size_t action_dim() const override { return 1; }
  void for_each(const std::function<void(std::span<const double>)>& visit) const override { visit(actions_); }

 private:
  std::vector<double> actions_;
};

}  // namespace

ActionGrid::ActionGrid(double low, double high, std::size_t cells)
    : low_(low), width_((high - low) / static_cast<double>(cells)) {
  for (std::size_t i = 0; i < cells; ++i) atoms_.push_back(low + (static_cast<double>(i) + 0.5) * width_);
}

std::vector<double> ActionGrid::normal_law(double mean, double deviation) const {
  std::vector<double> law;
  double below = 0.0;
  for (std::size_t i = 0; i < atoms_.size(); ++i) {
    const double edge = low_ + static_cast<double>(i + 1) * width_;
    const double next = i + 1 == atoms_.size() ? 1.0 : normal_probability((edge - mean) / deviation);
    law.push_back(next - below);
    below = next;
  }
  return law;
}

std::vector<double> ActionGrid::uniform_law(std::size_t first, std::size_t atoms) const {
  std::vector<double> law(atoms_.size());
  for (std::size_t i = first; i < first + atoms; ++i) law.at(i) = 1.0 / static_cast<double>(atoms);
  return law;
}

GridTokens tokens_on_grid(const Quantizer& quantizer, const ActionGrid& grid) {
  const QuantizerInfo& info = quantizer.info();
  if (info.action_dim != 1 || info.chunk != 1 || info.random || info.memory_size != 0) {
    throw UsageError("laws on a grid: quantizer '" + info.spec +
                     "' must have one dimension, chunk 1, and neither "
                     "noise nor memory");
  }
  const std::size_t n = grid.atoms().size();
  std::vector<double> decoded(n);
  quantizer.quantize(grid.atoms(), {}, decoded);
  GridTokens tokens;
  std::map<double, std::size_t> numbers;  // sequences that decode alike are one symbol: a policy plays the action
  for (std::size_t i = 0; i < n; ++i) {
    const auto [at, fresh] = numbers.emplace(decoded[i], tokens.representatives.size());
    if (fresh) tokens.representatives.push_back(decoded[i]);
    tokens.symbol.push_back(at->second);
  }
  return tokens;
}

std::vector<double> pushed_forward(const GridTokens& tokens, std::span<const double> law) {
  std::vector<double> symbols(tokens.representatives.size());
  for (std::size_t i = 0; i < law.size(); ++i) symbols[tokens.symbol[i]] += law[i];
  return symbols;
}

std::unique_ptr<Quantizer> fitted_to_normal(const QuantizerMaker& quantizers, const std::string& spec,
                                            const NoiseKey& key) {
  const NormalActions actions(key.child("actions"));
  FitContext context;
  context.action_dim = 1;
  context.range = {{-4.0}, {4.0}};
  context.data = &actions;
  context.key = key.child("fit");
  return make_experiment_quantizer(quantizers, spec, context);
}

}  // namespace pianola
