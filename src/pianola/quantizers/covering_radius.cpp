#include "pianola/quantizers/covering_radius.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <limits>
#include <queue>
#include <vector>

namespace pianola {
namespace {

constexpr double kGap = 1e-3;      // relative, at which the search ends
constexpr double kOutward = 1e-9;  // relative: more than rounding can take away from a bound

/// A part of the box, and the codes that can be nearest somewhere in it.
struct Part {
  double bound = 0.0;  // squared
  std::vector<double> low, high;
  std::vector<std::uint32_t> codes;
  bool operator<(const Part& other) const { return bound < other.bound; }
};

struct Range {
  double nearest = 0.0, farthest = 0.0;  // squared and weighted, over a box
  double reach = 0.0;                    // squared, in action units: the farthest
};

class Search {
 public:
  Search(std::span<const float> codes, std::span<const double> low, std::span<const double> high,
         std::span<const double> weights, double work)
      : codes_(codes), weights_(weights), dim_(low.size()), work_(work) {
    even_ = std::all_of(weights.begin(), weights.end(), [&](double w) { return w == weights[0] && w > 0.0; });
    Part whole{0.0, {low.begin(), low.end()}, {high.begin(), high.end()}, {}};
    whole.codes.resize(codes.size() / dim_);
    for (std::size_t j = 0; j < whole.codes.size(); ++j) whole.codes[j] = static_cast<std::uint32_t>(j);
    add(std::move(whole));
  }

  CoveringRadius run() {
    while (work_ > 0.0 && parts_.top().bound > attained_ * (1.0 + 2.0 * kGap)) {
      Part part = parts_.top();
      parts_.pop();
      split(std::move(part));
    }
    const double bound = std::sqrt(parts_.top().bound) * (1.0 + kOutward);
    return {bound, std::min(bound, std::sqrt(attained_)), boxes_};
  }

 private:
  [[nodiscard]] Range range(const Part& part, std::uint32_t j) const {
    Range range;
    const float* const code = codes_.data() + j * dim_;
    for (std::size_t d = 0; d < dim_; ++d) {
      const double c = static_cast<double>(code[d]), w2 = weights_[d] * weights_[d];
      const double below = part.low[d] - c, above = c - part.high[d];
      const double near = std::max({below, above, 0.0});
      const double away = std::max(std::abs(below), std::abs(above));
      range.nearest += w2 * near * near;
      range.farthest += w2 * away * away;
      range.reach += away * away;
    }
    return range;
  }

  /// Bounds a part, drops the codes that it need not know, and keeps it.
  void add(Part part) {
    ++boxes_;
    work_ -= 64.0 + 4.0 * static_cast<double>((part.codes.size() + 1) * dim_);
    std::vector<Range> ranges;
    ranges.reserve(part.codes.size());
    double closest = std::numeric_limits<double>::infinity();
    for (const std::uint32_t j : part.codes) {
      ranges.push_back(range(part, j));
      closest = std::min(closest, ranges.back().farthest);
    }
    std::vector<std::uint32_t> left;
    double least = std::numeric_limits<double>::infinity(), most = 0.0;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      if (ranges[i].nearest > closest * (1.0 + kOutward)) continue;
      left.push_back(part.codes[i]);
      least = std::min(least, ranges[i].reach);
      most = std::max(most, ranges[i].reach);
    }
    part.codes = std::move(left);
    part.bound = even_ ? least : most;
    attain(part);
    parts_.push(std::move(part));
  }

  /// The error at the part's centre.
  void attain(const Part& part) {
    Part centre{0.0, part.low, part.low, {}};
    for (std::size_t d = 0; d < dim_; ++d) centre.low[d] = centre.high[d] = 0.5 * part.low[d] + 0.5 * part.high[d];
    double smallest = std::numeric_limits<double>::infinity(), error = 0.0;
    for (const std::uint32_t j : part.codes) {
      const Range at = range(centre, j);
      if (at.farthest >= smallest) continue;
      smallest = at.farthest;
      error = at.reach;
    }
    attained_ = std::max(attained_, error);
  }

  void split(Part part) {
    std::size_t longest = 0;
    double most = -1.0;
    for (std::size_t d = 0; d < dim_; ++d) {
      const double length = (part.high[d] - part.low[d]) * (even_ ? 1.0 : weights_[d]);
      if (length > most) {
        most = length;
        longest = d;
      }
    }
    const double middle = 0.5 * part.low[longest] + 0.5 * part.high[longest];
    Part other = part;
    part.high[longest] = other.low[longest] = middle;
    add(std::move(part));
    add(std::move(other));
  }

  std::span<const float> codes_;
  std::span<const double> weights_;
  std::size_t dim_, boxes_ = 0;
  double work_, attained_ = 0.0;  // attained: squared
  bool even_ = true;
  std::priority_queue<Part> parts_;
};

}  // namespace

CoveringRadius covering_radius(std::span<const float> codes, std::span<const double> low, std::span<const double> high,
                               std::span<const double> weights, double work) {
  assert(!low.empty() && low.size() == high.size() && weights.size() == low.size());
  assert(!codes.empty() && codes.size() % low.size() == 0);
  return Search(codes, low, high, weights, work).run();
}

}  // namespace pianola
