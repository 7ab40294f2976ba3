// A Parquet file and its columns: one value a row, or a list of values a row (LIST, nested lists included).
// parquet_numbers.hpp and parquet_lists.hpp read them. Apache Arrow's headers stay in the sources.
//
// Only a build with PIANOLA_WITH_ARROW has these functions.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pianola {

/// A top-level column as the file's schema declares it.
struct ParquetColumn {
  std::string name;
  std::string type;  ///< NumPy's name: "float32", "int64", "bool", …; "string"; else the file's own, unreadable here
  std::size_t depth = 0;                    ///< 0: one value a row; 1: a list of values a row; 2: a list of lists; …
  bool is_number = false, is_text = false;  ///< neither: structs (images), dates, bytes
};

/// An open file. Copies share it. Not for several threads at once.
class ParquetFile {
 public:
  /// @throws DataError naming the file if it is missing, no Parquet, truncated, or claims more rows than its size
  /// allows.
  explicit ParquetFile(const std::string& path);

  [[nodiscard]] const std::string& path() const;
  [[nodiscard]] std::size_t rows() const;
  [[nodiscard]] const std::vector<ParquetColumn>& columns() const;
  /// Null if there is none of that name.
  [[nodiscard]] const ParquetColumn* find(std::string_view name) const;
  /// @throws DataError naming the file and its columns if there is none of that name.
  [[nodiscard]] const ParquetColumn& column(std::string_view name) const;

  struct State;
  [[nodiscard]] State& state() const { return *state_; }

 private:
  std::shared_ptr<State> state_;
};

}  // namespace pianola
