// Bins of half-width ε on the line, for experiments: the product's own `uniform` quantizer, so that what is wrong with
// it turns an experiment red (tests/theory/test_broken_quantizer.cpp).
#pragma once

#include <memory>
#include <span>

#include "pianola/quantizers/quantizer.hpp"
#include "pianola/theory/experiment.hpp"

namespace pianola {

/// The quantizer that `quantizers` makes, the registry's where it is empty.
std::unique_ptr<Quantizer> make_experiment_quantizer(const QuantizerMaker& quantizers, const std::string& spec,
                                                     const FitContext& context);

/// The first edge at or above 1 of bins of half-width ε with an edge at 0.
double edge_above_one(double epsilon);

class LineBins {
 public:
  /// An edge at 0; at least all of ±reach in each of `dims` dimensions.
  /// @throws UsageError if that needs more bins than `uniform` has.
  static LineBins edge_at_zero(const QuantizerMaker& quantizers, double epsilon, double reach, std::size_t dims = 1);
  /// A centre at 0; the last bins end at ±reach(), the largest odd multiple of ε up to 1. @throws as above.
  static LineBins centre_at_zero(const QuantizerMaker& quantizers, double epsilon);
  /// `count` equal bins of [low, high]; count ≥ 2.
  static LineBins of_interval(const QuantizerMaker& quantizers, double low, double high, std::size_t count);

  /// q(u) of one dimension. Cost: no allocation.
  [[nodiscard]] double operator()(double u) const;
  /// [dims] each.
  void quantize(std::span<const double> actions, std::span<double> out) const;
  [[nodiscard]] double epsilon() const { return epsilon_; }
  [[nodiscard]] double reach() const { return reach_; }
  [[nodiscard]] const Quantizer& quantizer() const { return *quantizer_; }
  [[nodiscard]] std::shared_ptr<const Quantizer> share() const { return quantizer_; }

 private:
  LineBins(const QuantizerMaker& quantizers, double epsilon, double low, double high, std::size_t bins,
           std::size_t dims);

  double epsilon_, reach_;
  std::shared_ptr<const Quantizer> quantizer_;
};

}  // namespace pianola
