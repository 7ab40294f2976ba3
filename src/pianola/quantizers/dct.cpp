#include "pianola/quantizers/dct.hpp"

#include <cassert>
#include <cmath>
#include <numbers>
#include <vector>

namespace pianola {
namespace {

long double exact_entry(std::size_t k, std::size_t n, std::size_t length) {
  const std::size_t turns = k * (2 * n + 1) % (4 * length);  // in quarters of a turn over `length`
  const long double angle =
      std::numbers::pi_v<long double> * static_cast<long double>(turns) / static_cast<long double>(2 * length);
  return std::sqrt((k == 0 ? 1.0L : 2.0L) / static_cast<long double>(length)) * std::cos(angle);
}

StepMatrix make_matrix(std::size_t length, bool transposed) {
  assert(length >= 1 && length <= kMaxDctLength);
  std::vector<double> entries(length * length);
  for (std::size_t k = 0; k < length; ++k) {
    for (std::size_t n = 0; n < length; ++n) {
      entries[transposed ? n * length + k : k * length + n] = static_cast<double>(exact_entry(k, n, length));
    }
  }
  return {length, length, entries};
}

}  // namespace

StepMatrix dct_matrix(std::size_t length) { return make_matrix(length, false); }
StepMatrix inverse_dct_matrix(std::size_t length) { return make_matrix(length, true); }

void dct_reference(std::span<const double> x, std::size_t length, std::span<double> y) {
  const std::size_t dim = x.size() / length;
  for (std::size_t i = 0; i < y.size(); ++i) {
    long double sum = 0.0L;
    for (std::size_t n = 0; n < length; ++n) sum += exact_entry(i / dim, n, length) * x[n * dim + i % dim];
    y[i] = static_cast<double>(sum);
  }
}

void inverse_dct_reference(std::span<const double> y, std::size_t length, std::span<double> x) {
  const std::size_t dim = y.size() / length;
  for (std::size_t i = 0; i < x.size(); ++i) {
    long double sum = 0.0L;
    for (std::size_t k = 0; k < length; ++k) sum += exact_entry(k, i / dim, length) * y[k * dim + i % dim];
    x[i] = static_cast<double>(sum);
  }
}

}  // namespace pianola
