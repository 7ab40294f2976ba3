#include "pianola/quantizers/chunk_sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/quantizers/action_scan.hpp"

namespace pianola {
namespace {

struct WindowCount {
  std::uint64_t windows = 0;
  std::size_t longest = 0;
};

WindowCount count_windows(const ActionSource& source, std::size_t chunk, std::string_view who) {
  const std::size_t dim = source.action_dim();
  WindowCount count;
  std::size_t trajectory = 0;
  scan_actions(source, who, [&](std::span<const double> actions) {
    throw_if_interrupted();
    const auto large =
        std::find_if(actions.begin(), actions.end(), [](double x) { return std::abs(x) > kLargestSampledAction; });
    if (large != actions.end()) {
      const auto at = static_cast<std::size_t>(large - actions.begin());
      throw DataError(
          fmt::format("{}: actions must lie within ±{:g}; trajectory {}, row {}, dimension {} is {}; "
                      "rescale the data",
                      who, kLargestSampledAction, trajectory, at / dim, at % dim, *large));
    }
    const std::size_t steps = actions.size() / dim;
    count.longest = std::max(count.longest, steps);
    if (steps >= chunk) count.windows += steps - chunk + 1;
    ++trajectory;
  });
  return count;
}

}  // namespace

ChunkSample sample_chunks(const ActionSource& source, std::size_t chunk, std::string_view who,
                          const SampleLimits& limits) {
  const std::size_t dim = source.action_dim();
  const WindowCount count = count_windows(source, chunk, who);
  if (count.windows == 0) {
    throw DataError(fmt::format("{}: a chunk has {} steps, the longest trajectory {}; take a shorter --chunk", who,
                                chunk, count.longest));
  }
  ChunkSample sample{chunk * dim, count.windows, {}};
  const std::size_t room = std::max<std::size_t>(1, std::min(limits.chunks, limits.values / sample.width));
  const std::uint64_t kept = std::min<std::uint64_t>(room, count.windows);
  sample.values.reserve(static_cast<std::size_t>(kept) * sample.width);
  std::uint64_t first = 0, j = 0;  // number of the trajectory's first window, and of the next sample
  source.for_each([&](std::span<const double> actions) {
    throw_if_interrupted();
    const std::size_t steps = actions.size() / dim;
    const std::uint64_t end = first + (steps >= chunk ? steps - chunk + 1 : 0);
    for (; j < kept && j * count.windows / kept < end; ++j) {
      const auto row = actions.subspan(static_cast<std::size_t>(j * count.windows / kept - first) * dim, sample.width);
      for (const double u : row) sample.values.push_back(static_cast<float>(u));
    }
    first = end;
  });
  return sample;
}

std::vector<float> thinned_rows(std::span<const float> rows, std::size_t width, std::size_t most) {
  const std::size_t n = rows.size() / width, kept = std::min(n, most);
  std::vector<float> out;
  out.reserve(kept * width);
  for (std::size_t j = 0; j < kept; ++j) {
    const auto row = rows.subspan(j * n / kept * width, width);
    out.insert(out.end(), row.begin(), row.end());
  }
  return out;
}

}  // namespace pianola
