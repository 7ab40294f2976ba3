#include "pianola/cli/data_audit.hpp"

#include <fmt/format.h>

#include "pianola/audits/data_only.hpp"
#include "pianola/base/error.hpp"
#include "pianola/cli/audit_page.hpp"
#include "pianola/cli/learned_encoders.hpp"
#include "pianola/cli/overwrite.hpp"
#include "pianola/cli/result_folder.hpp"
#include "pianola/control/feedback.hpp"
#include "pianola/policies/model_file.hpp"
#include "pianola/policies/run_folder.hpp"
#include "pianola/report/wrapped_text.hpp"

namespace pianola::cli {
namespace {

/// How `feedback` would decode: its option `decode`.
DecodeOptions decode_of(const std::vector<std::string>& controllers) {
  if (controllers.empty()) return {};
  if (controllers.size() > 1) {
    throw UsageError("audit looks at one controller: give --controller once (pianola evaluate compares several)");
  }
  return feedback_decoding(controllers.front());
}

DataOnlyPlan plan_of(const DeploymentOptions& options, TrajectoryReader& reader, Session& session) {
  DataOnlyPlan plan;
  plan.key = session.key();
  plan.decode = decode_of(options.controllers);
  if (!options.run.empty()) {
    if (!options.quantizers.empty())
      throw UsageError("a run brings its own quantizer: give --run or --quantizer, not both");
    LoadedRun run = load_run(options.run);
    plan.quantizer = run.quantizer;
    plan.policy = run.policy;
    plan.model = run.policy ? load_model(run) : nullptr;
    if (plan.policy == nullptr)
      throw UsageError("run '" + options.run + "': its policy plays no tokens; audit it on its plant (--system)");
    return plan;
  }
  if (options.quantizers.size() > 1)
    throw UsageError("audit looks at one quantizer: give --quantizer once (pianola quantize compares several)");
  if (options.quantizers.empty()) return plan;
  const auto actions = action_source(reader);
  const std::size_t chunk = options.chunk != 0 ? options.chunk : 1;
  plan.quantizer = fit_to_dataset(options.quantizers.front(), chunk, *actions, reader.info(), nullptr, session.key(),
                                  autoencoder_trainer(), options.actions);
  return plan;
}

Json fields_of(const std::vector<AuditSection>& sections, const std::vector<std::string>& reasons,
               const std::string& data) {
  Json fields = {{"dataset", data}, {"open_loop", nullptr}};
  fields.update(section_fields(sections));
  fields["verdict"] = "unknown";
  fields["reasons"] = reasons;
  fields["notes"] = section_notes(sections);
  return fields;
}

std::string text_of(const std::vector<AuditSection>& sections, const std::vector<std::string>& reasons,
                    const std::string& data) {
  std::string text = data + "\n\nUNKNOWN: recordings alone show no loop to be safe or unsafe.\n";
  for (const std::string& reason : reasons) text += wrapped("- " + reason, {.indent = 2});
  for (const AuditSection& section : sections) {
    text += "\n" + wrapped(section.title + ": " + section.summary, {.indent = 2});
    for (const std::string& note : section.notes) text += wrapped("note: " + note, {.indent = 4});
  }
  return text;
}

Page page_of(const std::vector<AuditSection>& sections, const std::vector<std::string>& reasons,
             const DeploymentOptions& options, const std::string& command_line) {
  Page page("Audit of a dataset alone: unknown", options.data);
  page.paragraph("Recordings alone show no loop to be safe or unsafe; what follows are weaker statements.");
  page.sentences(reasons);
  add_sections(page, sections);
  if (const std::string left_out = not_computed(sections); !left_out.empty()) page.paragraph(left_out);
  page.provenance({{"command", command_line}, {"pianola", PIANOLA_VERSION}});
  return page;
}

}  // namespace

void audit_dataset_alone(const DeploymentOptions& options, const AuditOutputs& outputs, Session& session) {
  require_other_file("--report", outputs.report, {options.data});
  require_writable("--report", outputs.report);
  require_writable_folder("--out", outputs.out);
  ReadOptions read = options.read;
  read.leave_out_images = true;
  const auto reader = open_dataset(options.data, read);
  const DataOnlyPlan plan = plan_of(options, *reader, session);
  const auto sections = audit_data(*reader, plan);
  const auto reasons = data_only_reasons(plan);
  const Json fields = fields_of(sections, reasons, options.data);
  const Page page = page_of(sections, reasons, options, session.command_line);
  if (!outputs.out.empty()) {
    const ResultFolder folder(outputs.out);
    folder.write("audit.json", fields);
    page.write(folder.path() / "report.html");
  }
  session.print("audit", fields, text_of(sections, reasons, options.data));
  if (!outputs.report.empty()) page.write(outputs.report);
}

}  // namespace pianola::cli
