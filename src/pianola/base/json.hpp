// How numbers stand in JSON: what does not exist is null, never 0.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "pianola/base/statistics.hpp"

namespace pianola {

/// null for NaN and ±∞ (JSON has neither). For an infinite one the caller also writes `<field>_infinite: true`.
nlohmann::ordered_json number_or_null(double value);

/// {"value", "low", "high", "n"}, or null for an estimate from no samples.
nlohmann::ordered_json to_json(const Estimate& estimate);

}  // namespace pianola
