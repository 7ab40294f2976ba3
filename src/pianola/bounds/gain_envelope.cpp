#include "pianola/bounds/gain_envelope.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

struct Point {
  double lag, log_gain;
};

/// Gains above the floor, as logarithms.
std::vector<Point> telling(std::span<const double> gains, double floor) {
  double largest = 0.0;
  for (std::size_t j = 0; j < gains.size(); ++j) {
    if (!(gains[j] >= 0.0) || !std::isfinite(gains[j])) {
      throw UsageError("gain envelope: the gain at lag " + std::to_string(j) + " is " + std::to_string(gains[j]) +
                       "; gains are finite and at least 0");
    }
    largest = std::max(largest, gains[j]);
  }
  std::vector<Point> points;
  for (std::size_t j = 0; j < gains.size(); ++j) {
    if (gains[j] > floor * largest) points.push_back({static_cast<double>(j), std::log(gains[j])});
  }
  return points;
}

/// log of the least C that covers the points at this log η.
double covering(const std::vector<Point>& points, double log_eta) {
  double most = -std::numeric_limits<double>::infinity();
  for (const Point& point : points) most = std::max(most, point.log_gain - point.lag * log_eta);
  return most;
}

/// log Σ_{j < n} e^{j·x}.
double log_geometric(std::size_t n, double x) {
  const auto count = static_cast<double>(n);
  if (std::abs(x) * count < 1e-8) return std::log(count) + 0.5 * (count - 1.0) * x;
  if (x < 0.0) return std::log(std::expm1(count * x) / std::expm1(x));
  return (count - 1.0) * x + log_geometric(n, -x);
}

}  // namespace

double GainEnvelope::limit() const {
  if (c == 0.0) return 0.0;
  return eta < 1.0 ? c / (1.0 - eta) : std::numeric_limits<double>::infinity();
}

GainEnvelope fit_gain_envelope(std::span<const double> gains, double floor) {
  const std::vector<Point> points = telling(gains, floor);
  if (points.empty()) return {};
  const auto cost = [&](double log_eta) { return covering(points, log_eta) + log_geometric(gains.size(), log_eta); };
  // The slopes between neighbouring points bracket every slope of the envelope; a lone first gain wants η → 0.
  double low = -40.0, high = -40.0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    high = std::max(high, (points[i].log_gain - points[i - 1].log_gain) / (points[i].lag - points[i - 1].lag));
  }
  if (points.front().lag > 0.0) high = std::max(high, 0.0);  // nothing at the first lags: C·η^j covers them anyway
  high += 1e-9;
  for (int round = 0; round < 200 && high - low > 1e-13 * (1.0 + std::abs(low)); ++round) {
    const double left = low + (high - low) / 3.0, right = high - (high - low) / 3.0;
    (cost(left) <= cost(right) ? high : low) = cost(left) <= cost(right) ? right : left;
  }
  const double log_eta = 0.5 * (low + high), log_c = covering(points, log_eta);
  return {std::exp(log_c), std::exp(log_eta), std::exp(log_c + log_geometric(gains.size(), log_eta))};
}

double covering_constant(std::span<const double> gains, double eta) {
  const std::vector<Point> points = telling(gains, 0.0);
  return points.empty() ? 0.0 : std::exp(covering(points, std::log(eta)));
}

void convolve_gains(std::span<const double> gains, std::span<const double> errors, std::span<double> out) {
  if (out.size() != errors.size() || gains.size() + 1 < errors.size()) {
    throw UsageError("gain sequence: " + std::to_string(errors.size()) + " steps need room for as many and at least " +
                     std::to_string(errors.empty() ? 0 : errors.size() - 1) + " gains, not " +
                     std::to_string(out.size()) + " and " + std::to_string(gains.size()));
  }
  for (std::size_t h = 0; h < errors.size(); ++h) {
    double sum = 0.0;
    for (std::size_t k = 0; k < h; ++k) sum += gains[h - 1 - k] * errors[k];
    out[h] = sum;
  }
}

void convolve_envelope(double c, double eta, std::span<const double> errors, std::span<double> out) {
  if (out.size() != errors.size()) {
    throw UsageError("gain envelope: " + std::to_string(errors.size()) + " steps need as much room, not " +
                     std::to_string(out.size()));
  }
  double sum = 0.0;  // Σ_{k<h} η^{h−1−k}·e_k
  for (std::size_t h = 0; h < errors.size(); ++h) {
    out[h] = c * sum;
    sum = eta * sum + errors[h];
  }
}

std::size_t horizon_free_chunk(double c, double eta, double policy_lipschitz) {
  if (!(eta < 1.0)) return 0;
  const double gain = 2.0 * policy_lipschitz * c;
  if (gain <= 1.0 || eta <= 0.0) return 1;
  return std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(std::log(gain) / -std::log(eta) - 1e-12)));
}

}  // namespace pianola
