#include "pianola/data/equal_columns.hpp"

#include <algorithm>
#include <bit>
#include <map>

namespace pianola {

void EqualColumns::add(std::span<const double> rows) {
  if (hashes_.empty() || rows.empty()) return;
  any_ = true;
  for (std::size_t i = 0; i < rows.size(); i += hashes_.size()) {
    for (std::size_t d = 0; d < hashes_.size(); ++d) {
      // One round of a multiplicative hash (splitmix64's finaliser): a bijection of its state for each number.
      std::uint64_t x = hashes_[d] ^ std::bit_cast<std::uint64_t>(rows[i + d] + 0.0);
      x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
      x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
      hashes_[d] = (x ^ (x >> 31)) + 0x9e3779b97f4a7c15u;
    }
  }
}

std::vector<std::vector<std::size_t>> EqualColumns::classes() const {
  std::vector<std::vector<std::size_t>> list;
  if (!any_) return list;
  std::map<std::uint64_t, std::vector<std::size_t>> by_hash;
  for (std::size_t d = 0; d < hashes_.size(); ++d) by_hash[hashes_[d]].push_back(d);
  for (auto& [hash, columns] : by_hash) {
    if (columns.size() > 1) list.push_back(std::move(columns));
  }
  std::sort(list.begin(), list.end());
  return list;
}

}  // namespace pianola
