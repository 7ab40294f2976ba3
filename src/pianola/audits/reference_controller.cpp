#include "pianola/audits/reference_controller.hpp"

#include <algorithm>
#include <array>

#include "pianola/base/spec.hpp"

namespace pianola {

std::optional<std::string> reference_controller(const std::string& controller) {
  Spec spec = parse_spec(controller);
  if (spec.name == "expert") return std::nullopt;
  if (spec.name == "feedback") spec.name = "quantized";
  static const std::array<std::string, 8> learned{"decode", "temperature", "top_k", "top_p",
                                                  "beams",  "model",       "next",  "resync_disagreement"};
  std::erase_if(spec.options,
                [](const auto& option) { return std::ranges::find(learned, option.first) != learned.end(); });
  return spec.text();
}

Deployment untrained(Deployment deployment) {
  deployment.policy = nullptr;
  deployment.model = nullptr;
  return deployment;
}

}  // namespace pianola
