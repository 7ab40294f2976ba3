// pianola completion: a bash completion script, made from the verbs, options and registries that this program has.
//
// Verbs, options, and their values: names of systems, experts, quantizers, policies and controllers where a spec is
// asked for (without the blank after it: options may follow a colon), the keys of a spec after its colon and commas,
// files and folders where a path is.
#include <CLI/CLI.hpp>
#include <map>
#include <set>

#include "pianola/cli/options.hpp"
#include "pianola/cli/session.hpp"
#include "pianola/cli/verbs.hpp"
#include "pianola/control/augmentation.hpp"
#include "pianola/control/controller.hpp"
#include "pianola/experts/expert.hpp"
#include "pianola/policies/registry.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/systems/registry.hpp"

namespace pianola::cli {
namespace {

template <class Entry>
std::string names_of(std::span<const Entry> entries) {
  std::string names;
  for (const Entry& entry : entries) names += (names.empty() ? "" : " ") + entry.name;
  return names;
}

/// The first words of the specs that an option takes, "" where none are known. The same word means the same thing for
/// every verb that has it.
std::string specs_of(const std::string& option) {
  static const std::map<std::string, std::string> known = {
      {"system", names_of(systems())},     {"expert", names_of(experts())},  {"quantizer", names_of(quantizers())},
      {"compare", names_of(quantizers())}, {"policy", names_of(policies())}, {"controller", names_of(controllers())},
      {"by", names_of(augmentations())}};
  const auto at = known.find(option);
  return at == known.end() ? "" : at->second;
}

template <class Entry>
void add_keys(std::span<const Entry> entries, std::map<std::string, std::set<std::string>>& keys) {
  for (const Entry& entry : entries) {
    for (const OptionHelp& option : entry.options) keys[entry.name].insert(option.name + "=");
  }
}

/// Cases of bash: the keys of each name. A name that two registries know (trap) has the keys of both.
std::string keys_of_names() {
  std::map<std::string, std::set<std::string>> keys;
  add_keys(systems(), keys);
  add_keys(experts(), keys);
  add_keys(quantizers(), keys);
  add_keys(policies(), keys);
  add_keys(controllers(), keys);
  add_keys(augmentations(), keys);
  std::string cases;
  for (const auto& [name, own] : keys) {
    std::string words;
    for (const std::string& key : own) words += (words.empty() ? "" : " ") + key;
    cases += "    " + name + ") keys='" + words + "' ;;\n";
  }
  return cases;
}

/// What the script does for the value of an option: "specs 'a b'", "files", "folders" or "nothing".
std::string action_of(const CLI::Option& option) {
  const std::string kind = option.get_type_name();
  if (kind == kPath) return "files";
  if (kind == kFolder) return "folders";
  for (const std::string& name : option.get_lnames()) {
    if (const std::string specs = specs_of(name); !specs.empty()) return "specs '" + specs + "'";
  }
  return "nothing";
}

/// "--out|-o": how a case in bash matches the option.
std::string pattern_of(const CLI::Option& option) {
  std::string pattern;
  for (const std::string& name : option.get_lnames()) pattern += (pattern.empty() ? "--" : "|--") + name;
  for (const std::string& name : option.get_snames()) pattern += (pattern.empty() ? "-" : "|-") + name;
  return pattern;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

std::string cases_of(const CLI::App& verb) {
  std::string words, cases;
  bool takes_file = false;
  for (const CLI::Option* option : verb.get_options()) {
    if (option->get_positional()) takes_file = takes_file || action_of(*option) == "files";
    for (const std::string& name : option->get_lnames()) words += (words.empty() ? "--" : " --") + name;
    if (!takes_value(*option) || (option->get_lnames().empty() && option->get_snames().empty())) continue;
    cases += "        " + pattern_of(*option) + ") _pianola_" + action_of(*option) + " ;;\n";
  }
  return "    " + verb.get_name() + ")\n      options='" + words + "' argument=" + (takes_file ? "files" : "nothing") +
         "\n      case $option in\n" + cases + "        *) known= ;;\n      esac ;;\n";
}

// With '=' and ':' among the characters that break words, "--system=ca" is three words, and so is "uniform:b".
constexpr const char* kHead =
    R"(# bash completion of pianola; install as /etc/bash_completion.d/pianola or: source <(pianola completion)
_pianola_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current"); }
_pianola_specs() { _pianola_words "$1"; compopt -o nospace 2>/dev/null; }
_pianola_files() { mapfile -t COMPREPLY < <(compgen -f -- "$current"); compopt -o filenames 2>/dev/null; }
_pianola_folders() { mapfile -t COMPREPLY < <(compgen -d -- "$current"); compopt -o filenames 2>/dev/null; }
_pianola_nothing() { COMPREPLY=(); }
_pianola_keys() {  # of the spec that the cursor stands in: behind its colon or a comma
  local keys= prefix= word=$current before=${COMP_WORDS[COMP_CWORD-1]} i=$COMP_CWORD
  while [[ $i -gt 2 && ${COMP_WORDS[i]} != ':' ]]; do ((i--)); done
  [[ ${COMP_WORDS[i]} == ':' && $current != '=' ]] || return
  case ${COMP_WORDS[i-1]##*,} in
)";
constexpr const char* kBegin = R"(  esac
  if [[ $current == ':' ]]; then
    word=
  elif [[ $current == *,* ]]; then
    prefix="${current%,*}," word=${current##*,}
  elif [[ $before != ':' ]]; then
    return  # a value
  fi
  mapfile -t COMPREPLY < <(compgen -P "$prefix" -W "$keys" -- "$word")
  compopt -o nospace 2>/dev/null
}
_pianola() {
  local current=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]} options= argument=nothing known=yes
  COMPREPLY=()
  if [[ $COMP_CWORD -eq 1 ]]; then
)";
constexpr const char* kMiddle = R"(    return
  fi
  if [[ $current == '=' && $option == --* ]]; then
    current=
  elif [[ $option == '=' && ${COMP_WORDS[COMP_CWORD-2]} == --* ]]; then
    option=${COMP_WORDS[COMP_CWORD-2]}
  elif [[ $option == [:=] || $current == [:=] ]]; then
    _pianola_keys
    return
  elif [[ $current == -* ]]; then
    option=  # a value never begins with a dash
  fi
  case ${COMP_WORDS[1]} in
)";
constexpr const char* kTail = R"(    *) return ;;
  esac
  if [[ -n $known ]]; then
    return
  elif [[ $current == -* ]]; then
    _pianola_words "$options"
  else
    "_pianola_$argument"
  fi
}
complete -F _pianola pianola
)";

std::string bash_script(const CLI::App& app) {
  std::string verbs, cases;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    verbs += (verbs.empty() ? "" : " ") + verb->get_name();
    cases += cases_of(*verb);
  }
  return kHead + keys_of_names() + kBegin + ("    _pianola_words '" + verbs + "'\n") + kMiddle + cases + kTail;
}

}  // namespace

void add_completion(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("completion", "print a bash completion script");
  verb->footer("example:\n  source <(pianola completion)");
  verb->callback([&app, &session] {
    session.begin();
    const std::string script = bash_script(app);
    session.print("completion", {{"script", script}}, script);
  });
}

}  // namespace pianola::cli
