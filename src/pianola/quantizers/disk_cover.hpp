// Greedy covering by disks: the vocabulary of the driving field.
//
//   repeat: pick a random row that is left; remove all rows within `radius` of it; the disk's code is the row, or the
//   mean of what was removed;   until k disks are picked or no row is left
//
// Distances are Euclidean. Rows that k disks leave over are not covered.
// Sources: Philion, Peng, Fidler, "Trajeglish" (arXiv:2312.04535), k-disks; Wu et al., "SMART" (arXiv:2405.15677).
// With the same picks the codes are those of NVlabs/catk, which keeps SMART's (tools/oracles/disk_codes.py).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "pianola/base/random.hpp"

namespace pianola {

struct DiskCover {
  std::vector<float> codes;   ///< [disks × dim], in the order of picking
  std::size_t disks = 0;      ///< k, or fewer where no row was left
  std::size_t uncovered = 0;  ///< rows in no disk
};

struct DiskCoverOptions {
  std::size_t k = 64;
  double radius = 0.0;  ///< ≥ 0; 0: a disk takes the rows equal to its centre
  bool means = false;   ///< codes are means of their disks, else centres
};

/// rows: [n × dim], finite. key: which rows are picked. The same bits for any number of threads.
/// Cost: at most k·n·dim multiply-adds. @throws Interrupted.
DiskCover cover_by_disks(std::span<const float> rows, std::size_t dim, const DiskCoverOptions& options,
                         const NoiseKey& key);
/// The same with picks of one's own: of m rows left, disk j takes row ⌊draw(j)·m⌋, draw(j) in [0, 1).
DiskCover cover_by_disks(std::span<const float> rows, std::size_t dim, const DiskCoverOptions& options,
                         const std::function<double(std::size_t)>& draw);

/// A large radius at which k disks can still be picked, to 1 part in 1,000: bisection between 0 and the diagonal of the
/// rows' box, the same picks each time. rows: with at least k distinct ones. Cost: about 20 coverings.
double largest_radius(std::span<const float> rows, std::size_t dim, std::size_t k, const NoiseKey& key);

}  // namespace pianola
