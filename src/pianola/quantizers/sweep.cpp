#include "pianola/quantizers/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "pianola/base/error.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/quantizers/quantizer_lookup.hpp"

namespace pianola {
namespace {

constexpr std::size_t kMostValues = 1000;

bool is_whole(const std::string& text, std::uint64_t& value) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end;
}

std::vector<std::string> doubled(const std::string& low_text, const std::string& high_text) {
  std::uint64_t low = 0, high = 0;
  if (!is_whole(low_text, low) || !is_whole(high_text, high) || low < 1 || low > high) {
    throw UsageError(fmt::format("--sweep: a range goes from a whole number of at least 1 up, as 2..1024, not '{}..{}'",
                                 low_text, high_text));
  }
  std::vector<std::string> values;
  for (std::uint64_t value = low; value < high; value *= 2) {
    values.push_back(std::to_string(value));
    if (value > high / 2) break;  // the next one would pass the end, or the numbers' range
  }
  values.push_back(std::to_string(high));
  return values;
}

std::vector<std::string> listed(const std::string& text) {
  std::vector<std::string> values;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    values.push_back(text.substr(begin, comma - begin));
    begin = comma + 1;
  }
  return values;
}

bool has_option(const QuantizerEntry& entry, const std::string& option) {
  const auto same = [&](const OptionHelp& help) { return help.name == option; };
  return std::any_of(entry.options.begin(), entry.options.end(), same);
}

/// `spec` with `option` set; a first value without its key is replaced where it is that option's.
std::string with_option(Spec spec, const QuantizerEntry& entry, const std::string& option, const std::string& value) {
  for (auto& [key, old] : spec.options) {
    if (key != option && !(key.empty() && entry.options.front().name == option)) continue;
    key = option;
    old = value;
    return spec.text();
  }
  spec.options.emplace_back(option, value);
  return spec.text();
}

[[noreturn]] void refuse(const Sweep& sweep, const std::vector<std::string>& specs) {
  std::vector<std::string> known;
  for (const std::string& text : specs) {
    for (const OptionHelp& help : quantizer_entry(parse_spec(text).name).options) {
      if (std::find(known.begin(), known.end(), help.name) == known.end()) known.push_back(help.name);
    }
  }
  throw_unknown_name("--sweep: option of these quantizers", sweep.option, known);
}

}  // namespace

Sweep parse_sweep(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw UsageError(fmt::format("--sweep takes option=values, as bins=2..1024 or bins=3,5,9, not '{}'", text));
  }
  Sweep sweep{text.substr(0, equals), {}};
  const std::string values = text.substr(equals + 1);
  const std::size_t dots = values.find("..");
  sweep.values = dots == std::string::npos ? listed(values) : doubled(values.substr(0, dots), values.substr(dots + 2));
  const bool blank = std::any_of(sweep.values.begin(), sweep.values.end(), [](const auto& v) { return v.empty(); });
  if (blank || sweep.values.size() > kMostValues) {
    throw UsageError(fmt::format("--sweep: '{}' must list 1 … {} values, none of them empty", text, kMostValues));
  }
  return sweep;
}

std::vector<std::string> swept(const std::vector<std::string>& specs, const std::vector<Sweep>& sweeps) {
  std::vector<std::string> out;
  std::vector<bool> used(sweeps.size());
  for (const std::string& text : specs) {
    const Spec spec = parse_spec(text);
    const QuantizerEntry& entry = quantizer_entry(spec.name);
    const std::size_t before = out.size();
    for (std::size_t s = 0; s < sweeps.size(); ++s) {
      if (!has_option(entry, sweeps[s].option)) continue;
      used[s] = true;
      for (const std::string& value : sweeps[s].values) {
        out.push_back(with_option(spec, entry, sweeps[s].option, value));
      }
    }
    if (out.size() == before) out.push_back(text);
  }
  const auto unused = std::find(used.begin(), used.end(), false);
  if (unused != used.end()) refuse(sweeps[static_cast<std::size_t>(unused - used.begin())], specs);
  return out;
}

}  // namespace pianola
