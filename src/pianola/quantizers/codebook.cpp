#include "pianola/quantizers/codebook.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace pianola {
namespace {

constexpr float kMissing = 1e38F;  // finite, so that its bits with a number in them are

}  // namespace

Codebook::Codebook(std::vector<float> codes, std::size_t width) : width_(width), codes_(std::move(codes)) {
  assert(width_ > 0 && !codes_.empty() && codes_.size() % width_ == 0 && codes_.size() <= kMaxValues);
  for (std::size_t d = 0; d < width_; ++d) {
    double sum = 0.0;
    for (std::size_t j = 0; j < size(); ++j) sum += static_cast<double>(code(j)[d]);
    origin_.push_back(static_cast<float>(sum / static_cast<double>(size())));
  }
  const std::size_t lines = (size() + kPanel - 1) / kPanel * (width_ + 1);
  squares_.assign(lines, {});
  products_.assign(lines, {});
  for (std::size_t j = 0; j < (size() + kPanel - 1) / kPanel * kPanel; ++j) fill_in(j);
}

void Codebook::fill_in(std::size_t j) {
  const std::size_t line = j / kPanel * (width_ + 1), at = j % kPanel;
  if (j >= size()) {  // no code
    squares_[line].values[at] = products_[line].values[at] = kMissing;
    return;
  }
  double twice = 0.0;
  for (std::size_t d = 0; d < width_; ++d) {
    const double centred = static_cast<double>(code(j)[d]) - static_cast<double>(origin_[d]);
    squares_[line + 1 + d].values[at] = code(j)[d];
    products_[line + 1 + d].values[at] = static_cast<float>(-centred);
    twice = std::fma(centred, centred, twice);
  }
  products_[line].values[at] = static_cast<float>(0.5 * twice);
  largest_ = std::max(largest_, static_cast<float>(0.5 * twice) * (1.0F + 0x1p-22F));
}

}  // namespace pianola
