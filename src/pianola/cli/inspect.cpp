// pianola inspect: look at a dataset of any supported format; problems first, each with a remedy.
#include "pianola/data/inspect.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "pianola/cli/inspection_text.hpp"
#include "pianola/cli/session.hpp"
#include "pianola/cli/verbs.hpp"
#include "pianola/data/formats.hpp"
#include "pianola/systems/registry.hpp"

namespace pianola::cli {
namespace {

struct InspectVerbOptions {
  std::string data, system, assets;
  std::vector<std::string> observation;
};

void inspect_dataset(const InspectVerbOptions& options, Session& session) {
  session.begin();
  ReadOptions read;
  read.observation = options.observation;
  const auto reader = open_dataset(options.data, read);
  InspectOptions inspection_options;
  if (!options.system.empty()) {
    inspection_options.range = make_system(options.system, {options.assets})->info().action_range;
  }
  const Inspection inspection = inspect(*reader, &session.progress(), inspection_options);
  session.print("inspect", to_json(inspection), inspection_text(inspection));
}

}  // namespace

void add_inspect(CLI::App& app, Session& session) {
  auto options = std::make_shared<InspectVerbOptions>();
  CLI::App* verb = app.add_subcommand("inspect", "look at a dataset: problems first");
  verb->add_option("data,--data", options->data, "the dataset")->required()->type_name("PATH");
  verb->add_option("--observation", options->observation, "observation fields to concatenate: a,b")->delimiter(',');
  verb->add_option("--system", options->system, "take the action range from this system")->type_name("SPEC");
  verb->add_option("--assets", options->assets, "where MJCF of gymnasium tasks lies")->type_name("DIR");
  verb->footer("example:\n  pianola inspect demos.hdf5");
  verb->callback([options, &session] { inspect_dataset(*options, session); });
}

}  // namespace pianola::cli
