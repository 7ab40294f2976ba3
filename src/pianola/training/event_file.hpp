// TensorBoard event files, written by hand: scalars only.
//
//   record   u64 length · u32 crc(length) · payload · u32 crc(payload), little-endian
//   crc      ((c >> 15) | (c << 17)) + 0xa282ead8 of the CRC-32C (Castagnoli) c
//   payload  protobuf Event {1: double wall_time, 2: int64 step, 3: string file_version, 5: Summary, 7: SessionLog}
//            Summary {1: repeated Value {1: string tag, 2: float simple_value}}, SessionLog {1: enum status, START = 1}
//
// Source: tensorflow/core/lib/io/record_writer.cc, tensorflow/core/util/event.proto and framework/summary.proto.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "pianola/training/metrics.hpp"

namespace pianola {

/// One framed record.
std::string event_record(std::string_view payload);

class EventFile {
 public:
  /// A new file events.out.tfevents.<seconds>.pianola[.k] in `folder`. first_step > 0 (a resumed training): TensorBoard
  /// drops what earlier files say of that step and later. @throws ResourceError.
  EventFile(const std::filesystem::path& folder, std::uint64_t first_step, double wall_time);
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  /// All metrics as scalars of one step. wall_time: seconds since 1970. @throws ResourceError.
  void write(std::uint64_t step, const Metrics& metrics, double wall_time);
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  void append(const std::string& payload);
  std::filesystem::path path_;
  std::FILE* file_ = nullptr;
};

}  // namespace pianola
