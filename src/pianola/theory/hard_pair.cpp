#include "pianola/theory/hard_pair.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>
#include <vector>

#include "pianola/policies/conditional_counts.hpp"

namespace pianola {
namespace {

using Eigen::MatrixXd;
using Eigen::RowVector2d;
using Eigen::Vector2d;

constexpr std::size_t kShown = 256, kPrototypes = 64, kStarts = 16;  // demonstrations, table rows a step, fresh starts

/// States before each step and labels of one demonstration.
struct Demonstration {
  std::vector<Vector2d> states;
  std::vector<double> tokens;
};

Vector2d start(const NoiseKey& key, std::uint64_t i) { return {2.0 * uniform(key, i, 0) - 1.0, 0.0}; }

Demonstration demonstrate(const HardPlant& plant, const LineBins& bins, std::uint64_t steps, double sigma,
                          const NoiseKey& key, std::uint64_t i) {
  Demonstration shown;
  Vector2d x = start(key.child("shown"), i);
  for (std::uint64_t h = 0; h < steps; ++h) {
    const double u = plant.k * x, z = 2.0 * uniform(key.child("injected"), i, static_cast<std::uint32_t>(h)) - 1.0;
    shown.states.push_back(x);
    shown.tokens.push_back(bins(u));
    x = plant.a * x + plant.b * (u + sigma * z);
  }
  return shown;
}

/// sigma > 0: the second half with noise of that size.
std::vector<Demonstration> demonstrations(const HardPlant& plant, const LineBins& bins, std::uint64_t steps,
                                          double sigma, const NoiseKey& key) {
  std::vector<Demonstration> all;
  all.reserve(kShown);
  for (std::uint64_t i = 0; i < kShown; ++i) {
    all.push_back(demonstrate(plant, bins, steps, i < kShown / 2 ? 0.0 : sigma, key, i));
  }
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
    Vector2d x = start(key.child("fresh"), i), raw = x;
    for (std::uint64_t h = 0; h < horizon; ++h) {
      largest[h] = std::max(largest[h], (x - raw).norm());
      x = plant.a * x + plant.b * act(x, h, i);
      raw = plant.a * raw + plant.b * (plant.k * raw)(0);
    }
  }
  const auto half = std::span(largest).first(horizon / 2);
  return {std::ranges::max(largest), std::ranges::max(half), std::pow(largest.back() / largest[horizon - 11], 0.1)};
}

ImitationDeviation deviate_linearly(const HardPlant& plant, const LineBins& bins, std::uint64_t horizon, double sigma,
                                    const NoiseKey& key) {
  const RowVector2d k = regress(demonstrations(plant, bins, horizon, sigma, key), 0, 1);
  return deviate(plant, horizon, key, [&](const Vector2d& x, std::uint64_t, std::uint64_t) { return (k * x)(0); });
}

/// What is played at each step next to each prototype.
class ActionTable {
 public:
  ActionTable(const std::vector<Demonstration>& data, const LineBins& bins, TableLoss loss) : data_(data) {
    for (std::size_t h = 0; h < data.front().tokens.size(); ++h) {
      loss == TableLoss::log_loss ? learn_by_counts(h, bins.quantizer()) : learn_means(h);
    }
  }

  [[nodiscard]] double operator()(const Vector2d& x, std::uint64_t h) const {
    return actions_[h * kPrototypes + nearest(x, h)];
  }

 private:
  [[nodiscard]] std::size_t nearest(const Vector2d& x, std::size_t h) const {
    std::size_t best = 0;
    for (std::size_t i = 1; i < kPrototypes; ++i) {
      if ((data_[i].states[h] - x).norm() < (data_[best].states[h] - x).norm()) best = i;
    }
    return best;
  }

  void learn_by_counts(std::size_t h, const Quantizer& quantizer) {
    std::vector<float> played;
    std::vector<std::uint32_t> contexts, tokens(data_.size()), lengths(data_.size());
    for (const Demonstration& one : data_) {
      contexts.push_back(static_cast<std::uint32_t>(nearest(one.states[h], h)));
      played.push_back(static_cast<float>(one.tokens[h]));
    }
    quantizer.encode(played, {}, {tokens, lengths});
    const std::size_t vocabulary = quantizer.info().vocabularies[0];
    ConditionalCounts counts(kPrototypes, vocabulary);
    counts.add(contexts, tokens);
    for (std::size_t i = 0; i < kPrototypes; ++i) {
      const auto row = counts.counts().subspan(i * vocabulary, vocabulary);
      const auto likeliest = static_cast<std::size_t>(std::ranges::max_element(row) - row.begin());
      actions_.push_back(quantizer.levels(0)[likeliest]);
    }
  }

  void learn_means(std::size_t h) {
    std::vector<double> sums(kPrototypes), counts(kPrototypes);
    for (const Demonstration& one : data_) {
      const std::size_t i = nearest(one.states[h], h);
      sums[i] += one.tokens[h];
      counts[i] += 1.0;
    }
    // A state of two demonstrations is counted to the first of them; nobody asks for the other.
    for (std::size_t i = 0; i < kPrototypes; ++i) actions_.push_back(counts[i] > 0.0 ? sums[i] / counts[i] : 0.0);
  }

  const std::vector<Demonstration>& data_;
  std::vector<double> actions_;  // [steps × prototypes]
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

ImitationDeviation deviate_smooth(const HardPlant& plant, const LineBins& bins, std::uint64_t horizon,
                                  const NoiseKey& key) {
  return deviate_linearly(plant, bins, horizon, 0.0, key);
}

ImitationDeviation deviate_noise_injected(const HardPlant& plant, const LineBins& bins, std::uint64_t horizon,
                                          double sigma, const NoiseKey& key) {
  return deviate_linearly(plant, bins, horizon, sigma, key);
}

ImitationDeviation deviate_chunked(const HardPlant& plant, const LineBins& bins, std::uint64_t horizon,
                                   std::uint64_t chunk, const NoiseKey& key) {
  const auto data = demonstrations(plant, bins, horizon, 0.0, key);
  std::vector<RowVector2d> gains;
  gains.reserve(chunk);
  for (std::uint64_t j = 0; j < chunk; ++j) gains.push_back(regress(data, j, chunk));
  std::vector<Vector2d> begun(kStarts);
  return deviate(plant, horizon, key, [&](const Vector2d& x, std::uint64_t h, std::uint64_t i) {
    if (h % chunk == 0) begun[i] = x;
    return (gains[h % chunk] * begun[i])(0);
  });
}

ImitationDeviation deviate_table(const HardPlant& plant, const LineBins& bins, std::uint64_t horizon, TableLoss loss,
                                 const NoiseKey& key) {
  const auto data = demonstrations(plant, bins, horizon, 0.0, key);
  const ActionTable table(data, bins, loss);
  return deviate(plant, horizon, key, [&](const Vector2d& x, std::uint64_t h, std::uint64_t) { return table(x, h); });
}

}  // namespace pianola
