#include "pianola/theory/fitted_plant.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/control/collect.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/systems/registry.hpp"
#include "pianola/theory/compared_schemes.hpp"
#include "pianola/theory/line_bins.hpp"

namespace pianola {
namespace {

std::vector<double> deviations_of(const Dataset& data) {
  const std::size_t dim = data.info().observation_dim;
  std::vector<RunningMean> columns(dim);
  for (std::size_t i = 0; i < data.observations().size(); ++i) columns[i % dim].add(data.observations()[i]);
  std::vector<double> out;
  out.reserve(dim);
  for (const RunningMean& column : columns) out.push_back(std::sqrt(column.variance()));
  return out;
}

double most_of(const SystemInfo& info) {
  if (!info.reward_low || !info.reward_high)
    throw UsageError("fitted plant: system '" + info.spec + "' must have a finite reward range");
  return static_cast<double>(info.horizon) * (*info.reward_high - *info.reward_low);
}

}  // namespace

FittedPlant::FittedPlant(const std::string& spec, const ExperimentOptions& options)
    : key_(options.key.child(spec)),
      system_(make_system(spec)),
      expert_(make_expert("", system_)),
      rollouts_(options.thorough ? 160 : 16),
      most_(most_of(system_->info())) {
  CollectPlan plan;
  plan.system = system_, plan.expert = expert_;
  plan.key = key_.child("demonstrations"), plan.trajectories = 20;
  Dataset data(collected_info(plan));
  collect(plan, [&](const Trajectory& trajectory) { data.append(trajectory); });
  deviations_ = deviations_of(data);
  const auto actions = action_source(data);
  FitContext context;
  context.action_dim = system_->info().action_dim;
  context.range = system_->info().action_range;
  context.data = actions.get(), context.key = key_.child("fit");
  for (const ComparedScheme& scheme : compared_schemes()) {
    const std::string of_scheme = scheme.spec(kTokens, {.action_dim = context.action_dim});
    if (of_scheme.empty()) continue;
    schemes_.emplace_back(scheme.name, make_experiment_quantizer(options.quantizers, of_scheme, context));
  }
  undisturbed_.resize(1 + schemes_.size());
  parallel_blocks(undisturbed_.size(), 1,
                  [&](const Block& block) { undisturbed_[block.begin] = play({}, quantizer_of(block.begin)); });
}

std::size_t FittedPlant::curve_of(std::string_view scheme) const {
  const auto at = std::ranges::find(schemes_, scheme, &Schemes::value_type::first);
  assert(at != schemes_.end());
  return 1 + static_cast<std::size_t>(at - schemes_.begin());
}

DisturbedReturns FittedPlant::play(const Level& level, const Quantizer* quantizer) const {
  const System& system = level.system != nullptr ? *level.system : *system_;
  const DisturbedPlant plant{system, *expert_, deviations_, level.disturbance};
  return play_disturbed(plant, quantizer, key_.child("rollouts"), rollouts_);
}

const Quantizer* FittedPlant::quantizer_of(std::size_t curve) const {
  return curve == 0 ? nullptr : schemes_[curve - 1].second.get();
}

std::vector<DisturbanceCurve> FittedPlant::curves(const std::vector<Level>& levels, std::size_t undisturbed) const {
  const DisturbanceCurve none{std::vector<std::vector<double>>(rollouts_, std::vector<double>(levels.size())),
                              std::vector<double>(levels.size()), undisturbed};
  std::vector<DisturbanceCurve> all(undisturbed_.size(), none);
  const std::vector<double>& whole = undisturbed_.front().returns;
  parallel_blocks(all.size() * levels.size(), 1, [&](const Block& block) {
    const std::size_t i = block.begin / levels.size(), level = block.begin % levels.size();
    const DisturbedReturns played = level == undisturbed ? undisturbed_[i] : play(levels[level], quantizer_of(i));
    for (std::size_t r = 0; r < rollouts_; ++r) all[i].cost[r][level] = (whole[r] - played.returns[r]) / most_;
    all[i].left[level] = static_cast<double>(played.lost) / static_cast<double>(rollouts_);
  });
  return all;
}

}  // namespace pianola
