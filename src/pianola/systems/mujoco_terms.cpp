#ifdef PIANOLA_WITH_MUJOCO
#include "pianola/systems/mujoco_terms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

template <class T>
struct Named {
  const char* name;
  T value;
};

template <class T, std::size_t N>
T find_named(const Named<T> (&table)[N], const char* kind, const std::string& name, const std::string& where) {
  std::vector<std::string> known;
  for (const auto& row : table) {
    if (name == row.name) return row.value;
    known.emplace_back(row.name);
  }
  throw DataError(where + ": " + unknown_name_message(kind, name, known));
}

void require(bool condition, const std::string& where, const char* wanted, double value) {
  if (!condition) throw DataError(fmt::format("{} must be {}, not {}", where, wanted, value));
}

std::string place(const MujocoTask& task, const char* list, std::size_t i) {
  return fmt::format("{}: {}[{}]", task.where, list, i);
}

/// One number for all, or one each.
std::vector<double> spread_target(const std::vector<double>& given, int count, const std::string& where) {
  const auto n = static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < given.size(); ++i) {
    require(std::isfinite(given[i]), fmt::format("{}.target[{}]", where, i), "finite", given[i]);
  }
  if (given.empty()) return std::vector<double>(n, 0.0);
  if (given.size() == 1) return std::vector<double>(n, given[0]);
  if (given.size() == n) return given;
  throw DataError(fmt::format("{}.target: 1 or {} numbers were expected, not {}", where, count, given.size()));
}

double squared_distance(const double* x, const std::vector<double>& target) {
  double sum = 0.0;
  for (std::size_t i = 0; i < target.size(); ++i) sum += (x[i] - target[i]) * (x[i] - target[i]);
  return sum;
}

/// A point uniform on the area low ≤ r < high.
std::array<double, 2> annulus_point(double low, double high, double u, double v) {
  const double r = std::sqrt(low * low + u * (high * high - low * low));
  const double angle = 2.0 * std::numbers::pi * v;
  return {r * std::cos(angle), r * std::sin(angle)};
}

/// Of magnitude low … high, either sign, from one uniform number.
double two_sided(double low, double high, double u) {
  const double v = 2.0 * u - 1.0;
  return std::copysign(low + (high - low) * std::abs(v), v);
}

}  // namespace

MujocoTerms::MujocoTerms(const mjModel& model, const MujocoTask& task)
    : step_seconds_(model.opt.timestep * task.frame_skip) {
  std::vector<MujocoQuantity> shown = task.observation;
  if (shown.empty()) shown = {{.source = "qpos"}, {.source = "qvel"}};
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const std::string where = place(task, "observation", i);
    observation_.push_back(find_mujoco_slice(model, shown[i], where));
    if (observation_.back().array == nullptr) throw DataError(where + ".source: an action cannot be observed");
    observation_dim_ += static_cast<std::size_t>(observation_.back().count);
    note(observation_.back(), true);
  }
  for (std::size_t i = 0; i < task.reward.size(); ++i) add_reward(model, task.reward[i], place(task, "reward", i));
  for (std::size_t i = 0; i < task.termination.size(); ++i) {
    add_termination(model, task.termination[i], place(task, "termination", i));
  }
  for (std::size_t i = 0; i < task.reset.size(); ++i) add_reset(model, task.reset[i], place(task, "reset", i));
  find_observes_state(model);
}

void MujocoTerms::note(const MujocoSlice& slice, bool kept) {
  scratch_size_ = std::max(scratch_size_, static_cast<std::size_t>(slice.count));
  needs_forces_ = needs_forces_ || slice.after_forces;
  if (!kept || !slice.derived) return;
  kept_.push_back({slice.array, slice.offset, slice.count});
  if (slice.minus >= 0) kept_.push_back({slice.array, slice.minus, slice.count});
  derived_size_ += static_cast<std::size_t>(slice.count) * (slice.minus >= 0 ? 2 : 1);
}

void MujocoTerms::add_reward(const mjModel& model, const MujocoRewardTerm& term, const std::string& where) {
  static constexpr Named<Kind> kKinds[] = {{"constant", Kind::constant}, {"alive", Kind::alive},
                                           {"sum", Kind::sum},           {"square", Kind::square},
                                           {"norm", Kind::norm},         {"tolerance", Kind::tolerance},
                                           {"velocity", Kind::velocity}};
  Reward out{.kind = find_named(kKinds, "term", term.term, where + ".term")};
  out.weight = term.weight, out.scale = term.scale, out.at_least = term.at_least, out.at_most = term.at_most;
  require(std::isfinite(out.weight), where + ".weight", "finite", out.weight);
  require(std::isfinite(out.scale) && out.scale > 0.0, where + ".scale", "finite and above 0", out.scale);
  require(out.at_least <= out.at_most, where + ".at_least", "at most at_most", out.at_least);
  if (out.kind != Kind::constant && out.kind != Kind::alive) {
    const bool early = term.before || out.kind == Kind::velocity;
    out.of = find_mujoco_slice(model, term.of, where);
    out.target = spread_target(term.target, out.of.count, where);
    require(out.kind != Kind::velocity || out.of.count == 1, where + ".count", "1 for a velocity", out.of.count);
    if (early) out.memory = static_cast<int>(memory_size_++);
    note(out.of, early);
  }
  reward_.push_back(std::move(out));
}

void MujocoTerms::add_termination(const mjModel& model, const MujocoTermination& rule, const std::string& where) {
  Termination out{find_mujoco_slice(model, rule.of, where), rule.low, rule.high, rule.open};
  if (out.of.array == nullptr) throw DataError(where + ".source: an action cannot end a trajectory");
  require(out.low <= out.high, where + ".low", "at most high", out.low);
  if (std::isinf(out.low) && std::isinf(out.high)) {
    throw DataError(where + ": has no bound, so it ends nothing; give low, high or both");
  }
  note(out.of, false);
  termination_.push_back(out);
}

void MujocoTerms::add_reset(const mjModel& model, const MujocoResetTerm& term, const std::string& where) {
  static constexpr Named<Law> kLaws[] = {{"uniform", Law::uniform},
                                         {"two_sided", Law::two_sided},
                                         {"normal", Law::normal},
                                         {"constant", Law::constant},
                                         {"annulus", Law::annulus}};
  if (term.target != "qpos" && term.target != "qvel") {
    throw DataError(fmt::format("{}.target: qpos or qvel was expected, not '{}'", where, term.target));
  }
  const MujocoSlice slice = find_mujoco_slice(
      model,
      {.source = term.target, .name = term.name, .minus = "", .first = term.first, .count = term.count, .map = ""},
      where);
  const Law law = find_named(kLaws, "law", term.law, where + ".law");
  require(std::isfinite(term.low) && std::isfinite(term.high), where + ".low", "finite, as high", term.low);
  require(law != Law::normal || (std::isfinite(term.scale) && term.scale > 0.0), where + ".scale",
          "finite and above 0 for a normal law", term.scale);
  require(law == Law::constant || term.low <= term.high, where + ".low", "at most high", term.low);
  require(law != Law::annulus || (slice.count == 2 && term.low >= 0.0), where + ".count",
          "2 for an annulus, with low ≥ 0", slice.count);
  reset_.push_back({slice.array, slice.offset, slice.count, law, term.low, term.high, term.scale});
}

void MujocoTerms::find_observes_state(const mjModel& model) {
  int positions = 0, velocities = 0;
  bool ordered = model.nq == model.nv && model.na == 0;
  for (const MujocoSlice& slice : observation_) {
    ordered = ordered && slice.plain() && !slice.clipped;
    if (slice.array == &mjData::qpos) {
      ordered = ordered && velocities == 0 && slice.offset == positions;
      positions += slice.count;
    } else {
      ordered = ordered && slice.array == &mjData::qvel && slice.offset == velocities;
      velocities += slice.count;
    }
  }
  observes_state_ = ordered && positions == model.nq && velocities == model.nv;
}

MujocoTerms::Workspace MujocoTerms::workspace() const {
  return {std::vector<double>(memory_size_), std::vector<double>(scratch_size_)};
}

void MujocoTerms::observe(const mjData& data, double* out) const {
  for (const MujocoSlice& slice : observation_) {
    slice.read(data, {}, out);
    out += slice.count;
  }
}

double MujocoTerms::value(const Reward& term, const mjData& data, std::span<const double> action, double* x) {
  if (term.kind == Kind::constant || term.kind == Kind::alive) return 1.0;
  term.of.read(data, action, x);
  const double squares = squared_distance(x, term.target);
  switch (term.kind) {
    case Kind::square:
      return squares;
    case Kind::norm:
      return std::sqrt(squares);
    case Kind::tolerance:
      return std::exp(-squares / (term.scale * term.scale));
    case Kind::velocity:
      return x[0];
    default:
      break;
  }
  double sum = 0.0;
  for (int i = 0; i < term.of.count; ++i) sum += x[i];
  return sum;
}

void MujocoTerms::before(const mjData& data, std::span<const double> action, Workspace& work) const {
  for (const Reward& term : reward_) {
    if (term.memory >= 0)
      work.memory[static_cast<std::size_t>(term.memory)] = value(term, data, action, work.scratch.data());
  }
}

bool MujocoTerms::terminated(const mjData& data, Workspace& work) const {
  for (const Termination& rule : termination_) {
    rule.of.read(data, {}, work.scratch.data());
    for (int i = 0; i < rule.of.count; ++i) {
      const double x = work.scratch[static_cast<std::size_t>(i)];
      const bool inside = rule.open ? x > rule.low && x < rule.high : x >= rule.low && x <= rule.high;
      if (!inside) return true;
    }
  }
  return false;
}

double MujocoTerms::reward(const mjData& data, std::span<const double> action, bool terminated, Workspace& work) const {
  double total = 0.0;
  for (const Reward& term : reward_) {
    const bool remembered = term.memory >= 0 && term.kind != Kind::velocity;
    const double kept = term.memory >= 0 ? work.memory[static_cast<std::size_t>(term.memory)] : 0.0;
    double x = remembered ? kept : value(term, data, action, work.scratch.data());
    if (term.kind == Kind::velocity) x = (x - kept) / step_seconds_;
    if (term.kind == Kind::alive && terminated) x = 0.0;
    total += std::clamp(term.weight * x, term.at_least, term.at_most);
  }
  return total;
}

void MujocoTerms::reset(mjData& data, const NoiseKey& key, std::uint64_t id) const {
  std::uint32_t draw = 0;
  for (const Reset& term : reset_) {
    double* x = data.*term.array + term.offset;
    if (term.law == Law::annulus) {
      const auto point = annulus_point(term.low, term.high, uniform(key, id, 0, draw), uniform(key, id, 0, draw + 1));
      std::copy(point.begin(), point.end(), x);
      draw += 2;
      continue;
    }
    for (int i = 0; i < term.count; ++i) {
      if (term.law == Law::constant) x[i] = term.low;
      if (term.law == Law::uniform) x[i] += term.low + (term.high - term.low) * uniform(key, id, 0, draw++);
      if (term.law == Law::two_sided) x[i] += two_sided(term.low, term.high, uniform(key, id, 0, draw++));
      if (term.law == Law::normal) x[i] += term.scale * normal(key, id, 0, draw++);
    }
  }
}

void MujocoTerms::save_derived(const mjData& data, double* out) const {
  for (const Kept& slice : kept_) out = std::copy_n(data.*slice.array + slice.offset, slice.count, out);
}

void MujocoTerms::restore_derived(mjData& data, const double* in) const {
  for (const Kept& slice : kept_) {
    std::copy_n(in, slice.count, data.*slice.array + slice.offset);
    in += slice.count;
  }
}

}  // namespace pianola
#endif
