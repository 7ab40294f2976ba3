// Spec strings: how a user names one member of an open family, on the command line, in TOML and in Python.
//
//   name:key=value,key=value        uniform:bins=256,representatives=ends
//   name:value,key=value            gymnasium:Hopper-v4   (the first value may stand without its key)
//   a value with a comma or colon stands in single quotes: mlp:'a,b.hdf5'   (a quote in it is written twice)
//
// Options are aggregates with in-class defaults and one `visit(v)` that calls v(name, member, help) for each;
// reading, writing, help, TOML and fingerprints are all driven by that one function.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pianola/base/error.hpp"

namespace pianola {

/// A parsed spec. `options` keeps the order in which they were written; an option without key has key "".
struct Spec {
  std::string name;
  std::vector<std::pair<std::string, std::string>> options;

  /// The spec as text, quoted where needed; parse_spec(text()) gives the same spec back.
  [[nodiscard]] std::string text() const;
  /// The value of `key`, or nullptr.
  [[nodiscard]] const std::string* find(std::string_view key) const;
  bool operator==(const Spec&) const = default;
};

/// @throws UsageError if the text is empty, a quote is open, a key repeats, or a later value has no key.
Spec parse_spec(std::string_view text);

/// Splits "uniform:bins=17,representatives=ends,kmeans:k=64" where a comma is followed by a known name
/// (that is, `name` at the end, or `name:` or `name,`).
std::vector<std::string> split_specs(std::string_view text, std::span<const std::string> known);

/// One option as help shows it.
struct OptionHelp {
  std::string name, default_value, help;
};

namespace spec_detail {
void parse_value(std::string_view who, std::string_view key, const std::string& text, int& out);
void parse_value(std::string_view who, std::string_view key, const std::string& text, std::uint64_t& out);
void parse_value(std::string_view who, std::string_view key, const std::string& text, double& out);
void parse_value(std::string_view who, std::string_view key, const std::string& text, bool& out);
void parse_value(std::string_view who, std::string_view key, const std::string& text, std::string& out);
/// Numbers separated by commas (in quotes), semicolons or blanks: low='-1,-1'.
void parse_value(std::string_view who, std::string_view key, const std::string& text, std::vector<double>& out);
template <class T>
void parse_value(std::string_view who, std::string_view key, const std::string& text, std::optional<T>& out) {
  parse_value(who, key, text, out.emplace());
}
std::string format_value(int value);
std::string format_value(std::uint64_t value);
std::string format_value(double value);  // shortest text that reads back to the same double
std::string format_value(bool value);
std::string format_value(const std::string& value);
std::string format_value(const std::vector<double>& value);
template <class T>
std::string format_value(const std::optional<T>& value) {
  return value ? format_value(*value) : std::string("auto");
}
}  // namespace spec_detail

/// The names, defaults and help of all options of `Config`, in the order of its visit.
template <class Config>
std::vector<OptionHelp> describe_options(Config config = {}) {
  std::vector<OptionHelp> rows;
  config.visit([&](std::string_view name, auto& member, std::string_view help) {
    rows.push_back({std::string(name), spec_detail::format_value(member), std::string(help)});
  });
  return rows;
}

/// Reads options over the defaults in `config`. `who` names the owner in errors: "quantizer 'uniform'".
/// An option without a key goes to the first option of the visit.
/// @throws UsageError for an unknown key (with the nearest known one), a value of the wrong type, or an option that is
/// given both by its key and without.
template <class Config>
Config read_options(const Spec& spec, std::string_view who, Config config = {}) {
  std::vector<std::string> known;
  config.visit([&](std::string_view name, auto&, std::string_view) { known.emplace_back(name); });
  for (const auto& [written, value] : spec.options) {
    const std::string key = written.empty() && !known.empty() ? known.front() : written;
    if (written.empty() && spec.find(key) != nullptr && !key.empty()) {
      throw UsageError(std::string(who) + ": option '" + key + "' is given twice, once without its key");
    }
    bool found = false;
    config.visit([&](std::string_view name, auto& member, std::string_view) {
      if (name != key) return;
      spec_detail::parse_value(who, key, value, member);
      found = true;
    });
    if (!found) throw_unknown_name(std::string(who) + ": option", key, known);
  }
  return config;
}

/// The spec that makes `config`: all options whose value differs from the default, in the order of the visit.
template <class Config>
Spec write_spec(std::string name, Config config) {
  Spec spec{std::move(name), {}};
  const auto defaults = describe_options<Config>();
  std::size_t i = 0;
  config.visit([&](std::string_view key, auto& member, std::string_view) {
    std::string text = spec_detail::format_value(member);
    if (text != defaults[i++].default_value) spec.options.emplace_back(std::string(key), std::move(text));
  });
  return spec;
}

}  // namespace pianola
