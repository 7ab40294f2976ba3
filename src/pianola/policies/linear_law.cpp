#include "pianola/policies/linear_law.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/normal_law.hpp"
#include "pianola/policies/transition_registry.hpp"
#include "pianola/policies/weight_file.hpp"

namespace pianola {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Rows = Eigen::Map<const RowMajor>;

constexpr double kRidge = 1e-8, kFloor = 1e-6, kStill = 1e-12;

Eigen::Index index(std::size_t n) { return static_cast<Eigen::Index>(n); }

class LinearLaw final : public IncrementLaw {
 public:
  explicit LinearLaw(LinearLawWeights weights) : weights_(std::move(weights)) {}
  [[nodiscard]] std::size_t inputs() const override { return weights_.inputs; }
  [[nodiscard]] std::size_t dim() const override { return weights_.dim; }
  [[nodiscard]] std::unique_ptr<IncrementSession> session(std::size_t lanes) const override {
    return std::make_unique<Session>(weights_, lanes);
  }

 private:
  class Session final : public IncrementSession {
   public:
    Session(const LinearLawWeights& weights, std::size_t lanes)
        : w_(weights), lanes_(lanes), means_(lanes * weights.dim), z_(weights.dim) {}

    void begin(std::span<const double> inputs) override {
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        for (std::size_t d = 0; d < w_.dim; ++d) {
          double sum = w_.bias[d];
          for (std::size_t k = 0; k < w_.inputs; ++k) {
            sum += w_.weight[d * w_.inputs + k] * inputs[lane * w_.inputs + k];
          }
          means_[lane * w_.dim + d] = sum;
        }
      }
    }

    void draw(const NoiseKey& stream, Ids ids, std::span<const std::uint32_t> h, std::span<double> out) override {
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        normals(stream, ids[lane], h[lane], z_);
        for (std::size_t d = 0; d < w_.dim; ++d) {
          double sum = means_[lane * w_.dim + d];
          for (std::size_t k = 0; k <= d; ++k) sum += w_.factor[d * w_.dim + k] * z_[k];
          out[lane * w_.dim + d] = sum;
        }
      }
    }

    void mode(std::span<double> out) override { std::ranges::copy(means_, out.begin()); }

    void log_density(std::span<const double> increments, std::span<double> out) override {
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        whiten(increments, lane);
        out[lane] = -0.5 * static_cast<double>(w_.dim) * std::log(2.0 * std::numbers::pi);
        for (std::size_t d = 0; d < w_.dim; ++d) {
          out[lane] -= 0.5 * z_[d] * z_[d] + std::log(w_.factor[d * w_.dim + d]);
        }
      }
    }

    void integral_transform(std::span<const double> increments, std::span<double> out) override {
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        whiten(increments, lane);
        for (std::size_t d = 0; d < w_.dim; ++d) out[lane * w_.dim + d] = normal_probability(z_[d]);
      }
    }

   private:
    /// z_ = L⁻¹ (Δ − mean): its d-th number is standard normal given those before it.
    void whiten(std::span<const double> increments, std::size_t lane) {
      for (std::size_t d = 0; d < w_.dim; ++d) {
        double rest = increments[lane * w_.dim + d] - means_[lane * w_.dim + d];
        for (std::size_t k = 0; k < d; ++k) rest -= w_.factor[d * w_.dim + k] * z_[k];
        z_[d] = rest / w_.factor[d * w_.dim + d];
      }
    }

    const LinearLawWeights& w_;
    std::size_t lanes_;
    std::vector<double> means_, z_;
  };

  LinearLawWeights weights_;
};

std::shared_ptr<const IncrementLaw> load(const TensorFile& file, const std::string& where) {
  return make_linear_law(linear_law_from_tensors(file, where));
}

/// Of the residuals, with the floor. @throws DataError for squares beyond double.
Eigen::MatrixXd factor_of(const Eigen::MatrixXd& residuals, const Rows& increments) {
  const double n = static_cast<double>(residuals.rows());
  const Eigen::MatrixXd covariance = residuals.transpose() * residuals / n;
  Eigen::VectorXd floor = increments.colwise().squaredNorm().transpose() * (kFloor * kFloor / n);
  for (double& variance : floor) variance = variance > 0.0 ? variance : kFloor * kFloor;
  if (!covariance.allFinite() || !floor.allFinite()) {
    throw DataError("transition model 'linear': the squares of the increments overflow; rescale the observations");
  }
  for (;; floor *= 10.0) {  // rounding may leave a covariance that is not positive
    const Eigen::LLT<Eigen::MatrixXd> factored(covariance + Eigen::MatrixXd(floor.asDiagonal()));
    if (factored.info() == Eigen::Success) return factored.matrixL();
  }
}

}  // namespace

LinearLawWeights fit_linear_law(std::span<const double> inputs, std::span<const double> increments,
                                std::size_t input_count, std::size_t dim) {
  const std::size_t n = dim == 0 ? 0 : increments.size() / dim;
  if (n == 0 || inputs.size() != n * input_count || increments.size() != n * dim) {
    throw UsageError(fmt::format(
        "transition model 'linear': {} inputs and {} increments are no rows of {} and {}; give at least one transition",
        inputs.size(), increments.size(), input_count, dim));
  }
  const Rows x(inputs.data(), index(n), index(input_count)), y(increments.data(), index(n), index(dim));
  const Eigen::RowVectorXd x_mean = x.colwise().mean(), y_mean = y.colwise().mean();
  Eigen::MatrixXd centred = x.rowwise() - x_mean;
  for (Eigen::Index k = 0; k < centred.cols(); ++k) {  // rounding is no variation
    if (centred.col(k).cwiseAbs().maxCoeff() <= kStill * std::max(1.0, std::abs(x_mean[k]))) centred.col(k).setZero();
  }
  const Eigen::MatrixXd target = y.rowwise() - y_mean;
  Eigen::MatrixXd gram = centred.transpose() * centred / static_cast<double>(n);
  for (Eigen::Index k = 0; k < gram.rows(); ++k) gram(k, k) += kRidge * gram(k, k) + 1e-300;
  const Eigen::MatrixXd moments = centred.transpose() * target / static_cast<double>(n);
  const Eigen::MatrixXd solved = gram.ldlt().solve(moments);  // [inputs × dim]
  LinearLawWeights out;
  out.inputs = input_count;
  out.dim = dim;
  out.weight.resize(dim * input_count);
  Eigen::Map<RowMajor>(out.weight.data(), index(dim), index(input_count)) = solved.transpose();
  const Eigen::RowVectorXd bias = y_mean - x_mean * solved;
  out.bias.assign(bias.data(), bias.data() + bias.size());
  out.factor.resize(dim * dim);
  Eigen::Map<RowMajor>(out.factor.data(), index(dim), index(dim)) = factor_of(target - centred * solved, y);
  return out;
}

std::shared_ptr<const IncrementLaw> make_linear_law(LinearLawWeights weights) {
  return std::make_shared<LinearLaw>(std::move(weights));
}

TensorFile to_tensors(const LinearLawWeights& weights) {
  TensorFile file;
  file.tensors["linear.weight"] = Tensor::of({weights.dim, weights.inputs}, std::span<const double>(weights.weight));
  file.tensors["linear.bias"] = Tensor::of({weights.dim}, std::span<const double>(weights.bias));
  file.tensors["linear.factor"] = Tensor::of({weights.dim, weights.dim}, std::span<const double>(weights.factor));
  return file;
}

LinearLawWeights linear_law_from_tensors(const TensorFile& file, const std::string& where) {
  LinearLawWeights out;
  out.dim = read_extent(file, "linear.weight", 0, where);
  out.inputs = read_extent(file, "linear.weight", 1, where);
  out.weight = read_numbers(file, "linear.weight", {out.dim, out.inputs}, where);
  out.bias = read_numbers(file, "linear.bias", {out.dim}, where);
  out.factor = read_numbers(file, "linear.factor", {out.dim, out.dim}, where);
  for (std::size_t d = 0; d < out.dim; ++d) {
    if (out.factor[d * out.dim + d] > 0.0) continue;
    throw DataError(
        fmt::format("{}: tensor 'linear.factor' must have a positive diagonal, but holds {} at row {}; "
                    "train the model again",
                    where, out.factor[d * out.dim + d], d));
  }
  return out;
}

TransitionEntry transition_entry_linear() {
  return {"linear", "linear-Gaussian increments, fitted in closed form", describe_options<LearnedModelConfig>(), &load};
}

}  // namespace pianola
