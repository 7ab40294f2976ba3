#include "pianola/base/json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace pianola {

nlohmann::ordered_json number_or_null(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

void put_number(nlohmann::ordered_json& object, const std::string& name, double value) {
  object[name] = number_or_null(value);
  if (std::isinf(value)) object[name + "_infinite"] = true;
}

nlohmann::ordered_json to_json(const Estimate& estimate) {
  if (estimate.n == 0) return nullptr;
  return {{"value", number_or_null(estimate.value)},
          {"low", number_or_null(estimate.low)},
          {"high", number_or_null(estimate.high)},
          {"n", estimate.n}};
}

}  // namespace pianola
