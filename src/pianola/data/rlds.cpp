#include "pianola/data/rlds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/data/field_table.hpp"
#include "pianola/data/natural_order.hpp"
#include "pianola/data/number_types.hpp"
#include "pianola/data/tfrecord.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::vector<fs::path> record_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code status;
  for (fs::directory_iterator i(folder, status), end; !status && i != end; i.increment(status)) {
    if (i->path().filename().string().find(".tfrecord") != std::string::npos) files.push_back(i->path());
  }
  std::sort(files.begin(), files.end(),
            [](const fs::path& a, const fs::path& b) { return natural_less(a.string(), b.string()); });
  return files;
}

/// "train" of "name-train.tfrecord-00000-of-00001".
std::string split_of(const fs::path& file) {
  const std::string name = file.filename().string(), stem = name.substr(0, name.find(".tfrecord"));
  return stem.substr(stem.rfind('-') + 1);
}

/// What the name of a shard says, "name-train.tfrecord-00000-of-00002", where `count` is 0 if it says nothing.
struct Shard {
  std::string before;  ///< "name-train.tfrecord-"
  std::size_t number = 0, count = 0;
};

/// Takes the number off the front of text.
std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint32_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return number;
}

Shard shard_of(const fs::path& file) {
  constexpr std::string_view mark = ".tfrecord-", of = "-of-";
  const std::string name = file.filename().string();
  const std::size_t at = name.rfind(mark);
  if (at == std::string::npos) return {};
  std::string_view rest = std::string_view(name).substr(at + mark.size());
  const auto number = take_number(rest);
  if (!number || !rest.starts_with(of)) return {};
  rest.remove_prefix(of.size());
  const auto count = take_number(rest);
  if (!count || !rest.empty()) return {};
  return {name.substr(0, at + mark.size()), *number, *count};
}

/// @throws DataError if one is missing of those that the others' names count.
void check_shards(const std::string& path, const std::vector<fs::path>& files) {
  std::map<std::pair<std::string, std::size_t>, std::set<std::size_t>> found;  // by what stands before, and their count
  for (const fs::path& file : files) {
    const Shard shard = shard_of(file);
    if (shard.count > 0) found[{shard.before, shard.count}].insert(shard.number);
  }
  for (const auto& [shards, numbers] : found) {
    const auto& [before, count] = shards;
    std::size_t missing = 0;
    while (missing < count && numbers.contains(missing)) ++missing;
    if (missing == count) continue;
    throw DataError(
        fmt::format("{}: {}{:05}-of-{:05} is missing, one of {} files; copy the whole dataset, or take the "
                    "endings '-of-{:05}' off those that shall be read alone",
                    path, before, missing, count, count, count));
  }
}

class RldsTable final : public FieldTable {
 public:
  explicit RldsTable(const std::string& path);
  [[nodiscard]] const DatasetInfo& base_info() const override { return info_; }
  [[nodiscard]] const std::vector<TableField>& fields() const override { return fields_; }
  [[nodiscard]] std::size_t size() const override { return episodes_.size(); }
  [[nodiscard]] std::size_t rows(std::size_t i) const override { return load(i).steps - 1; }
  [[nodiscard]] std::string name(std::size_t i) const override { return fmt::format("episode_{}", i); }
  void read(std::size_t i, std::size_t field, std::size_t first, std::span<double> out) override;
  [[nodiscard]] std::optional<Outcome> outcome(std::size_t i) const override;

 private:
  struct Episode {
    std::size_t file, record;
  };
  struct Decoded {
    std::size_t episode = SIZE_MAX, steps = 0;
    std::map<std::string, TfFeature> features;
  };
  /// Open files, and the record that was read last.
  struct Records {
    std::vector<TfRecordFile> files;
    Decoded decoded;
  };
  void read_features();
  void list_feature(const std::string& name, const Json& feature, int depth);
  void add_field(const std::string& name, StoredField stored);
  const Decoded& load(std::size_t i) const;
  void check_marks(const Decoded& decoded, const std::string& where) const;
  const std::vector<double>& numbers(const Decoded& decoded, const std::string& feature, std::size_t columns,
                                     const std::string& where) const;
  [[nodiscard]] std::string where(std::size_t i) const {
    return fmt::format("{}, record {}", records_->files[episodes_[i].file].path(), episodes_[i].record);
  }

  DatasetInfo info_;
  std::vector<Episode> episodes_;
  std::vector<TableField> fields_;
  std::vector<std::string> features_;  // of each field: "steps/action"
  std::vector<std::size_t> shifts_;    // 1: of the step that follows
  std::unique_ptr<Records> records_ = std::make_unique<Records>();
};

RldsTable::RldsTable(const std::string& path) {
  info_.format = "rlds";
  info_.path = path;
  const std::vector<fs::path> files = record_files(path);
  check_shards(path, files);
  for (const fs::path& file : files) {
    records_->files.emplace_back(file.string());
    for (std::size_t i = 0; i < records_->files.back().size(); ++i) {
      info_.subsets[split_of(file)].push_back(episodes_.size());
      episodes_.push_back({records_->files.size() - 1, i});
    }
  }
  read_features();
}

void RldsTable::read_features() try {
  const Json json = Json::parse(read_file(fs::path(info_.path) / "features.json"));
  for (const auto& [name, feature] : json.at("featuresDict").at("features").items()) {
    if (name != "steps") {
      info_.unread.push_back(name + ": not in steps");
      continue;
    }
    const Json& steps = feature.at("sequence").at("feature").at("featuresDict").at("features");
    for (const auto& [part, inner] : steps.items()) list_feature(part, inner, 0);
  }
} catch (const nlohmann::json::exception& error) {
  throw DataError(
      fmt::format("{}: features.json is damaged, or describes no RLDS episodes ({})", info_.path, error.what()));
}

/// A feature of steps, and those below it.
void RldsTable::list_feature(const std::string& name, const Json& feature, int depth) {
  constexpr int kDeepest = 16;
  if (depth > kDeepest) throw DataError(fmt::format("{}: features.json nests '{}' too deeply", info_.path, name));
  if (feature.contains("featuresDict")) {
    for (const auto& [part, inner] : feature["featuresDict"].at("features").items())
      list_feature(name + "/" + part, inner, depth + 1);
    return;
  }
  const bool plain = feature.contains("tensor") && feature["tensor"].value("encoding", "none") == "none";
  const std::string type = plain ? feature["tensor"].value("dtype", "") : "";
  if (!plain || type_width(type) == 0) {
    info_.unread.push_back(name + ": no plain numbers");
    return;
  }
  StoredField stored{name, {}, type};
  for (const Json& dimension : feature["tensor"].value("shape", Json::object()).value("dimensions", Json::array())) {
    const std::string text = dimension.is_string() ? dimension.get<std::string>() : dimension.dump();
    std::size_t size = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (error != std::errc() || stop != text.data() + text.size()) {
      info_.unread.push_back(name + ": of varying shape");
      return;
    }
    stored.shape.push_back(size);
  }
  add_field(name, std::move(stored));
}

void RldsTable::add_field(const std::string& name, StoredField stored) {
  const auto add = [&](FieldRole role, const std::string& field, std::size_t shift) {
    stored.name = field;
    fields_.push_back({stored, role});
    features_.push_back("steps/" + name);
    shifts_.push_back(shift);
  };
  const std::string top = name.substr(0, name.find('/')), below = name == top ? "" : name.substr(top.size() + 1);
  if (top == "observation") {
    add(FieldRole::observation, below.empty() ? "state" : below, 0);
    add(FieldRole::next_observation, below.empty() ? "state" : below, 1);
  } else if (top == "action") {
    add(FieldRole::action, below.empty() ? "action" : below, 0);
  } else if (name == "reward") {
    add(FieldRole::reward, name, 0);
  } else if (name == "is_terminal") {
    add(FieldRole::terminated, name, 1);
  } else if (name != "is_first" && name != "is_last") {
    add(FieldRole::extra, name, 0);
  }
}

const std::vector<double>& RldsTable::numbers(const Decoded& decoded, const std::string& feature, std::size_t columns,
                                              const std::string& place) const {
  const auto at = decoded.features.find(feature);
  if (at == decoded.features.end())
    throw DataError(fmt::format("{}: it has no feature '{}', which features.json lists", place, feature));
  std::size_t wanted = 0;
  if (__builtin_mul_overflow(decoded.steps, columns, &wanted) || at->second.numbers.size() != wanted) {
    throw DataError(fmt::format("{}: feature '{}' has {} numbers{}, but {} steps of {} are required", place, feature,
                                at->second.numbers.size(), at->second.texts > 0 ? " and texts" : "", decoded.steps,
                                columns));
  }
  return at->second.numbers;
}

/// is_first marks the first step, is_last the last one, and nothing else.
void RldsTable::check_marks(const Decoded& decoded, const std::string& place) const {
  for (const auto& [feature, marked] :
       {std::pair{"steps/is_first", std::size_t{0}}, {"steps/is_last", decoded.steps - 1}}) {
    const std::vector<double>& flags = numbers(decoded, feature, 1, place);
    for (std::size_t t = 0; t < flags.size(); ++t) {
      if ((flags[t] != 0.0) == (t == marked)) continue;
      throw DataError(
          fmt::format("{}: {} is {} at step {} of {} (counted from 0); the first and the last step of an episode "
                      "are to be marked, and no other",
                      place, feature, flags[t], t, flags.size()));
    }
  }
}

const RldsTable::Decoded& RldsTable::load(std::size_t i) const {
  Decoded& kept = records_->decoded;
  if (kept.episode == i) return kept;
  kept = {};
  const std::string place = where(i);
  Decoded decoded;
  decoded.features = parse_tf_example(records_->files[episodes_[i].file].read(episodes_[i].record), place);
  const auto first = decoded.features.find("steps/is_first");
  decoded.steps = first == decoded.features.end() ? 0 : first->second.numbers.size();
  if (decoded.steps == 0) throw DataError(place + ": it has no steps (steps/is_first is missing or empty)");
  check_marks(decoded, place);
  decoded.episode = i;
  kept = std::move(decoded);
  return kept;
}

void RldsTable::read(std::size_t i, std::size_t field, std::size_t first, std::span<double> out) {
  const Decoded& decoded = load(i);
  const std::size_t columns = numbers_a_step(fields_[field].stored, info_.path);
  const std::vector<double>& all = numbers(decoded, features_[field], columns, where(i));
  const std::size_t begin = (first + shifts_[field]) * columns;
  if (begin > all.size() || out.size() > all.size() - begin)
    throw UsageError(where(i) + ": more rows are asked for than it has");
  std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(begin), out.size(), out.begin());
}

std::optional<Outcome> RldsTable::outcome(std::size_t i) const {
  const Decoded& decoded = load(i);
  const auto terminal = decoded.features.find("steps/is_terminal");
  const bool ended =
      terminal != decoded.features.end() && !terminal->second.numbers.empty() && terminal->second.numbers.back() != 0.0;
  return ended ? Outcome::terminated : Outcome::truncated;
}

}  // namespace

FormatEntry entry_rlds() {
  return {.name = "rlds",
          .summary = "RLDS as tensorflow_datasets writes it: features.json and uncompressed TFRecord files",
          .can_read = true,
          .can_write = false,
          .detect = detect_rlds,
          .open = open_rlds,
          .create = nullptr};
}

std::string detect_rlds(const std::string& path) {
  std::error_code status;
  if (!fs::is_directory(path, status)) return "it is no folder";
  if (!fs::is_regular_file(fs::path(path) / "features.json", status)) return "it has no features.json";
  return record_files(path).empty() ? "it has no *.tfrecord files" : "";
}

std::unique_ptr<TrajectoryReader> open_rlds(const std::string& path, const ReadOptions& options) {
  return read_table(std::make_unique<RldsTable>(path), options);
}

}  // namespace pianola
