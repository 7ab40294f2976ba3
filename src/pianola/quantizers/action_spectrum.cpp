#include "pianola/quantizers/action_spectrum.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <functional>

#include "pianola/data/represented_actions.hpp"
#include "pianola/quantizers/action_scan.hpp"

namespace pianola {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

/// Covariance in one pass, in blocks, about the first window: differences are small where actions are far from 0.
class Covariance {
 public:
  explicit Covariance(std::size_t width)
      : size_(static_cast<Eigen::Index>(width)),
        block_(size_, kBlock),
        sum_(Vector::Zero(size_)),
        products_(Matrix::Zero(size_, size_)) {}

  void add(const double* window) {
    const Eigen::Map<const Vector> values(window, size_);
    if (count_ == 0) origin_ = values;
    block_.col(filled_++) = values - origin_;
    ++count_;
    if (filled_ == kBlock) flush();
  }

  std::vector<double> eigenvalues() {
    flush();
    if (count_ < 2) return {};
    const auto n = static_cast<double>(count_);
    Matrix covariance = products_.selfadjointView<Eigen::Lower>();
    covariance = (covariance - sum_ * sum_.transpose() / n) / n;
    if (!covariance.allFinite()) return {};
    const Vector values = Eigen::SelfAdjointEigenSolver<Matrix>(covariance, Eigen::EigenvaluesOnly).eigenvalues();
    std::vector<double> out(values.data(), values.data() + values.size());
    for (double& value : out) value = std::max(value, 0.0);  // rounding
    std::sort(out.begin(), out.end(), std::greater<>());
    return out;
  }

 private:
  static constexpr Eigen::Index kBlock = 256;

  void flush() {
    const auto block = block_.leftCols(filled_);
    products_.selfadjointView<Eigen::Lower>().rankUpdate(block);
    sum_ += block.rowwise().sum();
    filled_ = 0;
  }

  Eigen::Index size_, filled_ = 0;
  std::size_t count_ = 0;
  Matrix block_;
  Vector origin_, sum_;
  Matrix products_;
};

}  // namespace

std::vector<double> action_spectrum(const ActionSource& source, std::size_t chunk, std::string_view who) {
  const std::size_t dim = source.action_dim(), width = chunk * dim;
  const auto windows_of = [&](std::size_t values) { return values < width ? 0 : (values - width) / dim + 1; };
  std::size_t windows = 0;
  scan_actions(source, who, [&](std::span<const double> actions) { windows += windows_of(actions.size()); });
  if (width > kWidestWindow || windows < 2) return {};
  const std::size_t every = (windows + kMostWindows - 1) / kMostWindows;
  Covariance covariance(width);
  std::size_t seen = 0;
  source.for_each([&](std::span<const double> actions) {
    const std::size_t n = windows_of(actions.size());
    for (std::size_t i = 0; i < n; ++i) {
      if (seen++ % every == 0) covariance.add(&actions[i * dim]);
    }
  });
  return covariance.eigenvalues();
}

std::vector<double> represented_spectrum(const ActionSource& actions, const ActionRepresentation& representation,
                                         std::size_t chunk, std::string_view who) {
  if (representation.is_identity()) return action_spectrum(actions, chunk, who);
  if (!representation.is_isometric() || representation.has_frame(ActionFrame::delta)) return {};
  return action_spectrum(RepresentedActions(actions, representation, chunk), chunk, who);
}

}  // namespace pianola
