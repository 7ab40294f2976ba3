#include "pianola/cli/overwrite.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "pianola/base/error.hpp"

namespace pianola::cli {

void require_other_file(std::string_view option, const std::string& out, const std::vector<std::string>& inputs) {
  if (out.empty()) return;
  for (const std::string& input : inputs) {
    std::error_code none;
    if (input.empty() || !std::filesystem::equivalent(out, input, none)) continue;
    throw UsageError(fmt::format("{} {} would overwrite what is read ({}); give another path", option, out, input));
  }
}

}  // namespace pianola::cli
