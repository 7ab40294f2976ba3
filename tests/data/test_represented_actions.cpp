#include "pianola/data/represented_actions.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/data/action_declaration.hpp"

namespace pianola {
namespace {

/// Two trajectories of 4 and 2 steps; the action is the state plus 1, 2, …; the state counts in tens.
Dataset steps() {
  DatasetInfo info;
  info.action_dim = info.observation_dim = 1;
  Dataset data(info);
  double state = 0.0;
  for (const std::size_t n : {4, 2}) {
    Trajectory t;
    t.steps = n;
    for (std::size_t h = 0; h < n; ++h, state += 10.0) {
      t.observations.push_back(state);
      t.actions.push_back(state + 1.0 + static_cast<double>(h));
    }
    data.append(t);
  }
  return data;
}

std::vector<std::vector<double>> visited(const Dataset& data, const std::string& frame, std::size_t chunk) {
  const ActionRepresentation map = represent({"", frame, ""}, data.info());
  const auto source = action_source(data);
  std::vector<std::vector<double>> out;
  RepresentedActions(*source, map, chunk).for_each([&](std::span<const double> rows) {
    out.emplace_back(rows.begin(), rows.end());
  });
  return out;
}

TEST(RepresentedActions, EveryWindowIsRelativeToItsOwnStart) {
  EXPECT_EQ(visited(steps(), "relative", 2), (std::vector<std::vector<double>>{{1, 12}, {2, 13}, {3, 14}, {1, 12}}));
  EXPECT_EQ(visited(steps(), "delta", 2), (std::vector<std::vector<double>>{{1, 11}, {2, 11}, {3, 11}, {1, 11}}));
  EXPECT_EQ(visited(steps(), "absolute", 2), (std::vector<std::vector<double>>{{1, 12, 23, 34}, {41, 52}}));
}

TEST(RepresentedActions, NoWindowCrossesATrajectory) {
  EXPECT_EQ(visited(steps(), "relative", 3).size(), 2U);
  test::expect_parts(test::message_of<DataError>([] { visited(steps(), "relative", 5); }), {"5 steps", "trajectory 4"});
}

class Without final : public ActionSource {
 public:
  [[nodiscard]] std::size_t action_dim() const override { return 1; }
  void for_each(const std::function<void(std::span<const double>)>& visit) const override {
    const std::vector<double> rows{1, 2, std::numeric_limits<double>::quiet_NaN()};
    visit(rows);
  }
};

TEST(RepresentedActions, AsksForWhatIsMissing) {
  const auto map = [](const std::string& frame) { return represent({"", frame, ""}, steps().info()); };
  const Without source;
  const ActionRepresentation relative = map("relative"), absolute = map("absolute"), other(2);
  const auto run = [&](const ActionRepresentation& m) {
    RepresentedActions(source, m, 1).for_each([](std::span<const double>) {});
  };
  test::expect_parts(test::message_of<DataError>([&] { run(absolute); }), {"trajectory 0, row 2"});
  EXPECT_THROW(run(relative), Error);
  EXPECT_THROW(run(other), UsageError);
}

TEST(RepresentedActions, GathersWhereChunksBegin) {
  const std::vector<double> rows{0, 1, 10, 11, 20, 21, 30, 31};
  std::vector<double> out;
  gather_starts(rows, 2, 2, 2, out);
  EXPECT_EQ(out, (std::vector<double>{0, 1, 20, 21}));
}

}  // namespace
}  // namespace pianola
