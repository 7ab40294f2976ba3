#include "pianola/training/event_file.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <optional>

#include "data/limited_disk.hpp"
#include "pianola/base/crc32c.hpp"
#include "pianola/base/error.hpp"
#include "toy_training.hpp"

namespace pianola {
namespace {

using toy_training::Folder;

template <class T>
T read(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::uint32_t masked(std::string_view bytes) {
  const std::uint32_t c = crc32c(bytes);
  return ((c >> 15) | (c << 17)) + 0xa282ead8u;
}

/// The payloads of a file; checks lengths and both checksums of each record.
std::vector<std::string> payloads(std::string_view file) {
  std::vector<std::string> out;
  while (!file.empty()) {
    const auto length = read<std::uint64_t>(file, 0);
    EXPECT_EQ(read<std::uint32_t>(file, 8), masked(file.substr(0, 8)));
    out.emplace_back(file.substr(12, length));
    EXPECT_EQ(read<std::uint32_t>(file, 12 + length), masked(out.back()));
    file.remove_prefix(16 + length);
  }
  return out;
}

/// A protobuf message's fields: number → raw content (varints and fixed widths as their bytes, in order).
std::multimap<std::uint32_t, std::string> fields(std::string_view message) {
  std::multimap<std::uint32_t, std::string> out;
  const auto varint = [&] {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(message.front());
      message.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (!message.empty()) {
    const std::uint64_t tag = varint();
    std::size_t width = 0;
    if ((tag & 7) == 0) {
      const std::uint64_t value = varint();
      out.emplace(tag >> 3, std::string(reinterpret_cast<const char*>(&value), sizeof value));
      continue;
    }
    width = (tag & 7) == 1 ? 8 : (tag & 7) == 5 ? 4 : varint();
    out.emplace(tag >> 3, std::string(message.substr(0, width)));
    message.remove_prefix(width);
  }
  return out;
}

TEST(EventFile, DecodesToWhatWasWritten) {
  const Folder folder;
  std::filesystem::path path;
  {
    EventFile events(folder / "", 0, 1700000000.25);
    events.write(300, {{"loss", 1.5}, {"lr", 0.001}}, 1700000001.5);
    path = events.path();
  }
  EXPECT_EQ(path.filename().string(), "events.out.tfevents.1700000000.pianola");
  const auto records = payloads(read_file(path));
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(fields(records[0]).find(3)->second, "brain.Event:2");
  const auto event = fields(records[1]);
  EXPECT_EQ(read<double>(event.find(1)->second, 0), 1700000001.5);
  EXPECT_EQ(read<std::uint64_t>(event.find(2)->second, 0), 300U);
  std::map<std::string, float> scalars;
  const auto summary = fields(event.find(5)->second);
  for (const auto& [field, value] : summary) {
    ASSERT_EQ(field, 1U);
    const auto parts = fields(value);
    scalars[parts.find(1)->second] = read<float>(parts.find(2)->second, 0);
  }
  EXPECT_EQ(scalars, (std::map<std::string, float>{{"loss", 1.5F}, {"lr", 0.001F}}));
}

TEST(EventFile, AResumedTrainingStartsASessionAtItsStep) {
  const Folder folder;
  const EventFile first(folder / "", 0, 10.0), second(folder / "", 41, 10.0);  // within one second
  EXPECT_NE(first.path(), second.path());
  const auto records = payloads(read_file(second.path()));
  ASSERT_EQ(records.size(), 2U);
  const auto start = fields(records[1]);
  EXPECT_EQ(read<std::uint64_t>(start.find(2)->second, 0), 41U);
  EXPECT_EQ(read<std::uint64_t>(fields(start.find(7)->second).find(1)->second, 0), 1U);  // SessionLog::START
}

TEST(EventFile, NamesTheFolderThatIsNotThere) {
  const std::string message = toy_training::message_of<ResourceError>([] { EventFile("/nonexistent", 0, 1.0); });
  EXPECT_NE(message.find("make the folder first"), std::string::npos) << message;
}

TEST(EventFile, AFullDiskHasItsReasonAndRemedy) {
  const Folder folder;
  EventFile events(folder / "", 0, 1.0);
  const std::string message = toy_training::message_of<ResourceError>([&] {
    const test::LimitedDisk disk(10);
    events.write(1, {{"loss", 0.5}}, 2.0);
  });
  for (const char* part : {events.path().c_str(), "File too large", "free some space"}) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace pianola
