// metrics.jsonl of a run: one JSON object a line, each with format_version and step.
//
// Two trainings are compared without the fields whose names hold "seconds" or "per_second".
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace pianola {

using Metrics = std::vector<std::pair<std::string, double>>;

class MetricsFile {
 public:
  /// Continues the file after its last line with step ≤ keep_steps (0: starts anew). Lines that are cut off or no JSON
  /// end what is kept. @throws ResourceError.
  MetricsFile(const std::filesystem::path& file, std::uint64_t keep_steps);
  ~MetricsFile();
  MetricsFile(const MetricsFile&) = delete;
  MetricsFile& operator=(const MetricsFile&) = delete;

  /// One line, handed to the system at once. Numbers that are not finite become null. @throws ResourceError.
  void write(std::uint64_t step, const Metrics& metrics);
  /// Returns when all lines are on the disk. @throws ResourceError.
  void sync();

 private:
  [[noreturn]] void fail(const char* what) const;
  std::filesystem::path path_;
  std::FILE* file_ = nullptr;
};

}  // namespace pianola
