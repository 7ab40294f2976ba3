// How numbers stand in JSON: what does not exist is null, never 0.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "pianola/base/statistics.hpp"

namespace pianola {

/// null for NaN and ±∞ (JSON has neither). As a field that may be infinite: put_number.
nlohmann::ordered_json number_or_null(double value);

/// Sets the field, and `<name>_infinite: true` beside it where the number is infinite.
void put_number(nlohmann::ordered_json& object, const std::string& name, double value);

/// {"value", "low", "high", "n"}, or null for an estimate from no samples.
nlohmann::ordered_json to_json(const Estimate& estimate);

}  // namespace pianola
