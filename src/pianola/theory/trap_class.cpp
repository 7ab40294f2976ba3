#include "pianola/theory/trap_class.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "pianola/policies/finite_class.hpp"
#include "pianola/theory/trap_lanes.hpp"

namespace pianola {
namespace {

constexpr double kRounding = 1e-13;  // of states that two formulae give
constexpr double kNever = -std::numeric_limits<double>::infinity();

/// k from 1.4 to 2.3, d from 1.2 to 1.5: all meet the trap's conditions; the truth, k = 2 and d = 1.2, is not the
/// first.
std::vector<TrapTable> policies(double epsilon) {
  std::vector<TrapTable> tables;
  for (int i = 0; i < 10; ++i) {
    for (int j = 0; j < 4; ++j) {
      TrapConstants c;
      c.epsilon = epsilon;
      c.k = (14 + i) / 10.0;
      c.d = (12 + j) / 10.0;
      tables.push_back(trap_table(c));
    }
  }
  return tables;
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

ClassMaximiser learn_policy(const std::vector<TrapTable>& members, const TrapTable& truth,
                            const std::vector<std::vector<double>>& data) {
  return maximise_log_likelihood(members.size(), [&](std::size_t c) {
    for (const auto& states : data) {
      for (const double x : states) {
        if (std::abs(trap_token(members[c], x, std::atan(x)) - trap_token(truth, x, std::atan(x))) > kRounding) {
          return kNever;
        }
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

std::size_t trap_policies() { return policies(0.01).size(); }
std::size_t trap_models() { return models().size(); }

TrapLearned learn_trap(double epsilon, std::uint64_t horizon, std::uint64_t n, std::size_t starts,
                       const NoiseKey& key) {
  TrapConstants c;
  c.epsilon = epsilon;
  std::vector<std::vector<double>> data;
  data.reserve(n);
  for (std::uint64_t i = 0; i < n; ++i) data.push_back(demonstrate(horizon, normal(key.child("data"), i, 0)));
  const auto tables = policies(epsilon);
  const auto dynamics = models();
  const ClassMaximiser policy = learn_policy(tables, trap_table(c), data), model = learn_model(dynamics, data);
  TrapLearned learned{0.0, 0.0, policy.ties, model.ties};
  for (std::size_t i = 0; i < starts; ++i) {
    const double start = normal_quantile((static_cast<double>(i) + 0.5) / static_cast<double>(starts));
    double x = start, imagined = start, closed = start;
    for (std::uint64_t h = 0; h < horizon; ++h) {
      const double token = trap_token(tables[policy.index], imagined, std::atan(imagined));
      const double reply = trap_token(tables[policy.index], closed, std::atan(closed));
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

}  // namespace pianola
