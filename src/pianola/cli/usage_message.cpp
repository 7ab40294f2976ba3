#include "pianola/cli/usage_message.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>

#include "pianola/base/error.hpp"

namespace pianola::cli {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// "--seed", "-o": a word that can only be an option; "-1" is a number, "-" a file.
bool is_option(const std::string& word) {
  return word.size() > 1 && word[0] == '-' &&
         (word[1] == '-' || std::isalpha(static_cast<unsigned char>(word[1])) != 0);
}

std::vector<std::string> verb_names(CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](CLI::App*) { return true; })) names.push_back(verb->get_name());
  return names;
}

std::vector<std::string> long_names(const CLI::App& verb) {
  std::vector<std::string> names;
  for (const CLI::Option* option : verb.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

bool has_short_name(const CLI::App& verb, char letter) {
  for (const CLI::Option* option : verb.get_options()) {
    if (contains(option->get_snames(), std::string(1, letter))) return true;
  }
  return false;
}

std::string unknown_short_message(const CLI::App& verb, char letter) {
  std::vector<std::string> near;
  for (const std::string& name : long_names(verb)) {
    if (name[2] == letter) near.push_back(name);
  }
  std::string message = fmt::format("no option of '{}' named '-{}'; ", verb.get_name(), letter);
  if (!near.empty()) message += fmt::format("did you mean {}? ", fmt::join(near, " or "));
  return message + fmt::format("pianola {} --help lists all", verb.get_name());
}

/// The first option that the verb does not have, or "".
std::string unknown_option_message(const CLI::App& verb, const std::vector<std::string>& words) {
  const auto known = long_names(verb);
  for (const std::string& word : words) {
    if (!is_option(word)) continue;
    const std::string name = word.substr(0, word.find('='));
    if (name[1] != '-' && !has_short_name(verb, name[1])) return unknown_short_message(verb, name[1]);
    if (name[1] == '-' && name != "--" && !contains(known, name)) {
      return unknown_name_message("option of '" + verb.get_name() + "'", name, known);
    }
  }
  return "";
}

std::string missing_verb_message(const std::vector<std::string>& words, const std::vector<std::string>& verbs) {
  if (words.empty()) return "which verb? pianola --help lists them, and pianola demo shows what they do together";
  const auto verb = std::find_if(words.begin(), words.end(), [&](const auto& word) { return contains(verbs, word); });
  const std::string name = verb == words.end() ? "VERB" : *verb;
  return fmt::format("options follow the verb: pianola {} {} …; pianola --help lists the verbs", name, words[0]);
}

}  // namespace

std::string usage_message(CLI::App& app, const std::vector<std::string>& words, const CLI::ParseError& error) {
  const auto verbs = verb_names(app);
  if (words.empty() || words[0].rfind('-', 0) == 0) return missing_verb_message(words, verbs);
  if (!contains(verbs, words[0]))
    return unknown_name_message("verb", words[0], verbs) + "; pianola --help explains them";
  const CLI::App& verb = *app.get_subcommand(words[0]);
  if (std::string unknown = unknown_option_message(verb, words); !unknown.empty()) return unknown;
  const std::string hint = fmt::format("; pianola {} --help shows how", words[0]);
  const std::string what = error.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    return fmt::format("'{}' does not take '{}'{}", words[0], fmt::join(verb.remaining(), "', '"), hint);
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {  // "--seed: 1 required N missing"
    return fmt::format("{} needs one value{}", what.substr(0, what.find(':')), hint);
  }
  if (what.rfind("--data is required", 0) == 0)
    return fmt::format("a dataset is required: pianola {0} DATA{1}", words[0], hint);
  if (what.rfind("--out is required", 0) == 0) {
    return fmt::format("'{}' needs a place to write: -o {}{}", words[0], verb.get_option("--out")->get_type_name(),
                       hint);
  }
  return what + hint;
}

}  // namespace pianola::cli
