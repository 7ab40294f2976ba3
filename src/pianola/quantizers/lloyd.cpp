#include "pianola/quantizers/lloyd.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>
#include <mutex>
#include <numeric>
#include <optional>
#include <string_view>
#include <unordered_set>

#include "pianola/base/interrupt.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/quantizers/nearest_code.hpp"
#include "pianola/quantizers/sorted_line.hpp"

namespace pianola {
namespace {

constexpr std::size_t kBatch = 256;  // rows that are assigned together
constexpr float kUp = 1.0F + 0x1p-21F, kDown = 1.0F - 0x1p-21F;

/// Sums of rows and their numbers, for each code, in whole multiples of 2⁻ᵉ.
struct Totals {
  std::vector<std::int64_t> sums, counts;
  Totals(std::size_t k, std::size_t dim) : sums(k * dim), counts(k) {}
  void operator+=(const Totals& other) {
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += other.sums[i];
    for (std::size_t j = 0; j < counts.size(); ++j) counts[j] += other.counts[j];
  }
};

/// How far a code has moved, what the bounds of its rows lose, and half the distance to the nearest other code.
struct Motion {
  float moved, others, half;
};

float rounded_up(double x) { return static_cast<float>(x) * kUp; }

class Lloyd {
 public:
  Lloyd(std::span<const float> rows, std::size_t dim, std::vector<float> starts, const LloydOptions& options)
      : rows_(rows),
        dim_(dim),
        n_(rows.size() / dim),
        k_(starts.size() / dim),
        options_(options),
        book_(std::move(starts), dim),
        scale_(dim),
        totals_(k_, dim),
        motion_(k_, {0.0F, 0.0F, 0.0F}) {
    result_.tokens.assign(n_, 0);
    choose_scales();
    if (dim_ == 1 && options_.prune) {
      line_.emplace(rows_, scale_[0]);
    } else {
      upper_.assign(n_, 0.0F);
      lower_.assign(n_, 0.0F);
    }
  }

  LloydResult run(const NoiseKey& key) {
    assign(true);
    while (result_.iterations < options_.iterations) {
      throw_if_interrupted();
      const std::size_t reseeded = update(key.child("reseed", result_.iterations));
      ++result_.iterations;
      result_.reseeded += reseeded;
      result_.converged = !assign(false) && reseeded == 0;
      if (result_.converged) break;
    }
    finish();
    return std::move(result_);
  }

 private:
  void choose_scales() {
    const int bits = 62 - static_cast<int>(std::bit_width(n_));
    for (std::size_t d = 0; d < dim_; ++d) {
      float largest = 0.0F;
      for (std::size_t i = 0; i < n_; ++i) largest = std::max(largest, std::abs(rows_[i * dim_ + d]));
      int exponent = 0;
      std::frexp(largest, &exponent);
      scale_[d] = std::ldexp(1.0, std::clamp(bits - exponent, -500, 500));
    }
  }

  void move_row(std::size_t i, std::uint32_t token, std::int64_t sign, Totals& totals) const {
    std::int64_t* const sum = totals.sums.data() + token * dim_;
    const float* const row = rows_.data() + i * dim_;
    for (std::size_t d = 0; d < dim_; ++d) {
      sum[d] += sign * static_cast<std::int64_t>(static_cast<double>(row[d]) * scale_[d]);
    }
    totals.counts[token] += sign;
  }

  /// Scratch of one parallel block.
  struct Work {
    Totals change;
    std::vector<float> rows;
    std::vector<std::uint32_t> numbers, nearest;
    std::vector<float> upper, lower;
    std::size_t moved = 0;
    Work(std::size_t k, std::size_t dim)
        : change(k, dim), rows(kBatch * dim), numbers(kBatch), nearest(kBatch), upper(kBatch), lower(kBatch) {}
  };

  /// Assigns the first `size` of work.numbers.
  void assign_batch(std::size_t size, bool first, Work& work) {
    for (std::size_t i = 0; i < size; ++i) {
      std::copy_n(rows_.data() + work.numbers[i] * dim_, dim_, work.rows.data() + i * dim_);
    }
    nearest_codes(book_, std::span<const float>(work.rows).first(size * dim_),
                  NearestBounds{std::span(work.nearest).first(size), std::span(work.upper).first(size),
                                std::span(work.lower).first(size)});
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint32_t row = work.numbers[i];
      upper_[row] = std::sqrt(work.upper[i]) * kUp;
      lower_[row] = std::sqrt(work.lower[i]) * kDown;
      std::uint32_t& token = result_.tokens[row];
      if (!first && token == work.nearest[i]) continue;
      if (!first) move_row(row, token, -1, work.change);
      token = work.nearest[i];
      move_row(row, token, 1, work.change);
      ++work.moved;
    }
  }

  void assign_block(const Block& block, bool first, Work& work) {
    std::size_t size = 0;
    for (std::size_t i = block.begin; i < block.end; ++i) {
      const Motion& motion = motion_[result_.tokens[i]];
      const float upper = (upper_[i] + motion.moved) * kUp, lower = (lower_[i] - motion.others) * kDown;
      upper_[i] = upper;
      lower_[i] = lower;
      work.numbers[size] = static_cast<std::uint32_t>(i);
      size += static_cast<std::size_t>(first || !options_.prune || !(upper < std::max(lower, motion.half)));
      if (size < kBatch) continue;
      assign_batch(size, first, work);
      size = 0;
    }
    assign_batch(size, first, work);
  }

  /// Whether any row changed its code.
  bool assign(bool first) {
    if (!line_) return assign_rows(first) != 0;
    auto cells = line_->assign(book_.codes());
    if (!cells) {
      leave_line(first);
      return assign_rows(first) != 0;
    }
    const bool changed = first || *cells != cells_;
    cells_ = std::move(*cells);
    totals_ = Totals(k_, dim_);
    for (const SortedLine::Cell& cell : cells_) {
      totals_.sums[cell.code] = line_->sum(cell);
      totals_.counts[cell.code] = static_cast<std::int64_t>(cell.end - cell.begin);
    }
    return changed;
  }

  void label_rows() {
    parallel_blocks(n_, 16384, [&](const Block& block) {
      const std::size_t size = block.end - block.begin;
      line_->label(cells_, rows_.subspan(block.begin, size), std::span(result_.tokens).subspan(block.begin, size));
    });
  }

  /// On with all rows: rounding could confuse codes. Their bounds know nothing yet.
  void leave_line(bool first) {
    if (!first) label_rows();
    line_.reset();
    upper_.assign(n_, 3e38F);
    lower_.assign(n_, 0.0F);
  }

  /// Returns how many rows changed their code.
  std::size_t assign_rows(bool first) {
    std::mutex mutex;
    std::size_t moved = 0;
    parallel_blocks(n_, std::max<std::size_t>(16384, 4 * k_), [&](const Block& block) {
      throw_if_interrupted();
      Work work(k_, dim_);
      assign_block(block, first, work);
      const std::lock_guard lock(mutex);  // whole numbers: any order gives the same
      totals_ += work.change;
      moved += work.moved;
    });
    return moved;
  }

  void place(std::size_t j, std::span<float> code, const NoiseKey& key) const {
    if (totals_.counts[j] == 0) {
      const auto row = static_cast<std::size_t>(uniform(key, j, 0) * static_cast<double>(n_));
      std::copy_n(rows_.data() + std::min(row, n_ - 1) * dim_, dim_, code.data());
      return;
    }
    for (std::size_t d = 0; d < dim_; ++d) {
      const double mean = static_cast<double>(totals_.sums[j * dim_ + d]) / static_cast<double>(totals_.counts[j]);
      code[d] = static_cast<float>(mean / scale_[d]);
    }
  }

  /// Moves all codes. Returns how many were re-seeded.
  std::size_t update(const NoiseKey& key) {
    std::vector<float> codes(k_ * dim_);
    for (std::size_t j = 0; j < k_; ++j) place(j, std::span(codes).subspan(j * dim_, dim_), key);
    float most = 0.0F, second = 0.0F;
    for (std::size_t j = 0; j < k_; ++j) {
      const std::vector<double> before(book_.code(j).begin(), book_.code(j).end());
      double square = 0.0;
      for (std::size_t d = 0; d < dim_; ++d) {
        const double t = before[d] - static_cast<double>(codes[j * dim_ + d]);
        square += t * t;
      }
      motion_[j].moved = rounded_up(std::sqrt(square));
      second = std::max(second, std::min(most, motion_[j].moved));
      most = std::max(most, motion_[j].moved);
    }
    book_ = Codebook(std::move(codes), dim_);
    for (Motion& motion : motion_) motion.others = motion.moved == most ? second : most;
    if (std::count_if(motion_.begin(), motion_.end(), [&](const Motion& m) { return m.moved == most; }) > 1) {
      for (Motion& motion : motion_) motion.others = most;
    }
    if (options_.prune && !line_) measure_gaps();
    return static_cast<std::size_t>(std::count(totals_.counts.begin(), totals_.counts.end(), 0));
  }

  /// Half the distance of each code to the nearest other one: rows nearer than that cannot belong to another.
  void measure_gaps() {
    std::vector<std::uint32_t> nearest(k_);
    std::vector<float> upper(k_), lower(k_);
    parallel_blocks(k_, 256, [&](const Block& b) {
      const std::size_t size = b.end - b.begin;
      nearest_codes(book_, book_.codes().subspan(b.begin * dim_, size * dim_),
                    NearestBounds{std::span(nearest).subspan(b.begin, size), std::span(upper).subspan(b.begin, size),
                                  std::span(lower).subspan(b.begin, size)});
    });
    for (std::size_t j = 0; j < k_; ++j) motion_[j].half = 0.5F * std::sqrt(lower[j]) * kDown;
  }

  void finish() {
    if (line_) label_rows();
    std::vector<double> parts((n_ + 16383) / 16384);
    parallel_blocks(n_, 16384, [&](const Block& block) {
      double sum = 0.0;
      for (std::size_t i = block.begin; i < block.end; ++i) {
        const float* const row = rows_.data() + i * dim_;
        const float* const code = book_.codes().data() + result_.tokens[i] * dim_;
        for (std::size_t d = 0; d < dim_; ++d) {
          const double t = static_cast<double>(row[d]) - static_cast<double>(code[d]);
          sum += t * t;
        }
      }
      parts[block.index] = sum;
    });
    result_.inertia = std::accumulate(parts.begin(), parts.end(), 0.0);
    result_.codes.assign(book_.codes().begin(), book_.codes().end());
    result_.counts.assign(totals_.counts.begin(), totals_.counts.end());
  }

  std::span<const float> rows_;
  std::size_t dim_, n_, k_;
  LloydOptions options_;
  Codebook book_;
  std::vector<double> scale_;  // 2ᵉ of each dimension
  Totals totals_;
  std::vector<Motion> motion_;        // of each code, in the last update
  std::vector<float> upper_, lower_;  // of each row: distance to its code, and to any other
  std::optional<SortedLine> line_;    // single numbers, sorted
  std::vector<SortedLine::Cell> cells_;
  LloydResult result_;
};

}  // namespace

LloydResult lloyd(std::span<const float> rows, std::size_t dim, std::vector<float> starts, const NoiseKey& key,
                  const LloydOptions& options) {
  assert(dim > 0 && !rows.empty() && rows.size() % dim == 0 && !starts.empty() && starts.size() % dim == 0);
  return Lloyd(rows, dim, std::move(starts), options).run(key);
}

std::vector<float> random_rows(std::span<const float> rows, std::size_t dim, std::size_t k, const NoiseKey& key) {
  const std::size_t n = rows.size() / dim;
  assert(k <= n);
  std::unordered_set<std::size_t> chosen;  // Floyd's: one draw a row, each set of k as likely as any other
  std::vector<float> out;
  out.reserve(k * dim);
  for (std::size_t j = n - k; j < n; ++j) {
    const auto drawn = static_cast<std::size_t>(uniform(key, j, 0) * static_cast<double>(j + 1));
    const std::size_t row = chosen.insert(std::min(drawn, j)).second ? std::min(drawn, j) : j;
    chosen.insert(row);
    out.insert(out.end(), rows.begin() + static_cast<std::ptrdiff_t>(row * dim),
               rows.begin() + static_cast<std::ptrdiff_t>((row + 1) * dim));
  }
  return out;
}

std::size_t distinct_rows(std::span<const float> rows, std::size_t dim, std::size_t most) {
  std::unordered_set<std::string_view> seen;
  std::vector<float> positive(rows.size());  // −0 and 0 are one number
  std::transform(rows.begin(), rows.end(), positive.begin(), [](float x) { return x + 0.0F; });
  const std::size_t bytes = dim * sizeof(float);
  for (std::size_t i = 0; i < rows.size() && seen.size() < most; i += dim) {
    seen.emplace(reinterpret_cast<const char*>(positive.data() + i), bytes);
  }
  return seen.size();
}

}  // namespace pianola
