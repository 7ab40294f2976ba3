#include "pianola/quantizers/dither_noise.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "pianola/base/uniform_lanes.hpp"

namespace pianola {
namespace {

constexpr std::size_t kPairs = 64;  // blocks of Philox that are drawn together, in the first cache

/// Counters of the blocks that hold the values from (row, p) on.
struct Counters {
  std::array<std::uint64_t, kPairs> ids;
  std::array<std::uint32_t, kPairs> h, draws;
  std::size_t pairs = 0;

  /// Takes blocks until they hold `values` more values or are full; returns how many values they hold.
  std::size_t take(Ids of, std::span<const std::uint32_t> steps, std::size_t width, std::size_t row, std::size_t p,
                   std::size_t values) {
    std::size_t held = 0;
    for (pairs = 0; pairs < kPairs && held < values; ++pairs) {
      ids[pairs] = of[row];
      h[pairs] = steps[row];
      draws[pairs] = static_cast<std::uint32_t>(p / 2);
      const std::size_t step = p % 2 == 0 && p + 1 < width ? 2 : 1;
      held += step;
      p += step;
      if (p == width) {
        p = 0;
        ++row;
      }
    }
    return std::min(held, values);
  }
};

}  // namespace

void dither_noise(const NoiseKey& key, Ids ids, std::span<const std::uint32_t> h, std::size_t width, std::size_t first,
                  std::span<double> out) noexcept {
  assert(ids.size() == h.size() && first + out.size() <= ids.size() * width);
  Counters counters;
  std::array<double, kPairs> even, odd;
  std::size_t row = first / width, p = first % width;
  for (std::size_t done = 0; done < out.size();) {
    const std::size_t values = counters.take(ids, h, width, row, p, out.size() - done), n = counters.pairs;
    uniform_pairs(key, Ids(counters.ids).first(n), std::span(counters.h).first(n), std::span(counters.draws).first(n),
                  std::span(even).first(n), std::span(odd).first(n));
    for (std::size_t j = 0, pair = 0; j < values; ++j) {
      out[done + j] = p % 2 == 0 ? even[pair] : odd[pair];
      const bool last = p + 1 == width;
      if (p % 2 == 1 || last) ++pair;
      if (last) ++row;
      p = last ? 0 : p + 1;
    }
    done += values;
  }
}

}  // namespace pianola
