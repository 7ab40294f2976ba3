// pianola quantize: fit one or several quantizers to a dataset and compare what they cost.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>

#include "pianola/base/json.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/cli/action_options.hpp"
#include "pianola/cli/learned_encoders.hpp"
#include "pianola/cli/options.hpp"
#include "pianola/cli/overwrite.hpp"
#include "pianola/cli/plant_options.hpp"
#include "pianola/cli/quantize_page.hpp"
#include "pianola/cli/session.hpp"
#include "pianola/cli/spec_files.hpp"
#include "pianola/cli/verbs.hpp"
#include "pianola/control/deployment.hpp"
#include "pianola/data/formats.hpp"
#include "pianola/quantizers/action_spectrum.hpp"
#include "pianola/quantizers/audited_sensitivity.hpp"
#include "pianola/quantizers/compare.hpp"
#include "pianola/quantizers/quantizer_files.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/quantizers/saved.hpp"
#include "pianola/quantizers/sweep.hpp"
#include "pianola/systems/registry.hpp"

namespace pianola::cli {
namespace {

struct QuantizeOptions {
  std::string data, compare, system, assets, out, decoded, decoded_format, report, tokenizer, audit, by;
  std::vector<std::string> quantizers, sweeps;
  ReadOptions read;
  ActionDeclaration actions;
  std::size_t chunk = 1;
};

/// As inspect has it; but tokens would have to say whose they are, in the policy and on the robot.
void refuse_by(const QuantizeOptions& options) {
  if (options.by.empty()) return;
  throw UsageError(
      fmt::format("a quantizer has one range for all actions that it sees, not one for each {}: `inspect "
                  "--by {}` compares them; quantize and train each part apart, --subset {}=VALUE",
                  options.by, options.by, options.by));
}

std::vector<std::string> specs_of(const QuantizeOptions& options) {
  std::vector<std::string> specs = options.quantizers;
  if (!options.compare.empty()) {
    const auto listed = split_specs(options.compare, quantizer_names());
    specs.insert(specs.end(), listed.begin(), listed.end());
  }
  if (specs.empty()) throw UsageError("which quantizer? give --quantizer SPEC or --compare SPEC,SPEC,…");
  std::vector<Sweep> sweeps;
  sweeps.reserve(options.sweeps.size());
  for (const std::string& text : options.sweeps) sweeps.push_back(parse_sweep(text));
  specs = swept(specs, sweeps);
  if (!options.audit.empty()) specs = with_sensitivity(std::move(specs), read_audited_sensitivity(options.audit));
  const bool writes = !(options.out.empty() && options.decoded.empty() && options.tokenizer.empty());
  if (specs.size() > 1 && writes) {
    throw UsageError(fmt::format("-o, --write-decoded and --write-tokenizer take one quantizer, not {}", specs.size()));
  }
  if (!options.tokenizer.empty()) require_tokenizer(specs.front());
  return specs;
}

Json to_json(const Comparison& comparison) {
  Json rows = Json::array();
  for (const QuantizerReport& report : comparison.reports) {
    rows.push_back(to_json(report));
    rows.back()["gaussian_bound_rmse"] = number_or_null(gaussian_rmse(comparison, report.bits_per_action));
  }
  return rows;
}

void require_outputs_apart(const QuantizeOptions& options, const std::vector<std::string>& specs) {
  std::vector<std::string> inputs{options.data, options.audit};
  for (const std::string& spec : specs) {
    for (std::string& file : files_of_spec(spec)) inputs.push_back(std::move(file));
  }
  const std::vector<std::pair<const char*, std::string>> outputs{{"--out", options.out},
                                                                 {"--write-decoded", options.decoded},
                                                                 {"--report", options.report},
                                                                 {"--write-tokenizer", options.tokenizer}};
  for (const auto& [name, path] : outputs) {
    require_other_file(name, path, inputs);
    for (const auto& [other, taken] : outputs) {
      if (&path == &taken || path.empty()) break;
      if (path == taken) throw UsageError(fmt::format("{} and {} name the same file {}; give two", other, name, path));
    }
  }
}

/// Comparing looks at actions only, so that a dataset with bad observations can be quantized. What is written or asked
/// for by name is read, and checked, whole.
ReadOptions read_options_of(const QuantizeOptions& options) {
  ReadOptions read = options.read;
  read.actions_only = options.decoded.empty() && read.observation.empty() && !needs_observations(options.actions);
  return read;
}

void require_outputs(const QuantizeOptions& options, const std::vector<std::string>& specs) {
  require_outputs_apart(options, specs);
  require_writable("--out", options.out);
  require_writable("--report", options.report);
  require_writable("--write-decoded", options.decoded);
  require_writable_folder("--write-tokenizer", options.tokenizer);
}

QuantizerReport fit_and_measure(const std::string& spec, const QuantizeOptions& options, TrajectoryReader& reader,
                                const System* system, Session& session) {
  const auto actions = action_source(reader);
  const auto start = std::chrono::steady_clock::now();
  const auto quantizer = fit_to_dataset(spec, options.chunk, *actions, reader.info(), system, session.key(),
                                        autoencoder_trainer(), options.actions);
  const std::chrono::duration<double> fitted = std::chrono::steady_clock::now() - start;
  QuantizerReport report = measure_quantizer(*quantizer, *actions, session.key());
  report.loaded_from = saved_path(spec);
  if (report.loaded_from.empty()) report.fit_seconds = fitted.count();
  const QuantizerFiles files{options.out, options.tokenizer, options.decoded, options.decoded_format};
  for (const std::string& lost : write_quantizer_files(files, *quantizer, reader, session.key())) {
    session.say(options.decoded + ": lost: " + lost);
  }
  return report;
}

void quantize_dataset(const QuantizeOptions& options, Session& session) {
  session.begin();
  refuse_by(options);
  const std::vector<std::string> specs = specs_of(options);
  require_outputs(options, specs);
  const auto reader = open_dataset(options.data, read_options_of(options));
  std::shared_ptr<const System> system;
  if (!options.system.empty()) {
    system = make_system(options.system, {options.assets});
    note_origin(session, options.data, reader->info(), *system);
  }
  Comparison comparison{options.data, options.chunk, {}, {}};
  const ActionRepresentation representation = represent(options.actions, reader->info());
  comparison.spectrum = represented_spectrum(*action_source(*reader), representation, options.chunk, "quantize");
  for (const std::string& spec : specs) {
    comparison.reports.push_back(fit_and_measure(spec, options, *reader, system.get(), session));
  }
  if (!options.report.empty()) comparison_page(comparison, session.command_line).write(options.report);
  const std::string actions_are = representation.text();
  session.print("quantize", {{"actions", actions_are}, {"quantizers", to_json(comparison)}},
                comparison_text(comparison) + (options.actions.empty() ? "" : "actions: " + actions_are + "\n"));
}

}  // namespace

void add_quantize(CLI::App& app, Session& session) {
  auto options = std::make_shared<QuantizeOptions>();
  CLI::App* verb = app.add_subcommand("quantize", "fit one or several quantizers to a dataset and compare them");
  add_dataset(*verb, options->data)->required();
  add_text(*verb, "--compare", options->compare, "several: SPEC,SPEC,…", kSpec);
  add_texts(*verb, "--quantizer", options->quantizers, "one (repeatable)", kSpec);
  add_texts(*verb, "--sweep", options->sweeps,
            "an option over values: bins=2..1024 (doubling) or bins=3,5,9 (repeatable)", "KEY=VALUES");
  add_number(*verb, "--chunk", options->chunk, "actions a chunk", {.least = 1});
  add_reading(*verb, options->read);
  add_action_options(*verb, options->actions);
  add_text(*verb, "--by", options->by, "", kName)->group("");  // for its error alone
  add_text(*verb, "--system", options->system, "take the action range from this system", kSpec);
  add_text(*verb, "--assets", options->assets, "where MJCF of gymnasium tasks lies", kFolder);
  add_text(*verb, "--sensitivities-from", options->audit,
           "audit.json of the closed loop: what errors cost there, by dimension, for bits=auto", kPath);
  add_text(*verb, "-o,--out", options->out, "write the fitted quantizer (.json), to be named as saved:PATH", kPath);
  add_text(*verb, "--write-decoded", options->decoded, "write the dataset with q(u) in place of u, in its own format",
           kPath);
  add_text(*verb, "--format", options->decoded_format,
           "the format of --write-decoded (default: its extension, or its own)", kName);
  add_text(*verb, "--write-tokenizer", options->tokenizer,
           "fast: write the folder that Hugging Face's AutoTokenizer reads (AutoProcessor needs "
           "processing_action_tokenizer.py of physical-intelligence/fast copied into it)",
           kFolder);
  add_text(*verb, "--report", options->report, "write a page: error against bits per action", kPath);
  verb->footer(
      "example:\n  pianola quantize demos.hdf5 --compare uniform:bins=17,uniform:bins=17,representatives=ends\n"
      "  pianola quantize demos.hdf5 --compare uniform,kmeans --sweep bins=2..1024 --sweep k=4..256 --report "
      "page.html");
  verb->callback([options, &session] { quantize_dataset(*options, session); });
}

}  // namespace pianola::cli
