#include "pianola/policies/run_provenance.hpp"

#include "pianola/base/toml_file.hpp"

namespace pianola {

std::map<std::string, std::string> run_provenance(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "config.toml";
  if (!std::filesystem::exists(file)) return {};
  const toml::table config = read_toml(file);
  std::map<std::string, std::string> notes;
  if (const toml::table* table = config["provenance"].as_table()) {
    for (const auto& [name, node] : *table) {
      if (const auto* text = node.as_string()) notes.emplace(name.str(), text->get());
    }
  }
  return notes;
}

}  // namespace pianola
