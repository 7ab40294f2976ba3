#include "pianola/cli/overwrite.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola::cli {

void require_other_file(std::string_view option, const std::string& out, const std::vector<std::string>& inputs) {
  if (out.empty()) return;
  for (const std::string& input : inputs) {
    std::error_code none;
    if (input.empty() || !std::filesystem::equivalent(out, input, none)) continue;
    throw UsageError(fmt::format("{} {} would overwrite what is read ({}); give another path", option, out, input));
  }
}

namespace {

/// Pipes and devices (/dev/null) are written to, not replaced.
bool is_device(const std::string& path) {
  std::error_code none;
  return std::filesystem::is_other(path, none);
}

}  // namespace

void require_new_file(std::string_view option, const std::string& out, bool force) {
  std::error_code none;
  if (out.empty() || is_device(out) || !std::filesystem::exists(out, none)) return;
  if (std::filesystem::is_directory(out, none)) {
    if (std::filesystem::is_empty(out, none)) return;
    throw UsageError(
        fmt::format("{} {} is a folder with something in it; remove it first, or give another path", option, out));
  }
  if (force) return;
  throw UsageError(fmt::format("{} {} exists already; give another path, or --force to write over it", option, out));
}

void require_writable(std::string_view option, const std::string& out) {
  if (out.empty() || is_device(out)) return;
  const AtomicPath path(out);
  errno = 0;
  if (std::ofstream(path.temporary()).is_open()) return;  // removed again
  const int error = errno;
  throw ResourceError(fmt::format("{}: cannot write '{}': {}{}", option, out, std::generic_category().message(error),
                                  write_remedy(error)));
}

void require_writable_folder(std::string_view option, const std::string& out) {
  if (out.empty()) return;
  std::filesystem::path at = std::filesystem::absolute(out).lexically_normal();
  if (std::filesystem::is_directory(at)) return require_writable(option, (at / "file").string());
  if (std::filesystem::exists(at)) {
    throw ResourceError(fmt::format("{}: '{}' is a file, no folder; name another folder", option, out));
  }
  while (at.has_parent_path() && !std::filesystem::exists(at.parent_path())) at = at.parent_path();
  require_writable(option, at.string());
}

}  // namespace pianola::cli
