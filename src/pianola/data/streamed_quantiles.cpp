#include "pianola/data/streamed_quantiles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/data/order_statistics.hpp"
#include "pianola/data/value_bracket.hpp"

namespace pianola {
namespace {

constexpr std::size_t kSampleRows = std::size_t{1} << 15, kFewestRows = 16;
constexpr std::size_t kColumnsABlock = 8;  // whose counters stay in the cache; a line of memory holds eight numbers

struct Target {
  std::uint64_t rank = 0;
  bool found = false;
  double value = 0.0;
};

}  // namespace

/// Rows 0, s, 2 s, … of the first pass: all of them while they fit.
class StreamedQuantiles::Sample {
 public:
  Sample(std::size_t columns, std::size_t numbers)
      : columns_(columns),
        most_(std::max(kFewestRows, numbers / std::max<std::size_t>(columns, 1))),
        least_(columns, std::numeric_limits<double>::infinity()),
        largest_(columns, -std::numeric_limits<double>::infinity()),
        sum_(columns, 0.0) {}

  void add(std::span<const double> row, std::size_t number) {
    for (std::size_t d = 0; d < columns_; ++d) {
      least_[d] = std::min(least_[d], row[d]);
      largest_[d] = std::max(largest_[d], row[d]);
      sum_[d] += 0.0 * row[d];
    }
    if (number % stride_ != 0) return;
    if (rows() == most_) {
      most_ = std::min(most_, 2 * kSampleRows);
      while (rows() >= most_) thin();
      if (number % stride_ != 0) return;
    }
    if (kept_.size() + columns_ > kept_.capacity()) {  // never more than there shall be
      kept_.reserve(std::min(most_, std::max(kFewestRows, 2 * rows())) * columns_);
    }
    kept_.insert(kept_.end(), row.begin(), row.end());
  }
  [[nodiscard]] bool is_all() const { return stride_ == 1; }
  [[nodiscard]] std::size_t rows() const { return columns_ == 0 ? 0 : kept_.size() / columns_; }
  /// False if a number of the column, kept or not, is NaN or infinite.
  [[nodiscard]] bool is_finite(std::size_t column) const { return sum_[column] == 0.0; }
  [[nodiscard]] double least(std::size_t column) const { return least_[column]; }
  [[nodiscard]] double largest(std::size_t column) const { return largest_[column]; }
  [[nodiscard]] std::vector<double> column(std::size_t d) const {
    std::vector<double> out;
    out.reserve(rows());
    for (std::size_t i = d; i < kept_.size(); i += columns_) out.push_back(kept_[i]);
    return out;
  }

 private:
  /// Every second row goes.
  void thin() {
    const std::size_t left = (rows() + 1) / 2;
    for (std::size_t i = 1; i < left; ++i)
      std::copy_n(kept_.data() + 2 * i * columns_, columns_, kept_.data() + i * columns_);
    kept_.resize(left * columns_);
    kept_.shrink_to_fit();
    stride_ *= 2;
  }

  std::size_t columns_, most_, stride_ = 1;
  std::vector<double> kept_, least_, largest_, sum_;
};

/// The wanted order statistics of one column, and the brackets that hold those not found yet.
class StreamedQuantiles::Column {
 public:
  Column() = default;
  /// Without brackets: all is found among `numbers`, which are all there are.
  Column(std::span<const std::uint64_t> ranks, std::vector<double> numbers) {
    place_ranks(numbers, ranks);
    for (const std::uint64_t rank : ranks) targets_.push_back({rank, true, numbers[rank]});
  }

  /// sample: of the column; n: rows in all.
  Column(std::span<const std::uint64_t> ranks, std::vector<double> sample, std::size_t n, double least, double largest)
      : least_(least), largest_(largest) {
    std::sort(sample.begin(), sample.end());
    for (const std::uint64_t rank : ranks) {
      const bool found = rank == 0 || rank + 1 == n || least_ == largest_;
      targets_.push_back({rank, found, rank == 0 ? least_ : largest_});
      if (!found) join(bracket_of(rank, sample, n));
    }
  }

  /// All are NaN.
  void find_nothing(std::span<const std::uint64_t> ranks) {
    for (const std::uint64_t rank : ranks) targets_.push_back({rank, true, std::numeric_limits<double>::quiet_NaN()});
  }

  [[nodiscard]] bool done() const { return brackets_.empty(); }
  [[nodiscard]] const std::vector<Target>& targets() const { return targets_; }
  [[nodiscard]] std::uint64_t count() const {
    return std::accumulate(brackets_.begin(), brackets_.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const ValueBracket& bracket) { return sum + bracket.count; });
  }

  void begin(bool collect) {
    gaps_.assign(brackets_.size() + 1, 0);
    lows_.clear();
    maps_.clear();
    for (ValueBracket& bracket : brackets_) {
      bracket.begin(collect);
      lows_.push_back(bracket.low);
      maps_.push_back(bracket.map());
    }
  }

  void add(double x) {
    const std::size_t above = brackets_up_to(x);
    if (above == 0 || x > brackets_[above - 1].high) {
      ++gaps_[above];
    } else {
      brackets_[above - 1].take(x, maps_[above - 1]);
    }
  }

  /// Ends a pass: finds, or narrows down. False if the numbers are not those of the first pass.
  [[nodiscard]] bool narrow();

 private:
  /// What a rank turned out to lie in.
  struct Place {
    bool in_bracket = false;
    std::size_t index = 0;    // of the bracket, or of the gap before it
    std::uint64_t first = 0;  // rank of the least number there
  };
  /// How many begin at or below x; they ascend and do not meet.
  [[nodiscard]] std::size_t brackets_up_to(double x) const {
    constexpr std::size_t kFew = 16;  // are counted faster than searched
    if (lows_.size() > kFew) {
      return static_cast<std::size_t>(std::upper_bound(lows_.begin(), lows_.end(), x) - lows_.begin());
    }
    std::size_t above = 0;
    for (const double low : lows_) above += x >= low ? 1 : 0;
    return above;
  }
  [[nodiscard]] ValueBracket bracket_of(std::uint64_t rank, std::span<const double> sample, std::size_t n) const;
  void join(const ValueBracket& bracket);
  [[nodiscard]] std::optional<Place> find(std::uint64_t rank) const;
  [[nodiscard]] ValueBracket gap(std::size_t index) const;

  double least_ = 0.0, largest_ = 0.0;
  std::vector<Target> targets_;         // ranks ascend
  std::vector<ValueBracket> brackets_;  // ascending, without a number in two of them
  std::vector<std::uint64_t> gaps_;     // [brackets + 1]: numbers before, between and behind them
  std::vector<double> lows_;            // of the brackets
  std::vector<OrderedBins> maps_;
};

/// From the sample: five standard deviations of its rank to either side.
ValueBracket StreamedQuantiles::Column::bracket_of(std::uint64_t rank, std::span<const double> sample,
                                                   std::size_t n) const {
  const double p = (static_cast<double>(rank) + 0.5) / static_cast<double>(n), m = static_cast<double>(sample.size());
  const double at = p * m, width = 5.0 * std::sqrt(m * p * (1.0 - p)) + 2.0;
  const double from = std::floor(at - width), to = std::ceil(at + width);
  ValueBracket bracket{.low = least_, .high = largest_, .known = false};
  if (from >= 0.0) bracket.low = sample[static_cast<std::size_t>(from)];
  if (to < m) bracket.high = sample[static_cast<std::size_t>(to)];
  constexpr double kMargin = 2.0;  // of the numbers that may lie in it
  bracket.count =
      std::min<std::uint64_t>(n, static_cast<std::uint64_t>(kMargin * 2.0 * width / m * static_cast<double>(n)));
  return bracket;
}

void StreamedQuantiles::Column::join(const ValueBracket& bracket) {
  if (brackets_.empty() || brackets_.back().high < bracket.low) return brackets_.push_back(bracket);
  ValueBracket& last = brackets_.back();
  if (last.low == bracket.low && last.high == bracket.high) return;
  // What joins it shares all but a step of ranks with it.
  last.high = std::max(last.high, bracket.high);
  last.count += bracket.count;
}

std::optional<StreamedQuantiles::Column::Place> StreamedQuantiles::Column::find(std::uint64_t rank) const {
  std::uint64_t first = 0;
  for (std::size_t i = 0; i < gaps_.size(); ++i) {
    if (rank < first + gaps_[i]) return Place{false, i, first};
    first += gaps_[i];
    if (i == brackets_.size()) break;
    if (rank < first + brackets_[i].inside) return Place{true, i, first};
    first += brackets_[i].inside;
  }
  return std::nullopt;
}

ValueBracket StreamedQuantiles::Column::gap(std::size_t index) const {
  const bool begins = index == 0, ends = index == brackets_.size();
  return {.low = begins ? least_ : next_double(brackets_[index - 1].high),
          .high = ends ? largest_ : previous_double(brackets_[index].low),
          .count = gaps_[index]};
}

bool StreamedQuantiles::Column::narrow() {
  const auto changed = [](const ValueBracket& bracket) { return bracket.known && bracket.inside != bracket.count; };
  if (std::any_of(brackets_.begin(), brackets_.end(), changed)) return false;
  std::vector<std::uint64_t> placed(brackets_.size());
  std::vector<ValueBracket> next;
  for (Target& target : targets_) {  // whose ranks ascend
    if (target.found) continue;
    const std::optional<Place> place = find(target.rank);
    if (!place) return false;
    std::uint64_t within = target.rank - place->first;
    if (place->in_bracket && brackets_[place->index].collects) {
      const std::span<double> numbers = brackets_[place->index].numbers;
      const std::uint64_t rank = within - placed[place->index];  // among those that are not in their places yet
      place_ranks(numbers.subspan(placed[place->index]), {&rank, 1});
      placed[place->index] = within + 1;
      target = {target.rank, true, numbers[within]};
      continue;
    }
    std::size_t bin = 0;
    if (place->in_bracket) {
      for (const auto& bins = brackets_[place->index].bins; within >= bins[bin]; ++bin) within -= bins[bin];
    }
    const ValueBracket here = place->in_bracket ? brackets_[place->index].part(bin) : gap(place->index);
    if (here.low == here.high) {
      target = {target.rank, true, here.low + 0.0};  // no −0
    } else if (next.empty() || next.back().low != here.low) {
      next.push_back(here);
    }
  }
  brackets_ = std::move(next);
  return true;
}

StreamedQuantiles::StreamedQuantiles(std::size_t columns, std::span<const double> probabilities, std::size_t memory)
    : columns_(columns),
      numbers_(memory / sizeof(double)),
      probabilities_(probabilities.begin(), probabilities.end()),
      sample_(std::make_unique<Sample>(columns, numbers_)) {
  const bool inside =
      std::all_of(probabilities_.begin(), probabilities_.end(), [](double p) { return p >= 0.0 && p <= 1.0; });
  if (!inside) throw UsageError("quantiles need probabilities in [0, 1]");
}

StreamedQuantiles::~StreamedQuantiles() = default;
StreamedQuantiles::StreamedQuantiles(StreamedQuantiles&&) noexcept = default;
StreamedQuantiles& StreamedQuantiles::operator=(StreamedQuantiles&&) noexcept = default;

void StreamedQuantiles::add(std::span<const double> rows) {
  if (columns_ == 0) return;
  if (pass_ == 0) {
    for (std::size_t i = 0; i + columns_ <= rows.size(); i += columns_)
      sample_->add(rows.subspan(i, columns_), rows_++);
    return;
  }
  parallel_blocks(columns_, kColumnsABlock, [&](const Block& block) {
    for (std::size_t row = 0; row + columns_ <= rows.size(); row += columns_) {
      for (std::size_t d = block.begin; d < block.end; ++d) state_[d].add(rows[row + d]);
    }
  });
  rows_ += rows.size() / columns_;
}

void StreamedQuantiles::end_first_pass() {
  if (rows_ == 0 && columns_ > 0) throw UsageError("quantiles need at least one number");
  n_ = rows_;
  state_.resize(columns_);
  if (columns_ > 0) {
    const std::vector<std::uint64_t> ranks = needed_ranks(probabilities_, n_);
    parallel_blocks(columns_, 1, [&](const Block& block) {
      const std::size_t d = block.begin;
      if (!sample_->is_finite(d)) return state_[d].find_nothing(ranks);
      state_[d] = sample_->is_all() ? Column(ranks, sample_->column(d))
                                    : Column(ranks, sample_->column(d), n_, sample_->least(d), sample_->largest(d));
    });
  }
  sample_.reset();
}

void StreamedQuantiles::end_pass() {
  if (pass_ == 0) {
    end_first_pass();
  } else {
    std::vector<char> same(columns_, 1);
    if (rows_ == n_) {
      parallel_blocks(columns_, 1,
                      [&](const Block& block) { same[block.begin] = state_[block.begin].narrow() ? 1 : 0; });
    }
    if (rows_ != n_ || std::find(same.begin(), same.end(), 0) != same.end()) {
      throw DataError(
          fmt::format("pass {} over the data held {} rows, the first {}, and other numbers; did another program write "
                      "to the file?",
                      pass_ + 1, rows_, n_));
    }
  }
  std::uint64_t wanted = 0;
  for (const Column& column : state_) wanted += column.count();
  for (Column& column : state_) column.begin(wanted <= numbers_);
  rows_ = 0;
  ++pass_;
}

bool StreamedQuantiles::done() const {
  return pass_ > 0 && std::all_of(state_.begin(), state_.end(), [](const Column& column) { return column.done(); });
}

std::vector<std::vector<double>> StreamedQuantiles::quantiles() const {
  assert(done());
  std::vector<std::vector<double>> result(columns_);
  for (std::size_t d = 0; d < columns_; ++d) {
    const std::vector<Target>& targets = state_[d].targets();
    const auto statistic = [&](std::uint64_t rank) {
      const auto is_before = [](const Target& target, std::uint64_t r) { return target.rank < r; };
      return std::lower_bound(targets.begin(), targets.end(), rank, is_before)->value;
    };
    for (const double p : probabilities_) {
      const QuantileRank rank(p, n_);
      result[d].push_back(rank.between(statistic(rank.below), rank.share > 0.0 ? statistic(rank.below + 1) : 0.0));
    }
  }
  return result;
}

}  // namespace pianola
