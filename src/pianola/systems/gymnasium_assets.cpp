#include "pianola/systems/gymnasium_assets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// Where the python3 of PATH keep their packages: beside the name that was found (a virtual environment's bin holds a
/// link), and beside what it leads to. pyenv puts scripts in front: its versions are listed.
std::vector<fs::path> python_prefixes() {
  std::vector<fs::path> found;
  std::error_code ignored;
  const std::string path = environment("PATH");
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    const fs::path python = fs::path(path.substr(at, end - at)) / "python3";
    at = end + 1;
    if (!python.is_absolute() || !fs::exists(python, ignored)) continue;
    found.push_back(python.parent_path().parent_path());
    found.push_back(fs::canonical(python, ignored).parent_path().parent_path());
  }
  const std::string pyenv = environment("PYENV_ROOT"), home = environment("HOME");
  const fs::path root = pyenv.empty() ? fs::path(home) / ".pyenv" : fs::path(pyenv);
  for (const auto& version : fs::directory_iterator(root / "versions", ignored)) found.push_back(version.path());
  return found;
}

std::vector<fs::path> prefixes() {
  std::vector<fs::path> found;
  for (const char* name : {"VIRTUAL_ENV", "CONDA_PREFIX"}) {
    if (const std::string value = environment(name); !value.empty()) found.emplace_back(value);
  }
  found.insert(found.end(), {".venv", "venv"});
  if (const std::string home = environment("HOME"); !home.empty()) found.push_back(fs::path(home) / ".local");
  for (const fs::path& python : python_prefixes()) found.push_back(python);
  found.insert(found.end(), {"/usr/local", "/usr"});
  std::vector<fs::path> once;
  for (const fs::path& prefix : found) {
    if (std::ranges::find(once, prefix) == once.end()) once.push_back(prefix);
  }
  return once;
}

/// 12 of "python3.12" (and of "python3.13t", 13); −1 of "python3", where distributions keep what fits every version.
int minor_version(std::string_view folder) {
  constexpr std::string_view kStem = "python3.";
  int minor = -1;
  if (folder.starts_with(kStem)) std::from_chars(folder.data() + kStem.size(), folder.data() + folder.size(), minor);
  return minor;
}

/// Folders of assets of gymnasium packages below one prefix, newest Python first, by number: 3.12 before 3.9.
std::vector<fs::path> packages(const fs::path& prefix) {
  std::vector<std::pair<int, fs::path>> found;
  std::error_code ignored;
  for (const auto& python : fs::directory_iterator(prefix / "lib", ignored)) {
    const std::string name = python.path().filename().string();
    if (!name.starts_with("python3")) continue;
    for (const char* kind : {"site-packages", "dist-packages"}) {
      fs::path folder = python.path() / kind / "gymnasium/envs/mujoco/assets";
      if (fs::is_directory(folder, ignored)) found.emplace_back(minor_version(name), std::move(folder));
    }
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<fs::path> out;
  out.reserve(found.size());
  for (auto& [minor, folder] : found) out.push_back(std::move(folder));
  return out;
}

/// The folders to look in, and in messages what was searched.
std::vector<fs::path> folders(const std::string& assets, std::string& searched) {
  if (!assets.empty()) {
    searched = assets;
    return {assets};
  }
  if (const std::string given = environment("PIANOLA_GYMNASIUM_ASSETS"); !given.empty()) {
    searched = given + " (PIANOLA_GYMNASIUM_ASSETS)";
    return {given};
  }
  std::vector<fs::path> found;
  for (const fs::path& prefix : prefixes()) {
    searched += (searched.empty() ? "gymnasium packages under " : ", ") + prefix.string();
    const auto below = packages(prefix);
    found.insert(found.end(), below.begin(), below.end());
  }
  return found;
}

}  // namespace

fs::path find_gymnasium_asset(const std::string& file, const std::string& assets) {
  std::string searched;
  std::error_code ignored;
  for (const fs::path& folder : folders(assets, searched)) {
    if (fs::path path = folder / file; fs::is_regular_file(path, ignored)) return path;
  }
  throw DataError(
      fmt::format("the model '{}' was not found in: {}. Give its folder with --assets DIR (or the variable "
                  "PIANOLA_GYMNASIUM_ASSETS), or install it: pip install 'gymnasium[mujoco]'",
                  file, searched));
}

}  // namespace pianola
