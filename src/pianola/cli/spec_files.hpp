// Files that specs name: expert.hdf5 of "mlp:expert.hdf5".
#pragma once

#include <string>
#include <vector>

namespace pianola::cli {

/// Paths that the values of a spec name and that exist. None for a spec that cannot be parsed: whoever makes the thing
/// says so.
std::vector<std::string> files_of_spec(const std::string& spec);

/// The spec with the paths of files_of_spec absolute, so that it means the same from any folder; else as it is.
std::string with_absolute_files(const std::string& spec);

}  // namespace pianola::cli
