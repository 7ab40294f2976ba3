// HDF5 files, read-only: places are paths such as "/data/demo_0/obs/object". Calls may come from any thread; they take
// turns (hdf5_guard.hpp).
//
// Only a build with PIANOLA_WITH_HDF5 has these functions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pianola/data/hdf5_dataset.hpp"
#include "pianola/data/hdf5_guard.hpp"

namespace pianola {

enum class Hdf5Node { absent, group, dataset, other };

/// Whether the file at `path` begins with HDF5's signature; false if it cannot be read.
bool has_hdf5_signature(const std::string& path);

/// Why the file at `path` is no HDF5 file; "" if it begins as one. The first question of every detect of such a format.
std::string why_no_hdf5(const std::string& path);

/// An open file, or what lies below one of its groups.
class Hdf5File {
 public:
  /// @throws DataError if there is no such file, it is no HDF5 file, or it is truncated or damaged; says which.
  explicit Hdf5File(const std::string& path);
  ~Hdf5File();
  Hdf5File(Hdf5File&&) noexcept = default;
  Hdf5File& operator=(Hdf5File&&) = delete;
  Hdf5File(const Hdf5File&) = delete;
  Hdf5File& operator=(const Hdf5File&) = delete;

  /// The same file seen from one of its groups, which is found once: places are relative to it ("actions", and "" is
  /// the group itself), and messages name whole places. @throws DataError if it cannot be opened.
  [[nodiscard]] Hdf5File below(const std::string& group) const;
  [[nodiscard]] const std::string& path() const { return source_.path; }
  /// A place as messages name it: "/data/demo_0/actions", for "actions" below /data/demo_0.
  [[nodiscard]] std::string whole(const std::string& place) const;
  /// What stands at `place`; a link to nowhere is absent.
  [[nodiscard]] Hdf5Node node(const std::string& place) const;
  /// How many links there are in a group; 0 if there is no such group.
  [[nodiscard]] std::size_t links(const std::string& group) const;
  /// Names in a group, in natural order. @throws DataError if it cannot be listed.
  [[nodiscard]] std::vector<std::string> children(const std::string& group) const;
  /// @throws DataError as Hdf5Dataset.
  [[nodiscard]] Hdf5Dataset dataset(const std::string& place) const;
  /// All numbers of a dataset, row-major. @throws DataError as Hdf5Dataset.
  [[nodiscard]] std::vector<double> read(const std::string& place) const;
  /// The one number of a dataset; nothing if it is absent, not numeric, or has several.
  [[nodiscard]] std::optional<double> scalar(const std::string& place) const;
  /// Whether a dataset has no dimensions, as h5py stores a single value; false if there is none.
  [[nodiscard]] bool is_scalar(const std::string& place) const;
  /// Strings of a 1-D dataset. @throws DataError if it is absent, none of strings, or too large (2²⁰ strings, 64 MiB).
  [[nodiscard]] std::vector<std::string> texts(const std::string& place) const;
  /// Whether a dataset holds numbers, which dataset() reads; false if there is none.
  [[nodiscard]] bool is_numeric(const std::string& place) const;
  /// Attributes that are one string or one number, as text.
  [[nodiscard]] std::map<std::string, std::string> attributes(const std::string& place) const;
  /// One such attribute; nothing if it is absent or of another kind.
  [[nodiscard]] std::optional<std::string> attribute(const std::string& place, const std::string& name) const;
  /// A numeric attribute of any length; nothing if it is absent or not numeric.
  [[nodiscard]] std::optional<std::vector<double>> numbers(const std::string& place, const std::string& name) const;

 private:
  Hdf5File(Hdf5Id group, Hdf5Source source);

  Hdf5Source source_;
  Hdf5Id file_;
};

}  // namespace pianola
