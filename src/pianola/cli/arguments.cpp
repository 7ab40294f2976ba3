#include "pianola/cli/arguments.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "pianola/base/error.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/base/toml_file.hpp"
#include "pianola/cli/options.hpp"

namespace pianola::cli {
namespace {

using Values = std::vector<std::string>;

std::string value_text(const toml::node& node, const std::string& where) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* number = node.as_floating_point()) return spec_detail::format_value(number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  throw DataError(where + ": takes text, a number, true or false, or an array of them");
}

void read_config(const std::string& path, std::map<std::string, Values>& options) {
  for (const auto& [key, node] : read_toml(path)) {
    const std::string name(key.str()), where = path + ", key '" + name + "'";
    if (name == "format_version" || name == "provenance") continue;
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

/// `--config X`, `--config=X` and the same for --set: the value, and i moved past it.
std::optional<std::string> value_of(const std::string& option, const std::vector<std::string>& arguments,
                                    std::size_t& i) {
  if (arguments[i].rfind(option + "=", 0) == 0) return arguments[i].substr(option.size() + 1);
  if (arguments[i] != option || i + 1 >= arguments.size()) return std::nullopt;
  return arguments[++i];
}

/// With --resume the run's own configuration is the base, so that `train --resume -o RUN` suffices.
std::optional<std::string> resumed_config(const std::vector<std::string>& arguments) {
  std::string out;
  bool resumes = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    resumes = resumes || arguments[i] == "--resume";
    for (const char* name : {"-o", "--out"}) {
      std::size_t at = i;
      if (const auto value = value_of(name, arguments, at)) out = *value;
    }
  }
  const std::filesystem::path config = std::filesystem::path(out) / "config.toml";
  if (!resumes || out.empty() || !std::filesystem::exists(config)) return std::nullopt;
  return config.string();
}

void set_option(const std::string& pair, std::map<std::string, Values>& options) {
  const std::size_t equals = pair.find('=');
  if (equals == std::string::npos) throw UsageError("--set takes key=value, not '" + pair + "'");
  options[option_name(pair.substr(0, equals))] = {pair.substr(equals + 1)};
}

}  // namespace

std::vector<std::string> expand_configuration(const std::vector<std::string>& arguments) {
  std::map<std::string, Values> from_file, from_set;
  std::vector<std::string> rest;
  std::set<std::string> typed;
  if (const auto config = resumed_config(arguments)) read_config(*config, from_file);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (const auto file = value_of("--config", arguments, i)) {
      read_config(*file, from_file);
    } else if (const auto pair = value_of("--set", arguments, i)) {
      set_option(*pair, from_set);
    } else {
      // The word after the verb is the dataset: it wins over one in the file.
      if (rest.size() == 1 && arguments[i].rfind('-', 0) != 0) typed.insert("--data");
      rest.push_back(arguments[i]);
      typed.insert(typed_option(arguments[i]));
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
