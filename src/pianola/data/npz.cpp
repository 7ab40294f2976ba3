#include "pianola/data/npz.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/data/flat_table.hpp"
#include "pianola/data/flat_writer.hpp"
#include "pianola/data/npy_header.hpp"
#include "pianola/data/npz_sink.hpp"
#include "pianola/data/number_types.hpp"
#include "pianola/data/zip_archive.hpp"

namespace pianola {
namespace {

/// One array: rows of it from the archive, or, in Fortran order, from memory.
struct Array {
  std::unique_ptr<ZipCursor> cursor;
  NumpyType type;
  std::size_t data = 0, rows = 0, columns = 0;  // where the numbers begin
  bool fortran = false;
  std::string held;  // Fortran order: all bytes
};

class NpzColumns final : public FlatColumns {
 public:
  NpzColumns(const std::string& path, DatasetInfo& info);
  [[nodiscard]] const std::vector<StoredField>& fields() const override { return fields_; }
  [[nodiscard]] std::size_t rows(std::size_t field) const override { return arrays_[field].rows; }
  void read(std::size_t field, std::size_t first, std::span<double> out) override;
  [[nodiscard]] const std::optional<std::string>& note() const { return note_; }

 private:
  void add(const ZipMember& member, DatasetInfo& info);
  void read_fortran(Array& array, const std::string& where, std::size_t first, std::span<double> out);
  [[nodiscard]] std::string where(const std::string& name) const {
    return fmt::format("{}, array '{}'", archive_.path(), name);
  }

  ZipArchive archive_;
  std::vector<StoredField> fields_;
  std::vector<Array> arrays_;
  std::optional<std::string> note_;
};

NpzColumns::NpzColumns(const std::string& path, DatasetInfo& info) : archive_(path) {
  for (const ZipMember& member : archive_.members()) {
    if (member.name == kNpzNote) {
      note_ = archive_.read(member);
    } else if (member.name.ends_with(".npy")) {
      add(member, info);
    } else {
      info.unread.push_back(member.name + ": no array");
    }
  }
}

void NpzColumns::add(const ZipMember& member, DatasetInfo& info) {
  const std::string name = member.name.substr(0, member.name.size() - 4);
  auto cursor = std::make_unique<ZipCursor>(archive_.path(), member);
  std::string head(std::min<std::uint64_t>(member.size, kLongestNpyHeader), '\0');
  cursor->read(0, head);
  const NpyHeader header = parse_npy_header(head, where(name));
  const auto type = numpy_type(header.code);
  if (!type || header.shape.empty()) {
    info.unread.push_back(name + (type ? ": not one row a step" : ": no numbers"));
    return;
  }
  const std::size_t width = type_width(type->name);
  const std::size_t count = checked_npy_count(header.shape, width, member.size - header.size, where(name));
  if (header.fortran && header.shape.size() > 2) {
    throw DataError(where(name) + ": is in Fortran order; save numpy.ascontiguousarray(x)");
  }
  fields_.push_back({name, {header.shape.begin() + 1, header.shape.end()}, type->name});
  const std::size_t rows = header.shape.front();
  arrays_.push_back({std::move(cursor), *type, header.size, rows, rows == 0 ? 0 : count / rows,
                     header.fortran && header.shape.size() == 2, ""});
}

/// Fortran order: column by column.
void NpzColumns::read_fortran(Array& array, const std::string& place, std::size_t first, std::span<double> out) {
  const std::size_t width = type_width(array.type.name), n = out.size() / array.columns;
  if (array.held.empty()) {
    array.held.resize(array.rows * array.columns * width);
    array.cursor->read(array.data, array.held);
    if (array.type.swapped) swap_bytes(array.held, width);
  }
  std::vector<double> column(n);
  for (std::size_t d = 0; d < array.columns; ++d) {
    const std::size_t at = (d * array.rows + first) * width;
    widen_numbers(std::string_view(array.held).substr(at, n * width), array.type.name, column, place);
    for (std::size_t row = 0; row < n; ++row) out[row * array.columns + d] = column[row];
  }
}

void NpzColumns::read(std::size_t field, std::size_t first, std::span<double> out) {
  Array& array = arrays_[field];
  const std::string place = where(fields_[field].name);
  if (out.empty()) return;
  if (array.fortran) return read_fortran(array, place, first, out);
  const std::size_t width = type_width(array.type.name);
  constexpr std::size_t kBlock = std::size_t{1} << 16;  // numbers
  std::string bytes;
  for (std::size_t done = 0; done < out.size();) {
    const std::span<double> part = out.subspan(done, std::min(kBlock, out.size() - done));
    bytes.resize(part.size() * width);
    array.cursor->read(array.data + (first * array.columns + done) * width, bytes);
    if (array.type.swapped) swap_bytes(bytes, width);
    widen_numbers(bytes, array.type.name, part, place);
    done += part.size();
  }
}

std::string npz_name(FieldRole role, const std::string& field, bool single) {
  if (role == FieldRole::extra) {
    return role_of_name(field).role == FieldRole::extra && field != "episode_ends" ? field : "extra/" + field;
  }
  const bool observed = role == FieldRole::observation || role == FieldRole::next_observation;
  return plural_name(role) + (observed && !single ? "/" + field : "");
}

}  // namespace

FormatEntry entry_npz() {
  return {.name = "npz",
          .summary = "NumPy's .npz: flat arrays observations, actions, …, and episode_ends or terminals and timeouts",
          .can_read = true,
          .can_write = true,
          .detect = detect_npz,
          .open = open_npz,
          .create = create_npz,
          .extensions = {".npz"}};
}

std::string detect_npz(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return "it is no regular file";
  if (!has_zip_signature(path)) return "it does not begin as a zip archive";
  const ZipArchive archive(path);
  const auto is_array = [](const ZipMember& member) { return member.name.ends_with(".npy"); };
  const bool any = std::any_of(archive.members().begin(), archive.members().end(), is_array);
  return any ? "" : "the archive holds no .npy array";
}

std::unique_ptr<TrajectoryReader> open_npz(const std::string& path, const ReadOptions& options) {
  DatasetInfo info;
  info.format = "npz";
  info.path = path;
  auto columns = std::make_unique<NpzColumns>(path, info);
  const std::optional<std::string> note = columns->note();
  return read_flat(std::move(columns), std::move(info), options, note);
}

std::unique_ptr<TrajectoryWriter> create_npz(const std::string& path, const DatasetInfo& info) {
  return write_flat(std::make_unique<NpzSink>(path), path, info, {npz_name});
}

}  // namespace pianola
