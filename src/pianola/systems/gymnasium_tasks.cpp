// What the environments of Gymnasium's folder gymnasium/envs/mujoco do, restated as terms (Farama-Foundation/Gymnasium,
// release 1.2; Towers et al., "Gymnasium: A Standard Interface for Reinforcement Learning Environments", 2024).
//
// Common to all: the control cost charges the action as given, not clamped; velocities in rewards are finite
// differences over one step; `alive` terms are paid in version 4 even by the step that ends the trajectory, in version
// 5 not. Differs: reset noise has Gymnasium's law but comes from our streams; where version 4 leaves `alive` unpaid or
// paid depending on options, the defaults hold.
#include "pianola/systems/gymnasium_tasks.hpp"

#include <cmath>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

MujocoQuantity slice(const char* source, int first = 0, int count = -1) {
  return {.source = source, .first = first, .count = count};
}

MujocoQuantity clipped(MujocoQuantity q, double bound) {
  q.clip_low = -bound;
  q.clip_high = bound;
  return q;
}

MujocoQuantity mapped(MujocoQuantity q, const char* map) {
  q.map = map;
  return q;
}

MujocoQuantity named(const char* source, const char* name, int count = -1) {
  return {.source = source, .name = name, .count = count};
}

MujocoRewardTerm forward(MujocoQuantity x, double weight = 1.0) {
  return {.term = "velocity", .weight = weight, .of = std::move(x)};
}

MujocoRewardTerm survival(int version, double weight) {
  return {.term = version == 4 ? "constant" : "alive", .weight = weight};
}

MujocoRewardTerm squared(double weight, MujocoQuantity x) {
  return {.term = "square", .weight = weight, .of = std::move(x)};
}

MujocoRewardTerm control_cost(double weight) { return squared(-weight, slice("action")); }

/// Healthy means strictly inside.
MujocoTermination inside(int qpos, double low, double high) {
  return {.of = slice("qpos", qpos, 1), .low = low, .high = high, .open = true};
}

std::vector<MujocoResetTerm> uniform_reset(double scale) {
  return {{.target = "qpos", .low = -scale, .high = scale}, {.target = "qvel", .low = -scale, .high = scale}};
}

std::vector<MujocoResetTerm> mixed_reset(double scale) {
  return {{.target = "qpos", .low = -scale, .high = scale}, {.target = "qvel", .law = "normal", .scale = scale}};
}

/// x, z, pitch and three joints. Heights and angles end it, and any state beyond ±100.
MujocoTask hopper(int version) {
  MujocoTask task{.model = "hopper.xml", .frame_skip = 4};
  task.observation = {slice("qpos", 1), clipped(slice("qvel"), 10.0)};
  task.reward = {forward(slice("qpos", 0, 1)), survival(version, 1.0), control_cost(1e-3)};
  task.termination = {inside(1, 0.7, kInfinity),
                      inside(2, -0.2, 0.2),
                      {.of = slice("qpos", 2), .low = -100.0, .high = 100.0, .open = true},
                      {.of = slice("qvel"), .low = -100.0, .high = 100.0, .open = true}};
  task.reset = uniform_reset(5e-3);
  return task;
}

/// Version 5 has a model of its own, whose feet have equal friction.
MujocoTask walker2d(int version) {
  MujocoTask task{.model = version == 4 ? "walker2d.xml" : "walker2d_v5.xml", .frame_skip = 4};
  task.observation = {slice("qpos", 1), clipped(slice("qvel"), 10.0)};
  task.reward = {forward(slice("qpos", 0, 1)), survival(version, 1.0), control_cost(1e-3)};
  task.termination = {inside(1, 0.8, 2.0), inside(2, -1.0, 1.0)};
  task.reset = uniform_reset(5e-3);
  return task;
}

MujocoTask half_cheetah(int) {
  MujocoTask task{.model = "half_cheetah.xml", .frame_skip = 5};
  task.observation = {slice("qpos", 1), slice("qvel")};
  task.reward = {forward(slice("qpos", 0, 1)), control_cost(0.1)};
  task.reset = mixed_reset(0.1);
  return task;
}

/// Contact forces on the bodies (the world's left out) are observed, and charged, in version 5 only.
MujocoTask ant(int version) {
  MujocoTask task{.model = "ant.xml", .frame_skip = 5};
  task.observation = {slice("qpos", 2), slice("qvel")};
  task.reward = {forward(named("body", "torso", 1)), survival(version, 1.0), control_cost(0.5)};
  if (version == 5) {
    task.observation.push_back(clipped(slice("cfrc_ext", 6), 1.0));
    task.reward.push_back(squared(-5e-4, clipped(slice("cfrc_ext"), 1.0)));
  }
  task.termination = {{.of = slice("qpos", 2, 1), .low = 0.2, .high = 1.0}};
  task.reset = mixed_reset(0.1);
  return task;
}

MujocoTask swimmer(int) {
  MujocoTask task{.model = "swimmer.xml", .frame_skip = 4};
  task.observation = {slice("qpos", 2), slice("qvel")};
  task.reward = {forward(slice("qpos", 0, 1)), control_cost(1e-4)};
  task.reset = uniform_reset(0.1);
  return task;
}

/// Version 4 charges the distance before the step and observes its z, which is 0; the target is two slides at the end.
MujocoTask reacher(int version) {
  const MujocoQuantity to_target{.source = "body", .name = "fingertip", .minus = "target"};
  MujocoTask task{.model = "reacher.xml", .frame_skip = 2, .horizon = 50};
  task.observation = {mapped(slice("qpos", 0, 2), "cos"), mapped(slice("qpos", 0, 2), "sin"), slice("qpos", 2),
                      slice("qvel", 0, 2), to_target};
  if (version == 5) task.observation.back().count = 2;
  task.reward = {{.term = "norm", .weight = -1.0, .of = to_target, .before = version == 4}, control_cost(1.0)};
  task.reset = {{.target = "qpos", .count = 2, .low = -0.1, .high = 0.1},
                {.target = "qpos", .first = 2, .count = 2, .law = "annulus", .low = 0.0, .high = 0.2},
                {.target = "qvel", .count = 2, .low = -0.005, .high = 0.005}};
  return task;
}

/// Version 5 does not pay the step that falls.
MujocoTask inverted_pendulum(int version) {
  MujocoTask task{.model = "inverted_pendulum.xml", .frame_skip = 2, .reward_range = {0.0, 1.0}};
  task.reward = {survival(version, 1.0)};
  task.termination = {{.of = slice("qpos", 1, 1), .low = -0.2, .high = 0.2}};
  task.reset = uniform_reset(0.01);
  return task;
}

/// Version 5 leaves out the world body and the root's actuator forces, which are all zero, and charges contacts.
MujocoTask humanoid(int version) {
  const bool old = version == 4;
  MujocoTask task{.model = "humanoid.xml", .frame_skip = 5};
  task.observation = {slice("qpos", 2),
                      slice("qvel"),
                      slice("cinert", old ? 0 : 10),
                      slice("cvel", old ? 0 : 6),
                      slice("qfrc_actuator", old ? 0 : 6),
                      slice("cfrc_ext", old ? 0 : 6)};
  task.reward = {forward(named("subtree_com", "world", 1), 1.25), survival(version, 5.0), control_cost(0.1)};
  if (!old) {
    task.reward.push_back(squared(-5e-7, slice("cfrc_ext")));
    task.reward.back().at_least = -10.0;
  }
  task.termination = {inside(2, 1.0, 2.0)};
  task.reset = uniform_reset(1e-2);
  return task;
}

struct Row {
  const char* name;
  MujocoTask (*task)(int version);
};

constexpr Row kRows[] = {
    {"Hopper", hopper},   {"Walker2d", walker2d}, {"HalfCheetah", half_cheetah},           {"Ant", ant},
    {"Swimmer", swimmer}, {"Reacher", reacher},   {"InvertedPendulum", inverted_pendulum}, {"Humanoid", humanoid}};
constexpr int kVersions[] = {4, 5};

}  // namespace

std::vector<std::string> gymnasium_task_names() {
  std::vector<std::string> names;
  for (const Row& row : kRows) {
    for (const int version : kVersions) names.push_back(row.name + ("-v" + std::to_string(version)));
  }
  return names;
}

MujocoTask gymnasium_task(const std::string& name) {
  for (const Row& row : kRows) {
    for (const int version : kVersions) {
      if (name != row.name + ("-v" + std::to_string(version))) continue;
      MujocoTask task = row.task(version);
      task.where = name;
      task.spec = "gymnasium:" + name;
      return task;
    }
  }
  throw_unknown_name("Gymnasium task", name, gymnasium_task_names());
}

}  // namespace pianola
