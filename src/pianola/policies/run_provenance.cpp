#include "pianola/policies/run_provenance.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {

std::map<std::string, std::string> run_provenance(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "config.toml";
  if (!std::filesystem::exists(file)) return {};
  toml::table config;
  try {
    config = toml::parse(read_file(file), file.string());
  } catch (const toml::parse_error& error) {
    throw DataError(fmt::format("{}, line {}: {}; mend the TOML, or restore it from the run", file.string(),
                                error.source().begin.line, error.description()));
  }
  std::map<std::string, std::string> notes;
  if (const toml::table* table = config["provenance"].as_table()) {
    for (const auto& [name, node] : *table) {
      if (const auto* text = node.as_string()) notes.emplace(name.str(), text->get());
    }
  }
  return notes;
}

}  // namespace pianola
