#include "pianola/cli/overwrite.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "pianola/base/error.hpp"
#include "pianola/base/spec.hpp"

namespace pianola::cli {

std::vector<std::string> files_of_spec(const std::string& spec) try {
  std::vector<std::string> files;
  if (spec.empty()) return files;
  for (const auto& [key, value] : parse_spec(spec).options) {
    std::error_code none;
    if (std::filesystem::exists(value, none)) files.push_back(value);
  }
  return files;
} catch (const UsageError&) {
  return {};
}

void require_other_file(std::string_view option, const std::string& out, const std::vector<std::string>& inputs) {
  if (out.empty()) return;
  for (const std::string& input : inputs) {
    std::error_code none;
    if (input.empty() || !std::filesystem::equivalent(out, input, none)) continue;
    throw UsageError(fmt::format("{} {} would overwrite what is read ({}); give another path", option, out, input));
  }
}

}  // namespace pianola::cli
