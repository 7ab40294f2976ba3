#include "pianola/data/action_representation.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "data/rotation_samples.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/data/action_declaration.hpp"

namespace pianola {
namespace {

DatasetInfo eight() {
  DatasetInfo info;
  info.action_dim = 8;
  info.observation_dim = 8;
  return info;
}

ActionRepresentation arm() { return represent({"linear*3,quaternion_xyzw,binary(0,1)", "relative", ""}, eight()); }

TEST(ActionRepresentation, KnowsItsCoordinates) {
  const ActionRepresentation map = arm();
  EXPECT_EQ(map.action_dim(), 8U);
  EXPECT_EQ(map.discrete(), 1U);
  EXPECT_EQ(map.continuous(), 9U);
  EXPECT_EQ(map.observation_dim(), 8U);
  EXPECT_TRUE(map.needs_state());
  EXPECT_FALSE(map.is_identity());
  EXPECT_FALSE(map.is_isometric());
  EXPECT_EQ(map.coordinate_name(2), "2");
  EXPECT_EQ(map.coordinate_name(4), "3-6 c1.y");
  EXPECT_EQ(
      map.text(),
      "0-2 relative linear to observation 0-2; 3-6 relative quaternion_xyzw to observation 3-6; 7 absolute binary");
}

TEST(ActionRepresentation, TheIdentityNeedsNothing) {
  const ActionRepresentation map(4);
  EXPECT_TRUE(map.is_identity());
  EXPECT_TRUE(map.is_isometric());
  EXPECT_FALSE(map.needs_state());
  EXPECT_EQ(map.plain_dimension(3), 3U);
  EXPECT_EQ(represent({}, eight()), ActionRepresentation(8));
}

TEST(ActionRepresentation, SavedAndLoadedIsTheSame) {
  for (const ActionDeclaration& declaration : {ActionDeclaration{},
                                               {"", "delta", ""},
                                               {"linear*3,quaternion_xyzw,binary(0,1)", "relative", ""},
                                               {"angle*2,euler_ZYX,rotation_vector", "0-4=relative", "0-7"},
                                               {"angle_degrees*7,categorical(1,2,4)", "", ""}}) {
    const ActionRepresentation map = represent(declaration, eight());
    EXPECT_EQ(ActionRepresentation::load(nlohmann::ordered_json::parse(map.save().dump())), map);
  }
}

TEST(ActionRepresentation, WhatNobodySavedIsRefused) {
  const nlohmann::ordered_json good = arm().save();
  const auto refused = [&](auto spoil) {
    nlohmann::ordered_json bad = good;
    spoil(bad);
    return test::message_of<DataError>([&] { ActionRepresentation::load(bad); });
  };
  test::expect_parts(refused([](auto& j) { j.erase("groups"); }), {"representation", "groups"});
  refused([](auto& j) { j["groups"][0]["kind"] = "liner"; });
  refused([](auto& j) { j["groups"][0]["width"] = 4; });
  refused([](auto& j) { j["groups"][0]["state"] = {0, 1}; });
  refused([](auto& j) { j["groups"][0]["state"] = {0, 1, 8}; });
  refused([](auto& j) { j["groups"][1]["encoding"] = "euler_xyz"; });
  refused([](auto& j) { j["groups"][1]["encoding"] = "quaternion"; });
  refused([](auto& j) { j["groups"][2]["values"] = {0}; });
  refused([](auto& j) { j["groups"][2]["values"] = nlohmann::ordered_json::array(); });
  refused([](auto& j) { j["groups"] = 7; });
}

class Rows final : public ActionSource {
 public:
  explicit Rows(std::vector<double> rows) : rows_(std::move(rows)) {}
  [[nodiscard]] std::size_t action_dim() const override { return 2; }
  void for_each(const std::function<void(std::span<const double>)>& visit) const override { visit(rows_); }

 private:
  std::vector<double> rows_;
};

TEST(ActionRepresentation, TakesDiscreteValuesFromTheData) {
  DatasetInfo info;
  info.action_dim = 2;
  const ActionRepresentation map = represent({"linear,binary", "", ""}, info);
  const ActionRepresentation whole = map.with_values(Rows({0.1, 1.0, 0.2, -1.0, 0.3, 1.0}));
  EXPECT_EQ(std::vector<double>(whole.values(0).begin(), whole.values(0).end()), (std::vector<double>{-1.0, 1.0}));
  test::expect_parts(test::message_of<DataError>([&] {
                       static_cast<void>(map.with_values(Rows({0, 1, 0, 2, 0, 3})));
                     }),
                     {"dimension 1", "binary", "two", "(1, 2, 3)", "binary(0,1)"});
  test::expect_parts(test::message_of<DataError>([&] {
                       static_cast<void>(map.with_values(Rows({0, 1, 0, 1})));
                     }),
                     {"there are 1"});
}

TEST(ActionRepresentation, ErrorsAreMeasuredWhereActionsLive) {
  DatasetInfo info;
  info.action_dim = 9;
  const ActionRepresentation map = represent({"linear,angle,rotation_vector,quaternion_wxyz", "", ""}, info);
  std::vector<double> a{1, 3.1, 0, 0, 0, 1, 0, 0, 0}, b{3, -3.1, 0, 0, 0, -1, 0, 0, 0}, error(9);
  const std::array<double, 3> vector{0.0, 0.0, 3.1}, same{0.0, 0.0, 3.1 - 2.0 * test::kPi};
  std::copy(vector.begin(), vector.end(), a.begin() + 2);
  std::copy(same.begin(), same.end(), b.begin() + 2);
  map.error(a, b, error);
  EXPECT_DOUBLE_EQ(error[0], 2.0);
  EXPECT_NEAR(error[1], 2.0 * test::kPi - 6.2, 1e-12);
  for (std::size_t d = 2; d < 9; ++d) EXPECT_NEAR(error[d], 0.0, 1e-12) << d;
  b[4] += 0.5;
  map.error(a, b, error);
  EXPECT_NEAR(error[4], 0.5, 1e-12);
  const auto degrees = map.rotation_errors(a, b);
  ASSERT_EQ(degrees.size(), 2U);
  EXPECT_EQ(degrees[0].first, 2U);
  EXPECT_NEAR(degrees[0].degrees, 0.5 * 180.0 / test::kPi, 1e-9);
  EXPECT_NEAR(degrees[1].degrees, 0.0, 1e-6);
}

}  // namespace
}  // namespace pianola
