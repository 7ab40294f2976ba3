#include "pianola/training/model_trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/control/origin.hpp"
#include "pianola/policies/model_file.hpp"
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
  const std::vector<std::string> known{"actions", "tokens"};
  if (std::ranges::find(known, config.input) == known.end()) {
    throw_unknown_name("transition model: input", config.input, known);
  }
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
  const auto row = [](const auto& values, std::size_t i, std::size_t width) {
    return std::span(values).subspan(i * width, width);
  };
  for (const std::size_t t : trajectories) {
    const auto [first, last] = std::equal_range(data.trajectory.begin(), data.trajectory.end(), t);
    for (auto at = first; at != last; ++at) {
      const auto i = static_cast<std::size_t>(at - data.trajectory.begin());
      model_inputs(parts, row(data.states, i, dim), row(data.actions, i, data.action_dim),
                   row(data.tokens, i, data.max_tokens), seen);
      observation_difference(parts.geometry, row(data.states, i, dim), row(data.next, i, dim), increment);
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

[[noreturn]] void nothing_left(const Transitions& data) {
  throw DataError("transition model: no transition is left to learn from (" + std::to_string(data.perturbed) +
                  " steps were executed otherwise than labelled, " + std::to_string(data.behind) +
                  " lie behind the last whole chunk); give trajectories of two steps and more, some of them clean");
}

ModelContents fit_members(const ModelPlan& plan, const ModelLearner& learner, const Transitions& data,
                          const std::vector<std::size_t>& trajectories) {
  const LearnedModelConfig& config = learner.config();
  if (config.members < 1 || config.members > 1024) {
    throw UsageError("transition model: members must be 1 … 1024, but is " + std::to_string(config.members));
  }
  ModelContents out;
  out.parts.spec = learner.spec();
  out.parts.action_dim = data.action_dim;
  out.parts.vocabularies = seen_vocabularies(config, plan.quantizer);
  out.parts.geometry = geometry_of(plan, config);
  set_range(data, out.parts);
  const NoiseKey key = NoiseKey(plan.config.seed).child("model");
  for (std::size_t j = 0; j < static_cast<std::size_t>(config.members); ++j) {
    const auto own = config.members > 1 ? redrawn(trajectories, key.child("bootstrap", j)) : trajectories;
    IncrementSamples samples = samples_of(data, own, out.parts);
    if (samples.size() == 0) samples = samples_of(data, trajectories, out.parts);  // all drawn were perturbed
    out.members.push_back(learner.fit(samples, {plan.config, key.child("member", j), plan.progress}));
  }
  return out;
}

/// Whole trajectories from the first on, about as many transitions as are worth scoring.
Transitions some_of(const ModelPlan& plan, const std::vector<std::size_t>& trajectories) {
  const NoiseKey key(plan.config.seed);
  std::size_t steps = 0, count = 0;
  while (count < trajectories.size() && steps < kScored) {
    steps += plan.data.offsets()[trajectories[count] + 1] - plan.data.offsets()[trajectories[count]];
    ++count;
  }
  return make_transitions(plan.data, plan.quantizer, key, std::span(trajectories).first(count));
}

}  // namespace

ModelReport train_model(const ModelPlan& plan) {
  const auto started = std::chrono::steady_clock::now();
  const auto learner = make_model_learner(plan.config.with_model);
  const NoiseKey key(plan.config.seed);
  const TrajectorySplit split = split_trajectories(plan.data.size(), plan.config.validation, key.child("split"));
  const Transitions data = make_transitions(plan.data, plan.quantizer, key, split.train);
  if (data.size() == 0) nothing_left(data);
  const ModelContents contents = fit_members(plan, *learner, data, split.train);
  write_model(plan.run / "model.safetensors", contents,
              {plan.quantizer.fingerprint(), load_run(plan.run).fingerprint, plan.data.fingerprint()});
  const auto model = make_model(contents, (plan.run / "model.safetensors").string());
  ModelReport report;
  report.spec = learner->spec();
  report.transitions = data.size();
  report.perturbed = data.perturbed;
  report.behind = data.behind;
  ScoreOptions options{.key = key.child("score")};
  const auto policy = load_run(plan.run).policy;
  if (loss_can_be_scored(*policy, plan.quantizer)) options.policy = policy.get();
  const Transitions train = some_of(plan, split.train);
  const ModelScore of_training = score_model(*model, train, options);
  report.train_log_likelihood = of_training.log_likelihood.value;
  const Transitions held =
      split.validation.empty() ? Transitions{} : make_transitions(plan.data, plan.quantizer, key, split.validation);
  report.held_out = held.size() > 0;
  report.score = report.held_out ? score_model(*model, held, options) : of_training;
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return report;
}

}  // namespace pianola
