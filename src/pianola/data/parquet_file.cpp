#ifdef PIANOLA_WITH_ARROW
#include "pianola/data/parquet_file.hpp"

#include <arrow/io/file.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "pianola/data/parquet_cursor_internal.hpp"

namespace pianola {
namespace {

constexpr std::int64_t kMostMemory = std::int64_t{1} << 29;  // bytes of pages and dictionaries that a file may ask for
constexpr std::int64_t kStreamBuffer = std::int64_t{1} << 18;
constexpr std::uint64_t kMostRowsPerByte = 4096;  // run-length encoding is good, but not that good

/// NumPy's name of an integer type, or "" for another annotation.
std::string integer_type(const parquet::ColumnDescriptor& leaf) {
  const bool wide = leaf.physical_type() == parquet::Type::INT64;
  const auto& logical = leaf.logical_type();
  if (logical == nullptr || logical->is_none() || !logical->is_valid()) return wide ? "int64" : "int32";
  if (!logical->is_int()) return "";
  const auto& integer = static_cast<const parquet::IntLogicalType&>(*logical);
  return fmt::format("{}int{}", integer.is_signed() ? "" : "u", integer.bit_width());
}

std::string value_type(const parquet::ColumnDescriptor& leaf) {
  switch (leaf.physical_type()) {
    case parquet::Type::BOOLEAN:
      return "bool";
    case parquet::Type::FLOAT:
      return "float32";
    case parquet::Type::DOUBLE:
      return "float64";
    case parquet::Type::INT32:
    case parquet::Type::INT64:
      return integer_type(leaf);
    case parquet::Type::BYTE_ARRAY:
      return leaf.logical_type() != nullptr && leaf.logical_type()->is_string() ? "string" : "";
    default:
      return "";
  }
}

/// A list, or a list of lists, of one value each: no structs, no maps.
bool is_plain(const parquet::schema::Node& top, const parquet::ColumnDescriptor& leaf) {
  const parquet::schema::Node* node = &top;
  for (int depth = 0; node->is_group(); ++depth) {
    const auto& group = static_cast<const parquet::schema::GroupNode&>(*node);
    if (group.field_count() != 1 || depth > 2 * leaf.max_repetition_level()) return false;
    node = group.field(0).get();
  }
  return top.is_group() == (leaf.max_repetition_level() > 0) && !top.is_repeated();
}

void open(ParquetFile::State& state) {
  state.pool = std::make_unique<arrow::CappedMemoryPool>(arrow::system_memory_pool(), kMostMemory);
  parquet::ReaderProperties properties(state.pool.get());
  properties.enable_buffered_stream();
  properties.set_buffer_size(kStreamBuffer);
  auto source = arrow::io::ReadableFile::Open(state.path, state.pool.get());
  if (!source.ok()) throw DataError(fmt::format("{}: cannot be opened: {}", state.path, source.status().ToString()));
  const std::int64_t size = source.ValueUnsafe()->GetSize().ValueOr(0);
  state.file = parquet::ParquetFileReader::Open(std::move(source).ValueUnsafe(), properties);
  const auto metadata = state.file->metadata();
  std::uint64_t rows = 0;
  state.group_rows.push_back(0);
  for (int g = 0; g < metadata->num_row_groups(); ++g) {
    const std::int64_t in_group = metadata->RowGroup(g)->num_rows();
    if (in_group < 0 || static_cast<std::uint64_t>(in_group) > kMostRowsPerByte * static_cast<std::uint64_t>(size)) {
      throw DataError(
          fmt::format("{}: row group {} claims {} rows, which a file of {} bytes cannot hold; it is damaged",
                      state.path, g, in_group, size));
    }
    rows += static_cast<std::uint64_t>(in_group);
    state.group_rows.push_back(rows);
  }
  if (metadata->num_rows() < 0 || static_cast<std::uint64_t>(metadata->num_rows()) != rows) {
    throw DataError(fmt::format("{}: claims {} rows, but its row groups have {}; it is damaged", state.path,
                                metadata->num_rows(), rows));
  }
}

void list_columns(ParquetFile::State& state) {
  const parquet::SchemaDescriptor& schema = *state.file->metadata()->schema();
  for (int leaf = 0; leaf < schema.num_columns(); ++leaf) {
    const parquet::schema::Node& top = *schema.GetColumnRoot(leaf);
    if (!state.columns.empty() && state.columns.back().name == top.name()) {  // another leaf of a struct
      state.columns.back().is_number = state.columns.back().is_text = false;
      continue;
    }
    const parquet::ColumnDescriptor& column = *schema.Column(leaf);
    ParquetColumn entry{top.name(), value_type(column), static_cast<std::size_t>(column.max_repetition_level())};
    const bool readable = !entry.type.empty() && is_plain(top, column);
    entry.is_text = readable && entry.type == "string";
    entry.is_number = readable && !entry.is_text;
    if (!readable) entry.type = top.is_group() ? "struct" : column.logical_type()->ToString();
    state.columns.push_back(std::move(entry));
    state.leaves.push_back(leaf);
  }
}

}  // namespace

ParquetFile::ParquetFile(const std::string& path) : state_(std::make_shared<State>()) {
  state_->path = path;
  parquet_internal::checked(path, [&] {
    open(*state_);
    list_columns(*state_);
  });
}

const std::string& ParquetFile::path() const { return state_->path; }
std::size_t ParquetFile::rows() const { return state_->group_rows.back(); }
const std::vector<ParquetColumn>& ParquetFile::columns() const { return state_->columns; }

const ParquetColumn* ParquetFile::find(std::string_view name) const {
  const auto at = std::find_if(state_->columns.begin(), state_->columns.end(),
                               [&](const ParquetColumn& column) { return column.name == name; });
  return at == state_->columns.end() ? nullptr : &*at;
}

const ParquetColumn& ParquetFile::column(std::string_view name) const {
  if (const ParquetColumn* found = find(name)) return *found;
  std::vector<std::string> names;
  names.reserve(columns().size());
  for (const ParquetColumn& column : columns()) names.push_back(column.name);
  throw DataError(fmt::format("{}: there is no column '{}'; it has: {}", path(), name, fmt::join(names, ", ")));
}

}  // namespace pianola
#endif  // PIANOLA_WITH_ARROW
