// pianola inspect: look at a dataset of any supported format; problems first, each with a remedy. It is done (exit 0)
// when it could look, however bad what it saw; a check that fails on problems is a line of jq over --json.
#include "pianola/data/inspect.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "pianola/audits/dataset_audit.hpp"
#include "pianola/base/json.hpp"
#include "pianola/cli/action_options.hpp"
#include "pianola/cli/inspection_page.hpp"
#include "pianola/cli/inspection_text.hpp"
#include "pianola/cli/learned_encoders.hpp"
#include "pianola/cli/options.hpp"
#include "pianola/cli/overwrite.hpp"
#include "pianola/cli/quantize_page.hpp"
#include "pianola/cli/run_inspection.hpp"
#include "pianola/cli/session.hpp"
#include "pianola/cli/verbs.hpp"
#include "pianola/control/deployment.hpp"
#include "pianola/data/formats.hpp"
#include "pianola/data/inspect_problems.hpp"
#include "pianola/data/keyed_statistics.hpp"
#include "pianola/data/lerobot_stored.hpp"
#include "pianola/data/represented_statistics.hpp"
#include "pianola/data/selected_trajectories.hpp"
#include "pianola/policies/exported_folder.hpp"
#include "pianola/policies/run_description.hpp"
#include "pianola/quantizers/saved.hpp"
#include "pianola/report/wrapped_text.hpp"
#include "pianola/systems/registry.hpp"

namespace pianola::cli {
namespace {

struct InspectVerbOptions {
  std::string data, system, assets, quantizer, report, by;
  ReadOptions read{.leave_out_images = true};
  ActionDeclaration actions;
  std::size_t chunk = 1;
};

/// What a quantizer costs on these data; nothing where none was asked for.
std::optional<DatasetAudit> audited(const InspectVerbOptions& options, TrajectoryReader& reader, const System* system,
                                    const Inspection& seen, Session& session) {
  if (options.quantizer.empty() || reader.size() == 0) return std::nullopt;
  if (const std::string note = other_part_note(options.quantizer, reader); !note.empty()) session.say("note: " + note);
  const auto actions = action_source(reader);
  const auto quantizer = fit_to_dataset(options.quantizer, options.chunk, *actions, reader.info(), system,
                                        session.key(), autoencoder_trainer(), options.actions);
  return audit_dataset(reader, *quantizer, session.key(),
                       ObservationScale{seen.observations.mean, seen.observations.std, seen.steps});
}

std::string audit_text(const DatasetAudit& audit) {
  Comparison comparison;
  comparison.reports = {audit.quantizer};
  std::string text = "\n" + comparison_text(comparison) + "\n", line;
  for (std::istringstream lines(summary(audit)); std::getline(lines, line);) text += wrapped(line, {.indent = 4});
  return text;
}

/// What a training or an export wrote; false if it is neither.
bool inspect_policy(const InspectVerbOptions& options, Session& session) {
  if (is_run(options.data)) {
    const Json run = describe_run(options.data);
    session.print("inspect", run, run_text(run, options.data));
    return true;
  }
  if (!is_exported(options.data)) return false;
  const Json exported = read_exported(options.data);
  session.print("inspect", exported, exported_text(exported, options.data));
  return true;
}

void inspect_dataset(const InspectVerbOptions& options, Session& session) {
  session.begin();
  if (inspect_policy(options, session)) return;
  require_other_file("--report", options.report, {options.data});
  require_writable("--report", options.report);
  const auto reader = open_dataset(options.data, options.read);
  std::shared_ptr<const System> system;
  if (!options.system.empty()) system = make_system(options.system, {options.assets});
  InspectOptions inspection_options;
  if (system) inspection_options.range = system->info().action_range;
  Inspection inspection = inspect(*reader, &session.progress(), inspection_options);
  add_problems(inspection, stored_statistics_problems(reader->info()));
  Json fields = to_json(inspection);
  std::string text = inspection_text(inspection);
  // What could not be read is among the problems; the rest is looked at all the same.
  const auto readable = select_trajectories(*reader, inspection.readable_trajectories);
  if (!options.actions.empty() && readable->size() > 0) {
    const auto source = action_source(*readable);
    const auto represented = represented_statistics(*source, represent(options.actions, reader->info()), options.chunk);
    fields["represented"] = to_json(represented);
    text += represented_text(represented);
  }
  if (!options.by.empty() && readable->size() > 0) {
    const KeyedStatistics keyed = keyed_statistics(*readable, options.by);
    fields["by"] = to_json(keyed);
    text += keyed_text(keyed);
  }
  const auto audit = audited(options, *readable, system.get(), inspection, session);
  if (audit) {
    fields["quantizer"] = to_json(*audit);
    text += audit_text(*audit);
  }
  if (!options.report.empty()) {
    inspection_page(inspection, audit ? &*audit : nullptr, session.command_line).write(options.report);
  }
  session.print("inspect", fields, text);
}

}  // namespace

void add_inspect(CLI::App& app, Session& session) {
  auto options = std::make_shared<InspectVerbOptions>();
  CLI::App* verb = app.add_subcommand("inspect", "look at a dataset (problems first), a run, or an exported policy");
  add_dataset(*verb, options->data)->required();
  add_reading(*verb, options->read);
  add_action_options(*verb, options->actions);
  add_text(*verb, "--by", options->by, "statistics for each value of this attribute: robot_type, task", kName);
  add_text(*verb, "--system", options->system, "take the action range from this system", kSpec);
  add_text(*verb, "--quantizer", options->quantizer, "what this one costs, and how smooth the expert looks", kSpec);
  add_number(*verb, "--chunk", options->chunk, "actions a chunk, for --quantizer and --frame", {.least = 1});
  add_text(*verb, "--report", options->report, "write a page with pictures", kPath);
  add_text(*verb, "--assets", options->assets, "where MJCF of gymnasium tasks lies", kFolder);
  verb->footer(
      "exit: 0 if it could look, whatever problems it lists; 3 if it could not\n"
      "example:\n  pianola inspect demos.hdf5\n"
      "  pianola inspect runs/first\n"
      "  pianola inspect demos.hdf5 --quantizer uniform:bins=256 --report page.html");
  verb->callback([options, &session] { inspect_dataset(*options, session); });
}

}  // namespace pianola::cli
