#include "pianola/theory/trap_class.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "pianola/base/parallel.hpp"
#include "pianola/bounds/trap_constants.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/theory/line_bins.hpp"

namespace pianola {
namespace {

constexpr double kRounding = 1e-13;  // of states that two formulae give
constexpr double kNever = -std::numeric_limits<double>::infinity();

/// The quantizer `trap` with these constants.
std::unique_ptr<Quantizer> trap_quantizer(const QuantizerMaker& quantizers, double epsilon, double k, double d) {
  FitContext context;
  context.action_dim = 1;
  return make_experiment_quantizer(quantizers, fmt::format("trap:epsilon={},k={},d={}", epsilon, k, d), context);
}

/// Token of arctan(x).
double token_at(const Quantizer& quantizer, double x) {
  const double u = std::atan(x);
  double token = 0.0;
  quantizer.quantize({&u, 1}, {}, {&token, 1});
  return token;
}

}  // namespace

double TrapClass::Model::operator()(double x) const { return a * x + b * std::atan(x); }

/// k from 1.4 to 2.3, d from 1.5 to 1.2: all meet the trap's conditions; the truth, k = 2 and d = 1.2, comes late, and
/// of the members that the data leave the first is taken.
TrapClass::TrapClass(const QuantizerMaker& quantizers, double epsilon)
    : dynamics_{TrapConstants().a, TrapConstants().b},
      truth_(trap_quantizer(quantizers, epsilon, TrapConstants().k, TrapConstants().d)) {
  for (int i = 0; i < 10; ++i) {
    for (int j = 0; j < 4; ++j) {
      policies_.push_back(trap_quantizer(quantizers, epsilon, (14 + i) / 10.0, (15 - j) / 10.0));
    }
  }
  for (int i = 1; i <= 4; ++i) {
    for (int j = 1; j <= 5; ++j) models_.push_back({i / 10.0, j / 10.0});
  }
}

ClassMaximiser TrapClass::learn_policy(const Demonstrations& data) const {
  std::vector<std::vector<double>> actions(data.size()), tokens(data.size());
  for (std::size_t i = 0; i < data.size(); ++i) {
    for (const double x : data[i]) actions[i].push_back(std::atan(x));
    tokens[i].resize(actions[i].size());
    truth_->quantize(actions[i], {}, tokens[i]);
  }
  std::vector<double> own;
  return maximise_log_likelihood(policies_.size(), [&](std::size_t c) {
    for (std::size_t i = 0; i < data.size(); ++i) {
      own.resize(actions[i].size());
      policies_[c]->quantize(actions[i], {}, own);
      for (std::size_t h = 0; h < own.size(); ++h) {
        if (std::abs(own[h] - tokens[i][h]) > kRounding) return kNever;
      }
    }
    return 0.0;
  });
}

ClassMaximiser TrapClass::learn_model(const Demonstrations& data) const {
  return maximise_log_likelihood(models_.size(), [&](std::size_t c) {
    for (const auto& states : data) {
      for (std::size_t h = 0; h + 1 < states.size(); ++h) {
        if (std::abs(models_[c](states[h]) - states[h + 1]) > kRounding) return kNever;
      }
    }
    return 0.0;
  });
}

TrapLearned TrapClass::roll_out(const Quantizer& policy, const Model& model, const TrapPlan& plan) const {
  TrapLearned paid;
  for (std::size_t i = 0; i < plan.starts; ++i) {
    const double start = normal_quantile((static_cast<double>(i) + 0.5) / static_cast<double>(plan.starts));
    double x = start, imagined = start, closed = start;
    for (std::uint64_t h = 0; h < plan.horizon; ++h) {
      const double token = token_at(policy, imagined), reply = token_at(policy, closed);
      paid.augmented += std::abs(token - std::atan(x));
      paid.feedback += std::abs(reply - std::atan(closed));
      x = dynamics_.a * x + dynamics_.b * token;
      closed = dynamics_.a * closed + dynamics_.b * reply;
      imagined = model(imagined);
    }
  }
  const double steps = static_cast<double>(plan.horizon) * static_cast<double>(plan.starts);
  paid.augmented /= steps;
  paid.feedback /= steps;
  return paid;
}

TrapLearned TrapClass::learn(const TrapPlan& plan, const NoiseKey& key) const {
  Demonstrations data(plan.n);
  for (std::uint64_t i = 0; i < plan.n; ++i) {
    double x = normal(key.child("data"), i, 0);
    for (std::uint64_t h = 0; h <= plan.horizon; ++h, x = dynamics_(x)) data[i].push_back(x);
  }
  const ClassMaximiser policy = learn_policy(data), model = learn_model(data);
  TrapLearned learned = roll_out(*policies_[policy.index], models_[model.index], plan);
  learned.policies = policy.ties;
  learned.models = model.ties;
  return learned;
}

TrapCurve TrapClass::curve(const TrapPlan& plan, std::size_t repetitions, const NoiseKey& key) const {
  std::vector<TrapLearned> sets(repetitions);
  parallel_blocks(repetitions, 1,
                  [&](const Block& block) { sets[block.begin] = learn(plan, key.child("set", block.begin)); });
  RunningMean augmented, feedback;
  std::size_t known = 0;
  for (const TrapLearned& set : sets) {
    augmented.add(set.augmented);
    feedback.add(set.feedback);
    known += set.policies * set.models == 1 ? 1 : 0;
  }
  return {augmented.estimate(), feedback.estimate(), clopper_pearson(known, repetitions)};
}

TrapLearned TrapClass::truth(const TrapPlan& plan) const { return roll_out(*truth_, dynamics_, plan); }

}  // namespace pianola
