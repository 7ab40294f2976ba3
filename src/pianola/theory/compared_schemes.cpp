#include "pianola/theory/compared_schemes.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "pianola/quantizers/log_bins.hpp"

namespace pianola {
namespace {

constexpr double kMostCodes = 256.0;
constexpr double kLeastLevel = 1e-8;  // of the range: finer levels would stand for nothing

std::string coarsest_log(std::uint32_t tokens, const ComparedPlant& plant) {
  if (tokens < 3 || !plant.a || !plant.gain) return {};
  const auto ratio = coarsest_ratio(*plant.a, *plant.gain);
  if (!ratio || std::pow(*ratio, (tokens - 1) / 2) < kLeastLevel) return {};
  return fmt::format("log:bins={},a={},gain={}", tokens - 1 + tokens % 2, *plant.a, *plant.gain);
}

std::string zoom(std::uint32_t tokens, const ComparedPlant& plant) {
  if (tokens < 3) return {};
  const double a = plant.a.value_or(0.0);
  return a > 1.0 && tokens > a + 2.0 ? fmt::format("zoom:bins={},a={}", tokens, a)
                                     : fmt::format("zoom:bins={}", tokens);
}

}  // namespace

std::optional<double> coarsest_ratio(double a, double gain) {
  if (std::abs(a) <= 1.0 || std::abs(a - gain) >= 1.0) return std::nullopt;
  return coarsest_log_ratio(a, gain);
}

std::span<const ComparedScheme> compared_schemes() {
  using Tokens = std::uint32_t;
  using Plant = ComparedPlant;
  static const std::array<ComparedScheme, 9> all{{
      {"uniform centre", [](Tokens k, const Plant&) { return fmt::format("uniform:bins={}", k); }},
      {"uniform ends", [](Tokens k, const Plant&) { return fmt::format("uniform:bins={},representatives=ends", k); }},
      {"quantile", [](Tokens k, const Plant&) { return fmt::format("quantile:bins={}", k); }},
      {"k-means",
       [](Tokens k, const Plant& plant) {
         const double codes = std::pow(k, static_cast<double>(plant.action_dim));
         return codes > kMostCodes ? std::string() : fmt::format("kmeans:k={:.0f}", codes);
       }},
      {"log", [](Tokens k, const Plant&) { return k < 3 ? std::string() : fmt::format("log:bins={}", k - 1 + k % 2); }},
      {"log, coarsest ratio", coarsest_log},
      {"zoom", zoom},
      {"dither", [](Tokens k, const Plant&) { return fmt::format("dither:bins={}", k); }},
      {"dither, subtractive", [](Tokens k, const Plant&) { return fmt::format("dither:bins={},subtractive=true", k); }},
  }};
  return all;
}

const std::vector<std::string>& scheme_series() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> names;
    for (const ComparedScheme& scheme : compared_schemes()) names.emplace_back(scheme.name);
    names.insert(names.end(), {kTunedLog, kTunedZoom});
    return names;
  }();
  return all;
}

}  // namespace pianola
