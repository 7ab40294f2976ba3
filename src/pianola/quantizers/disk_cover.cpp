#include "pianola/quantizers/disk_cover.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "pianola/base/interrupt.hpp"
#include "pianola/base/parallel.hpp"

namespace pianola {
namespace {

constexpr std::size_t kBlock = 8192;

/// ‖a − b‖² ≤ limit. Sums run in eight strands, so that they vectorise, and end as soon as the limit is passed.
bool within(const float* a, const float* b, std::size_t dim, double limit) {
  constexpr std::size_t kStrands = 8;
  double sums[kStrands] = {};
  double sum = 0.0;
  std::size_t d = 0;
  for (; d + kStrands <= dim && sum <= limit; d += kStrands) {
    for (std::size_t i = 0; i < kStrands; ++i) {
      const double t = static_cast<double>(a[d + i]) - static_cast<double>(b[d + i]);
      sums[i] += t * t;
    }
    if (d % (4 * kStrands) == 0) sum = std::accumulate(sums, sums + kStrands, 0.0);
  }
  sum = std::accumulate(sums, sums + kStrands, 0.0);
  for (; d < dim && sum <= limit; ++d) {
    const double t = static_cast<double>(a[d]) - static_cast<double>(b[d]);
    sum += t * t;
  }
  return sum <= limit;
}

/// The rows that are left, and the disks so far.
class Cover {
 public:
  Cover(std::span<const float> rows, std::size_t dim) : rows_(rows), dim_(dim), left_(rows.size() / dim) {
    std::iota(left_.begin(), left_.end(), std::uint32_t{0});
    inside_.resize(left_.size());
  }

  [[nodiscard]] std::size_t left() const { return left_.size(); }

  /// Picks the row that the uniform number u chooses, and removes its disk. Returns the code.
  std::vector<float> pick(double u, double radius, bool mean) {
    const auto at = static_cast<std::size_t>(u * static_cast<double>(left_.size()));
    const float* const centre = rows_.data() + left_[std::min(at, left_.size() - 1)] * dim_;
    const double limit = radius * radius;
    parallel_blocks(left_.size(), kBlock, [&](const Block& block) {
      for (std::size_t i = block.begin; i < block.end; ++i) {
        inside_[i] = static_cast<char>(within(rows_.data() + left_[i] * dim_, centre, dim_, limit));
      }
    });
    std::vector<float> code(centre, centre + dim_);
    if (mean) code = mean_inside();
    std::size_t kept = 0;
    for (std::size_t i = 0; i < left_.size(); ++i) {
      left_[kept] = left_[i];
      kept += static_cast<std::size_t>(inside_[i] == 0);
    }
    left_.resize(kept);
    return code;
  }

 private:
  [[nodiscard]] std::vector<float> mean_inside() const {
    std::vector<double> sum(dim_, 0.0);
    double count = 0.0;
    for (std::size_t i = 0; i < left_.size(); ++i) {
      if (inside_[i] == 0) continue;
      count += 1.0;
      for (std::size_t d = 0; d < dim_; ++d) sum[d] += static_cast<double>(rows_[left_[i] * dim_ + d]);
    }
    std::vector<float> mean(dim_);
    for (std::size_t d = 0; d < dim_; ++d) mean[d] = static_cast<float>(sum[d] / count);
    return mean;
  }

  std::span<const float> rows_;
  std::size_t dim_;
  std::vector<std::uint32_t> left_;  // numbers of the rows
  std::vector<char> inside_;
};

double diagonal(std::span<const float> rows, std::size_t dim) {
  double square = 0.0;
  for (std::size_t d = 0; d < dim; ++d) {
    float low = rows[d], high = rows[d];
    for (std::size_t i = d; i < rows.size(); i += dim) {
      low = std::min(low, rows[i]);
      high = std::max(high, rows[i]);
    }
    const double length = static_cast<double>(high) - static_cast<double>(low);
    square += length * length;
  }
  return std::sqrt(square);
}

}  // namespace

DiskCover cover_by_disks(std::span<const float> rows, std::size_t dim, const DiskCoverOptions& options,
                         const NoiseKey& key) {
  return cover_by_disks(rows, dim, options, [&](std::size_t disk) { return uniform(key, disk, 0); });
}

DiskCover cover_by_disks(std::span<const float> rows, std::size_t dim, const DiskCoverOptions& options,
                         const std::function<double(std::size_t)>& draw) {
  Cover cover(rows, dim);
  DiskCover out;
  for (; out.disks < options.k && cover.left() > 0; ++out.disks) {
    throw_if_interrupted();
    const auto code = cover.pick(draw(out.disks), options.radius, options.means);
    out.codes.insert(out.codes.end(), code.begin(), code.end());
  }
  out.uncovered = cover.left();
  return out;
}

double largest_radius(std::span<const float> rows, std::size_t dim, std::size_t k, const NoiseKey& key) {
  double feasible = 0.0, beyond = diagonal(rows, dim);
  while (beyond - feasible > 1e-3 * beyond) {
    const double radius = 0.5 * (feasible + beyond);
    const bool enough = cover_by_disks(rows, dim, {k, radius, false}, key).disks == k;
    (enough ? feasible : beyond) = radius;
  }
  return feasible;
}

}  // namespace pianola
