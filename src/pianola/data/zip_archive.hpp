// Zip archives, read-only: members stored or deflated, zip64 sizes; their bytes from any place on, without taking a
// whole member into memory. Source: PKWARE APPNOTE 6.3 §4.3.
//
// Read with care: every size is checked against the file before it is used. A member's CRC-32 is verified when its
// bytes have been read from first to last, in order.
#pragma once

#include <cstdint>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pianola {

struct ZipMember {
  std::string name;
  std::uint64_t header = 0;            ///< where its local header begins
  std::uint64_t stored = 0, size = 0;  ///< bytes in the archive, and of the member
  std::uint32_t crc = 0;
  std::uint16_t method = 0;  ///< 0 stored, 8 deflated
};

/// CRC-32 as zip has it (polynomial 0xEDB88320, reflected).
std::uint32_t crc32(std::string_view bytes);

/// Bytes of one member. Reading on where the last read ended costs nothing beside; going back in a deflated member
/// costs inflating it again.
class ZipCursor {
 public:
  ZipCursor(const std::string& path, const ZipMember& member);
  ~ZipCursor();
  ZipCursor(const ZipCursor&) = delete;
  ZipCursor& operator=(const ZipCursor&) = delete;
  /// Bytes [at, at + out.size()). @throws DataError naming file and member if they cannot be read, or the checksum of
  /// all is wrong.
  void read(std::uint64_t at, std::span<char> out);

 private:
  struct Inflater;
  void restart();
  void next(std::span<char> out);
  [[noreturn]] void fail(const std::string& what) const;

  std::string path_;
  ZipMember member_;
  std::ifstream file_;
  std::uint64_t data_ = 0, at_ = 0;  // where its bytes begin; bytes given out
  std::uint64_t summed_ = 0;         // the checksum is of so many bytes
  std::uint32_t sum_ = 0;
  std::unique_ptr<Inflater> inflater_;
};

class ZipArchive {
 public:
  /// @throws DataError if the file is absent, truncated or no zip archive.
  explicit ZipArchive(const std::string& path);
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::vector<ZipMember>& members() const { return members_; }
  /// Null if there is none.
  [[nodiscard]] const ZipMember* find(std::string_view name) const;
  /// All bytes of a member. @throws DataError as ZipCursor; also for one that claims more than deflate can pack.
  [[nodiscard]] std::string read(const ZipMember& member) const;

 private:
  std::string path_;
  std::vector<ZipMember> members_;
  std::map<std::string, std::size_t, std::less<>> places_;  // in members_; of equal names the first
};

/// Whether the file at `path` begins as a zip archive does.
bool has_zip_signature(const std::string& path);

}  // namespace pianola
