#include "pianola/quantizers/quantizer_remarks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>

#include "pianola/base/error.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola {
namespace {

using Sentences = std::vector<std::string>;

constexpr double kManySaturated = 0.01;  // of the values
constexpr double kOneSided = 0.5;        // |bias| / mean |error|
constexpr double kFewUsed = 0.5;         // of the codes
constexpr double kFewTokens = 2.0;       // a code
constexpr double kLargeCorrection = 0.05;
constexpr double kRounding = 1e-6;      // of the dimension's largest action, and of the largest error claimed or seen
constexpr std::size_t kMostNamed = 12;  // dimensions

Spec spec_of(const QuantizerReport& report) try { return parse_spec(report.spec); } catch (const UsageError&) {
  return {report.spec, {}};
}

/// What can be set in this scheme.
bool has_option(const Spec& spec, std::string_view option) {
  // The tokens of other projects have no representatives to choose: their options are their own.
  const bool other = spec.find("mode") != nullptr;
  if (other && (option == "representatives" || option == "atoms" || option == "bits")) return false;
  for (const QuantizerEntry& entry : quantizers()) {
    if (entry.name != spec.name) continue;
    return std::ranges::any_of(entry.options, [&](const OptionHelp& help) { return help.name == option; });
  }
  return false;
}

bool is_set(const Spec& spec, std::string_view option, std::string_view value) {
  const std::string* const found = spec.find(option);
  return found != nullptr && *found == value;
}

std::string joined(const Sentences& parts, std::string_view otherwise) {
  if (parts.empty()) return std::string(otherwise);
  return fmt::format("{}", fmt::join(parts, ", or "));
}

/// "dimension 3" or "dimensions 0, 4, 7".
std::string named(std::span<const std::size_t> dimensions) {
  const std::size_t shown = std::min(dimensions.size(), kMostNamed);
  std::string text =
      fmt::format("dimension{} {}", dimensions.size() == 1 ? "" : "s", fmt::join(dimensions.first(shown), ", "));
  if (shown < dimensions.size()) text += fmt::format(", … ({} in all)", dimensions.size());
  return text;
}

Sentences range_remedies(const Spec& spec) {
  Sentences remedies;
  if (has_option(spec, "low")) remedies.emplace_back("a wider range (low=, high=)");
  if (has_option(spec, "m")) remedies.emplace_back("a larger m=");
  // fast and the modes of other projects cut the data at 1 % and 99 % unless they are told otherwise.
  const bool cuts = spec.find("quantile") != nullptr || spec.name == "fast" || spec.find("mode") != nullptr;
  if (cuts && has_option(spec, "quantile")) remedies.emplace_back("a smaller quantile=");
  return remedies;
}

void add_saturation(const QuantizerReport& report, const Spec& spec, Sentences& out) {
  if (!(report.saturated_fraction > kManySaturated)) return;
  if (spec.name == "trap") return;  // said already
  Sentences remedies;
  if (has_option(spec, "representatives") && has_option(spec, "atoms")) {
    const bool ends = is_set(spec, "representatives", "ends");
    if (!ends) remedies.emplace_back("representatives=ends");
    if (!ends && !is_set(spec, "atoms", "true")) remedies.emplace_back("atoms=true");
  }
  for (std::string& remedy : range_remedies(spec)) remedies.push_back(std::move(remedy));
  out.push_back(
      fmt::format("{} of the action values lie outside the range and are clipped; what helps is {}, not more "
                  "codes",
                  format_percent(report.saturated_fraction), joined(remedies, "a fit to data that reach as far")));
}

std::string_view bias_remedy(const QuantizerReport& report, const Spec& spec) {
  if (report.saturated_fraction > kManySaturated) return "to let it reach what is clipped";
  if (spec.find("mode") != nullptr || spec.name == "dither") return "another scheme (uniform, dither)";
  return "finer codes there, or dither";
}

void add_bias(const QuantizerReport& report, const Spec& spec, Sentences& out) {
  const auto& magnitudes = report.epsilon_in_per_dimension;
  double scale = std::isfinite(report.epsilon_sup) ? report.epsilon_sup : 0.0, worst = 0.0;
  for (const double magnitude : magnitudes) scale = std::max(scale, magnitude);
  std::vector<std::size_t> biased;
  std::size_t at = 0;
  for (std::size_t d = 0; d < report.bias_per_dimension.size() && d < magnitudes.size(); ++d) {
    const Estimate& bias = report.bias_per_dimension[d];
    const double size = std::abs(bias.value);
    const bool excludes = bias.low > 0.0 || bias.high < 0.0;  // false without an interval
    const double action = d < report.largest_action_per_dimension.size() ? report.largest_action_per_dimension[d] : 0.0;
    const bool rounding = size <= kRounding * std::max(scale, action);
    if (!excludes || size < kOneSided * magnitudes[d] || rounding) continue;
    biased.push_back(d);
    if (size > worst) at = d;
    worst = std::max(worst, size);
  }
  if (biased.empty()) return;
  const Estimate& bias = report.bias_per_dimension[at];
  out.push_back(
      fmt::format("biased in {}: the mean error is {} in dimension {}, {} of the mean |error|, and a loop integrates "
                  "it; what helps "
                  "is {}",
                  named(biased), format_estimate(bias, 3), at, format_percent(std::abs(bias.value) / magnitudes[at], 2),
                  bias_remedy(report, spec)));
}

void add_degeneracy(const QuantizerReport& report, const Spec& spec, Sentences& out) {
  if (!report.constant_dimensions.empty()) {
    out.push_back(
        fmt::format("{} of the data {} constant: any tokens spent there say nothing, and a policy fitted to "
                    "them cannot move there",
                    named(report.constant_dimensions), report.constant_dimensions.size() == 1 ? "is" : "are"));
  }
  if (report.collapsed_dimensions.empty()) return;
  Sentences remedies = range_remedies(spec);
  if (spec.find("bits") != nullptr) remedies = {"more total_bits=, or bits= for each dimension"};
  const bool one = report.collapsed_dimensions.size() == 1;
  out.push_back(fmt::format("{} var{} in the data and always decode{} to one number: what {} is lost; what helps is {}",
                            named(report.collapsed_dimensions), one ? "ies" : "y", one ? "s" : "",
                            one ? "it says" : "they say", joined(remedies, "more codes")));
}

/// Bits of an action that `total_bits` asks for and nothing was found to spend on.
void add_unspent(const QuantizerReport& report, const Spec& spec, Sentences& out) {
  const std::string* const asked = spec.find("total_bits");
  if (asked == nullptr) return;
  double bits = 0.0;
  spec_detail::parse_value("total_bits", "total_bits", *asked, bits);
  if (!(report.bits_per_action < bits - 1e-9)) return;
  out.push_back(
      fmt::format("total_bits={}, and {} of them are spent: each dimension takes only so many, and a constant "
                  "one none",
                  *asked, format_number(report.bits_per_action)));
}

/// Where the counts of tokens say little of how they are distributed.
void add_few_tokens(const QuantizerReport& report, Sentences& out) {
  if (std::isnan(report.tokens_per_code)) return;  // there are no codes to count
  const bool few = report.tokens_per_code < kFewTokens;
  const bool corrected = report.entropy_correction > kLargeCorrection * report.entropy_per_action;
  if (!few && !corrected) return;
  out.push_back(
      fmt::format("the data have {} tokens for each code, too few to tell {}entropy and perplexity well ({} of {} "
                  "bits an action are a correction for that); more data, or fewer codes",
                  format_number(report.tokens_per_code, 2), few ? "how many codes are in use, and " : "",
                  format_number(report.entropy_correction, 2), format_number(report.entropy_per_action, 3)));
}

void add_offsets(const QuantizerReport& report, Sentences& out) {
  if (report.offset_rms.empty()) return;
  std::vector<std::string> numbers;
  numbers.reserve(report.offset_rms.size());
  for (const double rms : report.offset_rms) numbers.push_back(format_number(rms, 3));
  out.push_back(fmt::format("offsets beside the tokens, root mean square by dimension: {}", fmt::join(numbers, ", ")));
}

/// What the numbers do not hold.
void add_dropped(const QuantizerReport& report, Sentences& out) {
  if (report.dropped_steps == 0) return;
  const std::size_t all = report.steps + report.dropped_steps;
  out.push_back(fmt::format("{} of the data's {} steps ({}) are left out: tails of trajectories, shorter than a chunk",
                            report.dropped_steps, all,
                            format_percent(static_cast<double>(report.dropped_steps) / static_cast<double>(all))));
}

void add_codes(const QuantizerReport& report, const Spec& spec, Sentences& out) {
  const auto dead = std::accumulate(report.dead_codes.begin(), report.dead_codes.end(), std::uint64_t{0});
  if (dead > 0) {
    out.push_back(fmt::format("dead codes of the fit, by layer: {}, each of {}; fewer codes would lose nothing",
                              fmt::join(report.dead_codes, ", "), format_number(report.vocabulary)));
  }
  if (report.expected_used_fraction < kFewUsed) {  // false without enough tokens to tell
    out.push_back(
        fmt::format("{} of the codes are used: the others cost bits and are never learned; fewer codes, or "
                    "data that reach them",
                    format_percent(report.used_fraction)));
  }
  add_few_tokens(report, out);
  add_unspent(report, spec, out);
}

}  // namespace

std::vector<std::string> quantizer_remarks(const QuantizerReport& report) {
  const Spec spec = spec_of(report);
  Sentences out;
  if (!report.loaded_from.empty()) {
    out.push_back(fmt::format("read from {}, not fitted to these data", report.loaded_from));
  }
  if (spec.name == "trap") {
    out.emplace_back(
        "an adversarial scheme, made to lose the loop of the system 'trap' (one action dimension, within "
        "±π/2): for that experiment, not for data; of anything else take another scheme");
  }
  add_offsets(report, out);
  add_saturation(report, spec, out);
  add_bias(report, spec, out);
  add_degeneracy(report, spec, out);
  add_codes(report, spec, out);
  add_dropped(report, out);
  if (report.decode_failures > 0) {
    out.push_back(fmt::format("{} chunks whose own tokens had to be repaired in decoding", report.decode_failures));
  }
  return out;
}

}  // namespace pianola
