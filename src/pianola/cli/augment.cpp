// pianola augment: demonstrations and what is relabelled from them → dataset.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>

#include "pianola/cli/options.hpp"
#include "pianola/cli/overwrite.hpp"
#include "pianola/cli/plant_options.hpp"
#include "pianola/cli/session.hpp"
#include "pianola/cli/verbs.hpp"
#include "pianola/control/augmentation.hpp"
#include "pianola/data/formats.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola::cli {
namespace {

struct AugmentOptions {
  PlantOptions plant;
  std::string data, run, by, out, format;
  ReadOptions read{.leave_out_images = true};
  bool force = false;
};

Json to_json(const AugmentedDataset& made, const std::string& out) {
  return {{"dataset", out},
          {"augmentation", made.spec},
          {"trajectories", made.data.size()},
          {"steps", made.data.steps()},
          {"demonstrations", made.demonstrations},
          {"unused_demonstrations", made.unused},
          {"relabelled", made.relabelled},
          {"relabelled_steps", made.relabelled_steps},
          {"off_label_steps", made.off_label},
          {"cut_short", made.cut_short}};
}

std::string to_text(const AugmentedDataset& made, const AugmentOptions& options) {
  std::string text = fmt::format("{}: {} demonstrations of {} steps, {} trajectories of {} steps relabelled by {}",
                                 options.out, made.demonstrations, made.data.steps() - made.relabelled_steps,
                                 made.relabelled, made.relabelled_steps, made.spec);
  if (made.off_label > 0) {
    text +=
        fmt::format("; {} of the steps were executed otherwise than labelled",
                    format_percent(static_cast<double>(made.off_label) / static_cast<double>(made.relabelled_steps)));
  }
  if (made.cut_short > 0) text += fmt::format("; {} ended before what they follow did", made.cut_short);
  if (made.unused > 0) text += fmt::format("; nothing was made of {} demonstrations", made.unused);
  return text + fmt::format("\nnext: pianola train {} --start-from {} -o …\n", options.out, options.run);
}

void augment_dataset(const AugmentOptions& options, Session& session) {
  session.begin();
  require_other_file("--out", options.out, {options.data});
  require_new_file("--out", options.out, options.force);
  const auto reader = open_dataset(options.data, options.read);
  const Dataset demonstrations = read_all(*reader);
  DeploymentRequest request;
  request.run = options.run;
  request.system = options.plant.system;
  request.expert = options.plant.expert;
  request.assets = options.plant.assets;
  request.note = [&session](const std::string& note) { session.say("note: " + note); };
  const AugmentPlan plan{&demonstrations, make_deployment_of_run(request), session.key(), &session.progress()};
  const AugmentedDataset made = augment(options.by, plan);
  const auto left_out = left_out_by_augmenting(demonstrations);
  if (!left_out.empty()) {
    session.say(fmt::format("note: {} of {} are not written: relabelled states have none", fmt::join(left_out, ", "),
                            options.data));
  }
  const auto writer = create_dataset(options.out, made.data.info(), options.format);
  for (std::size_t i = 0; i < made.data.size(); ++i) writer->write(made.data.trajectory(i));
  writer->finish();
  for (const std::string& lost : writer->lost()) session.say("note: not written: " + lost);
  session.print("augment", to_json(made, options.out), to_text(made, options));
}

}  // namespace

void add_augment(CLI::App& app, Session& session) {
  auto options = std::make_shared<AugmentOptions>();
  CLI::App* verb = app.add_subcommand("augment", "demonstrations and what is relabelled from them → dataset");
  add_dataset(*verb, options->data)->required();
  add_text(*verb, "--run", options->run, "the run whose tokens, policy and transition model relabel", kFolder)
      ->required();
  add_text(*verb, "--by", options->by,
           "how: model:steps=10 (states that the model rolls), closest:k=8 (rollouts kept near the demonstrations)",
           kSpec)
      ->required();
  add_plant_options(*verb, options->plant, false);
  add_reading(*verb, options->read);
  add_text(*verb, "-o,--out", options->out, "the dataset: a file or a folder, as the format has it", kPath)->required();
  add_text(*verb, "--format", options->format, "the format to write (default: by the extension of --out)", kName);
  verb->add_flag("--force", options->force, "write over a dataset that exists, if it is a file");
  verb->footer(
      "example:\n  pianola augment demos.hdf5 --run runs/first --by closest:k=8 -o more.hdf5\n"
      "  pianola train more.hdf5 --start-from runs/first --steps 3000 -o runs/second");
  verb->callback([options, &session] { augment_dataset(*options, session); });
}

}  // namespace pianola::cli
