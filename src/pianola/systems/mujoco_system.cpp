#ifdef PIANOLA_WITH_MUJOCO
#include "pianola/systems/mujoco_system.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// action_low and action_high are as long as there are actuators; ±∞ is no bound.
void require_bounds(const MujocoTask& task, const char* key, std::span<const double> given, std::size_t nu) {
  if (!given.empty() && given.size() != nu) {
    throw DataError(fmt::format("{}: {} takes {} numbers, one an actuator, not {}", task.where, key, nu, given.size()));
  }
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (std::isnan(given[i])) throw DataError(fmt::format("{}: {}[{}] must be a number, not nan", task.where, key, i));
  }
}

/// The task's own bounds inside those of the actuators.
ActionRange find_action_range(const mjModel& model, const MujocoTask& task) {
  const auto nu = static_cast<std::size_t>(model.nu);
  ActionRange range{std::vector<double>(nu, -kInfinity), std::vector<double>(nu, kInfinity)};
  const bool clamped = (model.opt.disableflags & mjDSBL_CLAMPCTRL) == 0;
  for (std::size_t i = 0; i < nu; ++i) {
    if (!clamped || !model.actuator_ctrllimited[i]) continue;
    range.low[i] = model.actuator_ctrlrange[2 * i];
    range.high[i] = model.actuator_ctrlrange[2 * i + 1];
  }
  require_bounds(task, "action_low", task.action_low, nu);
  require_bounds(task, "action_high", task.action_high, nu);
  for (std::size_t i = 0; i < task.action_low.size(); ++i) range.low[i] = std::max(range.low[i], task.action_low[i]);
  for (std::size_t i = 0; i < task.action_high.size(); ++i)
    range.high[i] = std::min(range.high[i], task.action_high[i]);
  for (std::size_t i = 0; i < nu; ++i) {
    if (range.low[i] < range.high[i]) continue;
    throw DataError(fmt::format("{}: action {} has the range [{}, {}], which is empty", task.where, i, range.low[i],
                                range.high[i]));
  }
  return range;
}

void require_whole(const MujocoTask& task, const mjModel& model) {
  if (task.frame_skip < 1)
    throw DataError(fmt::format("{}: frame_skip must be at least 1, not {}", task.where, task.frame_skip));
  if (task.horizon < 1)
    throw DataError(fmt::format("{}: horizon must be at least 1, not {}", task.where, task.horizon));
  if (model.nu == 0) throw DataError(fmt::format("{}: the model '{}' has no actuators", task.where, task.model));
  const auto& range = task.reward_range;
  if (!range.empty() && (range.size() != 2 || !(range[0] < range[1]))) {
    throw DataError(task.where + ": reward_range takes two numbers, low < high");
  }
}

SystemInfo describe(const mjModel& model, const MujocoTask& task, const MujocoTerms& terms, int integration_size) {
  SystemInfo info;
  info.spec = task.spec;
  info.observation_dim = terms.observation_dim();
  info.action_dim = static_cast<std::size_t>(model.nu);
  info.state_size = static_cast<std::size_t>(integration_size) + terms.derived_size();
  info.horizon = static_cast<std::uint32_t>(task.horizon);
  info.action_range = find_action_range(model, task);
  info.action_kinds.assign(info.action_dim, ActionKind::linear);
  if (!task.reward_range.empty()) info.reward_low = task.reward_range[0], info.reward_high = task.reward_range[1];
  info.default_expert = task.expert;
  info.simulator = mujoco_version();
  info.step_seconds = model.opt.timestep * task.frame_skip;
  return info;
}

bool any_bad(const mjtNum* x, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    if (!(std::abs(x[i]) <= mjMAXVAL)) return true;
  }
  return false;
}

}  // namespace

MujocoSystem::MujocoSystem(const MujocoTask& task)
    : task_(task),
      model_(load_mujoco_model(task)),
      terms_(*model_, task),
      frame_skip_(task.frame_skip),
      integration_size_(static_cast<int>(mj_stateSize(model_.get(), mjSTATE_INTEGRATION))) {
  require_whole(task, *model_);
  if (!task.keyframe.empty()) keyframe_ = mujoco_object(*model_, mjOBJ_KEY, task.keyframe, task.where + ": keyframe");
  info_ = describe(*model_, task, terms_, integration_size_);
}

std::unique_ptr<Simulation> MujocoSystem::simulate(std::size_t lanes) const {
  return std::make_unique<MujocoSimulation>(*this, lanes);
}

void MujocoSystem::drive(mjData& data, std::span<const double> action) const {
  const ActionRange& range = info_.action_range;
  for (std::size_t i = 0; i < action.size(); ++i) data.ctrl[i] = std::clamp(action[i], range.low[i], range.high[i]);
}

void MujocoSystem::effort(const mjData&, std::span<const double> action, std::span<double> out) const {
  std::copy(action.begin(), action.end(), out.begin());
}

void MujocoSystem::reset_data(mjData& data) const {
  if (keyframe_ < 0) {
    mj_resetData(model_.get(), &data);
  } else {
    mj_resetDataKeyframe(model_.get(), &data, keyframe_);
  }
}

void MujocoSystem::save(const mjData& data, double* out) const {
  mj_getState(model_.get(), &data, out, mjSTATE_INTEGRATION);
  terms_.save_derived(data, out + integration_size_);
}

void MujocoSystem::restore(mjData& data, const double* in) const {
  mj_setState(model_.get(), &data, in, mjSTATE_INTEGRATION);
  terms_.restore_derived(data, in + integration_size_);
}

std::vector<double> MujocoSystem::state(std::span<const double> qpos, std::span<const double> qvel) const {
  if (qpos.size() != static_cast<std::size_t>(model_->nq) || qvel.size() != static_cast<std::size_t>(model_->nv)) {
    throw UsageError(fmt::format("system '{}': a state takes {} positions and {} velocities, not {} and {}", info_.spec,
                                 model_->nq, model_->nv, qpos.size(), qvel.size()));
  }
  const MujocoData data = make_mujoco_data(*model_);
  reset_data(*data);
  std::copy(qpos.begin(), qpos.end(), data->qpos);
  std::copy(qvel.begin(), qvel.end(), data->qvel);
  mj_forward(model_.get(), data.get());
  std::vector<double> out(info_.state_size);
  save(*data, out.data());
  return out;
}

std::vector<double> MujocoSystem::state_from_observation(std::span<const double> observation) const {
  if (observation.size() != info_.observation_dim) {
    throw UsageError(fmt::format("system '{}': an observation has {} numbers, not {}", info_.spec,
                                 info_.observation_dim, observation.size()));
  }
  const MujocoData data = make_mujoco_data(*model_);
  reset_data(*data);
  for (const MujocoSlice& slice : terms_.observation()) {
    if (slice.plain() && (slice.array == &mjData::qpos || slice.array == &mjData::qvel)) {
      std::copy_n(observation.begin(), slice.count, data.get()->*slice.array + slice.offset);
    }
    observation = observation.subspan(static_cast<std::size_t>(slice.count));
  }
  return state({data->qpos, static_cast<std::size_t>(model_->nq)}, {data->qvel, static_cast<std::size_t>(model_->nv)});
}

std::optional<LinearModel> MujocoSystem::linearise(std::span<const double> x0, std::span<const double> u0) const {
  if (!terms_.observes_state()) return std::nullopt;
  constexpr double kStep = 1e-6;  // for central differences of a smooth map of order 1: error about 1e-10
  const std::size_t n = info_.observation_dim, m = info_.action_dim;
  require_inside(u0, kStep);
  const std::vector<double> next = next_observations(x0, u0, kStep);
  LinearModel out{n, m, std::vector<double>(n * n), std::vector<double>(n * m)};
  for (std::size_t input = 0; input < n + m; ++input) {
    const double* plus = &next[2 * input * n];
    for (std::size_t i = 0; i < n; ++i) {
      const double slope = (plus[i] - plus[n + i]) / (2.0 * kStep);
      (input < n ? out.a[i * n + input] : out.b[i * m + input - n]) = slope;
    }
  }
  return out;
}

/// Differences across a bound would see the clamp, not the plant: B would be halved, or 0.
void MujocoSystem::require_inside(std::span<const double> u0, double step) const {
  if (u0.size() != info_.action_dim) {
    throw UsageError(
        fmt::format("system '{}': an action has {} numbers, not {}", info_.spec, info_.action_dim, u0.size()));
  }
  for (std::size_t i = 0; i < u0.size(); ++i) {
    const double low = info_.action_range.low[i], high = info_.action_range.high[i];
    if (u0[i] - step >= low && u0[i] + step <= high) continue;
    throw UsageError(
        fmt::format("system '{}': has no linear model where an action is on or beyond its bounds; action {} is {}, but "
                    "must lie at least {} inside [{}, {}]",
                    info_.spec, i, u0[i], step, low, high));
  }
}

/// Lanes 2i and 2i + 1 start with input i (of x₀, then u₀) moved by +change and −change.
std::vector<double> MujocoSystem::next_observations(std::span<const double> x0, std::span<const double> u0,
                                                    double change) const {
  const std::size_t n = x0.size(), m = u0.size(), lanes = 2 * (n + m);
  std::vector<double> states, actions, rewards(lanes), observations(lanes * n);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    std::vector<double> x(x0.begin(), x0.end()), u(u0.begin(), u0.end());
    const std::size_t input = lane / 2;
    (input < n ? x[input] : u[input - n]) += lane % 2 == 0 ? change : -change;
    const std::vector<double> saved = state_from_observation(x);
    states.insert(states.end(), saved.begin(), saved.end());
    actions.insert(actions.end(), u.begin(), u.end());
  }
  MujocoSimulation simulation(*this, lanes);
  simulation.restore(states);
  std::vector<Outcome> outcomes(lanes, Outcome::running);
  simulation.step(std::vector<std::uint32_t>(lanes), actions, rewards, outcomes);
  if (std::find(outcomes.begin(), outcomes.end(), Outcome::diverged) != outcomes.end()) {
    throw UsageError(
        fmt::format("system '{}': has no linear model about a point from which it diverges within one step; "
                    "choose another x0 and u0",
                    info_.spec));
  }
  simulation.observe(observations);
  return observations;
}

MujocoSimulation::MujocoSimulation(const MujocoSystem& system, std::size_t lanes)
    : system_(&system),
      streams_(lanes),
      work_(system.terms().workspace()),
      effort_(system.info().action_dim),
      previous_(system.info().state_size) {
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    data_.push_back(make_mujoco_data(system.model()));
    system.reset_data(*data_.back());
    mj_forward(&system.model(), data_.back().get());
  }
}

void MujocoSimulation::reset(const NoiseKey& key, Ids ids) {
  streams_.reset(key, ids);
  for (std::size_t lane = 0; lane < data_.size(); ++lane) {
    mjData& data = *data_[lane];
    system_->reset_data(data);
    system_->terms().reset(data, streams_.initial(), ids[lane]);
    mj_forward(&system_->model(), &data);
  }
}

void MujocoSimulation::observe(std::span<double> out) const {
  const std::size_t dim = system_->info().observation_dim;
  for (std::size_t lane = 0; lane < data_.size(); ++lane) system_->terms().observe(*data_[lane], &out[lane * dim]);
}

void MujocoSimulation::step(std::span<const std::uint32_t>, std::span<const double> actions, std::span<double> rewards,
                            std::span<Outcome> outcomes) {
  const SystemInfo& info = system_->info();
  require_finite_actions(info, actions, outcomes);
  for (std::size_t lane = 0; lane < data_.size(); ++lane) {
    rewards[lane] = 0.0;
    if (outcomes[lane] != Outcome::running) continue;
    outcomes[lane] = step_lane(*data_[lane], actions.subspan(lane * info.action_dim, info.action_dim), rewards[lane]);
  }
}

Outcome MujocoSimulation::step_lane(mjData& data, std::span<const double> action, double& reward) {
  const MujocoTerms& terms = system_->terms();
  system_->save(data, previous_.data());
  system_->effort(data, action, effort_);
  terms.before(data, effort_, work_);
  if (!advance(data, action)) {
    system_->restore(data, previous_.data());
    return Outcome::diverged;
  }
  const bool terminated = terms.terminated(data, work_);
  reward = terms.reward(data, effort_, terminated, work_);
  return terminated ? Outcome::terminated : Outcome::running;
}

/// False if MuJoCo met a number that made it reset the data, or if the state is such a number now.
bool MujocoSimulation::advance(mjData& data, std::span<const double> action) const {
  const mjModel& model = system_->model();
  for (int i = 0; i < mjNWARNING; ++i) data.warning[i].number = 0;
  for (int i = 0; i < system_->frame_skip(); ++i) {
    system_->drive(data, action);
    mj_step(&model, &data);
  }
  if (system_->terms().needs_forces()) mj_rnePostConstraint(&model, &data);
  for (const mjtWarning bad : {mjWARN_BADQPOS, mjWARN_BADQVEL, mjWARN_BADQACC, mjWARN_BADCTRL}) {
    if (data.warning[bad].number > 0) return false;
  }
  require_memory(data);
  return !any_bad(data.qpos, static_cast<std::size_t>(model.nq)) &&
         !any_bad(data.qvel, static_cast<std::size_t>(model.nv)) &&
         !any_bad(data.act, static_cast<std::size_t>(model.na));
}

void MujocoSimulation::require_memory(const mjData& data) const {
  if (data.warning[mjWARN_CONTACTFULL].number == 0 && data.warning[mjWARN_CNSTRFULL].number == 0) return;
  throw ResourceError(
      fmt::format("system '{}': MuJoCo's memory for contacts is full, so it would drop some; enlarge "
                  "<size memory=\"…\"/> in the model",
                  system_->info().spec));
}

void MujocoSimulation::save(std::span<double> out) const {
  const std::size_t size = system_->info().state_size;
  for (std::size_t lane = 0; lane < data_.size(); ++lane) system_->save(*data_[lane], &out[lane * size]);
}

void MujocoSimulation::restore(std::span<const double> saved) {
  const std::size_t size = system_->info().state_size;
  for (std::size_t lane = 0; lane < data_.size(); ++lane) system_->restore(*data_[lane], &saved[lane * size]);
}

}  // namespace pianola
#endif
