#include "pianola/data/tfrecord.hpp"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>

#include "pianola/base/crc32c.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

constexpr std::size_t kHead = 12, kFoot = 4;

template <class T>
T number_of(std::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

/// A protobuf message from front to back.
class Message {
 public:
  Message(std::string_view bytes, const std::string& where) : rest_(bytes), where_(where) {}

  /// The next field; false at the end.
  bool next() {
    if (rest_.empty()) return false;
    const std::uint64_t tag = varint();
    field_ = tag >> 3;
    wire_ = tag & 7;
    value_ = 0;
    bytes_ = {};
    switch (wire_) {
      case 0:
        value_ = varint();
        return true;
      case 1:
        bytes_ = take(8);
        return true;
      case 2:
        bytes_ = take(varint());
        return true;
      case 5:
        bytes_ = take(4);
        return true;
      default:
        fail();
    }
  }
  [[nodiscard]] bool is(std::uint64_t field, std::uint64_t wire) const { return field_ == field && wire_ == wire; }
  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t value() const { return value_; }
  [[nodiscard]] bool empty() const { return rest_.empty(); }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1).front());
      value |= std::uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return value;
    }
    fail();
  }

 private:
  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) fail();
    const std::string_view part = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return part;
  }
  [[noreturn]] void fail() const {
    throw DataError(where_ + " is no tf.train.Example: its bytes end early or make no sense; the file is damaged");
  }

  std::string_view rest_, bytes_;
  const std::string& where_;
  std::uint64_t field_ = 0, wire_ = 0, value_ = 0;
};

double exact(std::uint64_t bits, const std::string& where) {
  constexpr std::int64_t kLimit = std::int64_t{1} << 53;
  const auto value = static_cast<std::int64_t>(bits);
  if (value >= -kLimit && value <= kLimit) return static_cast<double>(value);
  throw DataError(fmt::format("{}: the integer {} is beyond ±2^53, which no double holds exactly", where, value));
}

void append_floats(Message& list, std::vector<double>& out) {
  while (list.next()) {
    if (list.is(1, 5)) out.push_back(static_cast<double>(number_of<float>(list.bytes())));
    if (!list.is(1, 2)) continue;
    const std::string_view packed = list.bytes();
    for (std::size_t i = 0; i + sizeof(float) <= packed.size(); i += sizeof(float)) {
      out.push_back(static_cast<double>(number_of<float>(packed.substr(i))));
    }
  }
}

void append_integers(Message& list, const std::string& where, std::vector<double>& out) {
  while (list.next()) {
    if (list.is(1, 0)) out.push_back(exact(list.value(), where));
    if (!list.is(1, 2)) continue;
    for (Message packed(list.bytes(), where); !packed.empty();) out.push_back(exact(packed.varint(), where));
  }
}

TfFeature parse_feature(std::string_view bytes, const std::string& where) {
  TfFeature feature;
  for (Message message(bytes, where); message.next();) {
    Message list(message.bytes(), where);
    if (message.is(1, 2)) {
      while (list.next()) feature.texts += list.is(1, 2) ? 1 : 0;
    } else if (message.is(2, 2)) {
      append_floats(list, feature.numbers);
    } else if (message.is(3, 2)) {
      append_integers(list, where, feature.numbers);
    }
  }
  return feature;
}

}  // namespace

TfRecordFile::TfRecordFile(const std::string& path) : path_(path), file_(path, std::ios::binary) {
  std::error_code status;
  const std::uint64_t total = std::filesystem::file_size(path, status);
  if (!file_ || status) throw DataError(path + ": it cannot be opened");
  std::string head(kHead, '\0');
  for (std::uint64_t at = 0; at < total;) {
    file_.seekg(static_cast<std::streamoff>(at));
    const bool whole = total - at >= kHead + kFoot && file_.read(head.data(), kHead);
    const auto size = number_of<std::uint64_t>(head);
    const std::string_view length = std::string_view(head).substr(0, 8);
    if (!whole || number_of<std::uint32_t>(std::string_view(head).substr(8)) != masked_crc32c(length) ||
        size > total - at - kHead - kFoot) {
      throw DataError(
          fmt::format("{}, record {} (counted from 0): its length is cut off, or its checksum is wrong; the file "
                      "is truncated, damaged or compressed",
                      path, records_.size()));
    }
    records_.push_back({at + kHead, size});
    at += kHead + size + kFoot;
  }
}

std::string TfRecordFile::read(std::size_t i) {
  const Record& record = records_.at(i);
  std::string bytes(record.size + kFoot, '\0');
  file_.clear();
  file_.seekg(static_cast<std::streamoff>(record.at));
  const bool whole = static_cast<bool>(file_.read(bytes.data(), static_cast<std::streamsize>(bytes.size())));
  const auto sum = number_of<std::uint32_t>(std::string_view(bytes).substr(record.size));
  bytes.resize(record.size);
  if (whole && sum == masked_crc32c(bytes)) return bytes;
  throw DataError(
      fmt::format("{}, record {} (counted from 0): its checksum is wrong; the file is damaged, copy or make it "
                  "again",
                  path_, i));
}

std::map<std::string, TfFeature> parse_tf_example(std::string_view bytes, const std::string& where) {
  std::map<std::string, TfFeature> features;
  for (Message example(bytes, where); example.next();) {
    if (!example.is(1, 2)) continue;
    for (Message all(example.bytes(), where); all.next();) {
      if (!all.is(1, 2)) continue;
      std::string key;
      std::string_view feature;
      for (Message entry(all.bytes(), where); entry.next();) {
        if (entry.is(1, 2)) key = entry.bytes();
        if (entry.is(2, 2)) feature = entry.bytes();
      }
      features.insert_or_assign(key, parse_feature(feature, fmt::format("{}, feature '{}'", where, key)));
    }
  }
  return features;
}

}  // namespace pianola
