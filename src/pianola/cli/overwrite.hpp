// A verb never writes over what it reads: `quantize demos.hdf5 --write-decoded demos.hdf5` would lose the
// demonstrations. Nor does it begin work whose result it cannot write.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pianola::cli {

/// @throws UsageError if `out`, given to `option`, is one of `inputs`: the same file or folder, whatever path, link or
/// case it is written in. Empty paths and files that do not exist are no obstacle.
void require_other_file(std::string_view option, const std::string& out, const std::vector<std::string>& inputs);

/// @throws UsageError if `out`, given to `option`, exists as a folder that is not empty, or, unless `force`, as a file;
/// a device may. Nobody's folder is ever removed.
void require_new_file(std::string_view option, const std::string& out, bool force);

/// Before long work: writes nothing, but tries. Empty paths are no obstacle. @throws ResourceError if `out`, given to
/// `option`, cannot be written.
void require_writable(std::string_view option, const std::string& out);

/// The same of a folder, which may have yet to be made, and those above it.
void require_writable_folder(std::string_view option, const std::string& out);

}  // namespace pianola::cli
