#include "pianola/audits/law_points.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace pianola {

LawPoints::LawPoints(std::span<const LawPoint> points, std::size_t observation_dim)
    : outcomes_(points.size(), Outcome::running) {
  for (const LawPoint& point : points) {
    ids_.push_back(point.id);
    h_.push_back(point.h);
    observations_.insert(observations_.end(), point.rows.end() - static_cast<std::ptrdiff_t>(observation_dim),
                         point.rows.end());
    for (const double x : point.rows) histories_.push_back(static_cast<float>(x));
  }
}

double distance(const LawPoint& a, const LawPoint& b, std::size_t observation_dim) {
  assert(a.rows.size() == b.rows.size());
  double largest = 0.0;
  for (std::size_t row = 0; row < a.rows.size(); row += observation_dim) {
    double square = 0.0;
    for (std::size_t i = row; i < row + observation_dim; ++i)
      square += (a.rows[i] - b.rows[i]) * (a.rows[i] - b.rows[i]);
    largest = std::max(largest, square);
  }
  return std::sqrt(largest);
}

}  // namespace pianola
