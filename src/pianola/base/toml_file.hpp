// Reading TOML: one message for all files that do not parse.
#pragma once

#include <toml++/toml.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace pianola {

/// where: the file's name, for errors. @throws DataError "FILE, line N: what is wrong; mend the TOML".
toml::table parse_toml(std::string_view text, const std::string& where);

/// @throws DataError as parse_toml, and as read_file for a file that is not there; ResourceError if it cannot be read.
toml::table read_toml(const std::filesystem::path& file);

}  // namespace pianola
