// Options of a controller that wraps another one: one spec names both, `augmented:resync_every=5,decode=argmax`.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/control/controller.hpp"

namespace pianola {

template <class Config>
struct WrappedSpec {
  Config own;
  Spec inner;  ///< of the controller inside, with the options that are not the wrapper's
};

/// Reads what is the wrapper's own from `spec` and leaves the rest to `inner`. An option without a key is the
/// wrapper's. `who` begins errors: "controller 'augmented'".
/// @throws UsageError for an option that neither has, naming those of both.
template <class Config>
WrappedSpec<Config> split_options(const Spec& spec, const std::string& who, const ControllerEntry& inner) {
  std::vector<std::string> own, known;
  for (const OptionHelp& option : describe_options<Config>()) own.push_back(option.name);
  known = own;
  for (const OptionHelp& option : inner.options) known.push_back(option.name);
  Spec mine{spec.name, {}}, rest{inner.name, {}};
  for (const auto& option : spec.options) {
    const auto has = [&](const std::vector<std::string>& names) {
      return std::find(names.begin(), names.end(), option.first) != names.end();
    };
    if (!option.first.empty() && !has(known)) throw_unknown_name(who + ": option", option.first, known);
    (option.first.empty() || has(own) ? mine : rest).options.push_back(option);
  }
  return {read_options<Config>(mine, who), std::move(rest)};
}

/// The wrapper's canonical spec: its own options, then those of the controller inside.
template <class Config>
std::string join_options(std::string name, const Config& own, const std::string& inner) {
  Spec spec = write_spec(std::move(name), own);
  for (auto& option : parse_spec(inner).options) spec.options.push_back(std::move(option));
  return spec.text();
}

/// The wrapper's options, then the inner controller's, as help lists them.
template <class Config>
std::vector<OptionHelp> joined_help(const std::vector<OptionHelp>& inner) {
  std::vector<OptionHelp> options = describe_options<Config>();
  options.insert(options.end(), inner.begin(), inner.end());
  return options;
}

}  // namespace pianola
