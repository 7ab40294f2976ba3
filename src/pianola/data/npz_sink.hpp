// Rows into the arrays of an .npz archive. Each column grows in a temporary file of its own beside the archive, which
// is put together at the end: an array's header, and the archive's, say how long it is.
#pragma once

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "pianola/base/file.hpp"
#include "pianola/data/flat_writer.hpp"

namespace pianola {

/// The member that holds our note.
inline constexpr const char* kNpzNote = "pianola.json";

class NpzSink final : public FlatSink {
 public:
  explicit NpzSink(const std::string& path) : path_(path) {}
  void open(std::span<const FlatColumn> columns) override;
  /// @throws DataError for a number that a column's type does not hold; ResourceError if the disk is full.
  void append(std::span<const std::span<const double>> values, std::size_t steps) override;
  /// @throws DataError if the archive would exceed 4 GiB; ResourceError.
  void finish(std::span<const std::size_t> ends, const std::string& note) override;

 private:
  struct Column {
    std::unique_ptr<AtomicPath> path;  // never committed
    std::ofstream file;
    std::uint64_t bytes = 0;
    std::uint32_t crc = 0;
  };
  void add_member(const std::string& name, const std::string& head, const Column* rest);
  void write(std::string_view bytes);
  [[noreturn]] void fail() const;

  AtomicPath path_;
  std::ofstream out_;
  std::uint64_t written_ = 0;
  std::string directory_;
  std::uint16_t members_ = 0;
  std::vector<FlatColumn> columns_;
  std::vector<Column> files_;
};

}  // namespace pianola
