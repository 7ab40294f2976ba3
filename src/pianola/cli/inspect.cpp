// pianola inspect: look at a dataset of any supported format; problems first, each with a remedy. It is done (exit 0)
// when it could look, however bad what it saw; a check that fails on problems is a line of jq over --json.
#include "pianola/data/inspect.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "pianola/cli/action_options.hpp"
#include "pianola/cli/inspection_text.hpp"
#include "pianola/cli/options.hpp"
#include "pianola/cli/session.hpp"
#include "pianola/cli/verbs.hpp"
#include "pianola/data/formats.hpp"
#include "pianola/data/represented_statistics.hpp"
#include "pianola/systems/registry.hpp"

namespace pianola::cli {
namespace {

struct InspectVerbOptions {
  std::string data, system, assets;
  ReadOptions read{.leave_out_images = true};
  ActionDeclaration actions;
  std::size_t chunk = 1;
};

void inspect_dataset(const InspectVerbOptions& options, Session& session) {
  session.begin();
  const auto reader = open_dataset(options.data, options.read);
  InspectOptions inspection_options;
  if (!options.system.empty()) {
    inspection_options.range = make_system(options.system, {options.assets})->info().action_range;
  }
  const Inspection inspection = inspect(*reader, &session.progress(), inspection_options);
  Json fields = to_json(inspection);
  std::string text = inspection_text(inspection);
  if (!options.actions.empty()) {
    const auto source = action_source(*reader);
    const auto represented = represented_statistics(*source, represent(options.actions, reader->info()), options.chunk);
    fields["represented"] = to_json(represented);
    text += represented_text(represented);
  }
  session.print("inspect", fields, text);
}

}  // namespace

void add_inspect(CLI::App& app, Session& session) {
  auto options = std::make_shared<InspectVerbOptions>();
  CLI::App* verb = app.add_subcommand("inspect", "look at a dataset: problems first");
  add_dataset(*verb, options->data)->required();
  add_reading(*verb, options->read);
  add_action_options(*verb, options->actions);
  add_number(*verb, "--chunk", options->chunk, "actions a chunk, for --frame", {.least = 1});
  add_text(*verb, "--system", options->system, "take the action range from this system", kSpec);
  add_text(*verb, "--assets", options->assets, "where MJCF of gymnasium tasks lies", kFolder);
  verb->footer(
      "exit: 0 if it could look, whatever problems it lists; 3 if it could not\n"
      "example:\n  pianola inspect demos.hdf5");
  verb->callback([options, &session] { inspect_dataset(*options, session); });
}

}  // namespace pianola::cli
