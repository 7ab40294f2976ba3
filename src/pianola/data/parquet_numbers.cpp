#ifdef PIANOLA_WITH_ARROW
#include "pianola/data/parquet_numbers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <type_traits>
#include <utility>

#include "pianola/data/parquet_cursor_internal.hpp"

namespace pianola {
namespace {

using namespace parquet_internal;

void require_numbers(const ParquetFile& file, std::string_view name) {
  const ParquetColumn& column = file.column(name);
  if (column.is_number) return;
  throw DataError(fmt::format("{}: column '{}' must hold numbers, but is of type {}", file.path(), name, column.type));
}

}  // namespace

struct ParquetNumbers::State {
  State(const ParquetFile& file, std::string_view name) : cursor(file, name) {}

  ParquetCursor cursor;
  std::vector<std::size_t> shape;
  std::size_t dim = 1, row = 0, group = 0, group_end = 0;
  std::vector<std::int16_t> pattern;  // [dim]: the repetition levels of a row of this shape
  std::vector<std::byte> scratch;

  void make_pattern();
  void next_group();
  void check_end();
  void check_integers(std::span<const std::int64_t> values, std::size_t done) const;
  template <class Type>
  void read(std::size_t rows, std::span<double> out, std::size_t stride, std::size_t first);
  template <class Type>
  void read_batch(std::size_t slots, std::size_t done, typename Type::c_type* values);
  void check_shape(std::size_t slots, std::size_t present, std::size_t done) const;
};

/// Level 0 begins a row, the deepest level goes on in the innermost list.
void ParquetNumbers::State::make_pattern() {
  const std::size_t depth = cursor.depth();
  pattern.assign(dim, static_cast<std::int16_t>(depth));
  std::size_t run = 1;
  for (std::size_t level = depth; level-- > 0;) {
    run *= depth == 1 ? dim : shape[level];
    for (std::size_t i = 0; i < dim; i += run) pattern[i] = static_cast<std::int16_t>(level);
  }
  if (depth == 0) pattern.assign(1, 0);
}

void ParquetNumbers::State::check_shape(std::size_t slots, std::size_t present, std::size_t done) const {
  const auto levels = cursor.repetitions();
  const auto fail = [&](std::size_t i, const std::string& what) {
    throw DataError(fmt::format("{}, row {}: {}, but each row must have the shape [{}]", cursor.place(),
                                row + (done + i) / dim, what, fmt::join(shape, ", ")));
  };
  if (present != slots) {
    const auto definitions = cursor.definitions();
    const auto at = std::find_if(definitions.begin(), definitions.end(), [&](auto d) { return d != cursor.full(); });
    fail(static_cast<std::size_t>(at - definitions.begin()), "a value is missing (null, or an empty list)");
  }
  if (cursor.depth() == 0) return;
  std::size_t in_row = done % dim;
  for (std::size_t i = 0; i < slots; ++i) {
    if (levels[i] != pattern[in_row]) {
      fail(i, fmt::format("value {} {}", in_row, levels[i] == 0 ? "is missing" : "begins or ends a list there"));
    }
    in_row = in_row + 1 == dim ? 0 : in_row + 1;
  }
}

void ParquetNumbers::State::next_group() {
  while (row == group_end) {
    if (group == cursor.groups()) {
      throw DataError(fmt::format("{} ends at row {}, but more rows are wanted", cursor.place(), row));
    }
    cursor.open_group(group);
    group_end = cursor.first_row(++group);
  }
}

void ParquetNumbers::State::check_integers(std::span<const std::int64_t> values, std::size_t done) const {
  constexpr std::int64_t kMostExact = std::int64_t{1} << 53;  // unsigned ones beyond 2⁶³ are negative here
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::int64_t least = cursor.is_unsigned() ? 0 : -kMostExact;
    if (values[i] >= least && values[i] <= kMostExact) continue;
    throw DataError(fmt::format("{}, row {}: {} is beyond ±2^53, which no double holds exactly", cursor.place(),
                                row + (done + i) / dim, values[i]));
  }
}

/// A last row that is too long shows only in what follows it.
void ParquetNumbers::State::check_end() {
  if (row < group_end || !cursor.has_next()) return;
  throw DataError(fmt::format("{}, row {}: it holds more values than its shape [{}] says", cursor.place(), row - 1,
                              fmt::join(shape, ", ")));
}

template <class Type>
void ParquetNumbers::State::read_batch(std::size_t slots, std::size_t done, typename Type::c_type* values) {
  const std::size_t present = cursor.read<Type>(slots, values);
  const std::size_t got = cursor.repetitions().size();
  if (got == 0) throw DataError(fmt::format("{} ends within row {}", cursor.place(), row + done / dim));
  check_shape(got, present, done);
}

template <class Type>
void ParquetNumbers::State::read(std::size_t rows, std::span<double> out, std::size_t stride, std::size_t first) {
  using Value = typename Type::c_type;
  scratch.resize(kParquetBatch * sizeof(Value));
  auto* const values = reinterpret_cast<Value*>(scratch.data());
  const bool is_unsigned = cursor.is_unsigned(), keep = !out.empty();
  double* const target = out.data();
  std::size_t column = 0, at = first;  // of the next value
  for (std::size_t done = 0, total = rows * dim; done < total;) {
    read_batch<Type>(std::min(kParquetBatch, total - done), done, values);
    const std::size_t got = cursor.repetitions().size();
    if constexpr (std::is_same_v<Value, std::int64_t>) check_integers({values, got}, done);
    if (keep && stride == dim) {
      for (std::size_t i = 0; i < got; ++i) target[done + i] = number(values[i], is_unsigned);
    } else if (keep) {
      for (std::size_t i = 0; i < got; ++i) {
        target[at + column] = number(values[i], is_unsigned);
        if (++column < dim) continue;
        column = 0;
        at += stride;
      }
    }
    done += got;
  }
  row += rows;
  check_end();
}

ParquetNumbers::ParquetNumbers(const ParquetFile& file, std::string_view name, std::vector<std::size_t> shape) {
  require_numbers(file, name);
  state_ = std::make_unique<State>(file, name);
  state_->shape = std::move(shape);
  for (const std::size_t extent : state_->shape) state_->dim *= extent;
  const std::size_t depth = state_->cursor.depth();
  if (state_->dim == 0 || (depth == 0 && state_->dim != 1) || (depth > 1 && depth != state_->shape.size())) {
    throw DataError(fmt::format("{}: column '{}' must have rows of shape [{}], but holds {}", file.path(), name,
                                fmt::join(state_->shape, ", "),
                                depth == 0 ? "one value a row" : fmt::format("lists {} deep", depth)));
  }
  state_->make_pattern();
}

ParquetNumbers::~ParquetNumbers() = default;
ParquetNumbers::ParquetNumbers(ParquetNumbers&&) noexcept = default;
ParquetNumbers& ParquetNumbers::operator=(ParquetNumbers&&) noexcept = default;

std::size_t ParquetNumbers::dim() const { return state_->dim; }
std::size_t ParquetNumbers::row() const { return state_->row; }

void ParquetNumbers::seek(std::size_t row) {
  State& state = *state_;
  if (row == state.row) return;
  if (row > state.cursor.file().rows()) throw UsageError(fmt::format("{}: no row {}", state.cursor.place(), row));
  if (row < state.row || row > state.group_end) {
    const auto& starts = state.cursor.file().state().group_rows;
    const auto next = std::upper_bound(starts.begin(), starts.end() - 1, row);
    state.group = static_cast<std::size_t>(next - starts.begin()) - 1;
    state.row = state.group_end = starts[state.group];
    state.cursor.close_group();
    if (row == state.row) return;
    state.cursor.open_group(state.group);
    state.group_end = starts[++state.group];
  }
  with_type(state.cursor, [&]<class Type>() { state.read<Type>(row - state.row, {}, 0, 0); });
}

void ParquetNumbers::read(std::size_t rows, std::span<double> out, std::size_t stride, std::size_t first) {
  State& state = *state_;
  for (std::size_t done = 0; done < rows;) {
    state.next_group();
    const std::size_t part = std::min(rows - done, state.group_end - state.row);
    const std::size_t begin = done * stride;
    with_type(state.cursor,
              [&]<class Type>() { state.read<Type>(part, out.subspan(begin, part * stride), stride, first); });
    done += part;
  }
}

}  // namespace pianola
#endif  // PIANOLA_WITH_ARROW
