#include "pianola/quantizers/audited_sensitivity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/base/spec.hpp"

namespace pianola {
namespace {

DataError refused(const std::string& path, const std::string& why) {
  return DataError(
      fmt::format("'{}': {}; give the audit.json that `pianola audit --system … -o FOLDER` wrote", path, why));
}

std::vector<double> numbers_of(const nlohmann::json& file, const std::string& path) {
  const nlohmann::json::json_pointer place("/stability/action_sensitivity");
  if (!file.is_object() || !file.contains(place) || !file.at(place).is_array() || file.at(place).empty()) {
    throw refused(path, "it has no numbers under 'stability.action_sensitivity'");
  }
  std::vector<double> numbers;
  for (const nlohmann::json& entry : file.at(place)) {
    const double number = entry.is_number() ? entry.get<double>() : -1.0;
    if (!(number >= 0.0 && std::isfinite(number))) {
      throw refused(path,
                    fmt::format("'stability.action_sensitivity[{}]' is {}, no finite number ≥ 0 (the loop diverged)",
                                numbers.size(), entry.dump()));
    }
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

std::vector<double> read_audited_sensitivity(const std::string& path) {
  const auto file = nlohmann::json::parse(read_file(path), nullptr, false);
  if (file.is_discarded()) throw refused(path, "it is no JSON");
  std::vector<double> numbers = numbers_of(file, path);
  const double largest = *std::ranges::max_element(numbers);
  if (!(largest > 0.0)) throw refused(path, "all of 'stability.action_sensitivity' is 0");
  for (double& number : numbers) number /= largest;
  return numbers;
}

std::vector<std::string> with_sensitivity(std::vector<std::string> specs, std::span<const double> sensitivity) {
  std::string text;
  for (const double number : sensitivity) text += fmt::format("{}{:.4g}", text.empty() ? "" : ";", number);
  bool used = false;
  for (std::string& spec : specs) {
    Spec parsed = parse_spec(spec);
    const std::string* const bits = parsed.find("bits");
    if (bits == nullptr || *bits != "auto" || parsed.find("sensitivity") != nullptr) continue;
    parsed.options.emplace_back("sensitivity", text);
    spec = parsed.text();
    used = true;
  }
  if (!used) {
    throw UsageError(
        "--sensitivities-from: no quantizer shares out bits; give one such as uniform:bits=auto,total_bits=24");
  }
  return specs;
}

}  // namespace pianola
