#include "pianola/quantizers/residual_codebooks.hpp"

#include <algorithm>
#include <cassert>

namespace pianola {
namespace {

constexpr std::size_t kBlockValues = 4096;  // of residuals held at a time: they stay in the first-level cache

}  // namespace

ResidualCodebooks::ResidualCodebooks(std::size_t layers, std::size_t count, std::size_t dim, std::vector<float> codes) {
  assert(layers >= 1 && layers <= kMostLayers && count >= 1 && count <= kMostCodes);
  assert(codes.size() == layers * count * dim && codes.size() <= kMostValues);
  for (std::size_t l = 0; l < layers; ++l) {
    const auto of_layer = std::span(codes).subspan(l * count * dim, count * dim);
    books_.emplace_back(std::vector<float>(of_layer.begin(), of_layer.end()), dim);
  }
  std::vector<double> sum(dim);
  for (std::size_t i = 0; i < count * dim; ++i) sum[i % dim] += static_cast<double>(codes[i]);
  for (const double s : sum) fallback_.push_back(static_cast<float>(s / static_cast<double>(count)));
}

std::vector<float> ResidualCodebooks::codes() const {
  std::vector<float> all;
  for (const Codebook& book : books_) all.insert(all.end(), book.codes().begin(), book.codes().end());
  return all;
}

void ResidualCodebooks::encode(std::span<const float> rows, std::span<Token> tokens) const {
  const std::size_t width = dim(), n = rows.size() / width;
  assert(rows.size() == n * width && tokens.size() == n * layers());
  const std::size_t most = std::min(n, std::max<std::size_t>(16, kBlockValues / width));
  std::vector<float> residuals(most * width);
  std::vector<Token> nearest(most);
  for (std::size_t first = 0; first < n; first += most) {
    const std::size_t size = std::min(most, n - first);
    std::span<const float> block = rows.subspan(first * width, size * width);
    for (std::size_t l = 0; l < layers(); ++l) {
      nearest_codes(books_[l], block, std::span(nearest).first(size));
      for (std::size_t i = 0; i < size; ++i) tokens[(first + i) * layers() + l] = nearest[i];
      if (l + 1 == layers()) break;
      for (std::size_t i = 0; i < size; ++i) {
        const float* const from = block.data() + i * width;
        const float* const code = books_[l].codes().data() + nearest[i] * width;
        float* const to = residuals.data() + i * width;
        for (std::size_t j = 0; j < width; ++j) to[j] = from[j] - code[j];
      }
      block = std::span(residuals).first(size * width);
    }
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

void ResidualCodebooks::decode(std::span<const Token> tokens, std::span<float> row) const noexcept {
  assert(row.size() == dim() && tokens.size() <= layers());
  if (tokens.empty()) {
    std::copy(fallback_.begin(), fallback_.end(), row.begin());
    return;
  }
  const auto last = static_cast<Token>(count() - 1);
  const auto first = code(0, std::min(tokens[0], last));
  std::copy(first.begin(), first.end(), row.begin());
  for (std::size_t l = 1; l < tokens.size(); ++l) {
    const float* const more = code(l, std::min(tokens[l], last)).data();
    for (std::size_t j = 0; j < row.size(); ++j) row[j] += more[j];
  }
}

}  // namespace pianola
