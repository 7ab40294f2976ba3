#include "pianola/quantizers/principal_components.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cassert>
#include <cmath>

#include "pianola/base/interrupt.hpp"

namespace pianola {
namespace {

using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Index = Eigen::Index;

constexpr Index kBlock = 256;  // rows

Eigen::VectorXd mean_of(const Eigen::Map<const Rows>& x) {
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(x.cols());
  for (Index i = 0; i < x.rows(); ++i) sum += x.row(i).cast<double>().transpose();
  return sum / static_cast<double>(x.rows());
}

/// The lower triangle.
Eigen::MatrixXd covariance_of(const Eigen::Map<const Rows>& x, const Eigen::VectorXd& mean) {
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(x.cols(), x.cols());
  for (Index first = 0; first < x.rows(); first += kBlock) {
    throw_if_interrupted();
    const Index n = std::min(kBlock, x.rows() - first);
    const Eigen::MatrixXd centred = (x.middleRows(first, n).cast<double>().rowwise() - mean.transpose()).transpose();
    sum.selfadjointView<Eigen::Lower>().rankUpdate(centred);
  }
  return sum / static_cast<double>(x.rows());
}

void settle_sign(Eigen::Ref<Eigen::VectorXd> v) {
  Index largest = 0;
  for (Index i = 1; i < v.size(); ++i) {
    if (std::abs(v[i]) > std::abs(v[largest])) largest = i;
  }
  if (v[largest] < 0.0) v = -v;
}

}  // namespace

PrincipalComponents principal_components(std::span<const float> rows, std::size_t width, std::size_t k) {
  assert(width >= 1 && width <= kMostPrincipalWidth && k >= 1 && k <= width && rows.size() >= width);
  const auto columns = static_cast<Index>(width);
  const Eigen::Map<const Rows> x(rows.data(), static_cast<Index>(rows.size() / width), columns);
  const Eigen::VectorXd mean = mean_of(x);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance_of(x, mean));
  throw_if_interrupted();
  PrincipalComponents result;
  result.mean.assign(mean.begin(), mean.end());
  for (Index j = 0; j < static_cast<Index>(k); ++j) {  // Eigen sorts them upwards
    Eigen::VectorXd v = solver.eigenvectors().col(columns - 1 - j);
    settle_sign(v);
    result.components.insert(result.components.end(), v.begin(), v.end());
    result.variances.push_back(std::max(0.0, solver.eigenvalues()[columns - 1 - j]));
  }
  return result;
}

}  // namespace pianola
