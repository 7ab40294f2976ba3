// Selection without sorting. A double's bits, with all of them flipped if it is negative and the sign alone if not, are
// an unsigned number in the same order. Each pass counts the next 13 bits of the numbers that agree with the bits found
// so far, which fixes 13 more bits of the wanted one; five passes fix all 64 (the first takes 12).
#include "pianola/quantizers/action_scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

constexpr std::array<int, 5> kShifts{52, 39, 26, 13, 0};
constexpr std::size_t kDigits = std::size_t{1} << 13;

std::uint64_t ordered_bits(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x + 0.0);  // -0 and 0 are one number
  return bits >> 63 ? ~bits : bits | (std::uint64_t{1} << 63);
}

double from_ordered_bits(std::uint64_t key) {
  return std::bit_cast<double>(key >> 63 ? key & ~(std::uint64_t{1} << 63) : ~key);
}

/// The search for the number of one rank in one dimension.
struct Selection {
  std::uint64_t rank = 0;        // among the numbers that agree with the bits found
  std::uint64_t found = 0;       // the upper bits, the others 0
  std::uint64_t found_mask = 0;  // which bits are found
  std::vector<std::uint64_t> counts = std::vector<std::uint64_t>(kDigits);

  void count(std::uint64_t key, int shift) {
    if ((key & found_mask) == found) ++counts[(key & ~found_mask) >> shift];
  }
  void descend(int shift) {
    std::uint64_t digit = 0;
    while (digit + 1 < kDigits && rank >= counts[digit]) rank -= counts[digit++];
    found |= digit << shift;
    found_mask = ~std::uint64_t{0} << shift;
    std::fill(counts.begin(), counts.end(), 0);
  }
};

/// The two neighbours that a quantile interpolates between.
struct Neighbours {
  Selection below, above;
  double share = 0.0;

  Neighbours(double p, std::size_t rows) {
    const double position = p * static_cast<double>(rows - 1);
    below.rank = std::min(static_cast<std::uint64_t>(position), static_cast<std::uint64_t>(rows - 1));
    above.rank = std::min<std::uint64_t>(below.rank + 1, rows - 1);
    share = position - static_cast<double>(below.rank);
  }
  [[nodiscard]] double value() const {
    const double a = from_ordered_bits(below.found), b = from_ordered_bits(above.found);
    if (share == 0.0 || a == b) return a;
    return share < 0.5 ? std::fma(b - a, share, a) : std::fma(a - b, 1.0 - share, b);
  }
};

}  // namespace

std::size_t scan_actions(const ActionSource& source, std::string_view who,
                         const std::function<void(std::span<const double>)>& visit) {
  const std::size_t dim = source.action_dim();
  std::size_t rows = 0, trajectory = 0;
  source.for_each([&](std::span<const double> actions) {
    const auto bad = std::find_if(actions.begin(), actions.end(), [](double x) { return !std::isfinite(x); });
    if (bad != actions.end()) {
      const auto at = static_cast<std::size_t>(bad - actions.begin());
      throw DataError(
          fmt::format("{}: actions must be finite; trajectory {}, row {}, dimension {} is {}; mend the data", who,
                      trajectory, at / dim, at % dim, *bad));
    }
    visit(actions);
    rows += actions.size() / dim;
    ++trajectory;
  });
  if (rows == 0) throw DataError(fmt::format("{}: needs at least one action to be fitted to; the data have none", who));
  return rows;
}

ActionRange data_range(const ActionSource& source, std::string_view who) {
  const std::size_t dim = source.action_dim();
  ActionRange range{std::vector<double>(dim, HUGE_VAL), std::vector<double>(dim, -HUGE_VAL)};
  scan_actions(source, who, [&](std::span<const double> actions) {
    for (std::size_t i = 0; i < actions.size(); ++i) {
      range.low[i % dim] = std::min(range.low[i % dim], actions[i]);
      range.high[i % dim] = std::max(range.high[i % dim], actions[i]);
    }
  });
  return range;
}

std::vector<double> data_quantiles(const ActionSource& source, std::string_view who, std::span<const double> p) {
  const std::size_t dim = source.action_dim();
  const std::size_t rows = scan_actions(source, who, [](std::span<const double>) {});
  std::vector<Neighbours> wanted;
  for (std::size_t i = 0; i < dim * p.size(); ++i) wanted.emplace_back(p[i % p.size()], rows);
  for (const int shift : kShifts) {
    source.for_each([&](std::span<const double> actions) {
      for (std::size_t i = 0; i < actions.size(); ++i) {
        const std::uint64_t key = ordered_bits(actions[i]);
        for (std::size_t j = 0; j < p.size(); ++j) {
          Neighbours& neighbours = wanted[i % dim * p.size() + j];
          neighbours.below.count(key, shift);
          neighbours.above.count(key, shift);
        }
      }
    });
    for (Neighbours& neighbours : wanted) {
      neighbours.below.descend(shift);
      neighbours.above.descend(shift);
    }
  }
  std::vector<double> out;
  for (const Neighbours& neighbours : wanted) out.push_back(neighbours.value());
  return out;
}

}  // namespace pianola
