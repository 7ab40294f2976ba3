// One array of a zarr v2 dataset: .zarray and its chunks. Source: zarr storage specification version 2.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "pianola/data/field_choice.hpp"
#include "pianola/data/zarr_store.hpp"

namespace pianola {

class ZarrArray {
 public:
  /// Reads .zarray of `key` ("data/action"). `store` must outlive it.
  /// @throws DataError naming `path` and the array if it is absent, damaged or not read here (filters, Fortran order,
  /// chunks of more than 1 GiB, texts).
  ZarrArray(const ZarrStore& store, const std::string& path, const std::string& key, const std::string& name);
  [[nodiscard]] const StoredField& field() const { return field_; }
  [[nodiscard]] std::size_t rows() const { return shape_.front(); }
  /// @throws DataError if a chunk was never written: what it claims is not there.
  void require_whole() const;
  /// Rows [first, first + out.size() / dim). Keeps the last chunk, so that rows in order decompress each once.
  /// @throws DataError naming file and chunk: also a chunk that was never written, which is no data.
  void read(std::size_t first, std::span<double> out);

 private:
  void parse(const std::string& text);
  void check_sizes();
  void copy_chunk(std::span<const std::size_t> at, std::size_t first, std::size_t rows, std::span<double> out);
  void load(std::span<const std::size_t> at);
  [[noreturn]] void fail(const std::string& what) const;

  const ZarrStore* store_;
  std::string path_, key_, codec_, separator_ = ".";
  StoredField field_;
  bool swapped_ = false;
  std::vector<std::size_t> shape_, chunks_;
  std::size_t chunk_numbers_ = 1;
  std::string loaded_;  // key of the chunk in `numbers_`
  std::vector<double> numbers_;
};

}  // namespace pianola
