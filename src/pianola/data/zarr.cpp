#include "pianola/data/zarr.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/data/flat_table.hpp"
#include "pianola/data/flat_writer.hpp"
#include "pianola/data/zarr_array.hpp"
#include "pianola/data/zarr_sink.hpp"
#include "pianola/data/zarr_store.hpp"
#include "pianola/data/zip_archive.hpp"

namespace pianola {
namespace {

constexpr const char* kEnds = "meta/episode_ends";

class ZarrColumns final : public FlatColumns {
 public:
  ZarrColumns(const std::string& path, DatasetInfo& info) : store_(open_zarr_store(path)) {
    for (const std::string& name : store_->arrays("data")) add(path, "data/" + name, name);
    add(path, kEnds, "episode_ends");
    read_attributes(path, info);
  }
  [[nodiscard]] const std::vector<StoredField>& fields() const override { return fields_; }
  [[nodiscard]] std::size_t rows(std::size_t field) const override { return arrays_[field].rows(); }
  void read(std::size_t field, std::size_t first, std::span<double> out) override { arrays_[field].read(first, out); }
  [[nodiscard]] const std::optional<std::string>& note() const { return note_; }

 private:
  void add(const std::string& path, const std::string& key, const std::string& name) {
    arrays_.emplace_back(*store_, path, key, name);
    fields_.push_back(arrays_.back().field());
    if (fields_.back().shape.size() <= 1) arrays_.back().require_whole();
  }
  void read_attributes(const std::string& path, DatasetInfo& info);

  std::unique_ptr<ZarrStore> store_;
  std::vector<ZarrArray> arrays_;
  std::vector<StoredField> fields_;
  std::optional<std::string> note_;
};

void ZarrColumns::read_attributes(const std::string& path, DatasetInfo& info) try {
  constexpr std::size_t kMost = std::size_t{64} << 20;
  const auto text = store_->get(".zattrs", kMost);
  if (!text) return;
  const auto json = nlohmann::ordered_json::parse(*text);
  for (const auto& [key, value] : json.items()) {
    if (key == "pianola") {
      note_ = value.dump();
    } else {
      info.attributes.emplace(key, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
} catch (const nlohmann::json::exception& error) {
  throw DataError(fmt::format("{}: its .zattrs is damaged ({})", path, error.what()));
}

std::string zarr_name(FieldRole role, const std::string& field, bool) {
  std::string plain = field;
  std::replace(plain.begin(), plain.end(), '/', '.');
  switch (role) {
    case FieldRole::observation:
      return role_of_name(plain).role == FieldRole::action ? "obs." + plain : plain;
    case FieldRole::next_observation:
      return "next_" + plain;
    case FieldRole::extra:
      return role_of_name(plain).role == FieldRole::extra && plain != "episode_ends" ? plain : "extra." + plain;
    case FieldRole::terminated:
      return "done";
    default:
      return role_name(role);
  }
}

}  // namespace

FormatEntry entry_zarr() {
  return {.name = "zarr",
          .summary = "diffusion_policy's zarr v2 folder or .zip: data/<key>, meta/episode_ends",
          .can_read = true,
          .can_write = true,
          .detect = detect_zarr,
          .open = open_zarr,
          .create = create_zarr,
          .extensions = {".zarr"}};
}

std::string detect_zarr(const std::string& path) {
  std::error_code ignored;
  const bool folder = std::filesystem::is_directory(path, ignored);
  if (!folder && !has_zip_signature(path)) return "it is neither a folder nor a zip archive";
  const auto store = open_zarr_store(path);
  if (!store->has(std::string(kEnds) + "/.zarray")) return fmt::format("it has no array {}", kEnds);
  return store->arrays("data").empty() ? "it has no array below data" : "";
}

std::unique_ptr<TrajectoryReader> open_zarr(const std::string& path, const ReadOptions& options) {
  DatasetInfo info;
  info.format = "zarr";
  info.path = path;
  auto columns = std::make_unique<ZarrColumns>(path, info);
  const std::optional<std::string> note = columns->note();
  return read_flat(std::move(columns), std::move(info), options, note);
}

std::unique_ptr<TrajectoryWriter> create_zarr(const std::string& path, const DatasetInfo& info) {
  return write_flat(std::make_unique<ZarrSink>(path), path, info, {zarr_name});
}

}  // namespace pianola
