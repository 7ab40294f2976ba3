#include "pianola/data/zip_archive.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <filesystem>
#include <utility>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

static_assert(std::endian::native == std::endian::little, "the reader copies little-endian numbers as they stand");

constexpr std::uint32_t kEnd = 0x06054b50, kEnd64 = 0x06064b50, kLocator64 = 0x07064b50, kEntry = 0x02014b50,
                        kLocal = 0x04034b50;
constexpr std::size_t kEndSize = 22, kEntrySize = 46, kLocalSize = 30, kLocatorSize = 20, kEnd64Size = 56;
constexpr std::uint64_t kLargestRatio = 1100;  // deflate never exceeds 1032 : 1
constexpr std::uint16_t kStored = 0, kDeflated = 8;

[[noreturn]] void throw_damaged(const std::string& path, const std::string& what) {
  throw DataError(fmt::format("{}: {}; the archive is truncated or damaged, copy or make it again", path, what));
}

template <class T>
T number_at(std::string_view bytes, std::size_t at, const std::string& path) {
  if (at > bytes.size() || bytes.size() - at < sizeof(T)) throw_damaged(path, "its zip directory ends early");
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::string bytes_of(std::ifstream& file, std::uint64_t at, std::uint64_t size, std::uint64_t total,
                     const std::string& path) {
  if (at > total || size > total - at) throw_damaged(path, "its zip directory points beyond the file");
  std::string bytes(size, '\0');
  file.clear();
  file.seekg(static_cast<std::streamoff>(at));
  if (!file.read(bytes.data(), static_cast<std::streamsize>(size))) throw_damaged(path, "it cannot be read");
  return bytes;
}

struct Directory {
  std::uint64_t at = 0, size = 0, entries = 0;
};

/// The end record is last, but for a comment of at most 65,535 bytes.
Directory find_directory(std::ifstream& file, std::uint64_t total, const std::string& path) {
  const std::uint64_t tail_size = std::min<std::uint64_t>(total, kEndSize + 0xFFFF + kLocatorSize);
  const std::string tail = bytes_of(file, total - tail_size, tail_size, total, path);
  for (std::size_t at = tail.size() < kEndSize ? 0 : tail.size() - kEndSize + 1; at-- > 0;) {
    if (number_at<std::uint32_t>(tail, at, path) != kEnd) continue;
    const Directory plain{number_at<std::uint32_t>(tail, at + 16, path), number_at<std::uint32_t>(tail, at + 12, path),
                          number_at<std::uint16_t>(tail, at + 10, path)};
    const bool has_locator =
        at >= kLocatorSize && number_at<std::uint32_t>(tail, at - kLocatorSize, path) == kLocator64;
    if (!has_locator) return plain;
    const auto end64 = number_at<std::uint64_t>(tail, at - kLocatorSize + 8, path);
    const std::string record = bytes_of(file, end64, kEnd64Size, total, path);
    if (number_at<std::uint32_t>(record, 0, path) != kEnd64) throw_damaged(path, "its zip64 directory is missing");
    return {number_at<std::uint64_t>(record, 48, path), number_at<std::uint64_t>(record, 40, path),
            number_at<std::uint64_t>(record, 32, path)};
  }
  throw_damaged(path, "it has no zip directory");
}

/// Sizes that do not fit 32 bits stand in the extra field 1, in this order.
void read_zip64(std::string_view extra, ZipMember& member, const std::string& path) {
  while (extra.size() >= 4) {
    const auto id = number_at<std::uint16_t>(extra, 0, path), size = number_at<std::uint16_t>(extra, 2, path);
    const std::string_view body = extra.substr(4, size);
    std::size_t at = 0;
    for (std::uint64_t* value : {&member.size, &member.stored, &member.header}) {
      if (id != 1 || *value != 0xFFFFFFFF) continue;
      *value = number_at<std::uint64_t>(body, at, path);
      at += 8;
    }
    extra.remove_prefix(std::min<std::size_t>(extra.size(), 4 + std::size_t{size}));
  }
}

ZipMember read_entry(std::string_view directory, std::size_t& at, const std::string& path) {
  if (number_at<std::uint32_t>(directory, at, path) != kEntry) throw_damaged(path, "its zip directory is damaged");
  ZipMember member;
  member.method = number_at<std::uint16_t>(directory, at + 10, path);
  member.crc = number_at<std::uint32_t>(directory, at + 16, path);
  member.stored = number_at<std::uint32_t>(directory, at + 20, path);
  member.size = number_at<std::uint32_t>(directory, at + 24, path);
  const std::size_t name = number_at<std::uint16_t>(directory, at + 28, path),
                    extra = number_at<std::uint16_t>(directory, at + 30, path),
                    comment = number_at<std::uint16_t>(directory, at + 32, path);
  member.header = number_at<std::uint32_t>(directory, at + 42, path);
  at += kEntrySize;
  if (at > directory.size() || directory.size() - at < name + extra + comment) {
    throw_damaged(path, "its zip directory ends early");
  }
  member.name = directory.substr(at, name);
  read_zip64(directory.substr(at + name, extra), member, path);
  at += name + extra + comment;
  return member;
}

}  // namespace

struct ZipCursor::Inflater {
  z_stream stream{};
  std::array<char, 65536> in;
  std::uint64_t taken = 0;  // of the stored bytes
  Inflater() { inflateInit2(&stream, -MAX_WBITS); }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

std::uint32_t crc32(std::string_view bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

void ZipCursor::fail(const std::string& what) const {
  throw_damaged(path_, fmt::format("member '{}': {}", member_.name, what));
}

ZipCursor::ZipCursor(const std::string& path, const ZipMember& member)
    : path_(path), member_(member), file_(path, std::ios::binary) {
  std::error_code ignored;
  const std::uint64_t total = std::filesystem::file_size(path, ignored);
  const std::string local = bytes_of(file_, member.header, kLocalSize, total, path);
  if (number_at<std::uint32_t>(local, 0, path) != kLocal) fail("its header is missing");
  // The local header repeats name and extra field with lengths of its own.
  data_ = member.header + kLocalSize + number_at<std::uint16_t>(local, 26, path) +
          number_at<std::uint16_t>(local, 28, path);
  if (data_ > total || member.stored > total - data_) fail("its bytes lie beyond the end of the file");
  if (member.method != kStored && member.method != kDeflated) {
    throw DataError(fmt::format("{}: member '{}' is compressed by method {}; stored and deflated members are read here",
                                path, member.name, member.method));
  }
  if (member.method == kStored && member.stored != member.size) fail("its sizes differ");
  if (member.size / kLargestRatio > member.stored)
    fail(fmt::format("it claims {} bytes of {}", member.size, member.stored));
  restart();
}

ZipCursor::~ZipCursor() = default;

void ZipCursor::restart() {
  at_ = 0;
  if (member_.method == kDeflated) inflater_ = std::make_unique<Inflater>();
}

/// The bytes that follow.
void ZipCursor::next(std::span<char> out) {
  file_.clear();
  if (!inflater_) {
    file_.seekg(static_cast<std::streamoff>(data_ + at_));
    if (!file_.read(out.data(), static_cast<std::streamsize>(out.size()))) fail("it cannot be read");
    at_ += out.size();
    return;
  }
  z_stream& stream = inflater_->stream;
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  while (stream.avail_out > 0) {
    if (stream.avail_in == 0) {
      const std::uint64_t n = std::min<std::uint64_t>(inflater_->in.size(), member_.stored - inflater_->taken);
      file_.seekg(static_cast<std::streamoff>(data_ + inflater_->taken));
      if (n == 0 || !file_.read(inflater_->in.data(), static_cast<std::streamsize>(n))) fail("it ends early");
      inflater_->taken += n;
      stream.next_in = reinterpret_cast<Bytef*>(inflater_->in.data());
      stream.avail_in = static_cast<uInt>(n);
    }
    const int result = inflate(&stream, Z_NO_FLUSH);
    if (result != Z_OK && !(result == Z_STREAM_END && stream.avail_out == 0)) fail("it cannot be inflated");
  }
  at_ += out.size();
}

void ZipCursor::read(std::uint64_t at, std::span<char> out) {
  if (at > member_.size || out.size() > member_.size - at) fail("more bytes are asked for than it has");
  constexpr std::size_t kBlock = std::size_t{1} << 20;
  if (at < at_) restart();
  if (!inflater_) at_ = at;
  for (std::string skipped; at_ < at;) {
    skipped.resize(std::min<std::uint64_t>(kBlock, at - at_));
    next(skipped);
  }
  for (std::size_t done = 0; done < out.size();) {
    const std::span<char> part = out.subspan(done, std::min(kBlock, out.size() - done));
    const std::uint64_t begin = at_;
    next(part);
    done += part.size();
    if (begin > summed_ || at_ <= summed_) continue;
    const std::span<char> fresh = part.subspan(summed_ - begin);
    sum_ = static_cast<std::uint32_t>(crc32_z(sum_, reinterpret_cast<const Bytef*>(fresh.data()), fresh.size()));
    summed_ = at_;
    if (summed_ == member_.size && sum_ != member_.crc) fail("its checksum is wrong");
  }
}

ZipArchive::ZipArchive(const std::string& path) : path_(path) {
  std::ifstream file(path, std::ios::binary);
  std::error_code status;
  const std::uint64_t total = std::filesystem::file_size(path, status);
  if (!file || status) throw DataError(fmt::format("{}: a zip archive is required, but it cannot be opened", path));
  const Directory directory = find_directory(file, total, path);
  const std::string bytes = bytes_of(file, directory.at, directory.size, total, path);
  if (directory.entries > bytes.size() / kEntrySize)
    throw_damaged(path, "its zip directory claims more members than it has");
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    members_.push_back(read_entry(bytes, at, path));
    places_.try_emplace(members_.back().name, members_.size() - 1);
  }
}

const ZipMember* ZipArchive::find(std::string_view name) const {
  const auto at = places_.find(name);
  return at == places_.end() ? nullptr : &members_[at->second];
}

std::string ZipArchive::read(const ZipMember& member) const {
  ZipCursor cursor(path_, member);
  std::string bytes(member.size, '\0');
  cursor.read(0, bytes);
  if (bytes.empty() && member.crc != 0)
    throw_damaged(path_, fmt::format("member '{}': its checksum is wrong", member.name));
  return bytes;
}

bool has_zip_signature(const std::string& path) {
  char start[4] = {};
  std::ifstream stream(path, std::ios::binary);
  return stream.read(start, sizeof start) && std::string_view(start, 4) == std::string_view("PK\x03\x04", 4);
}

}  // namespace pianola
