// Where the pieces of a zarr dataset lie: a folder of files, or a zip archive of them.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pianola {

class ZarrStore {
 public:
  virtual ~ZarrStore() = default;
  /// Bytes of a piece such as "data/action/0.0"; nothing if it is absent. @throws DataError, or if it has more bytes
  /// than `most`.
  [[nodiscard]] virtual std::optional<std::string> get(const std::string& key, std::size_t most) const = 0;
  /// Whether there is such a piece.
  [[nodiscard]] virtual bool has(const std::string& key) const = 0;
  /// Keys of all .zarray below `group`, as names relative to it, sorted: "action", "deep/x".
  [[nodiscard]] virtual std::vector<std::string> arrays(const std::string& group) const = 0;
};

/// A folder, or a zip archive where `path` is a file. @throws DataError.
std::unique_ptr<ZarrStore> open_zarr_store(const std::string& path);

}  // namespace pianola
