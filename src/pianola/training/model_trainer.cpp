#include "pianola/training/model_trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/rows.hpp"
#include "pianola/control/origin.hpp"
#include "pianola/control/requirements.hpp"
#include "pianola/data/relabelled.hpp"
#include "pianola/policies/model_file.hpp"
#include "pianola/systems/angle_turn.hpp"
#include "pianola/systems/registry.hpp"
#include "pianola/training/model_learner.hpp"
#include "pianola/training/split.hpp"

namespace pianola {
namespace {

constexpr std::size_t kScored = 20000;  // training transitions whose likelihood is reported, about

std::vector<std::size_t> columns_of(const std::vector<double>& numbers, const char* option) {
  std::vector<std::size_t> out;
  for (const double number : numbers) {
    if (!(number >= 0.0) || number != std::floor(number) || number > 1e9) {
      throw UsageError("transition model: " + std::string(option) + " are columns of the observation from 0 on, not " +
                       spec_detail::format_value(number));
    }
    out.push_back(static_cast<std::size_t>(number));
  }
  return out;
}

/// What the dataset's own system declares; systems that cannot be made here (assets elsewhere) are not asked.
ObservationGeometry declared(const ModelPlan& plan) {
  if (plan.system != nullptr) return observation_geometry(*plan.system);
  const std::string spec = origin_of(plan.data.info().attributes).system;
  if (spec.empty()) return {};
  try {
    return observation_geometry(*make_system(spec, {plan.config.assets}));
  } catch (const Error&) {
    return {};
  }
}

/// A state that the model wraps has to be a number that the policy knows.
void require_turns(const Dataset& data, const ObservationGeometry& geometry) {
  const std::size_t dim = data.info().observation_dim;
  for (const std::size_t column : geometry.angles) {
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (std::size_t i = column; i < data.observations().size(); i += dim) {
      low = std::min(low, data.observations()[i]);
      high = std::max(high, data.observations()[i]);
    }
    if (low > high || within_a_turn(low, high)) continue;
    throw DataError("transition model: column " + std::to_string(column) + " of the observations of '" +
                    data.info().path + "' is an angle, but goes from " + spec_detail::format_value(low) + " to " +
                    spec_detail::format_value(high) +
                    ", more than a turn: the model's state would be wrapped to numbers that the policy does not know; "
                    "wrap the column to one turn first, or do not declare it in angles=");
  }
}

ObservationGeometry geometry_of(const ModelPlan& plan, const LearnedModelConfig& config) {
  ObservationGeometry out = declared(plan);
  const auto add = [](std::vector<std::size_t>& to, const std::vector<std::size_t>& more) {
    for (const std::size_t column : more) {
      if (std::ranges::find(to, column) == to.end()) to.push_back(column);
    }
    std::ranges::sort(to);
  };
  add(out.angles, columns_of(config.angles, "angles"));
  add(out.circles, columns_of(config.circles, "circles"));
  check_geometry(out, plan.data.info().observation_dim, "transition model");
  return out;
}

std::vector<std::uint32_t> seen_vocabularies(const LearnedModelConfig& config, const Quantizer& quantizer) {
  require_known("transition model", "input", config.input, {"actions", "tokens"});
  if (config.input == "actions") return {};
  const QuantizerInfo& info = quantizer.info();
  if (info.chunk == 1 && info.fixed_length) return info.vocabularies;
  throw UsageError("transition model: input=tokens needs chunks of one action and sequences of one length, but '" +
                   info.spec + "' has chunks of " + std::to_string(info.chunk) +
                   ": the tokens of a chunk do not say which of its steps this is; use input=actions");
}

/// The rows of `data` of these trajectories, each as often as it stands there.
IncrementSamples samples_of(const Transitions& data, const std::vector<std::size_t>& trajectories,
                            const LearnedModelParts& parts) {
  const std::size_t dim = data.observation_dim;
  IncrementSamples out{parts.inputs(), dim, {}, {}};
  std::vector<double> seen(out.inputs), increment(dim);
  for (const std::size_t t : trajectories) {
    const auto [first, last] = std::equal_range(data.trajectory.begin(), data.trajectory.end(), t);
    for (auto at = first; at != last; ++at) {
      const auto i = static_cast<std::size_t>(at - data.trajectory.begin());
      model_inputs(parts, row_of(data.states, i, dim), row_of(data.actions, i, data.action_dim),
                   row_of(data.tokens, i, data.max_tokens), seen);
      observation_difference(parts.geometry, row_of(data.states, i, dim), row_of(data.next, i, dim), increment);
      out.seen.insert(out.seen.end(), seen.begin(), seen.end());
      out.increments.insert(out.increments.end(), increment.begin(), increment.end());
    }
  }
  return out;
}

/// As many as there are, drawn with replacement.
std::vector<std::size_t> redrawn(const std::vector<std::size_t>& trajectories, const NoiseKey& key) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < trajectories.size(); ++i) {
    const double u = uniform(key, i, 0);
    out.push_back(trajectories[static_cast<std::size_t>(u * static_cast<double>(trajectories.size()))]);
  }
  std::ranges::sort(out);
  return out;
}

/// Box of the training states and what follows them.
void set_range(const Transitions& data, LearnedModelParts& parts) {
  const std::size_t dim = data.observation_dim;
  parts.low.assign(data.states.begin(), data.states.begin() + static_cast<std::ptrdiff_t>(dim));
  parts.high = parts.low;
  for (const auto* values : {&data.states, &data.next}) {
    for (std::size_t i = 0; i < values->size(); ++i) {
      parts.low[i % dim] = std::min(parts.low[i % dim], (*values)[i]);
      parts.high[i % dim] = std::max(parts.high[i % dim], (*values)[i]);
    }
  }
}

/// What is to be fitted, once everything that can be wrong with it has been said.
struct Prepared {
  std::unique_ptr<ModelLearner> learner;
  TrajectorySplit split;       // of demonstrations
  LearnedModelParts parts;     // without range and members
  std::size_t relabelled = 0;  // training steps that are left out
};

/// Takes what is relabelled out of the training trajectories; how many steps that were.
std::size_t leave_out_relabelled(const Dataset& data, TrajectorySplit& split) {
  const std::vector<std::size_t> origins = demonstrations_of(data.info(), data.size());
  std::size_t steps = 0;
  std::erase_if(split.train, [&](std::size_t i) {
    if (origins[i] == i) return false;
    steps += data.offsets()[i + 1] - data.offsets()[i];
    return true;
  });
  return steps;
}

void require_transitions(const TransitionCounts& counts) {
  if (counts.kept > 0) return;
  throw DataError("transition model: no transition is left to learn from (" + std::to_string(counts.perturbed) +
                  " steps were executed otherwise than labelled, " + std::to_string(counts.behind) +
                  " lie behind the last whole chunk); give trajectories of two steps and more, some of them clean");
}

Prepared prepare(const ModelPlan& plan) {
  const std::size_t dim = plan.data.info().observation_dim;
  Prepared out{make_model_learner(plan.config.with_model),
               split_dataset(plan.data, plan.config.validation, NoiseKey(plan.config.seed).child("split")),
               {}};
  out.relabelled = leave_out_relabelled(plan.data, out.split);
  const LearnedModelConfig& config = out.learner->config();
  if (config.members < 1 || static_cast<std::size_t>(config.members) > kMostMembers) {
    throw UsageError("transition model: members must be 1 … " + std::to_string(kMostMembers) + ", but is " +
                     std::to_string(config.members));
  }
  out.parts.spec = out.learner->spec();
  out.parts.action_dim = plan.quantizer.info().action_dim;
  out.parts.vocabularies = seen_vocabularies(config, plan.quantizer);
  out.parts.geometry = geometry_of(plan, config);
  require_turns(plan.data, out.parts.geometry);
  out.parts.low.resize(dim);
  out.learner->check(out.parts.inputs(), dim);
  require_transitions(count_transitions(plan.data, plan.quantizer.info(), out.split.train));
  return out;
}

ModelContents fit_members(const ModelPlan& plan, const Prepared& prepared, const Transitions& data) {
  ModelContents out{prepared.parts, {}};
  set_range(data, out.parts);
  const NoiseKey key = NoiseKey(plan.config.seed).child("model");
  const std::vector<std::size_t>& trajectories = prepared.split.train;
  const auto members = static_cast<std::size_t>(prepared.learner->config().members);
  for (std::size_t j = 0; j < members; ++j) {
    const auto own = members > 1 ? redrawn(trajectories, key.child("bootstrap", j)) : trajectories;
    IncrementSamples samples = samples_of(data, own, out.parts);
    if (samples.size() == 0) samples = samples_of(data, trajectories, out.parts);  // all drawn were perturbed
    out.members.push_back(prepared.learner->fit(samples, {plan.config, key.child("member", j), plan.progress}));
  }
  return out;
}

/// Whole trajectories from the first on, about as many transitions as are worth scoring.
Transitions some_of(Transitions data) {
  std::size_t end = std::min(kScored, data.size());
  while (end < data.size() && data.trajectory[end] == data.trajectory[end - 1]) ++end;
  data.states.resize(end * data.observation_dim);
  data.next.resize(end * data.observation_dim);
  data.actions.resize(end * data.action_dim);
  data.tokens.resize(end * data.max_tokens);
  data.h.resize(end);
  data.trajectory.resize(end);
  return data;
}

}  // namespace

void check_model_plan(const ModelPlan& plan) { static_cast<void>(prepare(plan)); }

ModelReport train_model(const ModelPlan& plan) {
  const auto started = std::chrono::steady_clock::now();
  const Prepared prepared = prepare(plan);
  const NoiseKey key(plan.config.seed);
  const LoadedRun run = load_run(plan.run);
  Transitions data = make_transitions(plan.data, plan.quantizer, key, prepared.split.train);
  const ModelContents contents = fit_members(plan, prepared, data);
  const std::filesystem::path file = plan.run / "model.safetensors";
  write_model(file, contents, {plan.quantizer.fingerprint(), run.fingerprint, plan.data.fingerprint()});
  const auto model = make_model(contents, file.string());
  ModelReport report;
  report.spec = prepared.learner->spec();
  report.transitions = data.size();
  report.perturbed = data.counts.perturbed;
  report.behind = data.counts.behind;
  report.relabelled = prepared.relabelled;
  ScoreOptions options{.key = key.child("score")};
  if (loss_can_be_scored(*run.policy, plan.quantizer)) options.policy = run.policy.get();
  const Transitions train = some_of(std::move(data));
  const std::vector<std::size_t>& validation = prepared.split.validation;
  const Transitions held =
      validation.empty() ? Transitions{} : make_transitions(plan.data, plan.quantizer, key, validation);
  report.held_out = held.size() > 0;
  report.score = score_model(*model, report.held_out ? held : train, options);
  report.train_log_likelihood = (report.held_out ? log_likelihood(*model, train) : report.score.log_likelihood).value;
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return report;
}

}  // namespace pianola
