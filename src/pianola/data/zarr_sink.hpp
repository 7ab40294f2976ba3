// Rows into the chunks of zarr v2 arrays, 64 KiB each.
#pragma once

#include <string>
#include <vector>

#include "pianola/base/atomic_folder.hpp"
#include "pianola/data/flat_writer.hpp"

namespace pianola {

class ZarrSink final : public FlatSink {
 public:
  /// @throws ResourceError if there is something at `path`.
  explicit ZarrSink(const std::string& path) : folder_(path) {}
  void open(std::span<const FlatColumn> columns) override;
  void append(std::span<const std::span<const double>> values, std::size_t steps) override;
  void finish(std::span<const std::size_t> ends, const std::string& note) override;

 private:
  struct Array {
    FlatColumn column;
    std::string key;
    std::size_t chunk_rows = 1, rows = 0;
    std::vector<double> pending;  // rows of the chunk that is not full
  };
  void make(Array& array);
  void write_chunk(Array& array);
  void complete(Array& array);
  void write(const std::string& key, std::string_view bytes) const;

  AtomicFolder folder_;
  std::vector<Array> arrays_;
};

}  // namespace pianola
