#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/d4rl.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/data/flat_table.hpp"
#include "pianola/data/flat_writer.hpp"
#include "pianola/data/hdf5_fields.hpp"
#include "pianola/data/hdf5_file.hpp"
#include "pianola/data/hdf5_writer.hpp"

namespace pianola {
namespace {

class Hdf5Columns final : public FlatColumns {
 public:
  Hdf5Columns(const std::string& path, DatasetInfo& info) : file_(path) {
    for (const std::string& name : datasets_below(file_, "/")) {
      if (!file_.is_numeric("/" + name) || file_.is_scalar("/" + name)) {
        info.unread.push_back(name + (file_.is_numeric("/" + name) ? ": not one row a step" : ": no numbers"));
        continue;
      }
      fields_.push_back(stored_field(datasets_.emplace_back(file_.dataset("/" + name)), name));
    }
    info.attributes = file_.attributes("/");
    if (const auto at = info.attributes.find("pianola"); at != info.attributes.end()) {
      note_ = at->second;
      info.attributes.erase(at);
    }
  }
  [[nodiscard]] const std::vector<StoredField>& fields() const override { return fields_; }
  [[nodiscard]] std::size_t rows(std::size_t field) const override { return datasets_[field].rows(); }
  void read(std::size_t field, std::size_t first, std::span<double> out) override {
    datasets_[field].read_rows(first, out);
  }
  [[nodiscard]] CheckedMatrix read_checked(std::size_t field, std::size_t first, std::size_t rows,
                                           std::size_t) override {
    return datasets_[field].read_checked(first, rows);
  }
  [[nodiscard]] const std::optional<std::string>& note() const { return note_; }

 private:
  Hdf5File file_;
  std::vector<Hdf5Dataset> datasets_;
  std::vector<StoredField> fields_;
  std::optional<std::string> note_;
};

class Hdf5Sink final : public FlatSink {
 public:
  explicit Hdf5Sink(const std::string& path) : file_(path) {}
  void open(std::span<const FlatColumn> columns) override { columns_.assign(columns.begin(), columns.end()); }
  void append(std::span<const std::span<const double>> values, std::size_t) override {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const FlatColumn& column = columns_[i];
      file_.append("/" + column.name, values[i], column.scalar ? 0 : column.dim, column.type);
    }
  }
  void finish(std::span<const std::size_t>, const std::string& note) override {
    file_.attribute("/", "pianola", note);
    file_.finish();
  }

 private:
  Hdf5Writer file_;
  std::vector<FlatColumn> columns_;
};

/// D4RL knows neither times nor actions beside the labels: infos.
std::string d4rl_name(FieldRole role, const std::string& field, bool) {
  if (role == FieldRole::timestamp) return "infos/timestamp";
  if (role == FieldRole::executed_action) return "infos/executed_action";
  if (role == FieldRole::extra) return field.starts_with("infos/") ? field : "infos/" + field;
  return plural_name(role);
}

}  // namespace

FormatEntry entry_d4rl() {
  return {.name = "d4rl",
          .summary = "D4RL's flat HDF5: observations, actions, rewards, terminals, timeouts at the root",
          .can_read = true,
          .can_write = true,
          .detect = detect_d4rl,
          .open = open_d4rl,
          .create = create_d4rl,
          .extensions = {".d4rl"}};
}

std::string detect_d4rl(const std::string& path) {
  if (std::string reason = why_no_hdf5(path); !reason.empty()) return reason;
  const Hdf5File file(path);
  for (const char* name : {"/actions", "/observations"}) {
    if (file.node(name) != Hdf5Node::dataset) return fmt::format("it has no dataset {}; {}", name, root_listing(file));
  }
  const bool flags = file.node("/terminals") == Hdf5Node::dataset || file.node("/timeouts") == Hdf5Node::dataset;
  return flags ? "" : "it has neither terminals nor timeouts";
}

std::unique_ptr<TrajectoryReader> open_d4rl(const std::string& path, const ReadOptions& options) {
  DatasetInfo info;
  info.format = "d4rl";
  info.path = path;
  auto columns = std::make_unique<Hdf5Columns>(path, info);
  const std::optional<std::string> note = columns->note();
  return read_flat(std::move(columns), std::move(info), options, note);
}

std::unique_ptr<TrajectoryWriter> create_d4rl(const std::string& path, const DatasetInfo& info) {
  if (info.observation_dim == 0) {
    throw DataError(path + ": D4RL's layout needs observations of at least one dimension, but there are none");
  }
  return write_flat(std::make_unique<Hdf5Sink>(path), path, info, {d4rl_name, true, true, true});
}

}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
