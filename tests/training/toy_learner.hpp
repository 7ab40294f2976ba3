// A learner on the toy data of toy_training.hpp, and what its numbers should be, computed slowly in double.
#pragma once

#include <cmath>
#include <numeric>
#include <vector>

#include "pianola/training/learner.hpp"
#include "toy_training.hpp"

namespace pianola::toy_training {

struct ToyLearner {
  explicit ToyLearner(const std::string& policy = "mlp:hidden=16x1", LearnerOptions options = {})
      : data(categorical_data(4, 30)),
        quantizer(fitted(data)),
        samples(make_samples(data, *quantizer, {1, 0.25, NoiseKey(2)})),
        learner(samples, with_policy(std::move(options), policy)) {}

  static LearnerOptions with_policy(LearnerOptions options, const std::string& policy) {
    set_training_threads(1);  // these networks are too small for two
    options.policy = policy;
    options.key = NoiseKey(9);
    return options;
  }

  [[nodiscard]] std::span<const std::int64_t> rows(std::size_t count) const {
    return std::span(samples.train).first(count);
  }

  Dataset data;
  std::shared_ptr<const Quantizer> quantizer;
  Samples samples;
  Learner learner;
};

/// −log softmax(logits)[token] of one position, in double.
inline double position_nll(const float* logits, std::size_t vocabulary, std::size_t token) {
  double largest = logits[0], sum = 0.0;
  for (std::size_t k = 0; k < vocabulary; ++k) largest = std::max(largest, static_cast<double>(logits[k]));
  for (std::size_t k = 0; k < vocabulary; ++k) sum += std::exp(static_cast<double>(logits[k]) - largest);
  return std::log(sum) + largest - static_cast<double>(logits[token]);
}

/// Mean over rows of the sum over positions.
inline double reference_nll(const ToyLearner& toy, std::span<const std::int64_t> rows, Weights which) {
  const std::vector<float> logits = toy.learner.outputs(rows, which);
  const float* place = logits.data();
  double sum = 0.0;
  for (const std::int64_t row : rows) {
    for (std::size_t position = 0; position < toy.samples.positions; ++position) {
      const std::size_t vocabulary = toy.samples.vocabularies[position];
      const auto cell = static_cast<std::size_t>(row) * toy.samples.positions + position;
      sum += position_nll(place, vocabulary, static_cast<std::size_t>(toy.samples.tokens[cell]));
      place += vocabulary;
    }
  }
  return sum / static_cast<double>(rows.size());
}

inline double norm(const std::vector<float>& values) {
  double sum = 0.0;
  for (const float x : values) sum += static_cast<double>(x) * static_cast<double>(x);
  return std::sqrt(sum);
}

}  // namespace pianola::toy_training
