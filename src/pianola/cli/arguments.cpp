#include "pianola/cli/arguments.hpp"

#include <toml++/toml.h>
#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/base/spec.hpp"

namespace pianola::cli {
namespace {

using Values = std::vector<std::string>;

std::string option_name(std::string key) {
  std::replace(key.begin(), key.end(), '_', '-');
  return "--" + key;
}

std::string value_text(const toml::node& node, const std::string& where) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* number = node.as_floating_point()) return spec_detail::format_value(number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  throw DataError(where + ": takes text, a number, true or false, or an array of them");
}

void read_config(const std::string& path, std::map<std::string, Values>& options) {
  toml::table table;
  try {
    table = toml::parse(read_file(path), path);
  } catch (const toml::parse_error& error) {
    std::ostringstream place;
    place << path << ", line " << error.source().begin.line << ": " << error.description() << "; mend the TOML";
    throw DataError(place.str());
  }
  for (const auto& [key, node] : table) {
    const std::string name(key.str()), where = path + ", key '" + name + "'";
    if (node.is_table() || name == "format_version") continue;
    Values values;
    if (const auto* array = node.as_array()) {
      for (const auto& element : *array) values.push_back(value_text(element, where));
    } else {
      values.push_back(value_text(node, where));
    }
    options[option_name(name)] = std::move(values);
  }
}

/// The option's name if `argument` is one: "--seed" of "--seed=3", "-o" as "--out".
std::string typed_option(const std::string& argument) {
  if (argument == "-o") return "--out";
  return argument.rfind("--", 0) == 0 ? argument.substr(0, argument.find('=')) : "";
}

}  // namespace

std::vector<std::string> expand_configuration(const std::vector<std::string>& arguments) {
  std::map<std::string, Values> from_file, from_set;
  std::vector<std::string> rest;
  std::set<std::string> typed;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const bool has_value = i + 1 < arguments.size();
    if (argument == "--config" && has_value) {
      read_config(arguments[++i], from_file);
    } else if (argument == "--set" && has_value) {
      const std::string& pair = arguments[++i];
      const std::size_t equals = pair.find('=');
      if (equals == std::string::npos) throw UsageError("--set takes key=value, not '" + pair + "'");
      from_set[option_name(pair.substr(0, equals))] = {pair.substr(equals + 1)};
    } else {
      rest.push_back(argument);
      typed.insert(typed_option(argument));
    }
  }
  from_set.merge(from_file);
  std::vector<std::string> expanded(rest.begin(), rest.begin() + std::min<std::ptrdiff_t>(1, std::ssize(rest)));
  for (const auto& [option, values] : from_set) {
    if (typed.contains(option)) continue;
    for (const std::string& value : values) {
      if (!value.empty()) expanded.push_back(option + "=" + value);
    }
  }
  if (!rest.empty()) expanded.insert(expanded.end(), rest.begin() + 1, rest.end());
  return expanded;
}

}  // namespace pianola::cli
