#include "pianola/data/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/data/csv_table.hpp"
#include "pianola/data/flat_episodes.hpp"
#include "pianola/data/flat_table.hpp"
#include "pianola/data/flat_writer.hpp"

namespace pianola {
namespace {

/// What a column's name says: which element of which field, or by which name.
struct ColumnName {
  std::string field;
  std::size_t element = 0;
  bool numbered = false;
  std::string label = {};
};

bool read_element(std::string_view text, std::size_t& element) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), element);
  return error == std::errc() && stop == text.data() + text.size() && !text.empty();
}

ColumnName column_name(const std::string& name) {
  ColumnName column{name};
  if (const std::size_t open = name.rfind('[');
      open != std::string::npos && open > 0 && name.ends_with(']') &&
      read_element(std::string_view(name).substr(open + 1, name.size() - open - 2), column.element)) {
    column.field = name.substr(0, open);
    column.numbered = true;
    return column;
  }
  constexpr std::array<std::string_view, 15> kPrefixes{"next_observations",
                                                       "next_observation",
                                                       "next_obs",
                                                       "next_states",
                                                       "next_state",
                                                       "observations",
                                                       "observation",
                                                       "obs",
                                                       "states",
                                                       "state",
                                                       "actions",
                                                       "action",
                                                       "executed_actions",
                                                       "executed_action",
                                                       "acts"};
  for (const std::string_view prefix : kPrefixes) {
    if (!name.starts_with(prefix) || name.size() < prefix.size() + 2) continue;
    const char separator = name[prefix.size()];
    const std::string rest = name.substr(prefix.size() + 1);
    if ((separator != '_' && separator != '.')) continue;
    if (read_element(rest, column.element)) return {std::string(prefix), column.element, true};
    const FieldRole role = role_of_name(std::string(prefix)).role;
    if (role == FieldRole::action || role == FieldRole::executed_action) return {std::string(prefix), 0, false, rest};
    return {std::string(prefix) + "." + rest};
  }
  return column;
}

class CsvColumns final : public FlatColumns {
 public:
  CsvColumns(const std::string& path, DatasetInfo& info);
  [[nodiscard]] const std::vector<StoredField>& fields() const override { return fields_; }
  [[nodiscard]] std::size_t rows(std::size_t) const override { return table_.rows(); }
  void read(std::size_t field, std::size_t first, std::span<double> out) override {
    const std::vector<std::size_t>& columns = columns_[field];
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = table_.numbers(first + i / columns.size())[columns[i % columns.size()]];
    }
  }

 private:
  void add(std::size_t column, const ColumnName& name);

  CsvTable table_;
  std::vector<StoredField> fields_;
  std::vector<std::vector<std::size_t>> columns_;  // of each field
  std::vector<std::vector<std::string>> labels_;   // of each field's columns
};

bool is_number(const std::string& cell) {
  double value = 0.0;
  const char* const end = cell.data() + cell.size();
  const auto [stop, error] = std::from_chars(cell.data() + (cell.starts_with('+') ? 1 : 0), end, value);
  return (error == std::errc() && stop == end) || cell == "True" || cell == "False" || cell == "true" ||
         cell == "false";
}

void CsvColumns::add(std::size_t column, const ColumnName& name) {
  std::size_t at = 0;
  while (at < fields_.size() && fields_[at].name != name.field) ++at;
  if (at == fields_.size()) {
    fields_.push_back({name.field});
    columns_.emplace_back();
    labels_.emplace_back();
  }
  const bool vector = name.numbered || !name.label.empty();
  if ((name.numbered && name.element != columns_[at].size()) || (!vector && !columns_[at].empty())) {
    throw DataError(
        fmt::format("{}: column '{}' follows {} others of the field '{}'; elements are numbered 0, 1, … in "
                    "order, and each column has a name of its own",
                    table_.path(), table_.header()[column], columns_[at].size(), name.field));
  }
  columns_[at].push_back(column);
  labels_[at].push_back(name.label);
  if (vector) fields_[at].shape = {columns_[at].size()};
}

CsvColumns::CsvColumns(const std::string& path, DatasetInfo& info) : table_(path) {
  if (table_.rows() == 0) throw DataError(path + ": it has a header, but no rows");
  for (std::size_t i = 0; i < table_.header().size(); ++i) {
    if (is_number(table_.first_row()[i])) {
      add(i, column_name(table_.header()[i]));
    } else {
      table_.leave_out(i);
      info.unread.push_back(table_.header()[i] + ": no numbers");
    }
  }
  for (std::size_t f = 0; f < fields_.size(); ++f) {
    const bool named =
        std::none_of(labels_[f].begin(), labels_[f].end(), [](const std::string& label) { return label.empty(); });
    if (named && role_of_name(fields_[f].name).role == FieldRole::action) info.action_names = labels_[f];
  }
}

/// Appends a double in the fewest digits that read back as the same bits.
void append_number(std::string& out, double value) {
  std::array<char, 32> text;
  const auto [stop, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  out.append(text.data(), error == std::errc() ? stop : text.data());
}

class CsvSink final : public FlatSink {
 public:
  CsvSink(const std::string& path, std::vector<std::string> action_names)
      : path_(path), action_names_(std::move(action_names)), file_(path_.temporary(), std::ios::binary) {
    if (!file_) fail();
  }
  void open(std::span<const FlatColumn> columns) override {
    columns_.assign(columns.begin(), columns.end());
    std::string line = "episode";
    for (const FlatColumn& column : columns_) {
      for (std::size_t d = 0; d < column.dim; ++d) {
        const bool named = column.role == FieldRole::action && !action_names_.empty();
        const std::string name = named           ? column.name + "." + action_names_[d]
                                 : column.scalar ? column.name
                                                 : fmt::format("{}[{}]", column.name, d);
        line += "," + csv_cell(name);
      }
    }
    write(line + "\n");
  }
  void append(std::span<const std::span<const double>> values, std::size_t steps) override {
    std::string text;
    for (std::size_t row = 0; row < steps; ++row) {
      text += std::to_string(episode_);
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        for (const double value : values[i].subspan(row * columns_[i].dim, columns_[i].dim)) {
          text += ',';
          append_number(text, value);
        }
      }
      text += '\n';
    }
    write(text);
    ++episode_;
  }
  void finish(std::span<const std::size_t>, const std::string&) override {
    file_.close();
    if (!file_) fail();
    path_.commit();
  }

 private:
  void write(std::string_view text) {
    if (!file_.write(text.data(), static_cast<std::streamsize>(text.size()))) fail();
  }
  [[noreturn]] void fail() const {
    const int error = errno;
    throw ResourceError(fmt::format("{}: the dataset cannot be written ({}){}", path_.path().string(),
                                    std::generic_category().message(error), write_remedy(error)));
  }

  AtomicPath path_;
  std::vector<std::string> action_names_;
  std::ofstream file_;
  std::vector<FlatColumn> columns_;
  std::size_t episode_ = 0;
};

std::string csv_name(FieldRole role, const std::string& field, bool) {
  switch (role) {
    case FieldRole::observation:
      return "observation." + field;
    case FieldRole::next_observation:
      return "next_observation." + field;
    case FieldRole::extra: {
      const NamedRole meant = role_of_name(column_name(field).field);
      return meant.role == FieldRole::extra && !is_episode_mark(field) ? field : "extra/" + field;
    }
    default:
      return role_name(role);
  }
}

}  // namespace

FormatEntry entry_csv() {
  return {.name = "csv",
          .summary = "a table with a header: columns episode, observation.<field>[k], action[k], reward, …",
          .can_read = true,
          .can_write = true,
          .detect = detect_csv,
          .open = open_csv,
          .create = create_csv,
          .extensions = {".csv"}};
}

std::string detect_csv(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return "it is no regular file";
  std::ifstream file(path, std::ios::binary);
  std::string head(65536, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  if (head.find('\0') != std::string::npos) return "it is no text";
  std::vector<std::string> header;
  if (!split_csv(head.substr(0, head.find_first_of("\r\n")), header) || header.size() < 2) {
    return "its first line is no header of several columns";
  }
  const auto role = [](const std::string& name) { return role_of_name(column_name(name).field).role; };
  const bool action = std::any_of(header.begin(), header.end(),
                                  [&](const std::string& name) { return role(name) == FieldRole::action; });
  if (!action) return "its header names no action";
  const bool marked = std::any_of(header.begin(), header.end(), [&](const std::string& name) {
    return is_episode_mark(name) || role(name) == FieldRole::terminated || role(name) == FieldRole::truncated;
  });
  return marked ? "" : "its header has no column 'episode'";
}

std::unique_ptr<TrajectoryReader> open_csv(const std::string& path, const ReadOptions& options) {
  DatasetInfo info;
  info.format = "csv";
  info.path = path;
  auto columns = std::make_unique<CsvColumns>(path, info);
  return read_flat(std::move(columns), std::move(info), options);
}

std::unique_ptr<TrajectoryWriter> create_csv(const std::string& path, const DatasetInfo& info) {
  return write_flat(std::make_unique<CsvSink>(path, info.action_names), path, info,
                    {.name = csv_name, .flags = true, .note = false, .types = false});
}

}  // namespace pianola
