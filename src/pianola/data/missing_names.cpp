#include "pianola/data/missing_names.hpp"

#include <cstddef>
#include <cstdint>
#include <set>

namespace pianola {

std::vector<std::string> missing_names(std::span<const std::string> names) {
  constexpr std::size_t kMostDigits = 15;
  std::string stem;
  std::set<std::uint64_t> numbers;
  for (const std::string& name : names) {
    const std::size_t at = name.find_last_not_of("0123456789") + 1, digits = name.size() - at;
    if (digits == 0 || digits > kMostDigits || (!numbers.empty() && name.substr(0, at) != stem)) return {};
    stem = name.substr(0, at);
    numbers.insert(std::stoull(name.substr(at)));
  }
  std::vector<std::string> missing;
  std::uint64_t next = numbers.empty() ? 0 : *numbers.begin();
  for (const std::uint64_t number : numbers) {
    for (; next < number && missing.size() < names.size(); ++next) missing.push_back(stem + std::to_string(next));
    next = number + 1;
  }
  return missing;
}

}  // namespace pianola
