// pianola quantize: fit one or several quantizers to a dataset and compare what they cost.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "pianola/base/file.hpp"
#include "pianola/cli/options.hpp"
#include "pianola/cli/overwrite.hpp"
#include "pianola/cli/session.hpp"
#include "pianola/cli/verbs.hpp"
#include "pianola/control/deployment.hpp"
#include "pianola/data/formats.hpp"
#include "pianola/quantizers/compare.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/quantizers/twin.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/report/table.hpp"
#include "pianola/systems/registry.hpp"

namespace pianola::cli {
namespace {

struct QuantizeOptions {
  std::string data, compare, system, assets, out, decoded;
  std::vector<std::string> quantizers, observation;
  std::size_t chunk = 1;
};

std::vector<std::string> specs_of(const QuantizeOptions& options) {
  std::vector<std::string> specs = options.quantizers;
  if (!options.compare.empty()) {
    const auto listed = split_specs(options.compare, quantizer_names());
    specs.insert(specs.end(), listed.begin(), listed.end());
  }
  if (specs.empty()) throw UsageError("which quantizer? give --quantizer SPEC or --compare SPEC,SPEC,…");
  if (specs.size() > 1 && !(options.out.empty() && options.decoded.empty())) {
    throw UsageError(fmt::format("-o and --write-decoded take one quantizer, not {}", specs.size()));
  }
  return specs;
}

std::string to_text(const std::vector<QuantizerReport>& reports) {
  Table table{{"quantizer", "bits", "entropy", "ε_sup", "ε_in", "saturated", "repeat", "used", "wrong token"}, {}, {}};
  table.numeric = {false, true, true, true, true, true, true, true, true};
  for (const QuantizerReport& row : reports) {
    table.rows.push_back({row.spec, format_number(row.bits_per_action, 3), format_number(row.entropy_per_action, 3),
                          format_number(row.epsilon_sup, 3), format_plus_minus(row.epsilon_in, 3),
                          format_percent(row.saturated_fraction), format_percent(row.repeat_rate),
                          format_percent(row.used_fraction), format_number(row.token_error.median, 3)});
  }
  return format_table(table) +
         "bits and entropy per action; errors Euclidean per step, action units; ± half of the 95 % interval\n";
}

void require_outputs_apart(const QuantizeOptions& options) {
  require_other_file("--out", options.out, {options.data});
  require_other_file("--write-decoded", options.decoded, {options.data});
  if (!options.out.empty() && options.out == options.decoded) {
    throw UsageError("--out and --write-decoded name the same file " + options.out + "; give two");
  }
}

/// Comparing looks at actions only, so that a dataset with bad observations can be quantized. What is written or asked
/// for by name is read, and checked, whole.
ReadOptions read_options_of(const QuantizeOptions& options) {
  return {options.observation, options.decoded.empty() && options.observation.empty()};
}

void quantize_dataset(const QuantizeOptions& options, Session& session) {
  session.begin();
  const std::vector<std::string> specs = specs_of(options);
  require_outputs_apart(options);
  const auto reader = open_dataset(options.data, read_options_of(options));
  std::shared_ptr<const System> system;
  if (!options.system.empty()) system = make_system(options.system, {options.assets});
  const auto actions = action_source(*reader);
  Json rows = Json::array();
  std::vector<QuantizerReport> reports;
  for (const std::string& spec : specs) {
    const auto quantizer = fit_to_dataset(spec, options.chunk, *actions, reader->info(), system.get(), session.key());
    reports.push_back(measure_quantizer(*quantizer, *actions, session.key()));
    rows.push_back(to_json(reports.back()));
    // The twin first: it may find bad data, and then nothing is written.
    if (!options.decoded.empty()) write_quantized_twin(*reader, *quantizer, session.key(), options.decoded);
    if (!options.out.empty()) write_file(options.out, quantizer->save().dump(2) + "\n");
  }
  session.print("quantize", {{"quantizers", rows}}, to_text(reports));
}

}  // namespace

void add_quantize(CLI::App& app, Session& session) {
  auto options = std::make_shared<QuantizeOptions>();
  CLI::App* verb = app.add_subcommand("quantize", "fit one or several quantizers to a dataset and compare them");
  add_dataset(*verb, options->data)->required();
  add_text(*verb, "--compare", options->compare, "several: SPEC,SPEC,…", kSpec);
  add_texts(*verb, "--quantizer", options->quantizers, "one (repeatable)", kSpec);
  add_number(*verb, "--chunk", options->chunk, "actions a chunk", {.least = 1});
  add_observation(*verb, options->observation);
  add_text(*verb, "--system", options->system, "take the action range from this system", kSpec);
  add_text(*verb, "--assets", options->assets, "where MJCF of gymnasium tasks lies", kFolder);
  add_text(*verb, "-o,--out", options->out, "write the fitted quantizer (.json)", kPath);
  add_text(*verb, "--write-decoded", options->decoded, "write the dataset with q(u) in place of u", kPath);
  verb->footer(
      "example:\n  pianola quantize demos.hdf5 --compare uniform:bins=17,uniform:bins=17,representatives=ends");
  verb->callback([options, &session] { quantize_dataset(*options, session); });
}

}  // namespace pianola::cli
