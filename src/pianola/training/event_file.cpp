#include "pianola/training/event_file.hpp"

#include <bit>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "pianola/base/crc32c.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

static_assert(std::endian::native == std::endian::little);

template <class T>
std::string bytes_of(T value) {
  std::string out(sizeof value, '\0');
  std::memcpy(out.data(), &value, sizeof value);
  return out;
}

std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7F) | 0x80);
  return out + static_cast<char>(value);
}

/// A protobuf field's tag: number and wire type.
enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };
std::string tag(std::uint32_t field, Wire wire) { return varint((field << 3) | static_cast<std::uint32_t>(wire)); }

std::string message(std::uint32_t field, std::string_view content) {
  return tag(field, Wire::bytes) + varint(content.size()) + std::string(content);
}

/// An Event up to its content.
std::string event_head(double wall_time, std::uint64_t step) {
  return tag(1, Wire::fixed64) + bytes_of(wall_time) + tag(2, Wire::varint) + varint(step);
}

[[noreturn]] void throw_not_written(const char* what, const std::filesystem::path& path, int error) {
  throw ResourceError(std::string("cannot ") + what + " '" + path.string() +
                      "': " + std::generic_category().message(error) + write_remedy(error));
}

}  // namespace

std::string event_record(std::string_view payload) {
  const std::string length = bytes_of(static_cast<std::uint64_t>(payload.size()));
  return length + bytes_of(masked_crc32c(length)) + std::string(payload) + bytes_of(masked_crc32c(payload));
}

EventFile::EventFile(const std::filesystem::path& folder, std::uint64_t first_step, double wall_time) {
  const std::string name = "events.out.tfevents." + std::to_string(static_cast<std::uint64_t>(wall_time)) + ".pianola";
  path_ = folder / name;
  for (int k = 1; std::filesystem::exists(path_); ++k) path_ = folder / (name + "." + std::to_string(k));
  file_ = std::fopen(path_.c_str(), "wb");
  if (file_ == nullptr) throw_not_written("open", path_, errno);
  append(event_head(wall_time, 0) + message(3, "brain.Event:2"));
  if (first_step > 0) append(event_head(wall_time, first_step) + message(7, tag(1, Wire::varint) + varint(1)));
}

EventFile::~EventFile() {
  if (file_ != nullptr) std::fclose(file_);
}

void EventFile::write(std::uint64_t step, const Metrics& metrics, double wall_time) {
  std::string summary;
  for (const auto& [name, value] : metrics) {
    summary += message(1, message(1, name) + tag(2, Wire::fixed32) + bytes_of(static_cast<float>(value)));
  }
  append(event_head(wall_time, step) + message(5, summary));
}

void EventFile::append(const std::string& payload) {
  const std::string record = event_record(payload);
  if (std::fwrite(record.data(), 1, record.size(), file_) != record.size() || std::fflush(file_) != 0) {
    throw_not_written("write", path_, errno);
  }
}

}  // namespace pianola
