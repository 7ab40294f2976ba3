// One column of an open Parquet file, whatever its type, batch by batch. Includes Apache Arrow's headers.
#pragma once

#include <arrow/memory_pool.h>
#include <fmt/format.h>
#include <parquet/column_reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/data/parquet_file.hpp"

namespace pianola {

struct ParquetFile::State {
  std::string path;
  std::unique_ptr<arrow::CappedMemoryPool> pool;
  std::unique_ptr<parquet::ParquetFileReader> file;
  std::vector<ParquetColumn> columns;
  std::vector<int> leaves;              // [columns]: the first leaf of each
  std::vector<std::size_t> group_rows;  // first row of each row group, and the number of rows
};

namespace parquet_internal {

/// Calls `work`; what Arrow throws becomes a DataError that names the place.
template <class Work>
auto checked(const std::string& where, Work&& work) {
  try {
    return work();
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw ResourceError(where + ": it does not fit into memory");
  } catch (const std::exception& error) {
    throw DataError(
        fmt::format("{}: cannot be read: {}; the file is damaged or was not written to its end", where, error.what()));
  }
}

/// @throws DataError if the file has no column of that name.
inline std::size_t column_index(const ParquetFile& file, std::string_view name) {
  return static_cast<std::size_t>(&file.column(name) - file.columns().data());
}

inline constexpr std::size_t kParquetBatch = 4096;  ///< values decoded at a time

/// One column of a file, whatever its type: a batch of values with their levels, group after group.
class ParquetCursor {
 public:
  ParquetCursor(const ParquetFile& file, std::string_view name)
      : file_(file),
        place_(fmt::format("{}: column '{}'", file.path(), name)),
        leaf_(file.state().leaves[column_index(file, name)]),
        descriptor_(file.state().file->metadata()->schema()->Column(leaf_)),
        definitions_(kParquetBatch),
        repetitions_(kParquetBatch) {}

  [[nodiscard]] const ParquetFile& file() const { return file_; }
  [[nodiscard]] const std::string& place() const { return place_; }  ///< "PATH: column 'NAME'"
  [[nodiscard]] std::size_t groups() const { return file_.state().group_rows.size() - 1; }
  [[nodiscard]] std::size_t first_row(std::size_t group) const { return file_.state().group_rows[group]; }
  [[nodiscard]] std::span<const std::int16_t> repetitions() const { return {repetitions_.data(), read_}; }
  [[nodiscard]] std::span<const std::int16_t> definitions() const { return {definitions_.data(), read_}; }
  [[nodiscard]] std::int16_t full() const { return descriptor_->max_definition_level(); }
  [[nodiscard]] std::size_t depth() const { return static_cast<std::size_t>(descriptor_->max_repetition_level()); }
  [[nodiscard]] parquet::Type::type type() const { return descriptor_->physical_type(); }
  [[nodiscard]] bool is_unsigned() const {
    const auto& logical = descriptor_->logical_type();
    return logical != nullptr && logical->is_int() &&
           !static_cast<const parquet::IntLogicalType&>(*logical).is_signed();
  }

  void close_group() { reader_.reset(); }
  void open_group(std::size_t group) {
    checked(place(), [&] { reader_ = file_.state().file->RowGroup(static_cast<int>(group))->Column(leaf_); });
  }
  [[nodiscard]] bool has_next() {
    return checked(place(), [&] { return reader_ != nullptr && reader_->HasNext(); });
  }

  /// At most `most` ≤ kParquetBatch slots; returns how many of them hold values. repetitions() and definitions() are
  /// theirs.
  template <class Type>
  std::size_t read(std::size_t most, typename Type::c_type* values) {
    return checked(place(), [&] {
      std::int64_t present = 0;
      auto& typed = static_cast<parquet::TypedColumnReader<Type>&>(*reader_);
      const std::int64_t slots =
          typed.ReadBatch(static_cast<std::int64_t>(most), definitions_.data(), repetitions_.data(), values, &present);
      read_ = static_cast<std::size_t>(slots);
      if (full() == 0) std::fill_n(definitions_.begin(), read_, std::int16_t{0});
      if (depth() == 0) std::fill_n(repetitions_.begin(), read_, std::int16_t{0});
      return static_cast<std::size_t>(present);
    });
  }

 private:
  ParquetFile file_;
  std::string place_;
  int leaf_;
  const parquet::ColumnDescriptor* descriptor_;
  std::shared_ptr<parquet::ColumnReader> reader_;
  std::vector<std::int16_t> definitions_, repetitions_;
  std::size_t read_ = 0;
};

/// Calls work.operator()<Type>() with Parquet's type of the column's numbers.
template <class Work>
decltype(auto) with_type(const ParquetCursor& cursor, Work&& work) {
  switch (cursor.type()) {
    case parquet::Type::BOOLEAN:
      return work.template operator()<parquet::BooleanType>();
    case parquet::Type::INT32:
      return work.template operator()<parquet::Int32Type>();
    case parquet::Type::INT64:
      return work.template operator()<parquet::Int64Type>();
    case parquet::Type::FLOAT:
      return work.template operator()<parquet::FloatType>();
    case parquet::Type::DOUBLE:
      return work.template operator()<parquet::DoubleType>();
    default:
      throw DataError(cursor.place() + ": it does not hold numbers");
  }
}

/// A stored value as the number that it means.
inline double number(double value, bool) { return value; }
inline double number(float value, bool) { return static_cast<double>(value); }
inline double number(bool value, bool) { return value ? 1.0 : 0.0; }
inline double number(std::int32_t value, bool is_unsigned) {
  return is_unsigned ? static_cast<double>(static_cast<std::uint32_t>(value)) : static_cast<double>(value);
}
inline double number(std::int64_t value, bool is_unsigned) {
  return is_unsigned ? static_cast<double>(static_cast<std::uint64_t>(value)) : static_cast<double>(value);
}

}  // namespace parquet_internal
}  // namespace pianola
