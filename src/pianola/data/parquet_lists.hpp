// Whole columns of a Parquet table that fits into memory: texts, and lists of any length. For metadata.
//
// Only a build with PIANOLA_WITH_ARROW has these functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pianola/data/parquet_file.hpp"

namespace pianola {

/// All rows of a column of texts, or of lists of texts (then joined in one list a row). @throws DataError as above.
std::vector<std::vector<std::string>> parquet_texts(const ParquetFile& file, std::string_view name);

/// All rows of a column of numbers, or of lists of numbers of any length. @throws DataError as above.
std::vector<std::vector<double>> parquet_lists(const ParquetFile& file, std::string_view name);

}  // namespace pianola
