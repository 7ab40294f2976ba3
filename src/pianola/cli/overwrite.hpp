// A verb never writes over what it reads: `quantize demos.hdf5 --write-decoded demos.hdf5` would lose the
// demonstrations.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pianola::cli {

/// @throws UsageError if `out`, given to `option`, is one of `inputs`: the same file or folder, whatever path, link or
/// case it is written in. Empty paths and files that do not exist are no obstacle.
void require_other_file(std::string_view option, const std::string& out, const std::vector<std::string>& inputs);

}  // namespace pianola::cli
