#ifdef PIANOLA_WITH_ARROW
#include "pianola/data/parquet_writer.hpp"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/io/file.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <arrow/util/io_util.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

using ArrowType = std::shared_ptr<arrow::DataType>;

void require(const arrow::Status& status, const std::string& path) {
  if (status.ok()) return;
  if (status.IsOutOfMemory()) throw ResourceError(path + ": cannot be written: not enough memory");
  const int error = arrow::internal::ErrnoFromStatus(status);
  throw ResourceError(fmt::format("cannot write '{}': {}{}", path, status.message(), write_remedy(error)));
}

ArrowType value_type(const std::string& name, const std::string& path) {
  static const std::vector<std::pair<std::string, ArrowType>> known{
      {"float32", arrow::float32()}, {"float64", arrow::float64()}, {"bool", arrow::boolean()},
      {"int8", arrow::int8()},       {"int16", arrow::int16()},     {"int32", arrow::int32()},
      {"int64", arrow::int64()},     {"uint8", arrow::uint8()},     {"uint16", arrow::uint16()},
      {"uint32", arrow::uint32()},   {"uint64", arrow::uint64()},   {"string", arrow::utf8()}};
  std::vector<std::string> names;
  for (const auto& [own, type] : known) {
    if (own == name) return type;
    names.push_back(own);
  }
  throw_unknown_name(path + ": column type", name, names);
}

ArrowType column_type(const ParquetField& field, const std::string& path) {
  const ArrowType values = value_type(field.type, path);
  if (field.is_list) return arrow::list(values);
  return field.dim == 0 ? values : arrow::fixed_size_list(values, static_cast<std::int32_t>(field.dim));
}

/// The number as a column of this type holds it. @throws DataError if it cannot hold it.
template <class Value>
Value stored(double value, const ParquetField& field, std::size_t row, const std::string& path) {
  if constexpr (std::is_floating_point_v<Value>) {
    return static_cast<Value>(value);
  } else {
    const double least = std::is_same_v<Value, bool> ? 0.0 : static_cast<double>(std::numeric_limits<Value>::lowest());
    const double beyond =
        std::is_same_v<Value, bool> ? 2.0 : std::ldexp(1.0, std::numeric_limits<Value>::digits);  // not included
    if (!(value >= least && value < beyond && value == std::floor(value))) {
      throw DataError(fmt::format("{}: column '{}', row {}: {} is no {}", path, field.name, row, value, field.type));
    }
    return static_cast<Value>(value);
  }
}

template <class Builder>
void append_numbers(Builder& builder, std::span<const double> values, std::size_t row, const ParquetField& field,
                    const std::string& path) {
  using Value = typename Builder::value_type;
  require(builder.Reserve(static_cast<std::int64_t>(values.size())), path);
  const std::size_t dim = std::max<std::size_t>(field.dim, 1);
  for (std::size_t i = 0; i < values.size(); ++i) {
    builder.UnsafeAppend(stored<Value>(values[i], field, row + i / dim, path));
  }
}

/// Calls work(builder) with the builder's own type.
template <class Work>
void with_builder(arrow::ArrayBuilder& builder, Work&& work) {
  switch (builder.type()->id()) {
    case arrow::Type::FLOAT:
      return work(static_cast<arrow::FloatBuilder&>(builder));
    case arrow::Type::DOUBLE:
      return work(static_cast<arrow::DoubleBuilder&>(builder));
    case arrow::Type::BOOL:
      return work(static_cast<arrow::BooleanBuilder&>(builder));
    case arrow::Type::INT8:
      return work(static_cast<arrow::Int8Builder&>(builder));
    case arrow::Type::INT16:
      return work(static_cast<arrow::Int16Builder&>(builder));
    case arrow::Type::INT32:
      return work(static_cast<arrow::Int32Builder&>(builder));
    case arrow::Type::INT64:
      return work(static_cast<arrow::Int64Builder&>(builder));
    case arrow::Type::UINT8:
      return work(static_cast<arrow::UInt8Builder&>(builder));
    case arrow::Type::UINT16:
      return work(static_cast<arrow::UInt16Builder&>(builder));
    case arrow::Type::UINT32:
      return work(static_cast<arrow::UInt32Builder&>(builder));
    default:
      return work(static_cast<arrow::UInt64Builder&>(builder));
  }
}

/// One column of a row group being gathered.
class ColumnBuilder {
 public:
  ColumnBuilder(const ParquetField& field, const std::string& path) : field_(field), path_(path) {
    auto made = arrow::MakeBuilder(column_type(field, path));
    require(made.status(), path);
    builder_ = std::move(made).ValueUnsafe();
  }

  void add(std::span<const double> values) {
    with_builder(leaf(), [&](auto& builder) { append_numbers(builder, values, 0, field_, path_); });
    if (field_.dim > 0) {
      auto& lists = static_cast<arrow::FixedSizeListBuilder&>(*builder_);
      require(lists.AppendValues(static_cast<std::int64_t>(values.size() / field_.dim)), path_);
    }
  }
  void add(std::span<const std::string> texts) {
    for (const std::string& text : texts) require(static_cast<arrow::StringBuilder&>(leaf()).Append(text), path_);
  }
  void add(std::span<const std::vector<double>> lists) {
    for (std::size_t row = 0; row < lists.size(); ++row) {
      begin_list();
      with_builder(leaf(), [&](auto& builder) { append_numbers(builder, lists[row], row, field_, path_); });
    }
  }
  void add(std::span<const std::vector<std::string>> lists) {
    for (const auto& list : lists) {
      begin_list();
      add(std::span<const std::string>(list));
    }
  }

  std::shared_ptr<arrow::Array> finish() {
    auto array = builder_->Finish();
    require(array.status(), path_);
    return std::move(array).ValueUnsafe();
  }

 private:
  arrow::ArrayBuilder& leaf() {
    if (field_.is_list) return *static_cast<arrow::ListBuilder&>(*builder_).value_builder();
    if (field_.dim > 0) return *static_cast<arrow::FixedSizeListBuilder&>(*builder_).value_builder();
    return *builder_;
  }
  void begin_list() { require(static_cast<arrow::ListBuilder&>(*builder_).Append(), path_); }

  const ParquetField& field_;
  const std::string& path_;
  std::unique_ptr<arrow::ArrayBuilder> builder_;
};

}  // namespace

struct ParquetWriter::State {
  std::string path;
  std::vector<ParquetField> fields;
  std::shared_ptr<arrow::Schema> schema;
  std::shared_ptr<arrow::io::FileOutputStream> sink;
  std::unique_ptr<parquet::arrow::FileWriter> writer;
};

ParquetWriter::ParquetWriter(const std::string& path, std::vector<ParquetField> fields,
                             const std::map<std::string, std::string>& metadata)
    : state_(std::make_unique<State>()) {
  state_->path = path;
  state_->fields = std::move(fields);
  arrow::FieldVector columns;
  for (const ParquetField& field : state_->fields)
    columns.push_back(arrow::field(field.name, column_type(field, path)));
  auto entries = std::make_shared<arrow::KeyValueMetadata>();
  for (const auto& [key, text] : metadata) entries->Append(key, text);
  state_->schema = arrow::schema(std::move(columns), entries);
  auto sink = arrow::io::FileOutputStream::Open(path);
  require(sink.status(), path);
  state_->sink = std::move(sink).ValueUnsafe();
  auto writer = parquet::arrow::FileWriter::Open(
      *state_->schema, arrow::default_memory_pool(), state_->sink,
      parquet::WriterProperties::Builder().compression(arrow::Compression::SNAPPY)->build(),
      parquet::ArrowWriterProperties::Builder().store_schema()->build());
  require(writer.status(), path);
  state_->writer = std::move(writer).ValueUnsafe();
}

ParquetWriter::~ParquetWriter() = default;

void ParquetWriter::write(std::size_t rows, std::span<const ParquetValues> values) {
  arrow::ArrayVector arrays;
  for (std::size_t i = 0; i < state_->fields.size(); ++i) {
    ColumnBuilder column(state_->fields[i], state_->path);
    std::visit([&](const auto& span) { column.add(span); }, values[i]);
    arrays.push_back(column.finish());
  }
  const auto table = arrow::Table::Make(state_->schema, arrays, static_cast<std::int64_t>(rows));
  require(table->Validate(), state_->path);
  require(state_->writer->WriteTable(*table, static_cast<std::int64_t>(rows)), state_->path);
}

std::uint64_t ParquetWriter::bytes() const {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, state_->sink->Tell().ValueOr(0)));
}

void ParquetWriter::finish() {
  require(state_->writer->Close(), state_->path);
  require(state_->sink->Close(), state_->path);
}

}  // namespace pianola
#endif  // PIANOLA_WITH_ARROW
