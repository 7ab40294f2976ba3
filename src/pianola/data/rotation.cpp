#include "pianola/data/rotation.hpp"

#include <algorithm>
#include <cmath>

namespace pianola {
namespace {

constexpr Rotation kIdentity{1, 0, 0, 0, 1, 0, 0, 0, 1};

/// x, y, z, w.
using Quaternion = std::array<double, 4>;
using Vector = std::array<double, 3>;

double norm(const Vector& v) { return std::hypot(v[0], v[1], v[2]); }
double dot(const Vector& a, const Vector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
Vector cross(const Vector& a, const Vector& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

Rotation from_quaternion(const Quaternion& q) {
  const double largest = std::max({std::abs(q[0]), std::abs(q[1]), std::abs(q[2]), std::abs(q[3])});
  const bool finite = std::ranges::all_of(q, [](double x) { return std::isfinite(x); });
  if (!finite || !(largest > 0.0)) return kIdentity;
  const double x = q[0] / largest, y = q[1] / largest, z = q[2] / largest, w = q[3] / largest;
  const double s = 2.0 / (x * x + y * y + z * z + w * w);
  return {1 - s * (y * y + z * z), s * (x * y - z * w),     s * (x * z + y * w),
          s * (x * y + z * w),     1 - s * (x * x + z * z), s * (y * z - x * w),
          s * (x * z - y * w),     s * (y * z + x * w),     1 - s * (x * x + y * y)};
}

/// w ≥ 0. Divides by the largest of the four components, so that nothing cancels.
Quaternion to_quaternion(const Rotation& r) {
  const double trace = r[0] + r[4] + r[8];
  Quaternion q{};
  const std::array<double, 4> squares{r[0], r[4], r[8], trace};
  const auto best = static_cast<std::size_t>(std::max_element(squares.begin(), squares.end()) - squares.begin());
  if (best == 3) {
    q = {r[7] - r[5], r[2] - r[6], r[3] - r[1], 1.0 + trace};
  } else {
    const std::size_t i = best, j = (i + 1) % 3, k = (i + 2) % 3;
    q[i] = 1.0 + r[4 * i] - r[4 * j] - r[4 * k];
    q[j] = r[3 * j + i] + r[3 * i + j];
    q[k] = r[3 * k + i] + r[3 * i + k];
    q[3] = r[3 * k + j] - r[3 * j + k];
  }
  const double length = std::sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
  const double scale = (q[3] < 0.0 ? -1.0 : 1.0) / length;
  for (double& x : q) x *= scale;
  return q;
}

Rotation from_vector(const double* v) {
  const double angle = std::hypot(v[0], v[1], v[2]);
  if (!std::isfinite(angle)) return kIdentity;
  // sin(θ/2)/θ, whose series is exact to double where θ is small.
  const double scale = angle < 1e-4 ? 0.5 - angle * angle / 48.0 : std::sin(0.5 * angle) / angle;
  return from_quaternion({scale * v[0], scale * v[1], scale * v[2], std::cos(0.5 * angle)});
}

void to_vector(const Rotation& rotation, double* out) {
  const Quaternion q = to_quaternion(rotation);
  const double sine = std::hypot(q[0], q[1], q[2]);
  const double scale = sine < 1e-9 ? 2.0 : 2.0 * std::atan2(sine, q[3]) / sine;
  for (std::size_t i = 0; i < 3; ++i) out[i] = scale * q[i];
}

/// A unit vector perpendicular to the unit vector v.
Vector any_perpendicular(const Vector& v) {
  const std::size_t least = std::abs(v[0]) <= std::abs(v[1]) ? (std::abs(v[0]) <= std::abs(v[2]) ? 0 : 2)
                                                             : (std::abs(v[1]) <= std::abs(v[2]) ? 1 : 2);
  Vector axis{};
  axis[least] = 1.0;
  Vector w = cross(v, axis);
  const double length = norm(w);
  for (double& x : w) x /= length;
  return w;
}

bool usable(double length) { return length > 1e-12 && std::isfinite(length); }

Rotation from_columns(Vector first, Vector second) {
  const double length = norm(first);
  if (!usable(length)) first = {1.0, 0.0, 0.0};
  if (usable(length)) std::ranges::transform(first, first.begin(), [length](double x) { return x / length; });
  const double size = norm(second), along = dot(first, second);
  for (std::size_t i = 0; i < 3; ++i) second[i] -= along * first[i];
  const double rest = norm(second);
  if (usable(size) && rest > 1e-9 * size) {
    for (double& x : second) x /= rest;
  } else {
    second = any_perpendicular(first);
  }
  const Vector third = cross(first, second);
  return {first[0], second[0], third[0], first[1], second[1], third[1], first[2], second[2], third[2]};
}

Rotation transposed(const Rotation& r) { return {r[0], r[3], r[6], r[1], r[4], r[7], r[2], r[5], r[8]}; }

// ---------------------------------------------------------------- Euler angles

/// R = R_i(α) R_j(β) R_l(γ): the axes and whether the file has the angles in the other order (fixed axes).
struct EulerOrder {
  std::size_t i, j, l;
  bool fixed;
};

EulerOrder euler_order(RotationEncoding encoding) {
  const std::uint32_t number =
      static_cast<std::uint32_t>(encoding) - static_cast<std::uint32_t>(RotationEncoding::first_euler);
  const auto& axes = kEulerOrders[number % 12];
  if (number < 12) return {axes[2], axes[1], axes[0], true};
  return {axes[0], axes[1], axes[2], false};
}

Rotation about(std::size_t axis, double angle) {
  const std::size_t j = (axis + 1) % 3, k = (axis + 2) % 3;
  const double c = std::cos(angle), s = std::sin(angle);
  Rotation r{};
  r[4 * axis] = 1.0;
  r[4 * j] = r[4 * k] = c;
  r[3 * j + k] = -s;
  r[3 * k + j] = s;
  return r;
}

Rotation from_euler(const EulerOrder& order, const double* in) {
  const double first = order.fixed ? in[2] : in[0], last = order.fixed ? in[0] : in[2];
  if (!std::isfinite(in[0]) || !std::isfinite(in[1]) || !std::isfinite(in[2])) return kIdentity;
  return product(product(about(order.i, first), about(order.j, in[1])), about(order.l, last));
}

/// γ is read from R_i(α)ᵀ R, whose row j is that of R_l(γ): well conditioned at gimbal lock too, where α is 0.
void to_euler(const EulerOrder& order, const Rotation& rotation, double* out) {
  constexpr double kLocked = 1e-12;
  const std::size_t i = order.i, j = order.j, k = 3 - i - j;
  const double sign = (j == (i + 1) % 3) ? 1.0 : -1.0;
  const auto r = [&rotation](std::size_t row, std::size_t column) { return rotation[3 * row + column]; };
  double alpha = 0.0, beta = 0.0;
  if (order.l == k) {
    const double cosine = std::hypot(r(i, i), r(i, j));
    beta = std::atan2(sign * r(i, k), cosine);
    if (cosine > kLocked) alpha = std::atan2(-sign * r(j, k), r(k, k));
  } else {
    const double sine = std::hypot(r(i, j), r(i, k));
    beta = std::atan2(sine, r(i, i));
    if (sine > kLocked) alpha = std::atan2(r(j, i), -sign * r(k, i));
  }
  const Rotation rest = relative_rotation(about(i, alpha), rotation);
  const double gamma = order.l == k ? std::atan2(sign * rest[3 * j + i], rest[3 * j + j])
                                    : std::atan2(-sign * rest[3 * j + k], rest[3 * j + j]);
  out[0] = order.fixed ? gamma : alpha;
  out[1] = beta;
  out[2] = order.fixed ? alpha : gamma;
}

}  // namespace

std::size_t rotation_width(RotationEncoding encoding) noexcept {
  switch (encoding) {
    case RotationEncoding::quaternion_xyzw:
    case RotationEncoding::quaternion_wxyz:
      return 4;
    case RotationEncoding::columns:
    case RotationEncoding::rows:
      return 6;
    default:
      return 3;
  }
}

Rotation rotation_of(RotationEncoding encoding, const double* in) noexcept {
  switch (encoding) {
    case RotationEncoding::vector:
      return from_vector(in);
    case RotationEncoding::quaternion_xyzw:
      return from_quaternion({in[0], in[1], in[2], in[3]});
    case RotationEncoding::quaternion_wxyz:
      return from_quaternion({in[1], in[2], in[3], in[0]});
    case RotationEncoding::columns:
      return from_columns({in[0], in[1], in[2]}, {in[3], in[4], in[5]});
    case RotationEncoding::rows:
      return transposed(from_columns({in[0], in[1], in[2]}, {in[3], in[4], in[5]}));
    default:
      return from_euler(euler_order(encoding), in);
  }
}

void write_rotation(RotationEncoding encoding, const Rotation& r, double* out) noexcept {
  const Quaternion q = encoding == RotationEncoding::quaternion_xyzw || encoding == RotationEncoding::quaternion_wxyz
                           ? to_quaternion(r)
                           : Quaternion{};
  switch (encoding) {
    case RotationEncoding::vector:
      return to_vector(r, out);
    case RotationEncoding::quaternion_xyzw:
      std::copy(q.begin(), q.end(), out);
      return;
    case RotationEncoding::quaternion_wxyz:
      out[0] = q[3];
      std::copy(q.begin(), q.begin() + 3, out + 1);
      return;
    case RotationEncoding::columns:
      for (std::size_t i = 0; i < 3; ++i) out[i] = r[3 * i], out[3 + i] = r[3 * i + 1];
      return;
    case RotationEncoding::rows:
      std::copy(r.begin(), r.begin() + 6, out);
      return;
    default:
      return to_euler(euler_order(encoding), r, out);
  }
}

Rotation product(const Rotation& a, const Rotation& b) noexcept {
  Rotation out{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      out[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
    }
  }
  return out;
}

Rotation relative_rotation(const Rotation& a, const Rotation& b) noexcept { return product(transposed(a), b); }

double rotation_distance(const Rotation& a, const Rotation& b) noexcept {
  const Quaternion q = to_quaternion(relative_rotation(a, b));
  return 2.0 * std::atan2(std::hypot(q[0], q[1], q[2]), q[3]);
}

}  // namespace pianola
