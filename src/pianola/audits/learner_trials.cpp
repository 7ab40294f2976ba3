#include "pianola/audits/learner_trials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "pianola/audits/reference_controller.hpp"
#include "pianola/base/error.hpp"
#include "pianola/control/collect.hpp"
#include "pianola/control/deployment.hpp"
#include "pianola/policies/run_folder.hpp"
#include "pianola/training/trainer.hpp"

namespace pianola {
namespace {

/// A learner's controller, and q#π* deployed as it deploys the policy.
struct LearnerRow {
  std::size_t learner = 0, controller = 0;
  std::optional<std::size_t> quantized;
};

std::vector<LearnerRow> add_rows(ReplayLedger& ledger, const std::vector<LearnerRequest>& learners) {
  std::map<std::pair<std::string, std::string>, std::size_t> quantized;  // by fingerprint and controller
  std::vector<LearnerRow> rows;
  for (std::size_t i = 0; i < learners.size(); ++i) {
    const Deployment& deployment = learners[i].deployment;
    const bool plays_tokens = deployment.quantizer != nullptr && deployment.action_policy == nullptr;
    for (const std::string& controller : learners[i].controllers) {
      LearnerRow row{i, ledger.add(deployment, controller), std::nullopt};
      const auto reference = plays_tokens ? reference_controller(controller) : std::nullopt;
      if (reference) {
        const auto [at, first] = quantized.try_emplace({deployment.quantizer->fingerprint(), *reference});
        if (first) at->second = ledger.add(untrained(deployment), *reference);
        row.quantized = at->second;
      }
      rows.push_back(row);
    }
  }
  return rows;
}

std::vector<std::size_t> all_rows(const std::vector<LearnerRow>& rows) {
  std::vector<std::size_t> all;
  for (const LearnerRow& row : rows) {
    all.push_back(row.controller);
    if (row.quantized) all.push_back(*row.quantized);
  }
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

AdviceLearner measured(const ReplayLedger& ledger, const LearnerRequest& request, std::size_t row,
                       const std::optional<std::size_t>& quantized) {
  AdviceLearner learner;
  learner.name = request.name;
  learner.controller = ledger.controller(row);
  learner.trajectories = request.trajectories, learner.noise_injected = request.noise_injected;
  learner.steps = request.steps, learner.validation_nll = request.validation_nll;
  learner.regrets = ledger.regrets(row);
  learner.total_return = mean_estimate(ledger.returns(row));
  learner.total = mean_estimate(learner.regrets);
  const std::vector<double> without(learner.regrets.size(), 0.0);
  const std::vector<double> of_quantizing = quantized ? ledger.regrets(*quantized) : without;
  learner.quantization = paired_gain(of_quantizing, without);
  learner.statistical = paired_gain(learner.regrets, of_quantizing);
  if (request.deployment.quantizer != nullptr) learner.quantizer = request.deployment.quantizer->info().spec;
  return learner;
}

}  // namespace

std::vector<AdviceLearner> replay_learners(ReplayLedger& ledger, const std::vector<LearnerRequest>& learners,
                                           std::size_t budget) {
  const std::vector<LearnerRow> rows = add_rows(ledger, learners);
  const std::vector<std::size_t> all = all_rows(rows);
  if (all.empty()) return {};
  const std::size_t count = affordable(ledger, all, budget, budget);
  if (count < 2) {
    throw UsageError(
        fmt::format("advise: {} policies and their quantized experts take two rollouts each at least, and {} are left "
                    "for them; give more (--rollouts N)",
                    all.size(), budget));
  }
  ledger.play(all, count);
  std::vector<AdviceLearner> out;
  out.reserve(rows.size());
  for (const LearnerRow& row : rows) {
    out.push_back(measured(ledger, learners[row.learner], row.controller, row.quantized));
  }
  return out;
}

#ifdef PIANOLA_WITH_TORCH

namespace {

constexpr int kProbeSteps = 200;
constexpr double kNoise = 0.15;  // of the range; Hopper's 0.3 in docs/measurements.md
constexpr int kMostSteps = 200'000, kLeastSteps = 100;

/// The first `count` trajectories.
Dataset first_of(const Dataset& data, std::size_t count) {
  Dataset out(data.info());
  for (std::size_t i = 0; i < count; ++i) out.append(data.trajectory(i));
  return out;
}

std::uint32_t longest(const Dataset& data) {
  std::size_t steps = 0;
  for (std::size_t i = 0; i < data.size(); ++i) steps = std::max(steps, data.offsets()[i + 1] - data.offsets()[i]);
  return static_cast<std::uint32_t>(steps);
}

/// The later half of the trajectories replaced by ones that were executed with noise. Optional fields are not kept.
Dataset noise_injected(const TrialPlan& plan) {
  const Dataset& data = *plan.data;
  double length = 0.0;
  const ActionRange& range = plan.plant.system->info().action_range;
  for (std::size_t d = 0; d < range.low.size(); ++d) length += range.high[d] - range.low[d];
  CollectPlan collecting;
  collecting.system = plan.plant.system, collecting.expert = plan.plant.expert;
  collecting.key = plan.key.child("noise_injected");
  collecting.trajectories = data.size() / 2;
  collecting.horizon = longest(data);
  collecting.perturb_sigma = kNoise * length / static_cast<double>(range.low.size());
  collecting.clean = 0.0;
  collecting.progress = plan.progress;
  Dataset out(data.info());
  const auto append = [&](const Trajectory& from) {
    Trajectory plain;
    plain.name = fmt::format("demo_{}", out.size()), plain.steps = from.steps, plain.outcome = from.outcome;
    plain.observations = from.observations, plain.actions = from.actions;
    out.append(plain);
  };
  for (std::size_t i = 0; i < data.size() - collecting.trajectories; ++i) append(data.trajectory(i));
  collect(collecting, append);
  return out;
}

struct Trial {
  std::string name, quantizer;
  const Dataset* data = nullptr;
  bool noise_injected = false;
};

class Trainer {
 public:
  explicit Trainer(const TrialPlan& plan) : plan_(plan) {}

  TrainResult train_one(const Trial& trial, int steps) const {
    TrainPlan train_plan;
    train_plan.config.data = trial.data->info().path;
    train_plan.config.quantizer = trial.quantizer;
    train_plan.config.policy = "mlp";
    train_plan.config.steps = steps;
    train_plan.config.checkpoint_every = steps;
    train_plan.config.candidates = 1;
    train_plan.config.seed = plan_.seed;
    train_plan.data = trial.data;
    const auto actions = action_source(*trial.data);
    train_plan.quantizer = fit_to_dataset(trial.quantizer, 1, *actions, trial.data->info(), plan_.plant.system.get(),
                                          NoiseKey(plan_.seed), plan_.trainer);
    train_plan.run = plan_.work / trial.name;
    train_plan.progress = plan_.progress;
    std::filesystem::remove_all(train_plan.run);
    return train(train_plan);
  }

  LearnerRequest learned(const Trial& trial, int steps) const {
    const TrainResult result = train_one(trial, steps);
    const LoadedRun run = load_run(result.run);
    LearnerRequest request;
    request.name = trial.name;
    request.deployment = plan_.plant;
    request.deployment.quantizer = run.quantizer, request.deployment.policy = run.policy;
    request.controllers = {"feedback"};
    request.trajectories = trial.data->size(), request.noise_injected = trial.noise_injected;
    request.steps = result.steps, request.validation_nll = result.validation_nll;
    return request;
  }

 private:
  const TrialPlan& plan_;
};

std::vector<Trial> trials_of(const TrialPlan& plan, const Dataset& half, const Dataset* noisy) {
  std::vector<Trial> trials;
  for (std::size_t i = 0; i < plan.quantizers.size(); ++i) {
    trials.push_back({fmt::format("q{}_n{}", i, half.size()), plan.quantizers[i], &half, false});
    trials.push_back({fmt::format("q{}_n{}", i, plan.data->size()), plan.quantizers[i], plan.data, false});
  }
  if (noisy != nullptr) trials.push_back({"q0_noise_injected", plan.quantizers.front(), noisy, true});
  return trials;
}

/// Gradient steps of each training, by what `trial` does in a few.
int steps_for(const Trainer& trainer, Trial trial, double seconds) {
  trial.name = "probe";
  const double samples = trainer.train_one(trial, kProbeSteps).samples_per_second;
  return static_cast<int>(std::clamp<double>(seconds * samples / batch_size(TrainConfig{}), kLeastSteps, kMostSteps));
}

}  // namespace

void require_trials(const Deployment& plant, const Dataset& data) {
  if (data.size() < 4) {
    throw UsageError(
        fmt::format("advise: training on n/2 and n takes at least 4 trajectories, and there are {}; leave "
                    "out --budget",
                    data.size()));
  }
  const std::size_t seen = data.info().observation_dim, shown = plant.system->info().observation_dim;
  if (seen != shown) {
    throw UsageError(
        fmt::format("advise: the dataset has {} observation dimensions, system '{}' has {}, so that no policy of one "
                    "can play the other; leave out --budget",
                    seen, plant.system->info().spec, shown));
  }
}

Trials train_trials(const TrialPlan& plan) {
  const Dataset& data = *plan.data;
  require_trials(plan.plant, data);
  Trials out;
  const Dataset half = first_of(data, data.size() / 2);
  const bool bounded = plan.plant.system->info().action_range.finite();
  const bool affordable = data.size() / 2 <= plan.rollouts;
  std::optional<Dataset> noisy;
  if (bounded && affordable) {
    noisy = noise_injected(plan);
    out.rollouts = data.size() / 2;
  } else {
    out.notes.push_back(
        bounded ? fmt::format("noise-injected data were not tried: {} demonstrations are more rollouts than are left",
                              data.size() / 2)
                : "noise-injected data were not tried: the plant's actions have no range that would scale the noise");
  }
  const Trainer trainer(plan);
  const std::vector<Trial> trials = trials_of(plan, half, noisy ? &*noisy : nullptr);
  const double seconds = 60.0 * plan.minutes / static_cast<double>(trials.size());
  std::optional<int> steps;
  for (const Trial& trial : trials) {
    const auto note = [&](const Error& error) {
      out.notes.push_back(fmt::format("not trained: {}, {}: {}", trial.name, trial.quantizer, error.what()));
    };
    try {
      if (!steps) steps = steps_for(trainer, trial, seconds);
      out.learners.push_back(trainer.learned(trial, *steps));
    } catch (const UsageError& error) {
      note(error);
    } catch (const DataError& error) {
      note(error);
    }
  }
  return out;
}

#else

void require_trials(const Deployment&, const Dataset&) {
  throw UsageError(
      "this build has no LibTorch and cannot train; leave out --budget, or configure with "
      "-DPIANOLA_WITH_TORCH=ON");
}

Trials train_trials(const TrialPlan& plan) {
  require_trials(plan.plant, *plan.data);
  return {};
}

#endif

}  // namespace pianola
