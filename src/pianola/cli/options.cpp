#include "pianola/cli/options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <sstream>
#include <type_traits>

#include "pianola/base/error.hpp"
#include "pianola/base/spec.hpp"

namespace pianola::cli {
namespace {

template <class T>
std::string text_of(T value) {
  if constexpr (std::is_integral_v<T>) return std::to_string(value);
  return spec_detail::format_value(static_cast<double>(value));
}

/// "a whole number from 1 to 9"; an end that only the type sets is left out unless the value ran over it.
template <class T>
std::string wanted(const Limits<T>& limits, bool overflow) {
  const bool has_least = limits.least != Limits<T>().least || std::is_unsigned_v<T>;
  const bool has_most = limits.most != Limits<T>().most || (overflow && std::is_integral_v<T>);
  std::string text = std::is_integral_v<T> ? "a whole number" : "a number";
  if (has_least && has_most) return text + " from " + text_of(limits.least) + " to " + text_of(limits.most);
  if (has_least) return text + " of at least " + text_of(limits.least);
  if (has_most) return text + " of at most " + text_of(limits.most);
  return text;
}

/// The name that a message uses: "--out" of "-o,--out".
std::string long_name(const std::string& names) {
  const std::size_t at = names.find("--");
  return at == std::string::npos ? names : names.substr(at, names.find(',', at) - at);
}

CLI::Option* one_each_time(CLI::Option* option, const char* kind) {
  return option->type_name(kind)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->expected(1)
      ->allow_extra_args(false);
}

}  // namespace

template <class T>
T parse_number(const std::string& option, const std::string& text, Limits<T> limits) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  // Comparisons are false for NaN.
  if (error == std::errc() && stop == end && value >= limits.least && value <= limits.most) return value;
  const bool overflow = error == std::errc::result_out_of_range && stop == end;
  throw UsageError(fmt::format("{} takes {}, not '{}'", option, wanted(limits, overflow), text));
}

template <class T>
CLI::Option* add_number(CLI::App& verb, const std::string& names, T& value, const std::string& help, Limits<T> limits) {
  const auto read = [&value, limits, option = long_name(names)](const std::string& text) {
    value = parse_number(option, text, limits);
  };
  CLI::Option* option = verb.add_option_function<std::string>(names, read, help);
  option->type_name(std::is_integral_v<T> ? kWholeNumber : kNumber);
  if (value >= limits.least && value <= limits.most) option->default_str(text_of(value));
  return option;
}

CLI::Option* add_text(CLI::App& verb, const std::string& names, std::string& value, const std::string& help,
                      const char* kind) {
  CLI::Option* option = verb.add_option(names, value, help)->type_name(kind);
  return value.empty() ? option : option->capture_default_str();
}

CLI::Option* add_texts(CLI::App& verb, const std::string& names, std::vector<std::string>& values,
                       const std::string& help, const char* kind) {
  return one_each_time(verb.add_option(names, values, help), kind);
}

std::string option_name(std::string key) {
  std::ranges::replace(key, '_', '-');
  return "--" + key;
}

CLI::Option* add_dataset(CLI::App& verb, std::string& path) {
  return add_text(verb, "data,--data", path, "the dataset", kPath);
}

std::vector<std::string> names_of(const std::string& list) {
  std::vector<std::string> names;
  std::istringstream in(list);
  for (std::string name; std::getline(in, name, ',');) names.push_back(name);
  return names;
}

void add_reading(CLI::App& verb, ReadOptions& options) {
  const auto read = [&fields = options.observation](const std::vector<std::string>& lists) {
    fields.clear();
    for (const std::string& list : lists) {
      const std::vector<std::string> more = names_of(list);
      fields.insert(fields.end(), more.begin(), more.end());
    }
  };
  one_each_time(verb.add_option_function<std::vector<std::string>>(
                    "--observation", read, "fields of the dataset that make up the observation, in this order"),
                kNames);
  add_text(verb, "--action", options.action, "the field that is the action (default: the format's own)", kName);
  add_text(verb, "--subset", options.subset, "only these trajectories: a filter key, a split, or ATTRIBUTE=VALUE",
           kName);
  add_text(verb, "--from", options.format, "the dataset's format, where it fits several (default: detected)", kName);
  add_number(verb, "--step-limit", options.step_limit, "steps after which an episode ends, where no timeouts say so",
             {.least = 1});
}

template CLI::Option* add_number(CLI::App&, const std::string&, int&, const std::string&, Limits<int>);
template CLI::Option* add_number(CLI::App&, const std::string&, std::uint32_t&, const std::string&,
                                 Limits<std::uint32_t>);
template CLI::Option* add_number(CLI::App&, const std::string&, std::uint64_t&, const std::string&,
                                 Limits<std::uint64_t>);
template CLI::Option* add_number(CLI::App&, const std::string&, double&, const std::string&, Limits<double>);
template int parse_number(const std::string&, const std::string&, Limits<int>);
template std::uint32_t parse_number(const std::string&, const std::string&, Limits<std::uint32_t>);
template std::uint64_t parse_number(const std::string&, const std::string&, Limits<std::uint64_t>);
template double parse_number(const std::string&, const std::string&, Limits<double>);

}  // namespace pianola::cli
