// Where the MJCF files of Gymnasium's tasks lie. They are Gymnasium's; we neither ship nor download them.
#pragma once

#include <filesystem>
#include <string>

namespace pianola {

/// The path of `file`: in `assets` if that is given; else in $PIANOLA_GYMNASIUM_ASSETS if that is set; else in the
/// first gymnasium package under $VIRTUAL_ENV, $CONDA_PREFIX, ./.venv, ./venv, ~/.local, /usr/local, /usr, where that
/// of the newest Python comes first.
/// @throws DataError naming the places that were searched and both remedies.
std::filesystem::path find_gymnasium_asset(const std::string& file, const std::string& assets);

}  // namespace pianola
