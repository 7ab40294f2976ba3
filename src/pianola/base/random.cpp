#include "pianola/base/random.hpp"

#include <cmath>

#include "pianola/base/normal_quantile_internal.hpp"

namespace pianola {
namespace {

using normal_quantile_internal::central_quantile;
using normal_quantile_internal::kCentre;
using normal_quantile_internal::polynomial;

// The tails of AS 241 (base/normal_quantile_internal has its middle and the source).
constexpr double kMiddleP[] = {7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
                               1.27045825245236838258e+0, 3.64784832476320460504e+0, 5.76949722146069140550e+0,
                               4.63033784615654529590e+0, 1.42343711074968357734e+0};
constexpr double kMiddleQ[] = {
    1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
    6.89767334985100004550e-1, 1.67638483018380384940e+0, 2.05319162663775882187e+0, 1.0};
constexpr double kTailP[] = {2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
                             2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e+0,
                             5.46378491116411436990e+0, 6.65790464350110377720e+0};
constexpr double kTailQ[] = {
    2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
    1.48753612908506148525e-2,  1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0};

}  // namespace

double normal_quantile(double probability) {
  const double q = probability - 0.5;
  if (std::abs(q) <= kCentre) return central_quantile(q);
  const double tail = q < 0.0 ? probability : 1.0 - probability;
  if (tail <= 0.0) return q < 0.0 ? -HUGE_VAL : HUGE_VAL;
  const double r = std::sqrt(-std::log(tail));
  const double z = r <= 5.0 ? polynomial(kMiddleP, r - 1.6) / polynomial(kMiddleQ, r - 1.6)
                            : polynomial(kTailP, r - 5.0) / polynomial(kTailQ, r - 5.0);
  return q < 0.0 ? -z : z;
}

double normal(const NoiseKey& key, std::uint64_t id, std::uint32_t h, std::uint32_t draw) {
  return normal_quantile(uniform(key, id, h, draw));
}

void normals(const NoiseKey& key, std::uint64_t id, std::uint32_t h, std::span<double> out) {
  for (std::size_t i = 0; i < out.size(); i += 2) {
    const auto bits = key.block(id, h, static_cast<std::uint32_t>(i / 2));
    out[i] = normal_quantile(uniform_from_bits(bits[0], bits[1]));
    if (i + 1 < out.size()) out[i + 1] = normal_quantile(uniform_from_bits(bits[2], bits[3]));
  }
}

}  // namespace pianola
