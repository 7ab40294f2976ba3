#include "pianola/data/csv_table.hpp"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

constexpr std::size_t kBlock = 1024, kBlocksKept = 64, kLongestLine = std::size_t{16} << 20;

}  // namespace

bool split_csv(std::string_view line, std::vector<std::string>& cells) {
  cells.assign(1, "");
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += line[++i];
    } else if (c == '"' && (quoted || cells.back().empty())) {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  return !quoted;
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

/// A line without its end; false at the end of the file.
bool CsvTable::next_line(std::string& line) {
  if (!std::getline(file_, line)) return false;
  if (line.size() > kLongestLine) {
    throw DataError(fmt::format("{}: a line has {} bytes; at most 16 MiB are read", path_, line.size()));
  }
  if (line.ends_with('\r')) line.pop_back();
  return true;
}

CsvTable::CsvTable(const std::string& path) : path_(path), file_(path, std::ios::binary) {
  std::error_code status;
  if (!file_ || !std::filesystem::is_regular_file(path, status))
    throw DataError(path + ": it cannot be opened as a file");
  std::string line;
  if (!next_line(line) || !split_csv(line, header_)) {
    throw DataError(path + ": its first line is no header of columns; a CSV file with a header is required");
  }
  if (header_.front().starts_with("\xef\xbb\xbf")) header_.front().erase(0, 3);  // a byte-order mark
  left_out_.assign(header_.size(), false);
  std::vector<std::string> cells;
  for (std::uint64_t place = static_cast<std::uint64_t>(file_.tellg()); next_line(line);) {
    const std::uint64_t next = file_.eof() ? 0 : static_cast<std::uint64_t>(file_.tellg());
    if (!line.empty()) {
      const bool closed = split_csv(line, cells);
      if (!closed || cells.size() != header_.size()) {
        throw DataError(
            fmt::format("{}, row {} (counted from 0 behind the header): it has {} fields{}, but the header has "
                        "{}; the file was cut, or a text spans lines",
                        path, rows_, cells.size(), closed ? "" : " and an open quote", header_.size()));
      }
      if (rows_ == 0) first_row_ = cells;
      if (rows_ % kBlock == 0) places_.push_back(place);
      ++rows_;
    }
    place = next;
  }
}

double CsvTable::number(const std::string& cell, std::size_t row, std::size_t column) const {
  double value = 0.0;
  const char* const begin = cell.data() + (cell.starts_with('+') ? 1 : 0);
  const char* const end = cell.data() + cell.size();
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error == std::errc() && stop == end && begin != end) return value;
  if (cell == "True" || cell == "true") return 1.0;
  if (cell == "False" || cell == "false") return 0.0;
  throw DataError(
      fmt::format("{}, row {} (counted from 0 behind the header), column '{}': a number is required, but it is "
                  "'{}'; mend or remove the row",
                  path_, row, header_[column], cell.substr(0, 40)));
}

/// Rows [number · kBlock, …) as numbers; the latest blocks are kept.
const std::vector<double>& CsvTable::block(std::size_t number_of_block) {
  if (const auto kept = blocks_.find(number_of_block); kept != blocks_.end()) return kept->second;
  if (blocks_.size() >= kBlocksKept) blocks_.erase(blocks_.begin());
  std::vector<double> values;
  file_.clear();
  file_.seekg(static_cast<std::streamoff>(places_[number_of_block]));
  std::string line;
  std::vector<std::string> cells;
  const std::size_t first = number_of_block * kBlock, end = std::min(first + kBlock, rows_);
  for (std::size_t row = first; row < end;) {
    if (!next_line(line)) throw DataError(path_ + ": it was cut while it was read");
    if (line.empty()) continue;
    if (!split_csv(line, cells) || cells.size() != header_.size())
      throw DataError(path_ + ": it changed while it was read");
    for (std::size_t i = 0; i < cells.size(); ++i) values.push_back(left_out_[i] ? 0.0 : number(cells[i], row, i));
    ++row;
  }
  return blocks_.insert_or_assign(number_of_block, std::move(values)).first->second;
}

const double* CsvTable::numbers(std::size_t row) { return block(row / kBlock).data() + row % kBlock * header_.size(); }

}  // namespace pianola
