// A block of points stays transposed while it passes all layers: [dims × kPoints] residuals, a centred copy for the
// products' form of the sum. Where the best two codes are within rounding of each other the residual of that one point
// is searched by the definition, so that the next layer begins with the right one.
#include "pianola/quantizers/residual_search.hpp"

#include <algorithm>
#include <cassert>

#include "pianola/quantizers/nearest_definition.hpp"

#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pianola/quantizers/residual_search.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "pianola/quantizers/nearest_lanes_internal.hpp"

HWY_BEFORE_NAMESPACE();
namespace pianola {
namespace HWY_NAMESPACE {
namespace {

struct Block {
  HWY_ALIGN float residuals[kMostResidualWidth * kPoints];
  HWY_ALIGN float centred[kMostResidualWidth * kPoints];
  HWY_ALIGN std::uint32_t nearest[kPoints];
};

std::uint32_t DefinitionOf(const Codebook& book, const Block& block, std::size_t point) {
  float row[kMostResidualWidth];
  for (std::size_t k = 0; k < book.width(); ++k) row[k] = block.residuals[k * kPoints + point];
  return nearest_by_definition(book, row).nearest;
}

// block.nearest of one layer. Returns how many points rounding left open.
template <class Form>
HWY_INLINE std::size_t SearchLayer(const Codebook& book, Block& block) {
  const Floats d;
  const std::size_t dims = book.width();
  V half[kVectors];
  for (V& h : half) h = hn::Zero(d);
  if (Form::kCentred) Centre(block.residuals, book.origin(), dims, block.centred, half);
  Best best[kVectors];
  NarrowSearch<Form>(Form::kCentred ? book.products() : book.squares(), book.size(), dims,
                     Form::kCentred ? block.centred : block.residuals, best);
  HWY_ALIGN float sure[kPoints];
  std::size_t open = 0;
  for (std::size_t v = 0; v < kVectors; ++v) {
    const Decision found = Decide<Form>(best[v], Margin<Form>(half[v], book.largest(), dims), dims);
    open += kLanes - hn::CountTrue(d, found.sure);
    hn::Store(hn::BitCast(Words(), found.nearest), Words(), block.nearest + v * kLanes);
    hn::Store(hn::IfThenElseZero(found.sure, hn::Set(d, 1.0F)), d, sure + v * kLanes);
  }
  for (std::size_t i = 0; open != 0 && i < kPoints; ++i) {
    if (sure[i] == 0.0F) block.nearest[i] = DefinitionOf(book, block, i);
  }
  return open;
}

// residuals −= the nearest codes, which are transposed as points are.
HWY_INLINE void SubtractNearest(const Codebook& book, Block& block) {
  const Floats d;
  const std::size_t dims = book.width();
  const float* const codes = book.codes().data();
  Transpose([&](std::size_t i) { return codes + block.nearest[i] * dims; }, dims, block.centred);
  for (std::size_t at = 0; at < dims * kPoints; at += kLanes) {
    hn::Store(hn::Sub(hn::Load(d, block.residuals + at), hn::Load(d, block.centred + at)), d, block.residuals + at);
  }
}

template <class Form>
HWY_INLINE std::size_t OneBlock(std::span<const Codebook> books, const float* rows, std::size_t count,
                                std::uint32_t* tokens, Block& block) {
  const std::size_t layers = books.size(), dims = books.front().width();
  TransposePoints(rows, dims, count, dims, block.residuals);
  std::size_t open = 0;
  for (std::size_t l = 0; l < layers; ++l) {
    open += SearchLayer<Form>(books[l], block);
    for (std::size_t i = 0; i < count; ++i) tokens[i * layers + l] = block.nearest[i];
    if (l + 1 < layers) SubtractNearest(books[l], block);
  }
  return open;
}

// Products first; where they leave too many points open (fine codebooks), squares.
void ResidualSearch(std::span<const Codebook> books, const float* rows, std::size_t n, std::uint32_t* tokens) {
  const std::size_t layers = books.size(), dims = books.front().width();
  Block block;
  std::size_t again = 0;
  for (std::size_t i = 0; i < n; i += kPoints) {
    const std::size_t count = std::min(kPoints, n - i);
    if (again <= layers * (kPoints + i / 16)) {
      again += OneBlock<Products>(books, rows + i * dims, count, tokens + i * layers, block);
    } else {
      OneBlock<Squares>(books, rows + i * dims, count, tokens + i * layers, block);
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pianola
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pianola {
namespace {

HWY_EXPORT(ResidualSearch);

}  // namespace

void residual_search(std::span<const Codebook> books, std::span<const float> rows,
                     std::span<std::uint32_t> tokens) noexcept {
  assert(!books.empty() && books.front().width() <= kMostResidualWidth);
  const std::size_t n = rows.size() / books.front().width();
  assert(rows.size() == n * books.front().width() && tokens.size() == n * books.size());
  if (n != 0) HWY_DYNAMIC_DISPATCH(ResidualSearch)(books, rows.data(), n, tokens.data());
}

}  // namespace pianola
#endif  // HWY_ONCE
