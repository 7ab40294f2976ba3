#include "pianola/training/metrics.hpp"

#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <sstream>
#include <system_error>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/base/json.hpp"
#include "pianola/policies/run_folder.hpp"

namespace pianola {
namespace {

/// The leading lines of `text` with step ≤ last.
std::string leading_lines(const std::string& text, std::uint64_t last) {
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) break;  // nothing more, or a line that a kill cut off
    const auto line = nlohmann::json::parse(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                            text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    if (!line.is_object() || !line.contains("step") || !line["step"].is_number_unsigned()) break;
    if (line["step"].get<std::uint64_t>() > last) break;
    begin = end + 1;
  }
  return text.substr(0, begin);
}

}  // namespace

MetricsFile::MetricsFile(const std::filesystem::path& file, std::uint64_t keep_steps) : path_(file) {
  const bool continues = keep_steps > 0 && std::filesystem::exists(file);
  write_file(file, continues ? leading_lines(read_file(file), keep_steps) : "");
  file_ = std::fopen(file.c_str(), "ab");
  if (file_ == nullptr) fail("open");
}

MetricsFile::~MetricsFile() {
  if (file_ != nullptr) std::fclose(file_);
}

void MetricsFile::write(std::uint64_t step, const Metrics& metrics) {
  nlohmann::ordered_json line{{"format_version", kRunFormatVersion}, {"step", step}};
  for (const auto& [name, value] : metrics) line[name] = number_or_null(value);
  const std::string text = line.dump() + "\n";
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size() || std::fflush(file_) != 0) fail("write");
}

void MetricsFile::sync() {
  if (::fsync(::fileno(file_)) != 0) fail("fsync");
}

void MetricsFile::fail(const char* what) const {
  const int error = errno;
  throw ResourceError(std::string("cannot ") + what + " '" + path_.string() +
                      "': " + std::generic_category().message(error) + write_remedy(error));
}

}  // namespace pianola
