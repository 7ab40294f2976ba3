#ifdef PIANOLA_WITH_MUJOCO
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/systems/mujoco_model.hpp"
#include "pianola/systems/mujoco_terms.hpp"

namespace pianola {
namespace {

struct Span {
  int offset, count;
};

/// What a user calls an array of mjData, how long it is, and where in it the numbers of one named object lie.
struct Source {
  const char* name;
  mjtNum* mjData::*array;
  mjtObj object;  ///< mjOBJ_UNKNOWN: its parts have no names
  Span (*all)(const mjModel&);
  Span (*of)(const mjModel&, int id);
  bool derived, after_forces, vectors;  ///< vectors: positions in space, one object's three at a time
};

int joint_width(const mjModel& m, int id, int free, int ball) {
  if (m.jnt_type[id] == mjJNT_FREE) return free;
  return m.jnt_type[id] == mjJNT_BALL ? ball : 1;
}
Span joint_positions(const mjModel& m, int id) { return {m.jnt_qposadr[id], joint_width(m, id, 7, 4)}; }
Span joint_velocities(const mjModel& m, int id) { return {m.jnt_dofadr[id], joint_width(m, id, 6, 3)}; }
Span one(const mjModel&, int id) { return {id, 1}; }
Span sensor(const mjModel& m, int id) { return {m.sensor_adr[id], m.sensor_dim[id]}; }
template <int width>
Span row(const mjModel&, int id) {
  return {width * id, width};
}
template <class T>
Span whole(T count) {
  return {0, static_cast<int>(count)};
}

const Source kSources[] = {
    {"qpos", &mjData::qpos, mjOBJ_JOINT, [](const mjModel& m) { return whole(m.nq); }, joint_positions, false, false,
     false},
    {"qvel", &mjData::qvel, mjOBJ_JOINT, [](const mjModel& m) { return whole(m.nv); }, joint_velocities, false, false,
     false},
    {"act", &mjData::act, mjOBJ_UNKNOWN, [](const mjModel& m) { return whole(m.na); }, nullptr, false, false, false},
    {"action", nullptr, mjOBJ_ACTUATOR, [](const mjModel& m) { return whole(m.nu); }, one, false, false, false},
    {"control", &mjData::ctrl, mjOBJ_ACTUATOR, [](const mjModel& m) { return whole(m.nu); }, one, false, false, false},
    {"sensor", &mjData::sensordata, mjOBJ_SENSOR, [](const mjModel& m) { return whole(m.nsensordata); }, sensor, true,
     false, false},
    {"site", &mjData::site_xpos, mjOBJ_SITE, [](const mjModel& m) { return whole(3 * m.nsite); }, row<3>, true, false,
     true},
    {"body", &mjData::xpos, mjOBJ_BODY, [](const mjModel& m) { return whole(3 * m.nbody); }, row<3>, true, false, true},
    {"subtree_com", &mjData::subtree_com, mjOBJ_BODY, [](const mjModel& m) { return whole(3 * m.nbody); }, row<3>, true,
     false, true},
    {"cinert", &mjData::cinert, mjOBJ_BODY, [](const mjModel& m) { return whole(10 * m.nbody); }, row<10>, true, false,
     false},
    {"cvel", &mjData::cvel, mjOBJ_BODY, [](const mjModel& m) { return whole(6 * m.nbody); }, row<6>, true, false,
     false},
    {"qfrc_actuator", &mjData::qfrc_actuator, mjOBJ_JOINT, [](const mjModel& m) { return whole(m.nv); },
     joint_velocities, true, false, false},
    {"cfrc_ext", &mjData::cfrc_ext, mjOBJ_BODY, [](const mjModel& m) { return whole(6 * m.nbody); }, row<6>, true, true,
     false},
};

const Source& find_source(const std::string& name, const std::string& where) {
  std::vector<std::string> known;
  for (const Source& source : kSources) {
    if (name == source.name) return source;
    known.emplace_back(source.name);
  }
  throw DataError(where + ".source: " + unknown_name_message("source", name, known));
}

Span find_object(const mjModel& model, const Source& source, const std::string& name, const std::string& where) {
  if (source.of == nullptr) {
    throw DataError(fmt::format("{}: the parts of '{}' have no names, but '{}' was given; use first and count", where,
                                source.name, name));
  }
  return source.of(model, mujoco_object(model, source.object, name, where));
}

/// The part [first, first + count) of a span.
Span part(Span all, const MujocoQuantity& q, const std::string& where) {
  const int count = q.count < 0 ? all.count - q.first : q.count;
  if (q.first < 0 || count < 1 || q.first > all.count - count) {
    throw DataError(fmt::format("{}: first = {}, count = {} does not lie within the {} numbers of {}{}{}", where,
                                q.first, q.count, all.count, q.source, q.name.empty() ? "" : " ", q.name));
  }
  return {all.offset + q.first, count};
}

MujocoSlice::Map find_map(const std::string& name, const std::string& where) {
  if (name.empty()) return MujocoSlice::Map::identity;
  if (name == "sin") return MujocoSlice::Map::sin;
  if (name == "cos") return MujocoSlice::Map::cos;
  throw DataError(fmt::format("{}.map: sin or cos was expected, not '{}'", where, name));
}

/// An object of the same kind and width, whose part of the same place is subtracted.
int find_minus(const mjModel& model, const Source& source, const MujocoQuantity& q, Span all,
               const std::string& where) {
  if (q.name.empty())
    throw DataError(fmt::format("{}.minus: takes a name too, of what '{}' is subtracted from", where, q.minus));
  const Span other = find_object(model, source, q.minus, where + ".minus");
  if (other.count != all.count) {
    throw DataError(
        fmt::format("{}.minus: '{}' has {} numbers, '{}' has {}", where, q.minus, other.count, q.name, all.count));
  }
  return other.offset + q.first;
}

}  // namespace

MujocoSlice find_mujoco_slice(const mjModel& model, const MujocoQuantity& q, const std::string& where) {
  const Source& source = find_source(q.source, where);
  if (source.vectors && q.name.empty()) {
    throw DataError(
        fmt::format("{}.name: source '{}' takes the name of one {}", where, q.source, mju_type2Str(source.object)));
  }
  const Span all = q.name.empty() ? source.all(model) : find_object(model, source, q.name, where + ".name");
  const Span span = part(all, q, where);
  MujocoSlice slice{.array = source.array, .offset = span.offset, .count = span.count};
  if (!q.minus.empty()) slice.minus = find_minus(model, source, q, all, where);
  slice.map = find_map(q.map, where);
  if (!(q.clip_low < q.clip_high)) {
    throw DataError(fmt::format("{}: clip_low = {} must be below clip_high = {}", where, q.clip_low, q.clip_high));
  }
  slice.clipped = std::isfinite(q.clip_low) || std::isfinite(q.clip_high);
  slice.low = q.clip_low;
  slice.high = q.clip_high;
  slice.derived = source.derived;
  slice.after_forces = source.after_forces;
  return slice;
}

void MujocoSlice::read(const mjData& data, std::span<const double> action, double* out) const {
  const double* from = array == nullptr ? action.data() : data.*array;
  std::copy_n(from + offset, count, out);
  if (minus >= 0) {
    for (int i = 0; i < count; ++i) out[i] -= from[minus + i];
  }
  if (map != Map::identity) {
    for (int i = 0; i < count; ++i) out[i] = map == Map::sin ? std::sin(out[i]) : std::cos(out[i]);
  }
  if (clipped) {
    for (int i = 0; i < count; ++i) out[i] = std::clamp(out[i], low, high);
  }
}

}  // namespace pianola
#endif
