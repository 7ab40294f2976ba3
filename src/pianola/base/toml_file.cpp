#include "pianola/base/toml_file.hpp"

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {

toml::table parse_toml(std::string_view text, const std::string& where) {
  try {
    return toml::parse(text, where);
  } catch (const toml::parse_error& error) {
    throw DataError(where + ", line " + std::to_string(error.source().begin.line) + ": " +
                    std::string(error.description()) + "; mend the TOML");
  }
}

toml::table read_toml(const std::filesystem::path& file) { return parse_toml(read_file(file), file.string()); }

}  // namespace pianola
