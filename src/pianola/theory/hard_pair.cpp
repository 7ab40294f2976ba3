#include "pianola/theory/hard_pair.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "pianola/policies/conditional_counts.hpp"
#include "pianola/theory/binned_loop.hpp"

namespace pianola {
namespace {

using Eigen::MatrixXd;
using Eigen::RowVector2d;
using Eigen::Vector2d;

constexpr std::size_t kStarts = 16;
constexpr std::uint64_t kShown = 60;  // steps of the demonstrations that functions of the state are fitted to

/// States before each step and labels of one demonstration.
struct Demonstration {
  std::vector<Vector2d> states;
  std::vector<double> tokens;
};

Vector2d start(const NoiseKey& key, std::uint64_t i) { return {2.0 * uniform(key.child("start"), i, 0) - 1.0, 0.0}; }

Demonstration demonstrate(const HardPlant& plant, double epsilon, std::uint64_t steps, double sigma,
                          const NoiseKey& key, std::uint64_t i) {
  Demonstration shown;
  Vector2d x = start(key, i);
  for (std::uint64_t h = 0; h < steps; ++h) {
    const double u = plant.k * x, z = 2.0 * uniform(key.child("injected"), i, static_cast<std::uint32_t>(h)) - 1.0;
    shown.states.push_back(x);
    shown.tokens.push_back(bin_centre(u, epsilon));
    x = plant.a * x + plant.b * (u + sigma * z);
  }
  return shown;
}

std::vector<Demonstration> demonstrations(const HardPlant& plant, double epsilon, std::uint64_t steps, double sigma,
                                          const NoiseKey& key) {
  std::vector<Demonstration> all;
  all.reserve(2 * kStarts);
  for (std::uint64_t i = 0; i < kStarts; ++i) all.push_back(demonstrate(plant, epsilon, steps, 0.0, key, i));
  if (sigma == 0.0) return all;
  for (std::uint64_t i = 0; i < kStarts; ++i) all.push_back(demonstrate(plant, epsilon, steps, sigma, key, i));
  return all;
}

/// Minimum-norm least squares of the token `ahead` steps later on the state.
RowVector2d regress(const std::vector<Demonstration>& data, std::uint64_t ahead, std::uint64_t stride) {
  std::size_t rows = 0;
  for (const Demonstration& one : data) {
    for (std::size_t h = 0; h + ahead < one.tokens.size(); h += stride) ++rows;
  }
  MatrixXd x(rows, 2), u(rows, 1);
  Eigen::Index row = 0;
  for (const Demonstration& one : data) {
    for (std::size_t h = 0; h + ahead < one.tokens.size(); h += stride, ++row) {
      x.row(row) = one.states[h].transpose();
      u(row, 0) = one.tokens[h + ahead];
    }
  }
  return x.completeOrthogonalDecomposition().solve(u).transpose();
}

/// act(x, h, start): the learner's action.
ImitationDeviation deviate(const HardPlant& plant, std::uint64_t horizon, const NoiseKey& key,
                           const std::function<double(const Vector2d&, std::uint64_t, std::uint64_t)>& act) {
  std::vector<double> largest(horizon, 0.0);
  for (std::uint64_t i = 0; i < kStarts; ++i) {
    Vector2d x = start(key, i), raw = x;
    for (std::uint64_t h = 0; h < horizon; ++h) {
      largest[h] = std::max(largest[h], (x - raw).norm());
      x = plant.a * x + plant.b * act(x, h, i);
      raw = plant.a * raw + plant.b * (plant.k * raw)(0);
    }
  }
  return {std::ranges::max(largest), std::pow(largest.back() / largest[horizon - 11], 0.1)};
}

ImitationDeviation deviate_linearly(const HardPlant& plant, double epsilon, std::uint64_t horizon, double sigma,
                                    const NoiseKey& key) {
  const RowVector2d k = regress(demonstrations(plant, epsilon, kShown, sigma, key), 0, 1);
  return deviate(plant, horizon, key, [&](const Vector2d& x, std::uint64_t, std::uint64_t) { return (k * x)(0); });
}

/// Count ratios over contexts (step, demonstrated state).
class NearestTokens {
 public:
  NearestTokens(const std::vector<Demonstration>& data, double epsilon)
      : data_(data),
        epsilon_(epsilon),
        steps_(data.front().tokens.size()),
        counts_(data.size() * steps_, vocabulary()) {
    std::vector<std::uint32_t> contexts, tokens;
    for (std::size_t i = 0; i < data.size(); ++i) {
      for (std::size_t h = 0; h < steps_; ++h) {
        contexts.push_back(static_cast<std::uint32_t>(i * steps_ + h));
        tokens.push_back(static_cast<std::uint32_t>(std::floor(data[i].tokens[h] / (2.0 * epsilon)) + offset()));
      }
    }
    counts_.add(contexts, tokens);
  }

  [[nodiscard]] double operator()(const Vector2d& x, std::uint64_t h) const {
    std::size_t nearest = 0;
    for (std::size_t i = 1; i < data_.size(); ++i) {
      if ((data_[i].states[h] - x).norm() < (data_[nearest].states[h] - x).norm()) nearest = i;
    }
    const auto row = counts_.counts().subspan((nearest * steps_ + h) * vocabulary(), vocabulary());
    const auto token = static_cast<double>(std::ranges::max_element(row) - row.begin());
    return (token - offset() + 0.5) * 2.0 * epsilon_;
  }

 private:
  /// Bins of [−1.5, 1.5], where the demonstrated actions lie.
  [[nodiscard]] double offset() const { return std::ceil(1.5 / (2.0 * epsilon_)); }
  [[nodiscard]] std::size_t vocabulary() const { return static_cast<std::size_t>(2.0 * offset()); }

  const std::vector<Demonstration>& data_;
  double epsilon_;
  std::size_t steps_;
  ConditionalCounts counts_;
};

}  // namespace

HardPlant hard_plant(int which) {
  HardPlant plant;
  const double across = which == 0 ? 1.2 : -1.2;
  plant.a << -0.5, (which == 0 ? 0.7 : 0.12), -1.0, across;
  plant.b << 1.0, 1.0;
  plant.k << 1.0, -across;
  return plant;
}

double spectral_radius(const Eigen::Matrix2d& m) { return m.eigenvalues().cwiseAbs().maxCoeff(); }

ImitationDeviation deviate_smooth(const HardPlant& plant, double epsilon, std::uint64_t horizon, const NoiseKey& key) {
  return deviate_linearly(plant, epsilon, horizon, 0.0, key);
}

ImitationDeviation deviate_noise_injected(const HardPlant& plant, double epsilon, std::uint64_t horizon, double sigma,
                                          const NoiseKey& key) {
  return deviate_linearly(plant, epsilon, horizon, sigma, key);
}

ImitationDeviation deviate_chunked(const HardPlant& plant, double epsilon, std::uint64_t horizon, std::uint64_t chunk,
                                   const NoiseKey& key) {
  const auto data = demonstrations(plant, epsilon, kShown, 0.0, key);
  std::vector<RowVector2d> gains;
  gains.reserve(chunk);
  for (std::uint64_t j = 0; j < chunk; ++j) gains.push_back(regress(data, j, chunk));
  std::vector<Vector2d> begun(kStarts);
  return deviate(plant, horizon, key, [&](const Vector2d& x, std::uint64_t h, std::uint64_t i) {
    if (h % chunk == 0) begun[i] = x;
    return (gains[h % chunk] * begun[i])(0);
  });
}

ImitationDeviation deviate_tokens(const HardPlant& plant, double epsilon, std::uint64_t horizon, const NoiseKey& key) {
  const auto data = demonstrations(plant, epsilon, horizon, 0.0, key);
  const NearestTokens tokens(data, epsilon);
  return deviate(plant, horizon, key, [&](const Vector2d& x, std::uint64_t h, std::uint64_t) { return tokens(x, h); });
}

}  // namespace pianola
