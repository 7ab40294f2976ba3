#include "pianola/theory/one_sided_loop.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "pianola/bounds/certificates.hpp"

namespace pianola {

using Eigen::MatrixXd;
using Eigen::VectorXd;

double one_sided_regret(const OneSidedLoop& loop, std::size_t horizon) {
  const MatrixXd closed = loop.a - loop.b * loop.k;
  const VectorXd push = loop.b * VectorXd::Constant(loop.b.cols(), loop.epsilon);
  VectorXd x = VectorXd::Zero(loop.a.rows());
  double lost = 0.0;
  for (std::size_t h = 0; h < horizon; ++h) {
    const double away = x.norm();
    lost += std::isfinite(away) ? std::min(1.0, away) : 1.0;
    x = closed * x + push;
  }
  return lost;
}

double one_sided_claim(const OneSidedLoop& loop, std::span<const double> gains) {
  ClosedLoopInputs inputs;
  inputs.horizon = gains.size();
  inputs.epsilon_sup = loop.epsilon * std::sqrt(static_cast<double>(loop.b.cols()));
  inputs.c = std::accumulate(gains.begin(), gains.end(), 0.0);  // in place of C/(1 − η)
  inputs.policy_lipschitz = loop.k.jacobiSvd().singularValues()(0);
  return bound_closed_loop(inputs).total();
}

OneSidedLoop with_radius(const OneSidedLoop& loop, double radius) {
  const MatrixXd closed = loop.a - loop.b * loop.k;
  const double own = closed.eigenvalues().cwiseAbs().maxCoeff();
  OneSidedLoop out = loop;
  out.k = loop.b.inverse() * (loop.a - closed * (radius / own));
  return out;
}

}  // namespace pianola
