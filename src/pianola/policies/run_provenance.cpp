#include "pianola/policies/run_provenance.hpp"

#include "pianola/base/toml_file.hpp"

namespace pianola {

namespace {

/// Empty if there is none.
toml::table config_of(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "config.toml";
  return std::filesystem::exists(file) ? read_toml(file) : toml::table();
}

std::map<std::string, std::string> texts_of(const toml::table& table) {
  std::map<std::string, std::string> texts;
  for (const auto& [name, node] : table) {
    if (const auto* text = node.as_string(); text != nullptr && !text->get().empty()) {
      texts.emplace(name.str(), text->get());
    }
  }
  return texts;
}

}  // namespace

std::map<std::string, std::string> run_provenance(const std::filesystem::path& folder) {
  const toml::table config = config_of(folder);
  const toml::table* notes = config["provenance"].as_table();
  return notes == nullptr ? std::map<std::string, std::string>() : texts_of(*notes);
}

std::map<std::string, std::string> run_options(const std::filesystem::path& folder) {
  return texts_of(config_of(folder));
}

}  // namespace pianola
