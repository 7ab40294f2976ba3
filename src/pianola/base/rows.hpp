// Rows of row-major arrays [n × width].
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

namespace pianola {

template <class T>
std::span<const T> row_of(const std::vector<T>& values, std::size_t row, std::size_t width) {
  return std::span(values).subspan(row * width, width);
}

/// Appends one row of `from` to `to`.
template <class T>
void append_row(std::vector<T>& to, std::span<const std::type_identity_t<T>> from, std::size_t row, std::size_t width) {
  const auto values = from.subspan(row * width, width);
  to.insert(to.end(), values.begin(), values.end());
}

}  // namespace pianola
