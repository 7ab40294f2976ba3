// Two ways to the nearest code. Narrow rows: residual_search.hpp. Wide ones, which it would have to transpose and which
// outgrow its registers and cache: scores s_k = x·c_k − ½‖c_k‖², the largest of which is the nearest code's, by
// base/dense.hpp. Two layers at a time: with code a of the first, (x − a)·c − ½‖c‖² = s_c − a·c, and the products a·c
// of all codes are known. With D products and unit roundoff u = 2⁻²⁴ such a score is off, for the float32 residuals of
// the definition, by at most
//
//   2(D + 6)·u·max‖c‖·(‖x‖ + max‖a‖ + ½ max‖c‖)          (no a in a first layer; twice a sum's bound, for processors
//                                                         that round products too)
//
// so that scores further apart than twice that are in the right order; the few rows where they are not are searched by
// the definition. Both ways give the definition's result.
#include "pianola/quantizers/residual_codebooks.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "pianola/base/dense.hpp"
#include "pianola/quantizers/residual_kernels.hpp"
#include "pianola/quantizers/residual_search.hpp"

namespace pianola {
namespace {

constexpr std::size_t kBlockValues = 4096;  // of residuals or scores held at a time: the first-level cache's
constexpr double kLargestSquare = 1e37;     // of a code whose scores float32 holds
constexpr std::size_t kPanel = 16;          // of dense() and of padded codes

constexpr std::size_t kMostPaired = 256;  // codes of a layer up to which layers go in pairs

double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0.0;
  for (std::size_t j = 0; j < a.size(); ++j) sum += static_cast<double>(a[j]) * static_cast<double>(b[j]);
  return sum;
}

std::size_t rounded_up(std::size_t n) { return (n + kPanel - 1) / kPanel * kPanel; }

}  // namespace

struct ResidualCodebooks::Scratch {
  std::vector<float> residuals, squares, slack, scores;
  std::vector<Token> nearest[2];  // of the layers of a stage
};

ResidualCodebooks::ResidualCodebooks(std::size_t layers, std::size_t count, std::size_t dim, std::vector<float> codes)
    : stride_(rounded_up(dim)), padded_(layers * count * stride_) {
  assert(layers >= 1 && layers <= kMostLayers && count >= 1 && count <= kMostCodes);
  assert(codes.size() == layers * count * dim && codes.size() <= kMostValues);
  for (std::size_t l = 0; l < layers; ++l) {
    const auto of_layer = std::span(codes).subspan(l * count * dim, count * dim);
    books_.emplace_back(std::vector<float>(of_layer.begin(), of_layer.end()), dim);
  }
  for (std::size_t i = 0; i < codes.size(); ++i) padded_[i / dim * stride_ + i % dim] = codes[i];
  std::vector<double> sum(dim);
  for (std::size_t i = 0; i < count * dim; ++i) sum[i % dim] += static_cast<double>(codes[i]);
  for (const double s : sum) fallback_.push_back(static_cast<float>(s / static_cast<double>(count)));
  if (dim <= kMostResidualWidth) return;
  padded_count_ = rounded_up(count);
  const std::size_t together = count <= kMostPaired ? 2 : 1;
  for (std::size_t l = 0; l < layers; l += together) stages_.push_back(make_stage(l, std::min(together, layers - l)));
}

ResidualCodebooks::Stage ResidualCodebooks::make_stage(std::size_t layer, std::size_t layers) const {
  Stage stage{layer, layers, std::vector<float>(packed_dense_size(dim(), layers * padded_count_)), {}, {}};
  std::vector<float> weights(layers * padded_count_ * dim());
  std::vector<float> bias(layers * padded_count_, -std::numeric_limits<float>::max());
  for (std::size_t l = 0; l < layers; ++l) {
    double largest = 0.0;
    for (std::size_t k = 0; k < count(); ++k) {
      const auto c = code(layer + l, k);
      const double square = dot(c, c);
      std::copy(c.begin(), c.end(), weights.begin() + static_cast<std::ptrdiff_t>((l * padded_count_ + k) * dim()));
      bias[l * padded_count_ + k] = static_cast<float>(-0.5 * std::min(square, kLargestSquare));
      largest = std::max(largest, square);
    }
    // Beyond, nothing is decided by scores: everything is within an infinite slack.
    stage.largest.push_back(largest <= kLargestSquare ? std::sqrt(largest) : HUGE_VAL);
  }
  pack_dense(weights, bias, dim(), layers * padded_count_, stage.packed);
  if (layers == 1) return stage;
  stage.products.resize(padded_count_ * padded_count_);
  for (std::size_t i = 0; i < count() * count(); ++i) {
    const std::size_t j = i / count(), k = i % count();
    const double product = dot(code(layer, j), code(layer + 1, k));
    stage.products[j * padded_count_ + k] = static_cast<float>(std::clamp(product, -kLargestSquare, kLargestSquare));
  }
  return stage;
}

std::vector<float> ResidualCodebooks::codes() const {
  std::vector<float> all;
  for (const Codebook& book : books_) all.insert(all.end(), book.codes().begin(), book.codes().end());
  return all;
}

void ResidualCodebooks::subtract(std::size_t layer, std::span<const float> rows, std::span<const Token> nearest,
                                 Scratch& scratch) const {
  subtract_rows(rows.data(), padded_.data() + layer * count() * stride_, stride_, nearest.data(), rows.size() / dim(),
                dim(), scratch.residuals.data(), scratch.squares.data());
}

/// One row by the definition, on the float32 residual that its layer has.
void ResidualCodebooks::decide(const Stage& stage, std::size_t which, std::span<const float> rows, std::size_t i,
                               Scratch& scratch) const {
  const auto row = rows.subspan(i * dim(), dim());
  std::vector<float> residual(row.begin(), row.end());
  for (std::size_t l = 0; l < which; ++l) {
    const auto before = code(stage.layer + l, scratch.nearest[l][i]);
    for (std::size_t j = 0; j < dim(); ++j) residual[j] -= before[j];
  }
  nearest_codes(books_[stage.layer + which], std::span<const float>(residual),
                std::span(scratch.nearest[which]).subspan(i, 1));
}

/// The nearest codes of a stage's layers for rows whose squares are known.
void ResidualCodebooks::search(const Stage& stage, std::span<const float> rows, Scratch& scratch) const {
  const std::size_t n = rows.size() / dim(), stride = stage.layers * padded_count_;
  dense(stage.packed.data(), dim(), stride, Activation::none, rows.data(), n, scratch.scores.data());
  const double tiny = static_cast<double>(dim() + 1) * std::numeric_limits<float>::min();  // what may underflow
  const double u = 1.01 * 4.0 * (static_cast<double>(dim()) + 6.0) * 0x1p-24;
  double before = 0.0;
  for (std::size_t l = 0; l < stage.layers; ++l) {
    const double c = stage.largest[l];
    row_slack(scratch.squares.data(), n, static_cast<float>(tiny), static_cast<float>(u * c),
              static_cast<float>(u * c * (before + 0.5 * c) + tiny), scratch.slack.data());
    Scores scores{scratch.scores.data() + l * padded_count_, stride, padded_count_};
    if (l > 0) {
      scores.shift = stage.products.data();
      scores.shift_row = scratch.nearest[0].data();
    }
    before += c;
    if (pick_largest(scores, n, scratch.slack.data(), scratch.nearest[l].data()) == 0) continue;
    for (std::size_t i = 0; i < n; ++i) {
      if (scratch.nearest[l][i] == kUndecided) decide(stage, l, rows, i, scratch);
    }
  }
}

void ResidualCodebooks::encode_wide(std::span<const float> rows, Token* tokens, Scratch& scratch) const {
  const std::size_t n = rows.size() / dim();
  row_squares(rows.data(), n, dim(), scratch.squares.data());
  for (const Stage& stage : stages_) {
    search(stage, rows, scratch);
    for (std::size_t l = 0; l < stage.layers; ++l) {
      const std::span<const Token> nearest = std::span(scratch.nearest[l]).first(n);
      for (std::size_t i = 0; i < n; ++i) tokens[i * layers() + stage.layer + l] = nearest[i];
      if (&stage == &stages_.back()) continue;
      subtract(stage.layer + l, rows, nearest, scratch);
      rows = std::span(scratch.residuals).first(n * dim());
    }
  }
}

void ResidualCodebooks::encode(std::span<const float> rows, std::span<Token> tokens) const {
  const std::size_t width = dim(), n = rows.size() / width;
  assert(rows.size() == n * width && tokens.size() == n * layers());
  if (stages_.empty()) return residual_search(books_, rows, tokens);
  const std::size_t scores = stages_.front().layers * padded_count_;
  const std::size_t most = std::min(n, std::max<std::size_t>(16, kBlockValues / std::max(width, scores)));
  Scratch scratch;
  scratch.residuals.resize(most * width);
  scratch.squares.resize(most);
  scratch.slack.resize(most);
  scratch.scores.resize(most * scores);
  for (auto& nearest : scratch.nearest) nearest.resize(most);
  for (std::size_t first = 0; first < n; first += most) {
    const auto block = rows.subspan(first * width, std::min(most, n - first) * width);
    encode_wide(block, tokens.data() + first * layers(), scratch);
  }
}

void ResidualCodebooks::encode_reference(std::span<const float> rows, std::span<Token> tokens) const {
  const std::size_t width = dim();
  for (std::size_t i = 0; i < rows.size() / width; ++i) {
    std::vector<float> residual(rows.begin() + static_cast<std::ptrdiff_t>(i * width),
                                rows.begin() + static_cast<std::ptrdiff_t>((i + 1) * width));
    for (std::size_t l = 0; l < layers(); ++l) {
      const Token k = nearest_code_reference(books_[l], std::vector<double>(residual.begin(), residual.end()));
      tokens[i * layers() + l] = k;
      for (std::size_t j = 0; j < width; ++j) residual[j] -= code(l, k)[j];
    }
  }
}

void ResidualCodebooks::decode_one(std::span<const Token> tokens, std::span<float> row) const noexcept {
  if (tokens.empty()) {
    std::copy(fallback_.begin(), fallback_.end(), row.begin());
    return;
  }
  const auto last = static_cast<Token>(count() - 1);
  const auto first = code(0, std::min(tokens[0], last));
  std::copy(first.begin(), first.end(), row.begin());
  for (std::size_t l = 1; l < tokens.size(); ++l) {
    const auto more = code(l, std::min(tokens[l], last));
    for (std::size_t j = 0; j < row.size(); ++j) row[j] += more[j];
  }
}

/// Runs of rows that are whole and known go to the kernel.
void ResidualCodebooks::decode(std::span<const Token> tokens, std::span<const std::uint32_t> lengths,
                               std::span<float> rows) const noexcept {
  const std::size_t n = lengths.size(), width = dim(), most = layers();
  assert(rows.size() == n * width && tokens.size() == n * most);
  const auto plain = [&](std::size_t i) {
    bool known = lengths[i] == most;
    for (std::size_t l = 0; l < most; ++l) known &= tokens[i * most + l] < count();
    return known;
  };
  for (std::size_t i = 0; i < n;) {
    std::size_t end = i;
    while (end < n && plain(end)) ++end;
    sum_rows(padded_.data(), most, count(), stride_, tokens.data() + i * most, end - i, width, rows.data() + i * width);
    if (end < n) {
      const std::size_t length = std::min<std::size_t>(lengths[end], most);
      decode_one(tokens.subspan(end * most, length), rows.subspan(end * width, width));
      ++end;
    }
    i = end;
  }
}

}  // namespace pianola
