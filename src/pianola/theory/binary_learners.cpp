#include "pianola/theory/binary_learners.hpp"

#include <array>
#include <cmath>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

BinaryPolicy tabular(const BinaryCounts& counts, const NoiseKey&) {
  BinaryPolicy policy;
  for (int x = 0; x < 2; ++x) {
    const auto zero = static_cast<double>(counts.seen[x][0]), one = static_cast<double>(counts.seen[x][1]);
    if (zero + one > 0.0) policy.one[x] = one / (zero + one);
  }
  return policy;
}

BinaryPolicy laplace(const BinaryCounts& counts, const NoiseKey&) {
  BinaryPolicy policy;
  for (int x = 0; x < 2; ++x) {
    const auto zero = static_cast<double>(counts.seen[x][0]), one = static_cast<double>(counts.seen[x][1]);
    policy.one[x] = (one + 1.0) / (zero + one + 2.0);
  }
  return policy;
}

BinaryPolicy prior(const BinaryCounts& counts, const NoiseKey&) {
  BinaryPolicy policy;
  for (int x = 0; x < 2; ++x) {
    const auto zero = static_cast<double>(counts.seen[x][0]), one = static_cast<double>(counts.seen[x][1]);
    policy.one[x] = (one + 4.0) / (zero + one + 5.0);
  }
  return policy;
}

BinaryPolicy majority(const BinaryCounts& counts, const NoiseKey& key) {
  BinaryPolicy policy = tabular(counts, key);
  for (double& one : policy.one) one = one > 0.5 ? 1.0 : one < 0.5 ? 0.0 : 0.5;
  return policy;
}

/// P(1 | x) = σ(v_0 + Σ_j v_j·tanh(w_j·x + b_j)); without hidden units σ(v_0 + v_1·x).
template <std::size_t Hidden>
class Network {
 public:
  explicit Network(const NoiseKey& key) {
    for (std::size_t j = 0; j < Hidden; ++j) {
      w_[j] = normal(key, j, 0);
      b_[j] = normal(key, j, 1);
      v_[j] = normal(key, j, 2) / std::sqrt(static_cast<double>(Hidden));
    }
  }

  [[nodiscard]] double probability(double x) const {
    double z = bias_ + slope_ * x;
    for (std::size_t j = 0; j < Hidden; ++j) z += v_[j] * std::tanh(w_[j] * x + b_[j]);
    return 1.0 / (1.0 + std::exp(-z));
  }

  /// One step of gradient descent on the mean log-loss; a sample's pull is (p − u)·∂z.
  void step(const BinaryCounts& counts, double rate) {
    double total = 0.0;
    for (const auto& row : counts.seen) total += static_cast<double>(row[0] + row[1]);
    Network next = *this;
    for (int state = 0; state < 2; ++state) {
      const auto zero = static_cast<double>(counts.seen[state][0]), one = static_cast<double>(counts.seen[state][1]);
      const double x = state, p = probability(x), pull = rate * ((zero + one) * p - one) / total;
      next.bias_ -= pull;
      if (Hidden == 0) next.slope_ -= pull * x;
      for (std::size_t j = 0; j < Hidden; ++j) {
        const double y = std::tanh(w_[j] * x + b_[j]), back = pull * v_[j] * (1.0 - y * y);
        next.v_[j] -= pull * y;
        next.w_[j] -= back * x;
        next.b_[j] -= back;
      }
    }
    *this = next;
  }

 private:
  std::array<double, Hidden> w_{}, b_{}, v_{};
  double bias_ = 0.0, slope_ = 0.0;
};

template <std::size_t Hidden>
BinaryPolicy by_gradient_descent(const BinaryCounts& counts, const NoiseKey& key) {
  constexpr int kSteps = 1500;
  constexpr double kRate = 1.0;
  Network<Hidden> network(key);
  for (int i = 0; i < kSteps; ++i) network.step(counts, kRate);
  return {{network.probability(0.0), network.probability(1.0)}};
}

}  // namespace

std::vector<BinaryLearner> binary_learners() {
  return {{"tabular", tabular},
          {"laplace", laplace},
          {"majority", majority},
          {"prior", prior},
          {"logistic", by_gradient_descent<0>},
          {"mlp", by_gradient_descent<8>}};
}

BinaryLearner find_binary_learner(const std::string& name) {
  std::vector<std::string> known;
  for (const BinaryLearner& learner : binary_learners()) {
    if (learner.name == name) return learner;
    known.push_back(learner.name);
  }
  throw_unknown_name("learner", name, known);
}

}  // namespace pianola
