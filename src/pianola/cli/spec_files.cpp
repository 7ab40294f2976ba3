#include "pianola/cli/spec_files.hpp"

#include <filesystem>
#include <system_error>

#include "pianola/base/spec.hpp"

namespace pianola::cli {
namespace {

bool is_file(const std::string& value) {
  std::error_code none;
  return !value.empty() && std::filesystem::exists(value, none);
}

}  // namespace

std::vector<std::string> files_of_spec(const std::string& spec) try {
  std::vector<std::string> files;
  if (spec.empty()) return files;
  for (const auto& [key, value] : parse_spec(spec).options) {
    if (is_file(value)) files.push_back(value);
  }
  return files;
} catch (const UsageError&) {
  return {};
}

std::string with_absolute_files(const std::string& spec) {
  if (files_of_spec(spec).empty()) return spec;
  Spec parsed = parse_spec(spec);
  for (auto& [key, value] : parsed.options) {
    if (is_file(value)) value = std::filesystem::absolute(value).lexically_normal().string();
  }
  return parsed.text();
}

}  // namespace pianola::cli
