// The folder that a verb's -o names, with the same names in it for every verb: VERB.json, report.html.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace pianola::cli {

class ResultFolder {
 public:
  /// Makes the folder and those above it. @throws ResourceError if that cannot be done.
  explicit ResultFolder(std::filesystem::path path);
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Atomic; returns the path of the file. Bytes that are no UTF-8 are replaced. @throws ResourceError.
  std::filesystem::path write(const std::string& name, const nlohmann::ordered_json& value) const;

 private:
  std::filesystem::path path_;
};

}  // namespace pianola::cli
