// How a scheme writes its own spec: the options that differ from their defaults, and, whatever they are, those that say
// how fine it is ("uniform:bins=256"). A saved quantizer is read back only with the spec that it would write.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

#include "pianola/base/spec.hpp"

namespace pianola {

/// shown: options of `config`, each of which stands first where it has its default.
template <class Config>
std::string canonical_spec(std::string name, const Config& config, std::initializer_list<std::string_view> shown) {
  Spec spec = write_spec(std::move(name), config);
  const std::vector<OptionHelp> options = describe_options(config);
  for (const std::string_view option : shown) {
    if (spec.find(option) != nullptr) continue;
    const auto at = std::ranges::find(options, option, &OptionHelp::name);
    spec.options.insert(spec.options.begin(), {at->name, at->default_value});
  }
  return spec.text();
}

}  // namespace pianola
