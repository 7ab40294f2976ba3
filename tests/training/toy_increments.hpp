// Increments whose law is known, and models fitted to them.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "pianola/policies/transition_registry.hpp"
#include "pianola/training/model_learner.hpp"

namespace pianola::toy_training {

/// One input x in [−1, 1]; Δ = (s·(1 + x/2), s) + 0.05·z with s = ±1 alike: two modes, whose mean is nowhere.
inline IncrementSamples forked(std::size_t n, std::uint64_t seed = 1) {
  IncrementSamples out{1, 2, {}, {}};
  const NoiseKey key(seed);
  for (std::size_t i = 0; i < n; ++i) {
    const double x = 2.0 * uniform(key, i, 0) - 1.0, side = uniform(key, i, 1) < 0.5 ? -1.0 : 1.0;
    out.seen.push_back(x);
    out.increments.push_back(side * (1.0 + 0.5 * x) + 0.05 * normal(key, i, 2));
    out.increments.push_back(side + 0.05 * normal(key, i, 3));
  }
  return out;
}

/// −Σ p log p of that law, nats: of the side, and of two Gaussians that do not overlap with the other side's.
inline double forked_log_likelihood() {
  return -std::log(2.0) - 2.0 * (0.5 * std::log(2.0 * M_PI * 0.05 * 0.05) + 0.5);
}

/// The law that `spec` learns from these, and its mean log-likelihood of fresh ones.
struct FittedLaw {
  std::shared_ptr<const IncrementLaw> law;
  double held_out = 0.0;
};
inline FittedLaw fit_law(const std::string& spec, const IncrementSamples& samples, const IncrementSamples& fresh,
                         int steps = 400) {
  TrainConfig recipe;
  recipe.steps = steps;
  recipe.batch = 128;
  recipe.learning_rate = 0.01;
  recipe.ema = 0.98;
  const auto learner = make_model_learner(spec);
  const TensorFile file = learner->fit(samples, {recipe, NoiseKey(3), no_progress()});
  FittedLaw out{find_transition_model(parse_spec(spec).name).load(file, "memory"), 0.0};
  const auto session = out.law->session(fresh.size());
  std::vector<double> densities(fresh.size());
  session->begin(fresh.seen);
  session->log_density(fresh.increments, densities);
  for (const double one : densities) out.held_out += one / static_cast<double>(fresh.size());
  return out;
}

}  // namespace pianola::toy_training
