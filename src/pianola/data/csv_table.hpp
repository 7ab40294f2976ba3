// The rows of a CSV file as text, from any place on.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pianola {

/// Splits one line (without its end) at commas; "" within a quoted field is one quote. False if a quote is not closed.
bool split_csv(std::string_view line, std::vector<std::string>& cells);

/// A field of a header or a text as it stands in a CSV file.
std::string csv_cell(const std::string& text);

class CsvTable {
 public:
  /// Reads the header, and counts the rows. @throws DataError if the file is absent, empty, or a row is of another
  /// length than the header.
  explicit CsvTable(const std::string& path);
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::vector<std::string>& header() const { return header_; }
  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] const std::vector<std::string>& first_row() const { return first_row_; }
  /// Marks columns that numbers() is to leave alone.
  void leave_out(std::size_t column) { left_out_[column] = true; }
  /// All numbers of a row [columns]; 0 in those left out. @throws DataError naming line and column for what is no
  /// number.
  [[nodiscard]] const double* numbers(std::size_t row);

 private:
  bool next_line(std::string& line);
  const std::vector<double>& block(std::size_t number);
  [[nodiscard]] double number(const std::string& cell, std::size_t row, std::size_t column) const;

  std::string path_;
  std::ifstream file_;
  std::vector<std::string> header_, first_row_;
  std::vector<bool> left_out_;
  std::size_t rows_ = 0;
  std::vector<std::uint64_t> places_;  // of every kBlock-th row
  std::map<std::size_t, std::vector<double>> blocks_;
};

}  // namespace pianola
