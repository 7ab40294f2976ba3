// pianola collect: expert demonstrations of a system → dataset.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "pianola/base/json.hpp"
#include "pianola/cli/options.hpp"
#include "pianola/cli/overwrite.hpp"
#include "pianola/cli/plant_options.hpp"
#include "pianola/cli/source_entropy.hpp"
#include "pianola/cli/spec_files.hpp"
#include "pianola/cli/verbs.hpp"
#include "pianola/control/collect.hpp"
#include "pianola/data/formats.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola::cli {
namespace {

struct CollectOptions {
  PlantOptions plant;
  std::size_t trajectories = 50;
  std::uint32_t horizon = 0;
  std::string perturb, out, format;
  bool force = false, allow_unstable = false;
};

std::string to_text(const std::string& out, const Collection& result) {
  std::string text = fmt::format("{}: {} {}, {} {}, return {}, {} ended early", out, result.trajectories,
                                 result.trajectories == 1 ? "trajectory" : "trajectories", result.steps,
                                 result.steps == 1 ? "step" : "steps", format_plus_minus(result.total_return),
                                 format_percent(result.terminated_fraction));
  if (result.diverged_fraction > 0.0) {
    text += fmt::format(", {} diverged and are cut off before that step", format_percent(result.diverged_fraction));
  }
  return text + "\n";
}

void collect_dataset(const CollectOptions& options, Session& session) {
  session.begin();
  require_other_file("--out", options.out, files_of_spec(options.plant.expert));
  require_other_file("--out", options.out, files_of_spec(options.plant.system));
  require_new_file("--out", options.out, options.force);
  const Perturbation perturbation = parse_perturbation(options.perturb);
  DeploymentRequest request;
  // The dataset says what made it, and is read from any folder.
  request.system = with_absolute_files(options.plant.system);
  request.expert = with_absolute_files(options.plant.expert);
  request.assets = options.plant.assets;
  std::vector<std::string> notes;
  request.note = [&notes](const std::string& note) { notes.push_back(note); };
  const Deployment plant = make_plant(request);
  // What is learned from an expert that loses the plant loses it too.
  require_stabilising("collect", plant, options.allow_unstable);
  for (const std::string& note : notes) session.say("note: " + note);
  if (plant.expert == nullptr) {
    throw UsageError("system '" + options.plant.system + "' has no expert of its own; name one with --expert");
  }
  CollectPlan plan;
  plan.system = plant.system;
  plan.expert = plant.expert;
  plan.key = session.key();
  plan.trajectories = options.trajectories;
  plan.horizon = options.horizon;
  plan.perturb_sigma = perturbation.sigma;
  plan.clean = perturbation.clean;
  plan.progress = &session.progress();
  const auto writer = create_dataset(options.out, collected_info(plan), options.format);
  const Collection result = collect(plan, [&](const Trajectory& trajectory) { writer->write(trajectory); });
  writer->finish();
  Json fields = {{"dataset", options.out},
                 {"trajectories", result.trajectories},
                 {"steps", result.steps},
                 {"return", to_json(result.total_return)},
                 {"terminated_fraction", result.terminated_fraction},
                 {"diverged_fraction", result.diverged_fraction}};
  const auto entropy = source_entropy(plan.system.get());
  add_source_entropy(entropy, fields);
  session.print("collect", fields, to_text(options.out, result) + source_entropy_text(entropy));
}

}  // namespace

void add_collect(CLI::App& app, Session& session) {
  auto options = std::make_shared<CollectOptions>();
  CLI::App* verb = app.add_subcommand("collect", "expert demonstrations of a system → dataset");
  add_plant_options(*verb, options->plant, true);
  add_number(*verb, "--trajectories", options->trajectories, "how many", {.least = 1});
  add_number(*verb, "--horizon", options->horizon, "steps (default: the system's)", {.least = 1});
  add_text(*verb, "--perturb", options->perturb,
           "execute u + σz in a fraction 1 − clean of the trajectories, keep the clean label: sigma=0.3,clean=0.5",
           "KEY=VALUE,…");
  add_text(*verb, "-o,--out", options->out, "the dataset: a file or a folder, as the format has it", kPath)->required();
  add_text(*verb, "--format", options->format, "the format to write (default: by the extension of --out)", kName);
  add_allow_unstable(*verb, options->allow_unstable);
  verb->add_flag("--force", options->force, "write over a dataset that exists, if it is a file");
  verb->footer("example:\n  pianola collect --system cart_pole --trajectories 50 -o demos.hdf5");
  verb->callback([options, &session] { collect_dataset(*options, session); });
}

}  // namespace pianola::cli
