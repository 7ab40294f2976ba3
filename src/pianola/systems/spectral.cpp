#include "pianola/systems/spectral.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/SVD>
#include <algorithm>

namespace pianola {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::Map<const Matrix> view(std::span<const double> matrix, std::size_t rows, std::size_t cols) {
  return {matrix.data(), static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(cols)};
}

}  // namespace

std::vector<double> singular_values(std::span<const double> matrix, std::size_t rows, std::size_t cols) {
  if (rows == 0 || cols == 0) return {};
  const Eigen::VectorXd found = Eigen::JacobiSVD<Eigen::MatrixXd>(view(matrix, rows, cols)).singularValues();
  return {found.begin(), found.end()};
}

double spectral_norm(std::span<const double> matrix, std::size_t rows, std::size_t cols) {
  return rows == 0 || cols == 0 ? 0.0 : singular_values(matrix, rows, cols).front();
}

double spectral_norm_bound(std::span<const double> matrix, std::size_t rows, std::size_t cols) {
  return spectral_norm(matrix, rows, cols) * (1.0 + 1e-12);
}

std::vector<std::complex<double>> eigenvalues(std::span<const double> matrix, std::size_t n) {
  if (n == 0) return {};
  const Eigen::VectorXcd found = Eigen::EigenSolver<Eigen::MatrixXd>(view(matrix, n, n), false).eigenvalues();
  std::vector<std::complex<double>> sorted(found.begin(), found.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](auto x, auto y) { return std::abs(x) > std::abs(y); });
  return sorted;
}

double spectral_radius(std::span<const double> matrix, std::size_t n) {
  return n == 0 ? 0.0 : std::abs(eigenvalues(matrix, n).front());
}

}  // namespace pianola
