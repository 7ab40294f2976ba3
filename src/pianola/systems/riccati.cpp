#include "pianola/systems/riccati.hpp"

#include <fmt/format.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/systems/spectral.hpp"

namespace pianola {
namespace {

using Matrix = Eigen::MatrixXd;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Products and solutions, each compiled once: Eigen's templates make every expression a new one.
Matrix times(const Matrix& x, const Matrix& y) { return x * y; }
Matrix solve(const Matrix& x, const Matrix& y) { return Eigen::PartialPivLU<Matrix>(x).solve(y); }

constexpr int kMaxDoublings = 60;  // 2⁶⁰ steps of the recursion: |λ| of the closed loop up to 1 − 1e-16
constexpr double kResidual = 1e-8;
constexpr int kMaxRefinements = 4;
constexpr double kModeTolerance = 1e-10;  // relative size below which a mode counts as unreachable or unseen

Matrix read(const std::string& who, const char* name, const std::vector<double>& values, std::size_t rows,
            std::size_t cols) {
  if (values.size() != rows * cols) {
    throw UsageError(fmt::format("{}: {} must have {} × {} = {} numbers, not {}", who, name, rows, cols, rows * cols,
                                 values.size()));
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    throw UsageError(
        fmt::format("{}: {}[{},{}] is {}; all entries must be finite", who, name, i / cols, i % cols, values[i]));
  }
  return Eigen::Map<const RowMajor>(values.data(), static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(cols));
}

/// A symmetric weight; the identity if none is given. `least` is the smallest eigenvalue allowed, relative to the
/// largest.
Matrix read_weight(const std::string& who, const char* name, const std::vector<double>& values, std::size_t n,
                   bool definite) {
  if (values.empty()) return Matrix::Identity(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(n));
  const Matrix weight = read(who, name, values, n, n);
  const double scale = std::max(weight.cwiseAbs().maxCoeff(), std::numeric_limits<double>::min());
  if ((weight - weight.transpose()).cwiseAbs().maxCoeff() > 1e-12 * scale) {
    throw UsageError(fmt::format("{}: {} must be symmetric", who, name));
  }
  double least = std::numeric_limits<double>::infinity();
  for (const std::complex<double>& lambda : eigenvalues(values, n)) least = std::min(least, lambda.real());
  if (definite ? least <= 0.0 : least < -1e-12 * scale) {
    throw UsageError(fmt::format("{}: {} must be positive {}definite, but its smallest eigenvalue is {}", who, name,
                                 definite ? "" : "semi", least));
  }
  return weight;
}

std::vector<double> flat(const Matrix& matrix) {
  const RowMajor rows = matrix;
  return {rows.data(), rows.data() + rows.size()};
}

/// Those of P = [λI − A, B], each twice: they are those of the real [Re P, −Im P; Im P, Re P].
std::vector<double> pencil_singular_values(const Matrix& a, const Matrix& b, std::complex<double> lambda) {
  const Eigen::Index n = a.rows(), width = n + b.cols();
  Matrix real = Matrix::Zero(2 * n, 2 * width);
  for (const Eigen::Index half : {0, 1}) {
    real.block(half * n, half * width, n, width) << lambda.real() * Matrix::Identity(n, n) - a, b;
    real.block(half * n, (1 - half) * width, n, n) =
        (half == 0 ? -lambda.imag() : lambda.imag()) * Matrix::Identity(n, n);
  }
  return singular_values(flat(real), static_cast<std::size_t>(2 * n), static_cast<std::size_t>(2 * width));
}

/// The mode |λ| ≥ 1 of A that [λI − A, B] reaches least: smallest singular value relative to the largest.
struct Mode {
  std::complex<double> eigenvalue{0.0, 0.0};
  double reach = std::numeric_limits<double>::infinity();
};
Mode weakest_mode(const Matrix& a, const Matrix& b) {
  Mode weakest;
  for (const std::complex<double>& lambda : eigenvalues(flat(a), static_cast<std::size_t>(a.rows()))) {
    if (std::abs(lambda) < 1.0 - 1e-12) continue;
    const std::vector<double> singular = pencil_singular_values(a, b, lambda);
    const double largest = std::max({singular.front(), std::abs(lambda), std::numeric_limits<double>::min()});
    const double reach = singular.back() / largest;
    if (reach < weakest.reach) weakest = {lambda, reach};
  }
  return weakest;
}

std::string format_eigenvalue(std::complex<double> lambda) {
  if (lambda.imag() == 0.0) return fmt::format("{:.6g}", lambda.real());
  return fmt::format("{:.6g} {} {:.6g}i", lambda.real(), lambda.imag() < 0.0 ? '-' : '+', std::abs(lambda.imag()));
}

struct Problem {
  Matrix a, b, q, r;
};

void require_solvable(const std::string& who, const Problem& p) {
  if (const Mode mode = weakest_mode(p.a, p.b); mode.reach < kModeTolerance) {
    throw UsageError(
        fmt::format("{}: no gain stabilises (A, B): B does not reach the mode of eigenvalue {} (|λ| = {:.6g} "
                    "≥ 1); change A or B, or give a gain of your own",
                    who, format_eigenvalue(mode.eigenvalue), std::abs(mode.eigenvalue)));
  }
  if (const Mode mode = weakest_mode(p.a.transpose(), p.q); mode.reach < kModeTolerance) {
    throw UsageError(
        fmt::format("{}: Q does not weigh the mode of eigenvalue {} (|λ| = {:.6g} ≥ 1), so the cheapest gain "
                    "need not stabilise it; give it a weight in Q",
                    who, format_eigenvalue(mode.eigenvalue), std::abs(mode.eigenvalue)));
  }
}

Matrix stabilising_solution(const Problem& problem) {
  Matrix a = problem.a, h = problem.q;
  Matrix g = times(problem.b, solve(problem.r, problem.b.transpose()));
  const Matrix identity = Matrix::Identity(a.rows(), a.cols());
  for (int i = 0; i < kMaxDoublings; ++i) {
    const Matrix w = identity + times(g, h);
    const Matrix wa = solve(w, a), wg = solve(w, g);
    const Matrix step = times(times(a.transpose(), h), wa);
    g += times(times(a, wg), a.transpose());
    h += step;
    a = times(a, wa);
    h = 0.5 * (h + h.transpose()).eval();
    g = 0.5 * (g + g.transpose()).eval();
    if (!h.allFinite() || step.cwiseAbs().maxCoeff() <= 1e-16 * h.cwiseAbs().maxCoeff()) break;
  }
  return h;
}

Matrix gain_of(const Problem& p, const Matrix& cost) {
  const Matrix bc = times(p.b.transpose(), cost);
  return solve(p.r + times(bc, p.b), times(bc, p.a));
}

struct Solution {
  Matrix cost, gain;
  double residual = 0.0, radius = 0.0;  // of the closed loop
};

Solution judge(const Problem& p, Matrix cost, const std::string& who) {
  Solution out{std::move(cost), {}};
  if (out.cost.allFinite()) out.gain = gain_of(p, out.cost);
  if (!out.cost.allFinite() || !out.gain.allFinite()) {
    throw UsageError(who + ": the Riccati equation overflows; rescale states and actions to similar magnitudes");
  }
  const Matrix closed = p.a - times(p.b, out.gain);
  // AᵀP(A − BK) + Q − P is the equation's residual once K is put in.
  out.residual = (times(times(p.a.transpose(), out.cost), closed) + p.q - out.cost).cwiseAbs().maxCoeff() /
                 std::max(1.0, out.cost.cwiseAbs().maxCoeff());
  out.radius = spectral_radius(flat(closed), static_cast<std::size_t>(closed.rows()));
  return out;
}

/// What a stabilising gain costs, Σ_k (A − BK)ᵏᵀ (Q + KᵀRK) (A − BK)ᵏ: a step of Newton's method on the equation
/// (G. Hewer, IEEE TAC 16, 1971), a sum without cancellation.
Matrix cost_of(const Problem& p, const Matrix& gain) {
  Matrix power = p.a - times(p.b, gain), sum = p.q + times(times(gain.transpose(), p.r), gain);
  for (int i = 0; i < kMaxDoublings; ++i) {
    const Matrix step = times(times(power.transpose(), sum), power);
    sum += step;
    power = times(power, power);
    if (!sum.allFinite() || step.cwiseAbs().maxCoeff() <= 1e-16 * sum.cwiseAbs().maxCoeff()) break;
  }
  return 0.5 * (sum + sum.transpose());
}

}  // namespace

LqrGain solve_lqr(const LqrProblem& problem, const std::string& who) {
  if (problem.n == 0 || problem.m == 0) throw UsageError(who + ": a regulator needs at least one state and one action");
  const Problem p{read(who, "A", problem.a, problem.n, problem.n), read(who, "B", problem.b, problem.n, problem.m),
                  read_weight(who, "Q", problem.q, problem.n, false),
                  read_weight(who, "R", problem.r, problem.m, true)};
  require_solvable(who, p);
  Solution found = judge(p, stabilising_solution(p), who);
  for (int i = 0; i < kMaxRefinements && found.residual > kResidual && found.radius < 1.0; ++i) {
    found = judge(p, cost_of(p, found.gain), who);
  }
  if (!(found.residual <= kResidual) || !(found.radius < 1.0)) {
    const Mode mode = weakest_mode(p.a, p.b);
    throw UsageError(
        fmt::format("{}: the Riccati equation is too badly scaled to solve (residual {:.3g}, closed-loop |λ| "
                    "{:.6g}); hardest to reach is eigenvalue {}. Rescale states and actions, or give a gain",
                    who, found.residual, found.radius, format_eigenvalue(mode.eigenvalue)));
  }
  return {flat(found.gain), flat(found.cost), found.residual, found.radius};
}

}  // namespace pianola
