// What becomes of an action on its way to the model and back: the tables of an action representation
// (action_representation.hpp) and the two loops that apply them. Plain numbers, no exceptions, no allocation: the
// robot's runtime reads the same tables from its image.
//
// For the actions u_0 … u_{c−1} of a chunk that begins in state s (columns of the observation):
//
//   absolute  m_k = u_k            relative  m_k = u_k ⊖ s            delta  m_0 = u_0 ⊖ s,  m_k = u_k ⊖ u_{k−1}
//
// where ⊖ is subtraction (linear), subtraction wrapped into ±period/2 (angle), and sᵀ u for rotations, whose m is the
// six numbers of rotation.hpp. Binary and categorical dimensions have no frame: m_k is the listed value nearest to u_k.
// Back: u_k = base ⊕ m_k with the decoded u_{k−1} as the base of a delta, so that errors of a delta add up along the
// chunk, and those of a relative action do not. An absolute angle comes back within ±period/2, a relative one beside
// its state, however many turns that has made.
//
// A chunk in the model is [chunk × discrete | chunk × continuous]: first the discrete coordinates of all steps, then
// the continuous ones.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "pianola/data/action_space.hpp"
#include "pianola/data/rotation.hpp"

namespace pianola {

/// What an action is relative to.
enum class ActionFrame : std::uint32_t { absolute, relative, delta };

inline bool is_discrete(ActionKind kind) noexcept {
  return kind == ActionKind::binary || kind == ActionKind::categorical;
}

/// Adjacent action dimensions that are treated alike: any number of linear ones or angles, one rotation, or one
/// discrete one; fixed size, since images of the runtime hold it as it is.
struct ActionGroup {
  ActionKind kind = ActionKind::linear;
  ActionFrame frame = ActionFrame::absolute;
  RotationEncoding encoding = RotationEncoding::vector;        ///< of a rotation
  RotationEncoding state_encoding = RotationEncoding::vector;  ///< of its state
  std::uint32_t first = 0, width = 1;                          ///< action dimensions
  std::uint32_t state_first = 0, state_width = 0;              ///< entries of `columns`; width 0: needs no state
  std::uint32_t model_first = 0, model_width = 1;  ///< coordinates of a step, among the discrete or continuous ones
  std::uint32_t value_first = 0, value_count = 0;  ///< entries of `values`, ascending (discrete)
  double period = 0.0;                             ///< of an angle
  bool operator==(const ActionGroup&) const = default;
};
static_assert(sizeof(ActionGroup) == 56);

/// A representation applied to chunks of a length. Spans belong to whoever made it.
struct ActionTransform {
  std::size_t action_dim = 0, chunk = 1, observation_dim = 0;
  std::size_t discrete = 0, continuous = 0;  ///< coordinates of a step in the model
  std::span<const ActionGroup> groups;       ///< cover the action dimensions in order
  std::span<const std::uint32_t> columns;    ///< of the observation
  std::span<const double> values;            ///< of discrete dimensions

  [[nodiscard]] std::size_t model_values() const { return chunk * (discrete + continuous); }
  [[nodiscard]] std::size_t action_values() const { return chunk * action_dim; }
};

/// Whether every index of the tables lies inside what it points to, and groups and coordinates follow each other
/// without a gap. The two functions below are safe for such tables, whatever the numbers they are given.
bool is_sound(const ActionTransform& transform) noexcept;

/// The number among values[first, first + count) nearest to x; the lower of two; the first for NaN.
std::size_t nearest_value(std::span<const double> values, double x) noexcept;

/// The difference a − b of two angles, in [−period/2, period/2].
inline double wrapped(double angle, double period) noexcept { return std::remainder(angle, period); }

namespace transform_detail {

/// One dimension, or one rotation, of a chunk: reads and writes its numbers with the chunk's strides.
template <class State>
double state_of(const ActionTransform& t, const ActionGroup& group, const State* observation, std::size_t i) {
  return static_cast<double>(observation[t.columns[group.state_first + i]]);
}

template <class State, class From, class To>
void scalars_to_model(const ActionTransform& t, const ActionGroup& g, const State* observation, const From* chunk,
                      To* model) {
  for (std::size_t i = 0; i < g.width; ++i) {
    double base = g.frame == ActionFrame::absolute ? 0.0 : state_of(t, g, observation, i);
    for (std::size_t k = 0; k < t.chunk; ++k) {
      const auto u = static_cast<double>(chunk[k * t.action_dim + g.first + i]);
      const double m = g.kind == ActionKind::angle ? wrapped(u - base, g.period) : u - base;
      model[k * t.continuous + g.model_first + i] = static_cast<To>(m);
      if (g.frame == ActionFrame::delta) base = u;
    }
  }
}

template <class State, class From, class To>
void scalars_to_actions(const ActionTransform& t, const ActionGroup& g, const State* observation, const From* model,
                        To* chunk) {
  for (std::size_t i = 0; i < g.width; ++i) {
    double base = g.frame == ActionFrame::absolute ? 0.0 : state_of(t, g, observation, i);
    for (std::size_t k = 0; k < t.chunk; ++k) {
      double u = base + static_cast<double>(model[k * t.continuous + g.model_first + i]);
      if (g.kind == ActionKind::angle && g.frame == ActionFrame::absolute) u = wrapped(u, g.period);
      chunk[k * t.action_dim + g.first + i] = static_cast<To>(u);
      if (g.frame == ActionFrame::delta) base = u;
    }
  }
}

template <class T>
Rotation read_rotation(RotationEncoding encoding, const T* numbers) {
  std::array<double, 6> copy{};
  for (std::size_t i = 0; i < rotation_width(encoding); ++i) copy[i] = static_cast<double>(numbers[i]);
  return rotation_of(encoding, copy.data());
}

template <class T>
void put_rotation(RotationEncoding encoding, const Rotation& rotation, T* numbers) {
  std::array<double, 6> out{};
  write_rotation(encoding, rotation, out.data());
  for (std::size_t i = 0; i < rotation_width(encoding); ++i) numbers[i] = static_cast<T>(out[i]);
}

template <class State>
Rotation state_rotation(const ActionTransform& t, const ActionGroup& g, const State* observation) {
  if (g.frame == ActionFrame::absolute) return {1, 0, 0, 0, 1, 0, 0, 0, 1};
  std::array<double, 6> state{};
  for (std::size_t i = 0; i < g.state_width; ++i) state[i] = state_of(t, g, observation, i);
  return rotation_of(g.state_encoding, state.data());
}

template <class State, class From, class To>
void rotations_to_model(const ActionTransform& t, const ActionGroup& g, const State* observation, const From* chunk,
                        To* model) {
  Rotation base = state_rotation(t, g, observation);
  for (std::size_t k = 0; k < t.chunk; ++k) {
    const Rotation u = read_rotation(g.encoding, chunk + k * t.action_dim + g.first);
    put_rotation(RotationEncoding::columns, relative_rotation(base, u), model + k * t.continuous + g.model_first);
    if (g.frame == ActionFrame::delta) base = u;
  }
}

template <class State, class From, class To>
void rotations_to_actions(const ActionTransform& t, const ActionGroup& g, const State* observation, const From* model,
                          To* chunk) {
  Rotation base = state_rotation(t, g, observation);
  for (std::size_t k = 0; k < t.chunk; ++k) {
    const Rotation u =
        product(base, read_rotation(RotationEncoding::columns, model + k * t.continuous + g.model_first));
    put_rotation(g.encoding, u, chunk + k * t.action_dim + g.first);
    if (g.frame == ActionFrame::delta) base = u;
  }
}

/// Both ways: the nearest value of the list. Strides and offsets are those of action and model.
template <class From, class To>
void snap(const ActionTransform& t, const ActionGroup& g, const From* from, std::size_t from_stride, To* to,
          std::size_t to_stride) {
  const std::span<const double> values = t.values.subspan(g.value_first, g.value_count);
  for (std::size_t k = 0; k < t.chunk; ++k) {
    to[k * to_stride] = static_cast<To>(values[nearest_value(values, static_cast<double>(from[k * from_stride]))]);
  }
}

}  // namespace transform_detail

/// observation: [observation_dim] at the chunk's start, not read if no group needs a state. chunk: [action_values].
/// model: [model_values]. No two of them overlap. Cost: some 100 flops a rotation, one a scalar.
template <class State, class From, class To>
void to_model(const ActionTransform& t, const State* observation, const From* chunk, To* model) noexcept {
  To* const continuous = model + t.chunk * t.discrete;
  for (const ActionGroup& g : t.groups) {
    if (is_discrete(g.kind)) {
      transform_detail::snap(t, g, chunk + g.first, t.action_dim, model + g.model_first, t.discrete);
    } else if (g.kind == ActionKind::rotation) {
      transform_detail::rotations_to_model(t, g, observation, chunk, continuous);
    } else {
      transform_detail::scalars_to_model(t, g, observation, chunk, continuous);
    }
  }
}

/// The inverse; total: any numbers give an action. A discrete coordinate means the value nearest to it.
template <class State, class From, class To>
void to_actions(const ActionTransform& t, const State* observation, const From* model, To* chunk) noexcept {
  const From* const continuous = model + t.chunk * t.discrete;
  for (const ActionGroup& g : t.groups) {
    if (is_discrete(g.kind)) {
      transform_detail::snap(t, g, model + g.model_first, t.discrete, chunk + g.first, t.action_dim);
    } else if (g.kind == ActionKind::rotation) {
      transform_detail::rotations_to_actions(t, g, observation, continuous, chunk);
    } else {
      transform_detail::scalars_to_actions(t, g, observation, continuous, chunk);
    }
  }
}

}  // namespace pianola
