#include "pianola/data/zarr_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/data/zip_archive.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kMark = ".zarray";

void check_size(const std::string& path, const std::string& key, std::uint64_t size, std::size_t most) {
  if (size <= most) return;
  throw DataError(fmt::format("{}: '{}' has {} bytes, more than the {} that belong there; the dataset is damaged", path,
                              key, size, most));
}

class FolderStore final : public ZarrStore {
 public:
  explicit FolderStore(std::string path) : path_(std::move(path)) {}
  [[nodiscard]] std::optional<std::string> get(const std::string& key, std::size_t most) const override {
    const fs::path file = fs::path(path_) / key;
    std::error_code status;
    if (!fs::is_regular_file(file, status)) return std::nullopt;
    check_size(path_, key, fs::file_size(file, status), most);
    return read_file(file);
  }
  [[nodiscard]] bool has(const std::string& key) const override {
    std::error_code status;
    return fs::is_regular_file(fs::path(path_) / key, status);
  }
  [[nodiscard]] std::vector<std::string> arrays(const std::string& group) const override {
    std::vector<std::string> names;
    list(fs::path(path_) / group, "", names, 0);
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  void list(const fs::path& folder, const std::string& prefix, std::vector<std::string>& names, int depth) const {
    constexpr int kDeepest = 8;
    std::error_code status;
    for (fs::directory_iterator i(folder, status), end; !status && i != end; i.increment(status)) {
      if (!i->is_directory(status)) continue;
      const std::string name = prefix + i->path().filename().string();
      if (fs::exists(i->path() / kMark, status)) {
        names.push_back(name);
      } else if (depth < kDeepest) {
        list(i->path(), name + "/", names, depth + 1);
      }
    }
  }
  std::string path_;
};

class PackedStore final : public ZarrStore {
 public:
  explicit PackedStore(const std::string& path) : archive_(path) {}
  [[nodiscard]] std::optional<std::string> get(const std::string& key, std::size_t most) const override {
    const ZipMember* member = archive_.find(key);
    if (member == nullptr) return std::nullopt;
    check_size(archive_.path(), key, member->size, most);
    return archive_.read(*member);
  }
  [[nodiscard]] bool has(const std::string& key) const override { return archive_.find(key) != nullptr; }
  [[nodiscard]] std::vector<std::string> arrays(const std::string& group) const override {
    std::vector<std::string> names;
    for (const ZipMember& member : archive_.members()) {
      const std::string begin = group + "/", end = "/" + std::string(kMark);
      if (!member.name.starts_with(begin) || !member.name.ends_with(end)) continue;
      if (member.name.size() > begin.size() + end.size()) {
        names.push_back(member.name.substr(begin.size(), member.name.size() - begin.size() - end.size()));
      }
    }
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  ZipArchive archive_;
};

}  // namespace

std::unique_ptr<ZarrStore> open_zarr_store(const std::string& path) {
  std::error_code status;
  if (fs::is_directory(path, status)) return std::make_unique<FolderStore>(path);
  return std::make_unique<PackedStore>(path);
}

}  // namespace pianola
