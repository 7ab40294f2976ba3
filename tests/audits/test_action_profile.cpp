#include "pianola/audits/action_profile.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

/// One trajectory of these actions, row-major.
Dataset recording(std::size_t dim, const std::vector<double>& actions) {
  DatasetInfo info;
  info.observation_dim = 1, info.action_dim = dim;
  Dataset data(info);
  Trajectory t;
  t.steps = actions.size() / dim;
  t.observations.assign(t.steps, 0.0);
  t.actions = actions;
  data.append(t);
  return data;
}

TEST(ActionProfile, CountsWhatLiesOnTheBoundsAndBeyondThem) {
  const Dataset data = recording(2, {1.0, 0.0, 1.5, 0.5, -1.0, 0.2, 0.3, 0.1});
  const ActionProfile profile = action_profile(*action_source(data), {{-1.0, -1.0}, {1.0, 1.0}}, {});
  EXPECT_TRUE(profile.bounded);
  EXPECT_EQ(profile.saturated, (std::vector<double>{0.75, 0.0}));
  EXPECT_EQ(profile.beyond, (std::vector<double>{0.25, 0.0}));
  EXPECT_DOUBLE_EQ(profile.saturated_fraction(), 0.375);
  EXPECT_EQ(profile.steps, 4u);
  for (const auto& bars : profile.histogram) {
    EXPECT_EQ(std::accumulate(bars.begin(), bars.end(), std::uint64_t{0}), 4u) << "every value stands in one bar";
  }
}

TEST(ActionProfile, WithoutLimitsNothingSaturates) {
  const Dataset data = recording(1, {-2.0, 0.0, 2.0});
  const ActionProfile profile = action_profile(*action_source(data), {}, {});
  EXPECT_FALSE(profile.bounded);
  EXPECT_EQ(profile.range.low, std::vector<double>{-2.0});
  EXPECT_EQ(profile.range.high, std::vector<double>{2.0});
  EXPECT_EQ(profile.saturated_fraction(), 0.0) << "the data's own ends are no limits";
}

TEST(ActionProfile, ARecordedRangeServesWhereThePlantHasNone) {
  const Dataset data = recording(1, {-1.0, 0.0});
  EXPECT_EQ(action_profile(*action_source(data), {}, {{-1.0}, {1.0}}).saturated_fraction(), 0.5);
}

TEST(ActionProfile, RefusesWhatIsNoAction) {
  class Bad final : public ActionSource {
   public:
    [[nodiscard]] std::size_t action_dim() const override { return 1; }
    void for_each(const std::function<void(std::span<const double>)>& visit) const override {
      const std::vector<double> actions{0.0, std::nan("")};
      visit(actions);
    }
  };
  EXPECT_THROW(action_profile(Bad(), {}, {}), DataError);
}

}  // namespace
}  // namespace pianola
