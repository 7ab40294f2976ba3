// pianola train: policy by log-loss on tokens → run folder.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "pianola/base/json.hpp"
#include "pianola/cli/learned_encoders.hpp"
#include "pianola/cli/options.hpp"
#include "pianola/cli/overwrite.hpp"
#include "pianola/cli/plant_options.hpp"
#include "pianola/cli/session.hpp"
#include "pianola/cli/source_entropy.hpp"
#include "pianola/cli/spec_files.hpp"
#include "pianola/cli/training_page.hpp"
#include "pianola/cli/verbs.hpp"
#include "pianola/control/deployment.hpp"
#include "pianola/control/origin.hpp"
#include "pianola/data/formats.hpp"
#include "pianola/quantizers/saved.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/training/trainer.hpp"

namespace pianola::cli {
namespace {

struct TrainOptions {
  TrainConfig config;
  std::string out;
  bool resume = false;
};

const char* text_kind(std::string_view key) {
  if (key == "data") return kPath;
  if (key == "assets") return kFolder;
  if (key == "action" || key == "subset" || key == "from") return kName;
  if (key == "start_from") return kFolder;
  return key == "observation" ? kNames : kSpec;
}

/// --with-model alone asks for the mixture.
void add_with_model(CLI::App& verb, std::string& spec, const std::string& help) {
  const auto read = [&spec](const std::string& value) { spec = value.empty() || value == "true" ? "mixture" : value; };
  verb.add_option_function<std::string>("--with-model", read, help + " (alone: mixture)")
      ->expected(0, 1)
      ->type_name(kSpec);
}

/// One option for each member of the configuration; seed and threads are common to all verbs.
void add_config_options(CLI::App& verb, TrainConfig& config) {
  config.visit([&](std::string_view key, auto& member, std::string_view help) {
    if (key == "seed" || key == "threads") return;
    if (key == "with_model") return add_with_model(verb, config.with_model, std::string(help));
    const std::string name = (key == "data" ? "data," : "") + option_name(std::string(key));
    if constexpr (std::is_same_v<std::decay_t<decltype(member)>, std::string>) {
      add_text(verb, name, member, std::string(help), text_kind(key));
    } else {
      add_number(verb, name, member, std::string(help));
    }
  });
}

#ifdef PIANOLA_WITH_TORCH

constexpr int kTextContext = 64;  // characters, unless --context says otherwise

/// Laws over actions know nothing of wrapped dimensions or frames.
void require_plain_actions(const TrainConfig& config, const DatasetInfo& info) {
  const bool linear =
      std::ranges::all_of(info.action_kinds, [](ActionKind kind) { return kind == ActionKind::linear; });
  if (config.kinds.empty() && config.frame.empty() && config.state.empty() && linear) return;
  throw UsageError("policy '" + config.policy +
                   "' learns linear, absolute actions; leave out --kinds, --frame and --state, or train a policy of "
                   "tokens (mlp, transformer)");
}

/// What a run was begun with is in its folder, wherever it came from.
std::string resumed_quantizer(const std::string& spec, const TrainOptions& options) {
  const std::filesystem::path kept = std::filesystem::path(options.out) / "quantizer.json";
  if (!options.resume || spec.empty() || parse_spec(spec).name != "saved" || !std::filesystem::exists(kept))
    return spec;
  return Spec{"saved", {{"", kept.string()}}}.text();
}

/// A fine-tuning keeps policy, quantizer and lengths of the run that it starts from, unless told otherwise; what is
/// resumed has kept them.
void keep_starting_options(TrainConfig& config, const TrainOptions& options) {
  if (config.start_from.empty()) return;
  const std::filesystem::path own = std::filesystem::path(options.out) / "config.toml";
  const std::filesystem::path start = config.start_from;
  const TrainConfig standard, kept = read_config(options.resume && exists(own) ? own : start / "config.toml");
  const auto keep = [&](auto TrainConfig::*option) {
    if (config.*option == standard.*option) config.*option = kept.*option;
  };
  keep(&TrainConfig::policy), keep(&TrainConfig::chunk), keep(&TrainConfig::history), keep(&TrainConfig::context);
  if (config.quantizer == standard.quantizer && !is_over_actions(config)) {
    config.quantizer = Spec{"saved", {{"", (start / "quantizer.json").string()}}}.text();
  }
}

void fit_quantizer_of(TrainPlan& plan, const TrainOptions& options, const Dataset& data, Session& session) {
  if (is_over_actions(plan.config)) {
    require_plain_actions(plan.config, data.info());
  } else {
    plan.config.quantizer = quantizer_spec(plan.config);  // config.toml names what was taken
  }
  const std::string spec = resumed_quantizer(quantizer_spec(plan.config), options);
  if (spec.empty()) return;
  const auto actions = action_source(data);
  plan.quantizer =
      fit_to_dataset(spec, static_cast<std::size_t>(plan.config.chunk), *actions, data.info(), plan.system.get(),
                     session.key(), autoencoder_trainer(), {plan.config.kinds, plan.config.frame, plan.config.state});
}

TrainPlan plan_of(const TrainOptions& options, const Dataset& data, Session& session) {
  TrainPlan plan;
  plan.config = options.config;
  plan.config.seed = session.seed;
  plan.config.threads = session.threads;
  keep_starting_options(plan.config, options);
  if (data.info().format == "text" && plan.config.context == 0) plan.config.context = kTextContext;
  // A run is continued from any folder.
  for (std::string* path : {&plan.config.data, &plan.config.assets, &plan.config.start_from}) {
    if (!path->empty()) *path = std::filesystem::absolute(*path).lexically_normal().string();
  }
  for (std::string* spec : {&plan.config.system, &plan.config.expert, &plan.config.quantizer}) {
    *spec = with_absolute_files(*spec);
  }
  plan.data = &data;
  if (!options.config.system.empty()) {
    DeploymentRequest request;
    request.system = options.config.system;
    request.expert = options.config.expert;
    request.assets = options.config.assets;
    request.note = [&session](const std::string& note) { session.say("note: " + note); };
    const Deployment plant = make_plant(request);
    plan.system = plant.system;
    plan.expert = plant.expert;
    note_origin(session, options.config.data, data.info(), *plan.system);
  }
  const auto actions = action_source(data);
  fit_quantizer_of(plan, options, data, session);
  plan.run = options.out;
  plan.resume = options.resume;
  plan.progress = &session.progress();
  return plan;
}

Json to_json(const ModelReport& report) {
  Json calibration = Json::array(), drift = Json::array();
  for (const Calibration& one : report.score.calibration) {
    calibration.push_back({{"counts", one.counts}, {"deviation", one.deviation}});
  }
  for (const DriftStep& one : report.score.drift) {
    drift.push_back({{"step", one.step},
                     {"model", to_json(one.model)},
                     {"held", to_json(one.held)},
                     {"loss_model", to_json(one.loss_model)},
                     {"loss_held", to_json(one.loss_held)},
                     {"loss_real", to_json(one.loss_real)}});
  }
  return {{"spec", report.spec},
          {"transitions", report.transitions},
          {"perturbed_left_out", report.perturbed},
          {"behind_chunks_left_out", report.behind},
          {"relabelled_left_out", report.relabelled},
          {"train_log_likelihood", number_or_null(report.train_log_likelihood)},
          {"held_out", report.held_out},
          {"log_likelihood", to_json(report.score.log_likelihood)},
          {"calibration", calibration},
          {"drift", drift},
          {"left_range_fraction", report.score.left_range},
          {"seconds", report.seconds}};
}

Json to_json(const TrainResult& result) {
  const auto optional = [](const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); };
  return {{"run", result.run.string()},
          {"steps", result.steps},
          {"train_nll", optional(result.train_nll)},
          {"validation_nll", optional(result.validation_nll)},
          {"train_nll_raw", optional(result.train_nll_raw)},
          {"validation_nll_raw", optional(result.validation_nll_raw)},
          {"bits_per_dimension", optional(result.bits_per_dimension)},
          {"outside_fraction", optional(result.outside)},
          {"atom_fraction", optional(result.atoms)},
          {"decoded_rmse_per_dimension", result.decoded_rmse_per_dimension},
          {"samples_per_second", result.samples_per_second > 0.0 ? Json(result.samples_per_second) : Json(nullptr)},
          {"chosen", result.chosen},
          {"model", result.model ? to_json(*result.model) : Json(nullptr)},
          {"resumed_from", result.resumed_from ? Json(result.resumed_from->string()) : Json(nullptr)}};
}

/// The density, where there is one, and what keeps it from comparing quantizers.
std::string density_text(const TrainResult& result) {
  std::string text;
  if (result.bits_per_dimension) {
    text += fmt::format("; density {} bits/dimension", format_number(*result.bits_per_dimension));
  }
  if (result.outside.value_or(0.0) > 0.0) {
    text += fmt::format("\nno density: {} of the values lie outside the quantizer's range, where cells have no end",
                        format_percent(*result.outside));
  }
  if (result.atoms.value_or(0.0) > 0.0) {
    text += fmt::format(
        "\n{} of the values lie on atoms (the same number again and again): densities of different "
        "quantizers do not compare, finer cells always win",
        format_percent(*result.atoms));
  }
  return text;
}

std::string model_text(const ModelReport& report) {
  std::string text = fmt::format("transition model {}: {} nats/transition {} of {}", report.spec,
                                 format_plus_minus(report.score.log_likelihood),
                                 report.held_out ? "held out" : "on the training set", report.score.transitions);
  if (!report.score.drift.empty()) {
    const DriftStep& last = report.score.drift.back();
    text += fmt::format("; drift after {} steps {}, of a held state {}", last.step, format_number(last.model.value),
                        format_number(last.held.value));
  }
  return text;
}

/// What log-loss is counted by.
std::string unit_of(const TrainPlan& plan) {
  if (plan.config.context == 0) return "action";
  return plan.data->info().format == "text" ? "character" : "token";
}

/// Evaluating knows the plant of a run that knows its own.
bool knows_its_system(const TrainPlan& plan) {
  return plan.system != nullptr || !origin_of(plan.data->info().attributes).system.empty();
}

/// What comes after a training, up to the run.
std::string next_verb(const TrainPlan& plan) {
  if (plan.data->info().format == "text") return "generate ";
  return knows_its_system(plan) ? "evaluate --run " : "evaluate --system … --run ";
}

std::string to_text(const TrainResult& result, const TrainPlan& plan) {
  std::string text = fmt::format("{}: {} steps", result.run.string(), result.steps);
  if (result.samples_per_second > 0.0) text += fmt::format(" at {:.0f} samples/s", result.samples_per_second);
  text += fmt::format(", weights {}\n", result.chosen);
  if (result.train_nll) {
    text += fmt::format("log-loss {} nats/{} on the training set", format_number(*result.train_nll), unit_of(plan));
  } else {
    text += "no log-loss: the law has no density";
  }
  if (result.validation_nll) {
    text += fmt::format(", {} held out", format_number(*result.validation_nll));
  } else if (result.train_nll && plan.config.validation > 0.0) {
    text += fmt::format("; no validation: there are too few data to hold out {} of them (--validation)",
                        format_percent(plan.config.validation));
  }
  text += density_text(result);
  if (result.model) text += "\n" + model_text(*result.model);
  return fmt::format("{}\nnext: pianola {}{}\n", text, next_verb(plan), result.run.string());
}

void train_policy(const TrainOptions& options, Session& session) {
  session.begin();
  if (options.config.data.empty()) throw UsageError("train needs a dataset: pianola train DATA -o RUN");
  if (options.config.chunk < 1) throw UsageError("--chunk is at least 1, not " + std::to_string(options.config.chunk));
  require_other_file("-o", options.out, {options.config.data});
  ReadOptions read;
  read.observation = names_of(options.config.observation);
  read.action = options.config.action;
  read.subset = options.config.subset;
  read.format = options.config.format;
  read.step_limit = static_cast<std::size_t>(options.config.step_limit);
  // What was executed otherwise than labelled, and what followed the last step, is for transition models to know.
  read.learning_only = options.config.with_model.empty();
  const auto reader = open_dataset(options.config.data, read);
  const std::string& spec = options.config.quantizer;
  if (const std::string note = spec.empty() ? "" : other_part_note(spec, *reader); !note.empty()) {
    session.say("note: " + note);
  }
  const Dataset data = read_all(*reader);
  const TrainPlan plan = plan_of(options, data, session);
  const TrainResult result = train(plan);
  training_page(result, session.command_line).write(result.run / "report.html");
  const auto entropy = source_entropy(plan.system.get(), &data.info());
  Json fields = to_json(result);
  add_source_entropy(entropy, fields);
  session.print("train", fields, to_text(result, plan) + source_entropy_text(entropy));
}

#else

void train_policy(const TrainOptions&, Session&) {
  throw UsageError("this build has no LibTorch and cannot train; configure with -DPIANOLA_WITH_TORCH=ON");
}

#endif

}  // namespace

void add_train(CLI::App& app, Session& session) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App* verb = app.add_subcommand("train", "policy by log-loss on tokens → run folder");
  add_config_options(*verb, options->config);
  add_text(*verb, "-o,--out", options->out, "the run folder", kFolder)->required();
  verb->add_flag("--resume", options->resume, "continue the run at --out from its checkpoint");
  verb->footer(
      "example:\n  pianola train demos.hdf5 --quantizer uniform:bins=33 --policy mlp:hidden=256x2 -o runs/first");
  verb->callback([options, &session] { train_policy(*options, session); });
}

}  // namespace pianola::cli
