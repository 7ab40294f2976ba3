#ifdef PIANOLA_WITH_ARROW
#include "pianola/data/parquet_lists.hpp"

#include <fmt/format.h>

#include "pianola/data/parquet_cursor_internal.hpp"

namespace pianola {
namespace {

using namespace parquet_internal;

/// Reads all values of a column; `add` appends one to its row's list. A row may be empty; a missing value in a list is
/// an error.
template <class Type, class Element, class Add>
std::vector<std::vector<Element>> rows_of(ParquetCursor& cursor, Add&& add) {
  std::vector<std::vector<Element>> rows;
  const auto values = std::make_unique<typename Type::c_type[]>(kParquetBatch);
  for (std::size_t group = 0; group < cursor.groups(); ++group) {
    cursor.open_group(group);
    while (cursor.has_next()) {
      cursor.read<Type>(kParquetBatch, values.get());
      std::size_t value = 0;
      for (std::size_t i = 0; i < cursor.repetitions().size(); ++i) {
        if (cursor.repetitions()[i] == 0) rows.emplace_back();
        if (rows.empty()) throw DataError(cursor.place() + ": it begins within a row; the file is damaged");
        if (cursor.definitions()[i] == cursor.full()) {
          rows.back().push_back(add(values[value++]));
        } else if (cursor.definitions()[i] + 1 == cursor.full() && cursor.depth() > 0) {
          throw DataError(fmt::format("{}, row {}: a value of the list is missing", cursor.place(), rows.size() - 1));
        }
      }
    }
    if (rows.size() != cursor.first_row(group + 1)) {
      throw DataError(fmt::format("{}: {} rows were expected by the end of row group {}, but there are {}",
                                  cursor.place(), cursor.first_row(group + 1), group, rows.size()));
    }
  }
  return rows;
}

void require(const ParquetFile& file, std::string_view name, bool fits, const char* what) {
  if (fits) return;
  throw DataError(
      fmt::format("{}: column '{}' must hold {}, but is of type {}", file.path(), name, what, file.column(name).type));
}

}  // namespace

std::vector<std::vector<std::string>> parquet_texts(const ParquetFile& file, std::string_view name) {
  require(file, name, file.column(name).is_text, "texts");
  ParquetCursor cursor(file, name);
  return rows_of<parquet::ByteArrayType, std::string>(cursor, [](const parquet::ByteArray& text) {
    return std::string(reinterpret_cast<const char*>(text.ptr), text.len);
  });
}

std::vector<std::vector<double>> parquet_lists(const ParquetFile& file, std::string_view name) {
  require(file, name, file.column(name).is_number, "numbers");
  ParquetCursor cursor(file, name);
  return with_type(cursor, [&]<class Type>() {
    const bool is_unsigned = cursor.is_unsigned();
    return rows_of<Type, double>(cursor, [&](typename Type::c_type value) { return number(value, is_unsigned); });
  });
}

}  // namespace pianola
#endif  // PIANOLA_WITH_ARROW
