#include "pianola/data/listed.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pianola {
namespace {

constexpr std::size_t kFewShares = 4;

/// "a", "a and b", "a, b and c".
std::string joined(std::span<const std::string> parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ") + parts[i];
  }
  return text;
}

std::string percent(double fraction) { return fmt::format("{:.3g} %", 100.0 * fraction); }

}  // namespace

std::string list_numbers(std::span<const std::size_t> numbers) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t end = i + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    if (end - i < 3) end = i + 1;
    parts.push_back(end - i == 1 ? std::to_string(numbers[i]) : fmt::format("{} to {}", numbers[i], numbers[end - 1]));
    i = end;
  }
  return joined(parts);
}

std::string list_shares(std::span<const double> fractions) {
  if (fractions.size() > kFewShares) {
    const auto [low, high] = std::minmax_element(fractions.begin(), fractions.end());
    return percent(*low) == percent(*high) ? percent(*low) : percent(*low) + " to " + percent(*high);
  }
  std::vector<std::string> parts;
  for (const double fraction : fractions) parts.push_back(percent(fraction));
  return joined(parts);
}

std::string list_names(std::span<const std::string> names, std::size_t most) {
  std::vector<std::string> parts;
  for (const std::string& name : names) {
    if (std::find(parts.begin(), parts.end(), name) == parts.end()) parts.push_back(name);
  }
  if (parts.size() > most) {
    const std::string more = fmt::format("{} more", parts.size() - most);
    parts.resize(most);
    parts.push_back(more);
  }
  return joined(parts);
}

std::string short_number(double value) { return fmt::format("{:.6g}", value); }

}  // namespace pianola
