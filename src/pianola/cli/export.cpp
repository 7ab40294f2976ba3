// pianola export: a deployable folder, and what fewer bits of its weights cost.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <optional>

#include "pianola/cli/options.hpp"
#include "pianola/cli/session.hpp"
#include "pianola/cli/verbs.hpp"
#include "pianola/data/formats.hpp"
#include "pianola/policies/exported_folder.hpp"
#include "pianola/policies/exported_loss.hpp"

namespace pianola::cli {
namespace {

struct ExportOptions {
  std::string run, out, weights = "fp32", data;
  ReadOptions read{.leave_out_images = true};
  std::size_t chunks = 4096;
};

Json to_json(const ExportedLoss& loss) {
  return {
      {"chunks", loss.chunks}, {"fp32", loss.full}, {"exported", loss.exported}, {"cost", loss.exported - loss.full}};
}

std::string to_text(const ExportedFolder& done, const std::optional<ExportedLoss>& loss) {
  const auto& about = done.description;
  std::string text = fmt::format("{}: {} with {} parameters, {} weights, {:.2f} MB\n", done.folder.string(),
                                 about["policy"].get<std::string>(), about["parameters"].get<std::size_t>(),
                                 about["weights"].get<std::string>(), 1e-6 * about["image_bytes"].get<double>());
  for (const std::string& file : done.files) text += "  " + file + "\n";
  if (!loss) return text;
  return text + fmt::format("log-loss on {} chunks: {:.5f} nats an action, {:+.2g} against fp32\n", loss->chunks,
                            loss->exported, loss->exported - loss->full);
}

void export_policy(const ExportOptions& options, Session& session) {
  session.begin();
  const WeightFormat weights = weight_format(options.weights);
  std::optional<ExportedLoss> loss;
  if (!options.data.empty()) {
    const auto reader = open_dataset(options.data, options.read);
    loss = exported_loss(options.run, weights, read_all(*reader), session.key(), options.chunks);
  }
  const ExportedFolder done = export_run(options.run, options.out, weights);
  Json fields = {{"folder", done.folder.string()}, {"files", done.files}};
  for (const auto& [key, value] : done.description.items()) {
    if (key != "pianola" && key != "format_version") fields[key] = value;
  }
  fields["log_loss"] = loss ? to_json(*loss) : Json();
  session.print("export", fields, to_text(done, loss));
}

}  // namespace

void add_export(CLI::App& app, Session& session) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* verb = app.add_subcommand("export", "a deployable folder of a run, and a C++ program that plays it");
  add_text(*verb, "run,--run", options->run, "the run of a training", kFolder)->required();
  add_text(*verb, "-o,--out", options->out, "the folder to write", kFolder)->required();
  add_text(*verb, "--weights", options->weights, "fp32, bf16 or int8 (transformers)", kName);
  add_text(*verb, "--data", options->data, "measures on these demonstrations what the weights cost in log-loss", kPath);
  add_number(*verb, "--chunks", options->chunks, "chunks of --data that are measured, drawn from all; 0: all");
  add_reading(*verb, options->read);
  verb->footer(
      "example:\n  pianola export runs/first -o robot\n"
      "  pianola export runs/first -o robot --weights bf16 --data demos.hdf5");
  verb->callback([options, &session] { export_policy(*options, session); });
}

}  // namespace pianola::cli
