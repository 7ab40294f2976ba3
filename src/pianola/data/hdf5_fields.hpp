// Which datasets lie in a group of an HDF5 file, and what is known of them without their numbers.
//
// Only a build with PIANOLA_WITH_HDF5 has these functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pianola/data/field_choice.hpp"
#include "pianola/data/hdf5_file.hpp"

namespace pianola {

/// Datasets below a group ("": all), as paths relative to it ("deep/x"), by bytes of their names. @throws DataError if
/// the groups are nested more than 16 deep, as a link in a circle makes them.
std::vector<std::string> datasets_below(const Hdf5File& file, const std::string& group);

/// An attribute that is a list of strings as JSON text; empty if absent. @throws DataError if it is something else.
std::vector<std::string> text_list(const Hdf5File& file, const std::string& place, const std::string& attribute);

/// Shape of a step and type of a numeric dataset, under the name `name`. @throws DataError as Hdf5File::dataset.
StoredField stored_field(const Hdf5Dataset& dataset, const std::string& name);

/// Of the datasets `names` of a group (Hdf5File::below), those of one vector of numbers for each of `steps` go to
/// info.extra_fields, and the others to info.unread.
void list_extras(const Hdf5File& group, std::span<const std::string> names, std::size_t steps, DatasetInfo& info);

/// What stands in the root, for messages: "it holds: actions, obs" (the first 12), or "it is empty".
std::string root_listing(const Hdf5File& file);

/// The dataset that was asked for last, which stays open: reading it in blocks does not find and decompress it anew.
class LastDataset {
 public:
  /// Valid until the next call. @throws DataError as Hdf5File::dataset.
  const Hdf5Dataset& get(const Hdf5File& file, const std::string& place) {
    if (!open_ || place != place_) {
      open_.reset();
      open_.emplace(file.dataset(place));
      place_ = place;
    }
    return *open_;
  }

 private:
  std::string place_;
  std::optional<Hdf5Dataset> open_;
};

}  // namespace pianola
