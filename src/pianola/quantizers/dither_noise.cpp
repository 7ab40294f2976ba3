#include "pianola/quantizers/dither_noise.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "pianola/base/uniform_lanes.hpp"

namespace pianola {
namespace {

constexpr std::size_t kPairs = 64;  // blocks of Philox that are drawn together, in the first cache

}  // namespace

void dither_noise(const NoiseKey& key, Ids ids, std::span<const std::uint32_t> h, std::size_t width, std::size_t first,
                  std::span<double> out) noexcept {
  const std::size_t pairs = dither_pairs(width);
  assert(ids.size() == h.size() && out.size() % 2 == 0 && first + out.size() / 2 <= ids.size() * pairs);
  std::array<std::uint64_t, kPairs> of;
  std::array<std::uint32_t, kPairs> steps, draws;
  std::size_t row = first / pairs, pair = first % pairs;
  for (std::size_t done = 0; done < out.size() / 2; done += kPairs) {
    const std::size_t n = std::min(kPairs, out.size() / 2 - done);
    for (std::size_t j = 0; j < n; ++j) {
      of[j] = ids[row];
      steps[j] = h[row];
      draws[j] = static_cast<std::uint32_t>(pair);
      const bool last = ++pair == pairs;
      row += last ? 1 : 0;
      pair = last ? 0 : pair;
    }
    uniform_pairs(key, Ids(of).first(n), std::span(steps).first(n), std::span(draws).first(n),
                  out.subspan(2 * done, 2 * n));
  }
}

}  // namespace pianola
