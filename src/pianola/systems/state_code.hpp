// How the states 0 … S−1 of a finite system are observed: as their number, or one-hot.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pianola {

struct StateCode {
  std::size_t states = 1;
  bool one_hot = false;  ///< S numbers, one of them 1 and the others 0; else one number, the state's

  [[nodiscard]] std::size_t dim() const { return one_hot ? states : 1; }
  /// row: [dim()].
  void write(std::uint32_t state, std::span<double> row) const {
    if (!one_hot) {
      row[0] = state;
      return;
    }
    std::fill(row.begin(), row.end(), 0.0);
    row[state] = 1.0;
  }
  /// The state that `row` [dim()] shows, or `states` if it shows none.
  template <class Number>
  [[nodiscard]] std::uint32_t read(std::span<const Number> row) const {
    const auto none = static_cast<std::uint32_t>(states);
    if (!one_hot) {
      const auto x = static_cast<double>(row[0]);
      return x >= 0.0 && x < static_cast<double>(states) && x == std::floor(x) ? static_cast<std::uint32_t>(x) : none;
    }
    std::uint32_t found = none;
    for (std::uint32_t s = 0; s < row.size(); ++s) {
      if (row[s] == Number{0}) continue;
      if (row[s] != Number{1} || found != none) return none;
      found = s;
    }
    return found;
  }
};

}  // namespace pianola
