#include "pianola/base/error.hpp"

#include <algorithm>
#include <vector>

namespace pianola {
namespace {

/// Optimal string alignment: insertions, deletions, substitutions, and transpositions of neighbours, one each.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string nearest_name(std::string_view name, std::span<const std::string> known) {
  std::string best;
  // At least half of a short name has to be right: "foo" does not mean "low".
  const std::size_t farthest =
      std::min(std::max<std::size_t>(2, name.size() / 3), std::max<std::size_t>(1, name.size() / 2));
  std::size_t best_distance = farthest + 1;
  for (const std::string& candidate : known) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string unknown_name_message(std::string_view kind, std::string_view name, std::span<const std::string> known) {
  // "quantizer 'uniform': option" reads "quantizer 'uniform': no option named …".
  const std::size_t owner = kind.rfind(": ") == std::string_view::npos ? 0 : kind.rfind(": ") + 2;
  std::string message(kind.substr(0, owner));
  message.append("no ").append(kind.substr(owner)).append(" named '").append(name).append("'");
  const std::string nearest = nearest_name(name, known);
  message += nearest.empty() ? "; known: " : "; did you mean '" + nearest + "'? known: ";
  if (known.empty()) message += "none";
  for (std::size_t i = 0; i < known.size(); ++i) message += (i ? ", " : "") + known[i];
  return message;
}

void throw_unknown_name(std::string_view kind, std::string_view name, std::span<const std::string> known) {
  throw UsageError(unknown_name_message(kind, name, known));
}

}  // namespace pianola
