#include "pianola/data/value_bracket.hpp"

#include <cmath>

namespace pianola {
namespace {

double of_key(std::uint64_t key) {
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
  return std::bit_cast<double>((key & kSign) != 0 ? key & ~kSign : ~key);
}

}  // namespace

double next_double(double x) { return std::nextafter(x, HUGE_VAL); }
double previous_double(double x) { return std::nextafter(x, -HUGE_VAL); }

OrderedBins::OrderedBins(double low, double high, bool linear)
    : low_(low),
      scale_(static_cast<double>(kCount) / (high - low)),
      key_(order_key(low)),
      shift_(std::max(0, static_cast<int>(std::bit_width(order_key(high) - key_)) - kBits)),
      linear_(linear && std::isfinite(scale_) && scale_ > 0.0) {}

void ValueBracket::begin(bool collect) {
  inside = 0;
  collects = collect;
  if (collect) numbers.reserve(count);
  if (!collect || !known) bins.assign(OrderedBins::kCount, 0);
}

void ValueBracket::collect(double x) {
  if (numbers.size() < count) return numbers.push_back(x);
  collects = false;  // they are more than was thought
  numbers = {};
}

ValueBracket ValueBracket::part(std::size_t k) const {
  const OrderedBins map = this->map();
  const auto first_of = [&](std::size_t bin) {  // the first key whose bin is no lower
    std::uint64_t from = order_key(low), to = order_key(high) + 1;
    while (from < to) {
      const std::uint64_t middle = from + (to - from) / 2;
      if (map(of_key(middle)) >= bin) {
        to = middle;
      } else {
        from = middle + 1;
      }
    }
    return from;
  };
  ValueBracket bracket;
  bracket.low = of_key(first_of(k));
  bracket.high = of_key(first_of(k + 1) - 1);
  bracket.count = bins[k];
  bracket.depth = depth + 1;
  return bracket;
}

}  // namespace pianola
