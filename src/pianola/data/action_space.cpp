#include "pianola/data/action_space.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

constexpr std::array<std::pair<ActionKind, const char*>, 5> kKinds{{{ActionKind::linear, "linear"},
                                                                    {ActionKind::angle, "angle"},
                                                                    {ActionKind::rotation, "rotation"},
                                                                    {ActionKind::binary, "binary"},
                                                                    {ActionKind::categorical, "categorical"}}};

bool all_finite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
}

}  // namespace

const char* action_kind_name(ActionKind kind) {
  for (const auto& [known, name] : kKinds) {
    if (known == kind) return name;
  }
  return "?";  // not reached: the table is complete
}

ActionKind action_kind_from_name(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [kind, known] : kKinds) {
    if (name == known) return kind;
    names.emplace_back(known);
  }
  throw_unknown_name("action kind", name, names);
}

bool ActionRange::finite() const {
  return !low.empty() && low.size() == high.size() && all_finite(low) && all_finite(high);
}

}  // namespace pianola
