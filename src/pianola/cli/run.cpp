#include "pianola/cli/run.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>

#include "pianola/base/error.hpp"
#include "pianola/cli/arguments.hpp"
#include "pianola/cli/failure.hpp"
#include "pianola/cli/options.hpp"
#include "pianola/cli/usage_message.hpp"
#include "pianola/cli/verbs.hpp"

namespace pianola::cli {
namespace {

constexpr const char* kAbout =
    "Pianola turns demonstrations into tokens, learns them by log-loss, plays them back in closed loop,\n"
    "and says beforehand how far the playback can drift from the expert.";

void add_common_options(CLI::App& verb, Session& session) {
  verb.add_flag("--json", session.json, "print one JSON object");
  add_number(verb, "--seed", session.seed, "of all randomness");
  add_number(verb, "--threads", session.threads, "0: all cores", {.least = 0});
  verb.add_flag("--quiet", session.quiet, "no progress, no remarks");
  // Read by expand_configuration before parsing; listed here for --help.
  verb.add_option("--config", "options from a TOML file: keys are option names")->type_name(kPath);
  verb.add_option("--set", "one option: key=value, over the file")->type_name("KEY=VALUE");
  for (CLI::Option* option : verb.get_options()) {
    // Repeatable options have said so (TakeAll); of all others the last one wins, so that typed ones override files.
    if (option->get_items_expected_max() == 1 && option->get_multi_option_policy() == CLI::MultiOptionPolicy::Throw) {
      option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
  }
}

int parse_and_run(CLI::App& app, const std::vector<std::string>& arguments, Streams& streams) {
  std::vector<std::string> expanded = expand_configuration(arguments);
  const std::vector<std::string> in_order = expanded;
  std::reverse(expanded.begin(), expanded.end());  // CLI11 wants them so
  try {
    app.parse(expanded);
    return 0;
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    streams.out << (chosen.empty() ? app.help() : chosen.front()->help("pianola"));
    streams.flush();
    return 0;
  } catch (const CLI::CallForVersion&) {
    streams.out << "pianola " << PIANOLA_VERSION << '\n';
    streams.flush();
    return 0;
  } catch (const CLI::ParseError& error) {
    throw UsageError(usage_message(app, in_order, error));
  }
}

}  // namespace

int run(const std::vector<std::string>& arguments, Streams streams) {
  Session session(streams);
  session.command_line = "pianola";
  for (const std::string& argument : arguments) session.command_line += " " + argument;
  CLI::App app(kAbout, "pianola");
  app.set_help_flag("-h,--help", "print this help");
  app.set_version_flag("--version", PIANOLA_VERSION, "print the version");
  app.require_subcommand(1);
#define PIANOLA_ADD_VERB(name) add_##name(app, session);
  PIANOLA_VERBS(PIANOLA_ADD_VERB)
#undef PIANOLA_ADD_VERB
  for (CLI::App* verb : app.get_subcommands([](CLI::App*) { return true; })) {
    add_common_options(*verb, session);
  }
  try {
    const int code = parse_and_run(app, arguments, streams);
    return code == 0 && session.check_failed ? 1 : code;
  } catch (...) {
    return report_failure(std::current_exception(), streams.err);
  }
}

}  // namespace pianola::cli
