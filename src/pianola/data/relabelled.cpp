#include "pianola/data/relabelled.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <numeric>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

constexpr std::size_t kMost = 1'000'000'000;  // of one demonstration: a sum of such counts does not overflow

[[noreturn]] void throw_bad(const DatasetInfo& info, const std::string& what) {
  throw DataError(
      fmt::format("dataset '{}': attribute '{}' {}; augment the demonstrations anew", info.path, kRelabelled, what));
}

std::vector<std::size_t> parse_counts(const DatasetInfo& info, const std::string& text) {
  std::vector<std::size_t> counts;
  const char *at = text.data(), *const end = at + text.size();
  while (true) {
    std::size_t count = 0;
    const auto [stop, error] = std::from_chars(at, end, count);
    if (error != std::errc() || count > kMost || (stop != end && *stop != ',')) {
      throw_bad(info, fmt::format("is no list of counts such as 3,0,2, but '{}'", text));
    }
    counts.push_back(count);
    if (stop == end) return counts;
    at = stop + 1;
  }
}

}  // namespace

std::vector<std::size_t> demonstrations_of(const DatasetInfo& info, std::size_t trajectories) {
  const auto found = info.attributes.find(kRelabelled);
  std::vector<std::size_t> out(trajectories);
  std::iota(out.begin(), out.end(), std::size_t{0});
  if (found == info.attributes.end()) return out;
  const std::vector<std::size_t> counts = parse_counts(info, found->second);
  const std::size_t all = std::accumulate(counts.begin(), counts.end(), counts.size());
  if (all != trajectories) {
    throw_bad(info, fmt::format("speaks of {} trajectories ({} demonstrations), but there are {}: some were taken out",
                                all, counts.size(), trajectories));
  }
  std::size_t at = counts.size();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    for (std::size_t j = 0; j < counts[i]; ++j) out[at++] = i;
  }
  return out;
}

std::string relabelled_text(std::span<const std::size_t> counts) { return fmt::format("{}", fmt::join(counts, ",")); }

}  // namespace pianola
