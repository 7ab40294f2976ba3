#include "pianola/cli/result_folder.hpp"

#include <system_error>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola::cli {

ResultFolder::ResultFolder(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code failed;
  std::filesystem::create_directories(path_, failed);
  if (!failed && !std::filesystem::is_directory(path_)) failed = std::make_error_code(std::errc::not_a_directory);
  if (!failed) return;
  throw ResourceError("cannot make the folder '" + path_.string() + "': " + failed.message() +
                      write_remedy(failed.value()));
}

std::filesystem::path ResultFolder::write(const std::string& name, const nlohmann::ordered_json& value) const {
  std::filesystem::path file = path_ / name;
  write_file(file, value.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  return file;
}

}  // namespace pianola::cli
