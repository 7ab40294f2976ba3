#include "pianola/theory/trap_class.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "pianola/base/parallel.hpp"
#include "pianola/bounds/trap_constants.hpp"
#include "pianola/policies/finite_class.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/theory/line_bins.hpp"

namespace pianola {
namespace {

constexpr double kRounding = 1e-13;  // of states that two formulae give
constexpr double kNever = -std::numeric_limits<double>::infinity();

/// k from 1.4 to 2.3, d from 1.2 to 1.5: all meet the trap's conditions; the truth, k = 2 and d = 1.2, is not the
/// first.
using Policies = std::vector<std::unique_ptr<Quantizer>>;

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

Policies policies(const QuantizerMaker& quantizers, double epsilon) {
  Policies members;
  for (int i = 0; i < 10; ++i) {
    for (int j = 0; j < 4; ++j) {
      members.push_back(trap_quantizer(quantizers, epsilon, (14 + i) / 10.0, (12 + j) / 10.0));
    }
  }
  return members;
}

struct Model {
  double a, b;
  [[nodiscard]] double operator()(double x) const { return a * x + b * std::atan(x); }
};

std::vector<Model> models() {
  std::vector<Model> all;
  for (int i = 1; i <= 4; ++i) {
    for (int j = 1; j <= 5; ++j) all.push_back({i / 10.0, j / 10.0});
  }
  return all;
}

/// All states of the raw expert.
std::vector<double> demonstrate(std::uint64_t horizon, double x) {
  const Model truth{TrapConstants().a, TrapConstants().b};
  std::vector<double> states;
  states.reserve(horizon + 1);
  for (std::uint64_t h = 0; h <= horizon; ++h, x = truth(x)) states.push_back(x);
  return states;
}

ClassMaximiser learn_policy(const Policies& members, const Quantizer& truth,
                            const std::vector<std::vector<double>>& data) {
  std::vector<std::vector<double>> actions(data.size()), tokens(data.size());
  for (std::size_t i = 0; i < data.size(); ++i) {
    for (const double x : data[i]) actions[i].push_back(std::atan(x));
    tokens[i].resize(actions[i].size());
    truth.quantize(actions[i], {}, tokens[i]);
  }
  std::vector<double> own;
  return maximise_log_likelihood(members.size(), [&](std::size_t c) {
    for (std::size_t i = 0; i < data.size(); ++i) {
      own.resize(actions[i].size());
      members[c]->quantize(actions[i], {}, own);
      for (std::size_t h = 0; h < own.size(); ++h) {
        if (std::abs(own[h] - tokens[i][h]) > kRounding) return kNever;
      }
    }
    return 0.0;
  });
}

ClassMaximiser learn_model(const std::vector<Model>& members, const std::vector<std::vector<double>>& data) {
  return maximise_log_likelihood(members.size(), [&](std::size_t c) {
    for (const auto& states : data) {
      for (std::size_t h = 0; h + 1 < states.size(); ++h) {
        if (std::abs(members[c](states[h]) - states[h + 1]) > kRounding) return kNever;
      }
    }
    return 0.0;
  });
}

}  // namespace

std::size_t trap_policies() { return policies({}, 0.01).size(); }
std::size_t trap_models() { return models().size(); }

TrapLearned learn_trap(const QuantizerMaker& quantizers, double epsilon, std::uint64_t horizon, std::uint64_t n,
                       std::size_t starts, const NoiseKey& key) {
  TrapConstants c;
  c.epsilon = epsilon;
  std::vector<std::vector<double>> data;
  data.reserve(n);
  for (std::uint64_t i = 0; i < n; ++i) data.push_back(demonstrate(horizon, normal(key.child("data"), i, 0)));
  const Policies members = policies(quantizers, epsilon);
  const auto dynamics = models();
  const ClassMaximiser policy = learn_policy(members, *trap_quantizer(quantizers, epsilon, c.k, c.d), data),
                       model = learn_model(dynamics, data);
  TrapLearned learned{0.0, 0.0, policy.ties, model.ties};
  for (std::size_t i = 0; i < starts; ++i) {
    const double start = normal_quantile((static_cast<double>(i) + 0.5) / static_cast<double>(starts));
    double x = start, imagined = start, closed = start;
    for (std::uint64_t h = 0; h < horizon; ++h) {
      const double token = token_at(*members[policy.index], imagined);
      const double reply = token_at(*members[policy.index], closed);
      learned.augmented += std::abs(token - std::atan(x));
      learned.feedback += std::abs(reply - std::atan(closed));
      x = c.a * x + c.b * token;
      closed = c.a * closed + c.b * reply;
      imagined = dynamics[model.index](imagined);
    }
  }
  const double steps = static_cast<double>(horizon) * static_cast<double>(starts);
  learned.augmented /= steps;
  learned.feedback /= steps;
  return learned;
}

TrapCurve trap_curve(const QuantizerMaker& quantizers, double epsilon, std::uint64_t horizon, std::uint64_t n,
                     std::size_t starts, std::size_t repetitions, const NoiseKey& key) {
  std::vector<TrapLearned> sets(repetitions);
  parallel_blocks(repetitions, 1, [&](const Block& block) {
    for (std::size_t r = block.begin; r < block.end; ++r) {
      sets[r] = learn_trap(quantizers, epsilon, horizon, n, starts, key.child("set", r));
    }
  });
  RunningMean augmented, feedback;
  std::size_t known = 0;
  for (const TrapLearned& set : sets) {
    augmented.add(set.augmented);
    feedback.add(set.feedback);
    known += set.policies * set.models == 1 ? 1 : 0;
  }
  return {augmented.estimate(), feedback.estimate(), clopper_pearson(known, repetitions)};
}

double trap_augmented(const QuantizerMaker& quantizers, double epsilon, std::uint64_t horizon, std::size_t starts) {
  TrapConstants c;
  c.epsilon = epsilon;
  const auto quantizer = trap_quantizer(quantizers, epsilon, c.k, c.d);
  double sum = 0.0;
  for (std::size_t i = 0; i < starts; ++i) {
    double x = normal_quantile((static_cast<double>(i) + 0.5) / static_cast<double>(starts)), imagined = x;
    for (std::uint64_t h = 0; h < horizon; ++h) {
      const double token = token_at(*quantizer, imagined);
      sum += std::abs(token - std::atan(x));
      x = c.a * x + c.b * token;
      imagined = c.a * imagined + c.b * std::atan(imagined);
    }
  }
  return sum / (static_cast<double>(horizon) * static_cast<double>(starts));
}

}  // namespace pianola
