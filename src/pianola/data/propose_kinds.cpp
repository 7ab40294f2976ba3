#include "pianola/data/propose_kinds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "pianola/data/action_transform.hpp"

namespace pianola {
namespace {

constexpr std::size_t kMostValues = 16;
constexpr double kUnit = 1e-3;  // of a norm; float32 rows that went through arithmetic
constexpr double kPi = std::numbers::pi;

/// A step of about one period that is small once wrapped.
bool wraps(double step, double period) {
  return std::abs(step) > 0.75 * period && std::abs(wrapped(step, period)) < 0.125 * period;
}

double norm(std::span<const double> v) {
  double sum = 0.0;
  for (const double x : v) sum += x * x;
  return std::sqrt(sum);
}

}  // namespace

KindEvidence::KindEvidence(std::size_t action_dim)
    : dimensions_(action_dim),
      quaternion_(action_dim),
      orthonormal_(action_dim),
      antipodal_(action_dim),
      apart_(action_dim) {}

void KindEvidence::add_value(Dimension& dimension, double x) const {
  if (rows_ == 0) dimension.low = dimension.high = x;
  dimension.low = std::min(dimension.low, x);
  dimension.high = std::max(dimension.high, x);
  if (dimension.many) return;
  const auto at = std::lower_bound(dimension.values.begin(), dimension.values.end(), x);
  if (at != dimension.values.end() && *at == x) return;
  dimension.whole = dimension.whole && x == std::floor(x);
  dimension.many = dimension.values.size() == kMostValues;
  if (!dimension.many) dimension.values.insert(at, x);
}

void KindEvidence::add_step(std::size_t d, double before, double now) {
  const double step = now - before;
  Dimension& dimension = dimensions_[d];
  if (wraps(step, 2.0 * kPi)) ++dimension.wraps;
  if (wraps(step, 360.0)) ++dimension.wraps_degrees;
  if (std::abs(step) > kPi && !wraps(step, 2.0 * kPi)) ++dimension.other_leaps;
}

void KindEvidence::add_row(std::span<const double> row) {
  for (std::size_t d = 0; d + 4 <= row.size(); ++d) {
    quaternion_[d] = std::max(quaternion_[d], std::abs(norm(row.subspan(d, 4)) - 1.0));
  }
  for (std::size_t d = 0; d + 6 <= row.size(); ++d) {
    const auto a = row.subspan(d, 3), b = row.subspan(d + 3, 3);
    const double dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    orthonormal_[d] = std::max({orthonormal_[d], std::abs(norm(a) - 1.0), std::abs(norm(b) - 1.0), std::abs(dot)});
  }
}

void KindEvidence::add_vectors(std::span<const double> before, std::span<const double> now) {
  for (std::size_t d = 0; d + 3 <= now.size(); ++d) {
    const std::array<double, 3> step{now[d] - before[d], now[d + 1] - before[d + 1], now[d + 2] - before[d + 2]};
    if (norm(step) < kPi) continue;
    const double apart = rotation_distance(rotation_of(RotationEncoding::vector, &before[d]),
                                           rotation_of(RotationEncoding::vector, &now[d]));
    ++(apart < 0.5 ? antipodal_ : apart_)[d];
  }
}

void KindEvidence::add(std::span<const double> actions) {
  const std::size_t dim = dimensions_.size();
  for (std::size_t at = 0; at < actions.size(); at += dim) {
    const auto row = actions.subspan(at, dim);
    for (std::size_t d = 0; d < dim; ++d) add_value(dimensions_[d], row[d]);
    add_row(row);
    if (at > 0) {
      const auto before = actions.subspan(at - dim, dim);
      for (std::size_t d = 0; d < dim; ++d) add_step(d, before[d], row[d]);
      add_vectors(before, row);
    }
    ++rows_;
  }
}

bool KindEvidence::varies(std::size_t first, std::size_t width) const {
  return std::count_if(dimensions_.begin() + static_cast<std::ptrdiff_t>(first),
                       dimensions_.begin() + static_cast<std::ptrdiff_t>(first + width),
                       [](const Dimension& d) { return d.many; }) >= 2;
}

std::vector<KindProposal> KindEvidence::propose(std::span<const std::string> names) const {
  std::vector<KindProposal> proposals;
  const std::size_t dim = dimensions_.size();
  for (std::size_t d = 0; d < dim && rows_ > 0;
       d += proposals.empty() || proposals.back().first != d ? 1 : proposals.back().width) {
    const Dimension& at = dimensions_[d];
    if (d + 6 <= dim && varies(d, 6) && orthonormal_[d] < kUnit) {
      proposals.push_back({d, 6, "rotation_6d",
                           "two orthonormal triples in every row; whether they are the matrix's columns or its rows "
                           "(rotation_6d_rows) the numbers do not tell"});
    } else if (d + 4 <= dim && varies(d, 4) && quaternion_[d] < kUnit) {
      const auto ends_in_w = [&](std::size_t i) {
        return !names.empty() && !names[i].empty() && (names[i].back() | 32) == 'w';
      };
      const bool first = ends_in_w(d), known = first || ends_in_w(d + 3);
      proposals.push_back({d, 4, first ? "quaternion_wxyz" : "quaternion_xyzw",
                           known ? "norm 1 in every row, and the names say which number is w"
                                 : "norm 1 in every row; whether the order is xyzw or wxyz the numbers do not tell"});
    } else if (d + 3 <= dim && antipodal_[d] > 0 && apart_[d] == 0 && varies(d, 3)) {
      proposals.push_back(
          {d, 3, "rotation_vector",
           fmt::format("{} steps lead to the antipodal vector of nearly the same rotation", antipodal_[d])});
    } else if (!at.many && at.values.size() == 2) {
      proposals.push_back({d, 1, "binary", fmt::format("two values only, {} and {}", at.values[0], at.values[1])});
    } else if (!at.many && at.values.size() > 2 && at.whole) {
      proposals.push_back({d, 1, "categorical", fmt::format("{} values only, all whole numbers", at.values.size())});
    } else if (at.wraps > 0 && at.other_leaps == 0 && at.high - at.low <= 2.0 * kPi * (1.0 + kUnit)) {
      proposals.push_back({d, 1, "angle", fmt::format("{} steps of about 2π: the number wraps", at.wraps)});
    } else if (at.wraps_degrees > 0 && at.high - at.low <= 360.0 * (1.0 + kUnit)) {
      proposals.push_back(
          {d, 1, "angle_degrees", fmt::format("{} steps of about 360: the number wraps", at.wraps_degrees)});
    }
  }
  return proposals;
}

std::vector<KindProposal> propose_kinds(const ActionSource& actions, std::span<const std::string> names) {
  KindEvidence evidence(actions.action_dim());
  actions.for_each([&](std::span<const double> trajectory) { evidence.add(trajectory); });
  return evidence.propose(names);
}

std::string kinds_text(std::span<const KindProposal> proposals) {
  std::string text;
  for (const KindProposal& p : proposals) {
    if (!text.empty()) text += ',';
    text += p.width == 1 ? fmt::format("{}={}", p.first, p.kind)
                         : fmt::format("{}-{}={}", p.first, p.first + p.width - 1, p.kind);
  }
  return text;
}

}  // namespace pianola
