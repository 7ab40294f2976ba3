// pianola completion: a bash completion script, made from the verbs and options that this program has.
#include <CLI/CLI.hpp>

#include "pianola/cli/session.hpp"
#include "pianola/cli/verbs.hpp"

namespace pianola::cli {
namespace {

std::string words_of(const CLI::App& verb) {
  std::string words;
  for (const CLI::Option* option : verb.get_options()) {
    for (const std::string& name : option->get_lnames()) words += (words.empty() ? "--" : " --") + name;
  }
  return words;
}

std::string bash_script(const CLI::App& app) {
  std::string verbs, cases;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    verbs += (verbs.empty() ? "" : " ") + verb->get_name();
    cases += "    " + verb->get_name() + ") words=\"" + words_of(*verb) + "\" ;;\n";
  }
  return "# bash completion of pianola; install as /etc/bash_completion.d/pianola or: source <(pianola completion)\n"
         "_pianola() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} words=\n"
         "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
         "    words=\"" +
         verbs +
         "\"\n"
         "  else\n"
         "    case ${COMP_WORDS[1]} in\n" +
         cases +
         "    esac\n"
         "  fi\n"
         "  if [[ $current == -* || $COMP_CWORD -eq 1 ]]; then\n"
         "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
         "  else\n"
         "    mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
         "  fi\n"
         "}\n"
         "complete -o filenames -F _pianola pianola\n";
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
