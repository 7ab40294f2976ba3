#include "pianola/theory/trap_lanes.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pianola/theory/trap_lanes.cpp"
#include <hwy/foreach_target.h>
//
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace pianola::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<double>;
using V = hn::Vec<D>;

/// The table in registers; unused intervals are empty.
struct Table {
  V low[3], high[3], token[3], shift, width, inverse_width;
  bool binned;

  explicit Table(const TrapTable& table) : binned(table.bin > 0.0) {
    const D d;
    for (std::size_t i = 0; i < 3; ++i) {
      const bool used = i < table.intervals.size();
      low[i] = hn::Set(d, used ? table.intervals[i].low : 1.0);
      high[i] = hn::Set(d, used ? table.intervals[i].high : 0.0);
      token[i] = hn::Set(d, used ? table.intervals[i].token : 0.0);
    }
    shift = hn::Set(d, table.shift);
    width = hn::Set(d, binned ? table.bin : 1.0);
    inverse_width = hn::Set(d, binned ? 1.0 / table.bin : 1.0);
  }

  [[nodiscard]] HWY_INLINE V play(V x, V u) const {
    const D d;
    if (binned) return hn::Mul(hn::Add(hn::Floor(hn::Mul(u, inverse_width)), hn::Set(d, 0.5)), width);
    V q = hn::Add(u, shift);
    for (std::size_t i = 3; i-- > 0;) {  // the first interval is asked last, so that it wins
      q = hn::IfThenElse(hn::And(hn::Le(low[i], x), hn::Le(x, high[i])), token[i], q);
    }
    return q;
  }
};

constexpr std::size_t kUnrolled = 4;  // vectors whose chains overlap

/// Feedback from these states; what it pays is added up in `paid`.
HWY_INLINE void feedback(const Table& table, V a, V b, std::uint64_t horizon, V* x, V* paid) {
  const D d;
  for (std::uint64_t h = 0; h < horizon; ++h) {
    for (std::size_t k = 0; k < kUnrolled; ++k) {
      const V u = hn::Atan(d, x[k]), q = table.play(x[k], u);
      paid[k] = hn::Add(paid[k], hn::Abs(hn::Sub(q, u)));
      x[k] = hn::MulAdd(a, x[k], hn::Mul(b, q));
    }
  }
}

/// The expert from `model`, and the plant that plays its quantized actions from the same states.
HWY_INLINE void follow(const Table& table, V a, V b, std::uint64_t horizon, V* model, V* augmented, V* observed) {
  const D d;
  V x[kUnrolled];
  for (std::size_t k = 0; k < kUnrolled; ++k) x[k] = model[k];
  for (std::uint64_t h = 0; h < horizon; ++h) {
    for (std::size_t k = 0; k < kUnrolled; ++k) {
      const V u = hn::Atan(d, model[k]), q = table.play(model[k], u);
      observed[k] = hn::Add(observed[k], hn::Abs(hn::Sub(q, u)));
      augmented[k] = hn::Add(augmented[k], hn::Abs(hn::Sub(q, hn::Atan(d, x[k]))));
      model[k] = hn::MulAdd(a, model[k], hn::Mul(b, u));
      x[k] = hn::MulAdd(a, x[k], hn::Mul(b, q));
    }
  }
}

void RunTrap(const TrapConstants& plant, const TrapTable& numbers, std::uint64_t horizon, const double* starts,
             std::size_t lanes, double* paid, double* augmented, double* observed) {
  const D d;
  const std::size_t n = hn::Lanes(d);
  const Table table(numbers);
  const V a = hn::Set(d, plant.a), b = hn::Set(d, plant.b);
  HWY_ALIGN std::array<double, kUnrolled * HWY_MAX_BYTES / sizeof(double)> in{}, out{};
  const std::size_t width = kUnrolled * n;
  const auto keep = [&](const V* sums, double* to, std::size_t first, std::size_t count) {
    for (std::size_t k = 0; k < kUnrolled; ++k) hn::Store(sums[k], d, out.data() + k * n);
    std::copy_n(out.data(), count, to + first);
  };
  for (std::size_t first = 0; first < lanes; first += width) {
    const std::size_t count = std::min(width, lanes - first);
    in.fill(0.0);
    std::copy_n(starts + first, count, in.data());
    V x[kUnrolled], one[kUnrolled], two[kUnrolled];
    const auto begin = [&] {
      for (std::size_t k = 0; k < kUnrolled; ++k) {
        x[k] = hn::Load(d, in.data() + k * n);
        one[k] = two[k] = hn::Zero(d);
      }
    };
    if (paid != nullptr) {
      begin();
      feedback(table, a, b, horizon, x, one);
      keep(one, paid, first, count);
    }
    if (augmented == nullptr) continue;
    begin();
    follow(table, a, b, horizon, x, one, two);
    keep(one, augmented, first, count);
    keep(two, observed, first, count);
  }
}

}  // namespace pianola::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pianola {
namespace {

HWY_EXPORT(RunTrap);

void check(std::span<const double> starts, const TrapTotals& totals) {
  assert(totals.feedback.empty() || totals.feedback.size() == starts.size());
  assert(totals.augmented.size() == totals.observed.size());
  assert(totals.augmented.empty() || totals.augmented.size() == starts.size());
  static_cast<void>(starts);
  static_cast<void>(totals);
}

}  // namespace

TrapTable trap_table(const TrapConstants& constants) {
  const auto& [e, a, b, k, d] = constants;
  const double widen = 1e-9 * e;
  return {{{-k * e / 2, k * e / 2, (d + 0.5) * e / b},
           {d * e - widen, (d + 1) * e + widen, 1.0},
           {a * d * e + b - widen, a * (d + 1) * e + b + widen, (d + 1) * (1 - a * a) * e / b - a}},
          -e / 2,
          0.0};
}

TrapTable trap_without_intervals(const TrapConstants& constants) { return {{}, -constants.epsilon / 2, 0.0}; }

TrapTable trap_bins(double epsilon) { return {{}, 0.0, 2.0 * epsilon}; }

double trap_token(const TrapTable& table, double x, double u) {
  if (table.bin > 0.0) return (std::floor(u * (1.0 / table.bin)) + 0.5) * table.bin;
  for (const TrapTable::Interval& interval : table.intervals) {
    if (interval.low <= x && x <= interval.high) return interval.token;
  }
  return u + table.shift;
}

void run_trap_lanes(const TrapConstants& plant, const TrapTable& table, std::uint64_t horizon,
                    std::span<const double> starts, const TrapTotals& totals) {
  check(starts, totals);
  HWY_DYNAMIC_DISPATCH(RunTrap)
  (plant, table, horizon, starts.data(), starts.size(), totals.feedback.empty() ? nullptr : totals.feedback.data(),
   totals.augmented.empty() ? nullptr : totals.augmented.data(),
   totals.observed.empty() ? nullptr : totals.observed.data());
}

void run_trap_reference(const TrapConstants& plant, const TrapTable& table, std::uint64_t horizon,
                        std::span<const double> starts, const TrapTotals& totals) {
  check(starts, totals);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    double feedback = 0.0, augmented = 0.0, observed = 0.0;
    double x = starts[i], model = starts[i], driven = starts[i];
    for (std::uint64_t h = 0; h < horizon; ++h) {
      const double q = trap_token(table, x, std::atan(x));
      feedback += std::abs(q - std::atan(x));
      x = plant.a * x + plant.b * q;
      const double u = std::atan(model), token = trap_token(table, model, u);
      observed += std::abs(token - u);
      augmented += std::abs(token - std::atan(driven));
      model = plant.a * model + plant.b * u;
      driven = plant.a * driven + plant.b * token;
    }
    if (!totals.feedback.empty()) totals.feedback[i] = feedback;
    if (!totals.augmented.empty()) totals.augmented[i] = augmented;
    if (!totals.observed.empty()) totals.observed[i] = observed;
  }
}

}  // namespace pianola
#endif  // HWY_ONCE
