#include "pianola/control/origin.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pianola/base/spec.hpp"

namespace pianola {
namespace {

/// The spec without its horizon; text that is no spec (other programs record theirs) as it is.
std::string without_horizon(const std::string& text) {
  try {
    Spec spec = parse_spec(text);
    std::erase_if(spec.options, [](const auto& option) { return option.first == "horizon"; });
    return spec.text();
  } catch (const UsageError&) {
    return text;
  }
}

}  // namespace

Origin origin_of(const std::map<std::string, std::string>& attributes) {
  const auto text = [&](const char* name) {
    const auto found = attributes.find(name);
    return found == attributes.end() ? std::string() : found->second;
  };
  return {text("system"), text("simulator")};
}

std::vector<std::string> differences(const std::string& who, const Origin& origin, const SystemInfo& system) {
  std::vector<std::string> notes;
  if (!origin.system.empty() && without_horizon(origin.system) != without_horizon(system.spec)) {
    notes.push_back(
        fmt::format("{} was made on system '{}', and is used here on '{}'", who, origin.system, system.spec));
  }
  if (!origin.simulator.empty() && !system.simulator.empty() && origin.simulator != system.simulator) {
    notes.push_back(fmt::format("{} was made with {}, and this is {}: the same actions may lead elsewhere", who,
                                origin.simulator, system.simulator));
  }
  return notes;
}

}  // namespace pianola
