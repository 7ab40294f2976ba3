#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/d3rlpy.hpp"

#include <fmt/format.h>

#include "pianola/base/error.hpp"
#include "pianola/data/field_table.hpp"
#include "pianola/data/hdf5_fields.hpp"
#include "pianola/data/hdf5_file.hpp"

namespace pianola {
namespace {

class D3rlpyTable final : public FieldTable {
 public:
  explicit D3rlpyTable(const std::string& path);
  [[nodiscard]] const DatasetInfo& base_info() const override { return info_; }
  [[nodiscard]] const std::vector<TableField>& fields() const override { return fields_; }
  [[nodiscard]] std::size_t size() const override { return episodes_; }
  [[nodiscard]] std::size_t rows(std::size_t i) const override {
    return file_.dataset(fmt::format("/actions_{}", i)).rows();
  }
  [[nodiscard]] std::string name(std::size_t i) const override { return fmt::format("episode_{}", i); }
  void read(std::size_t i, std::size_t field, std::size_t first, std::span<double> out) override {
    numbers_of(i, field).read_rows(first, out);
  }
  [[nodiscard]] CheckedMatrix read_checked(std::size_t i, std::size_t field, std::size_t) override {
    return numbers_of(i, field).read_checked();
  }
  [[nodiscard]] std::optional<Outcome> outcome(std::size_t i) const override;

 private:
  [[nodiscard]] const Hdf5Dataset& numbers_of(std::size_t i, std::size_t field);
  void read_count();
  void add(const std::string& key, const std::string& suffix, const std::string& name, FieldRole role);

  Hdf5File file_;
  LastDataset open_;
  DatasetInfo info_;
  std::size_t episodes_ = 0;
  std::vector<TableField> fields_;
  std::vector<std::string> keys_, suffixes_;  // dataset of episode i: key_i + suffix
};

D3rlpyTable::D3rlpyTable(const std::string& path) : file_(path) {
  info_.format = "d3rlpy";
  info_.path = path;
  read_count();
  if (file_.node("/observations_0") == Hdf5Node::dataset) {
    add("observations", "", "state", FieldRole::observation);
  } else {
    for (std::size_t j = 0; file_.node(fmt::format("/observations_0_{}", j)) == Hdf5Node::dataset; ++j) {
      add("observations", fmt::format("_{}", j), std::to_string(j), FieldRole::observation);
    }
  }
  add("actions", "", "actions", FieldRole::action);
  if (file_.node("/rewards_0") == Hdf5Node::dataset) add("rewards", "", "rewards", FieldRole::reward);
}

void D3rlpyTable::read_count() {
  const auto count = file_.scalar("/num_episodes");
  const std::size_t most = file_.children("/").size();
  if (!count || !(*count >= 1.0) || *count > static_cast<double>(most) ||
      *count != static_cast<double>(static_cast<std::size_t>(*count))) {
    throw DataError(
        fmt::format("{}: num_episodes must be a whole number from 1 to the {} datasets of the file, but is {}; "
                    "the file was cut or edited",
                    info_.path, most, count ? fmt::format("{}", *count) : "no number"));
  }
  episodes_ = static_cast<std::size_t>(*count);
  if (file_.node(fmt::format("/actions_{}", episodes_)) != Hdf5Node::absent) {
    throw DataError(fmt::format("{}: num_episodes is {}, but there is actions_{}; the file was edited", info_.path,
                                episodes_, episodes_));
  }
}

void D3rlpyTable::add(const std::string& key, const std::string& suffix, const std::string& name, FieldRole role) {
  fields_.push_back({stored_field(file_.dataset(fmt::format("/{}_0{}", key, suffix)), name), role});
  keys_.push_back("/" + key + "_");
  suffixes_.push_back(suffix);
}

/// A field of an episode, valid until the next call.
const Hdf5Dataset& D3rlpyTable::numbers_of(std::size_t i, std::size_t field) {
  const std::string place = fmt::format("{}{}{}", keys_[field], i, suffixes_[field]);
  const Hdf5Dataset& numbers = open_.get(file_, place);
  const std::size_t columns = numbers_a_step(fields_[field].stored, info_.path), steps = rows(i);
  if (numbers.columns() != columns || numbers.rows() != steps) {
    throw DataError(
        fmt::format("{}: dataset '{}' is {}, but {} rows of {} numbers are required: one for each step, as in "
                    "episode 0",
                    info_.path, place, numbers.dims_text(), steps, columns));
  }
  return numbers;
}

std::optional<Outcome> D3rlpyTable::outcome(std::size_t i) const {
  const auto terminated = file_.scalar(fmt::format("/terminated_{}", i));
  if (!terminated) throw DataError(fmt::format("{}: episode {} has no flag terminated_{}", info_.path, i, i));
  return *terminated != 0.0 ? Outcome::terminated : Outcome::truncated;
}

}  // namespace

FormatEntry entry_d3rlpy() {
  return {.name = "d3rlpy",
          .summary = "d3rlpy's HDF5: observations_<i>, actions_<i>, rewards_<i>, terminated_<i>",
          .can_read = true,
          .can_write = false,
          .detect = detect_d3rlpy,
          .open = open_d3rlpy,
          .create = nullptr};
}

std::string detect_d3rlpy(const std::string& path) {
  if (std::string reason = why_no_hdf5(path); !reason.empty()) return reason;
  const Hdf5File file(path);
  for (const char* name : {"/num_episodes", "/actions_0"}) {
    if (file.node(name) != Hdf5Node::dataset) return std::string("it has no dataset ") + name;
  }
  return "";
}

std::unique_ptr<TrajectoryReader> open_d3rlpy(const std::string& path, const ReadOptions& options) {
  return read_table(std::make_unique<D3rlpyTable>(path), options);
}

}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
