#include "pianola/data/action_transform.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "data/rotation_samples.hpp"
#include "pianola/data/action_declaration.hpp"

namespace pianola {
namespace {

constexpr std::size_t kChunk = 5;

DatasetInfo info_of(std::size_t action_dim, std::size_t observation_dim) {
  DatasetInfo info;
  info.action_dim = action_dim;
  info.observation_dim = observation_dim;
  return info;
}

/// Float32 numbers, as files have them.
std::vector<double> drawn(std::uint64_t seed, std::size_t n, double scale) {
  std::vector<double> out(n);
  for (std::size_t i = 0; i < n; ++i) {
    out[i] = static_cast<double>(static_cast<float>(scale * (2.0 * uniform(NoiseKey(seed), i, 0) - 1.0)));
  }
  return out;
}

std::vector<double> round_trip(const ActionRepresentation& map, const std::vector<double>& state,
                               const std::vector<double>& chunk) {
  const ActionTransform t = map.transform(kChunk);
  std::vector<double> model(t.model_values()), back(t.action_values());
  to_model(t, state.data(), chunk.data(), model.data());
  to_actions(t, state.data(), model.data(), back.data());
  return back;
}

const std::vector<std::string>& frames() {
  static const std::vector<std::string> names{"absolute", "relative", "delta"};
  return names;
}

TEST(ActionTransform, LinearComesBackToTheFloat) {
  for (const std::string& frame : frames()) {
    const ActionRepresentation map = represent({"linear*3", frame, ""}, info_of(3, 3));
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      const auto state = drawn(seed, 3, 2.0), chunk = drawn(seed + 1000, 3 * kChunk, 2.0);
      const auto back = round_trip(map, state, chunk);
      for (std::size_t i = 0; i < chunk.size(); ++i) {
        EXPECT_EQ(static_cast<float>(back[i]), static_cast<float>(chunk[i])) << frame;
      }
    }
  }
}

TEST(ActionTransform, AnglesComeBackUpToTurnsAndBesideTheirState) {
  for (const std::string& frame : frames()) {
    const ActionRepresentation map = represent({"angle*2", frame, ""}, info_of(2, 2));
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      const auto state = drawn(seed, 2, 20.0), chunk = drawn(seed + 1000, 2 * kChunk, 20.0);
      const ActionTransform t = map.transform(kChunk);
      std::vector<double> model(t.model_values());
      to_model(t, state.data(), chunk.data(), model.data());
      for (const double m : model) EXPECT_LE(std::abs(m), test::kPi);
      const auto back = round_trip(map, state, chunk);
      for (std::size_t i = 0; i < chunk.size(); ++i) {
        EXPECT_NEAR(wrapped(back[i] - chunk[i], 2.0 * test::kPi), 0.0, 1e-13) << frame;
        const double base = frame == "relative" ? state[i % 2] : 0.0;
        EXPECT_TRUE(frame == "delta" || std::abs(back[i] - base) <= test::kPi + 1e-13) << frame;
      }
    }
  }
}

TEST(ActionTransform, AnAngleAcrossTheSeamIsASmallNumber) {
  const ActionRepresentation map = represent({"angle", "relative", ""}, info_of(1, 1));
  const std::vector<double> state{3.1}, chunk{3.13, -3.13, -3.1, 3.1, 3.1 + 2.0 * test::kPi};
  std::vector<double> model(kChunk);
  to_model(map.transform(kChunk), state.data(), chunk.data(), model.data());
  const std::vector<double> expected{0.03, 2.0 * test::kPi - 6.23, 2.0 * test::kPi - 6.2, 0.0, 0.0};
  for (std::size_t k = 0; k < kChunk; ++k) EXPECT_NEAR(model[k], expected[k], 1e-12);
}

TEST(ActionTransform, RotationsOfEveryEncodingComeBackInEveryFrame) {
  const auto rotations = test::hard_rotations();
  for (std::uint32_t e = 0; e < kRotationEncodings; ++e) {
    const auto encoding = static_cast<RotationEncoding>(e);
    const std::size_t width = rotation_width(encoding);
    for (const std::string& frame : frames()) {
      const ActionRepresentation map = represent({rotation_names()[e], frame, ""}, info_of(width, width));
      const ActionTransform t = map.transform(kChunk);
      for (std::size_t i = 0; i + kChunk < rotations.size(); i += kChunk) {
        std::vector<double> state(width), chunk(width * kChunk);
        write_rotation(encoding, rotations[i], state.data());
        for (std::size_t k = 0; k < kChunk; ++k) write_rotation(encoding, rotations[i + k + 1], &chunk[k * width]);
        const auto back = round_trip(map, state, chunk);
        std::vector<double> model(t.model_values());
        to_model(t, state.data(), chunk.data(), model.data());
        for (const double m : model) EXPECT_LE(std::abs(m), 1.0 + 1e-12);
        for (std::size_t k = 0; k < kChunk; ++k) {
          const double apart =
              rotation_distance(rotation_of(encoding, &chunk[k * width]), rotation_of(encoding, &back[k * width]));
          EXPECT_LT(apart, 1e-12) << rotation_names()[e] << ", " << frame;
        }
      }
    }
  }
}

TEST(ActionTransform, ARelativeRotationIsSeenFromTheStateInAnyEncoding) {
  DatasetInfo info = info_of(3, 7);
  info.observation_fields = {{"position", 0, 3}, {"quaternion", 3, 4}};
  const ActionRepresentation map = represent({"rotation_vector", "relative", "0-2=quaternion(quaternion_wxyz)"}, info);
  const std::vector<double> vector{0.1, -0.2, 0.3}, turn{0.05, 0.0, -0.02};
  const Rotation base = rotation_of(RotationEncoding::vector, vector.data());
  std::vector<double> state(7), chunk(3), model(6), expected(6);
  write_rotation(RotationEncoding::quaternion_wxyz, base, &state[3]);
  write_rotation(RotationEncoding::vector, product(base, rotation_of(RotationEncoding::vector, turn.data())),
                 chunk.data());
  to_model(map.transform(1), state.data(), chunk.data(), model.data());
  write_rotation(RotationEncoding::columns, rotation_of(RotationEncoding::vector, turn.data()), expected.data());
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(model[i], expected[i], 1e-13);
}

TEST(ActionTransform, DiscreteValuesStandInFrontAndAreSnappedTo) {
  const ActionRepresentation map = represent({"binary(-1,1),linear,categorical(0,2,5)", "", ""}, info_of(3, 0));
  const ActionTransform t = map.transform(2);
  const std::vector<double> chunk{-0.9, 7.0, 3.0, 0.2, 8.0, 4.9};
  std::vector<double> model(6), back(6);
  to_model<double>(t, nullptr, chunk.data(), model.data());
  EXPECT_EQ(model, (std::vector<double>{-1, 2, 1, 5, 7, 8}));
  to_actions<double>(t, nullptr, model.data(), back.data());
  EXPECT_EQ(back, (std::vector<double>{-1, 7, 2, 1, 8, 5}));
}

TEST(ActionTransform, ErrorsOfADeltaAddUpAndOfARelativeActionDoNot) {
  for (const std::string frame : {"relative", "delta"}) {
    const ActionRepresentation map = represent({"", frame, ""}, info_of(1, 1));
    const std::vector<double> state{1.0}, model(kChunk, 0.25);
    std::vector<double> actions(kChunk);
    to_actions(map.transform(kChunk), state.data(), model.data(), actions.data());
    EXPECT_EQ(actions.back(), frame == "delta" ? 1.0 + 0.25 * kChunk : 1.25);
  }
}

TEST(ActionTransform, UnsoundTablesAreSeen) {
  std::vector<ActionGroup> groups(2);
  groups[0].frame = ActionFrame::relative;
  groups[0].state_width = 1;
  groups[1].kind = ActionKind::binary;
  groups[1].first = 1;
  groups[1].value_count = 2;
  const std::vector<ActionGroup> good = groups;
  std::vector<std::uint32_t> columns{3};
  std::vector<double> values{0.0, 1.0};
  const auto sound = [&] { return is_sound({2, 1, 4, 1, 1, groups, columns, values}); };
  EXPECT_TRUE(sound());
  const auto spoiled = [&](auto spoil) {
    groups = good;
    spoil();
    const bool still = sound();
    groups = good;
    columns = {3};
    values = {0.0, 1.0};
    return !still;
  };
  EXPECT_TRUE(spoiled([&] { groups[0].width = 0; }));
  EXPECT_TRUE(spoiled([&] { groups[0].width = 0xFFFFFFFF; }));
  EXPECT_TRUE(spoiled([&] { groups[1].first = 2; }));
  EXPECT_TRUE(spoiled([&] { groups[1].model_first = 1; }));
  EXPECT_TRUE(spoiled([&] { groups[0].state_first = 0xFFFFFFFF; }));
  EXPECT_TRUE(spoiled([&] { groups[0].state_width = 2; }));
  EXPECT_TRUE(spoiled([&] { groups[0].frame = static_cast<ActionFrame>(9); }));
  EXPECT_TRUE(spoiled([&] { groups[0].kind = static_cast<ActionKind>(9); }));
  EXPECT_TRUE(spoiled([&] { groups[0].kind = ActionKind::angle; }));
  EXPECT_TRUE(spoiled([&] { groups[0].kind = ActionKind::rotation; }));
  EXPECT_TRUE(spoiled([&] { groups[1].value_first = 1; }));
  EXPECT_TRUE(spoiled([&] { groups[1].value_count = 1; }));
  EXPECT_TRUE(spoiled([&] { groups[1].frame = ActionFrame::delta; }));
  EXPECT_TRUE(spoiled([&] { columns[0] = 4; }));
  EXPECT_TRUE(spoiled([&] { values[1] = NAN; }));
  EXPECT_TRUE(spoiled([&] { groups.pop_back(); }));
}

}  // namespace
}  // namespace pianola
