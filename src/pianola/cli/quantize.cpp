// pianola quantize: fit one or several quantizers to a dataset and compare what they cost.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <utility>

#include "pianola/base/json.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/cli/action_options.hpp"
#include "pianola/cli/keyed_comparison.hpp"
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
#include "pianola/data/selected_trajectories.hpp"
#include "pianola/quantizers/action_spectrum.hpp"
#include "pianola/quantizers/audited_sensitivity.hpp"
#include "pianola/quantizers/compare.hpp"
#include "pianola/quantizers/keyed_quantizers.hpp"
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
  if (!options.tokenizer.empty()) require_tokenizer(specs.front(), options.by);
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

void note_other_part(Session& session, const std::string& spec, TrajectoryReader& reader) {
  if (const std::string note = other_part_note(spec, reader); !note.empty()) session.say("note: " + note);
}

struct Fitted {
  std::shared_ptr<const Quantizer> quantizer;
  double seconds = 0.0;
};

/// To the actions of `reader`.
Fitted fit(const std::string& spec, const QuantizeOptions& options, TrajectoryReader& reader, const System* system,
           Session& session) {
  const auto actions = action_source(reader);
  const auto start = std::chrono::steady_clock::now();
  auto quantizer = fit_to_dataset(spec, options.chunk, *actions, reader.info(), system, session.key(),
                                  autoencoder_trainer(), options.actions);
  const std::chrono::duration<double> fitted = std::chrono::steady_clock::now() - start;
  return {std::move(quantizer), fitted.count()};
}

QuantizerReport measure(const std::string& spec, const Fitted& fitted, const ActionSource& actions, Session& session) {
  QuantizerReport report = measure_quantizer(*fitted.quantizer, actions, session.key());
  report.loaded_from = saved_path(spec);
  if (report.loaded_from.empty()) report.fit_seconds = fitted.seconds;
  return report;
}

/// fitted: one quantizer, or one for each value of an attribute.
template <class Quantizers>
void write_files(const QuantizeOptions& options, const Quantizers& fitted, TrajectoryReader& reader, Session& session) {
  const QuantizerFiles files{options.out, options.tokenizer, options.decoded, options.decoded_format};
  for (const std::string& lost : write_quantizer_files(files, fitted, reader, session.key())) {
    session.say(options.decoded + ": lost: " + lost);
  }
}

/// Each scheme fitted to all trajectories.
Comparison compare(const std::vector<std::string>& specs, const QuantizeOptions& options, TrajectoryReader& reader,
                   const System* system, Session& session) {
  Comparison comparison{options.data, options.chunk, {}, {}};
  comparison.spectrum = represented_spectrum(*action_source(reader), represent(options.actions, reader.info()),
                                             options.chunk, "quantize");
  for (const std::string& spec : specs) {
    note_other_part(session, spec, reader);
    const Fitted fitted = fit(spec, options, reader, system, session);
    comparison.reports.push_back(measure(spec, fitted, *action_source(reader), session));
    write_files(options, *fitted.quantizer, reader, session);
  }
  return comparison;
}

/// Each scheme fitted to the trajectories of each value of --by, beside the same scheme fitted to all.
KeyedComparison compare_by(const std::vector<std::string>& specs, const QuantizeOptions& options,
                           TrajectoryReader& reader, const System* system, Session& session) {
  KeyedComparison comparison{options.data, options.by, options.chunk, {}};
  for (const std::string& spec : specs) {
    std::vector<double> seconds;
    const KeyedQuantizers keyed = fit_keyed(reader, options.by, [&](TrajectoryReader& part) {
      Fitted fitted = fit(spec, options, part, system, session);
      seconds.push_back(fitted.seconds);
      return std::move(fitted.quantizer);
    });
    const auto shared = fit(spec, options, reader, system, session).quantizer;
    for (std::size_t i = 0; i < keyed.parts.size(); ++i) {
      const KeyedQuantizer& part = keyed.parts[i];
      const auto own = select_trajectories(reader, part.trajectories);
      const auto actions = action_source(*own);
      const QuantizerReport of_all = measure_quantizer(
          *shared, *actions, session.key(), {.token_errors = 0, .timing_seconds = 0.0, .entropy_interval = false});
      comparison.rows.push_back({part.value, measure(spec, {part.quantizer, seconds[i]}, *actions, session),
                                 of_all.epsilon_in, part.quantizer->fingerprint() == shared->fingerprint()});
    }
    write_files(options, keyed, reader, session);
  }
  return comparison;
}

void quantize_dataset(const QuantizeOptions& options, Session& session) {
  session.begin();
  const std::vector<std::string> specs = specs_of(options);
  require_outputs(options, specs);
  const auto reader = open_dataset(options.data, read_options_of(options));
  std::shared_ptr<const System> system;
  if (!options.system.empty()) {
    system = make_system(options.system, {options.assets});
    note_origin(session, options.data, reader->info(), *system);
  }
  const std::string actions_are = represent(options.actions, reader->info()).text();
  const std::string footer = options.actions.empty() ? "" : "actions: " + actions_are + "\n";
  if (!options.by.empty()) {
    const KeyedComparison comparison = compare_by(specs, options, *reader, system.get(), session);
    if (!options.report.empty()) keyed_comparison_page(comparison, session.command_line).write(options.report);
    session.print("quantize", {{"actions", actions_are}, {"quantizers", to_json(comparison)}},
                  keyed_comparison_text(comparison) + footer);
    return;
  }
  const Comparison comparison = compare(specs, options, *reader, system.get(), session);
  if (!options.report.empty()) comparison_page(comparison, session.command_line).write(options.report);
  session.print("quantize", {{"actions", actions_are}, {"quantizers", to_json(comparison)}},
                comparison_text(comparison) + footer);
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
  add_text(
      *verb, "--by", options->by,
      "fit one for each value of this attribute (robot_type, task), beside one for all; -o keeps them in one file, "
      "saved:PATH,part=robot_type=so100 names one",
      kName);
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
