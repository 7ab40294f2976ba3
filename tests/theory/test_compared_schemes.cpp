#include "pianola/theory/compared_schemes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "pianola/quantizers/registry.hpp"

namespace pianola {
namespace {

TEST(ComparedSchemes, HaveNoMoreTokensThanAskedFor) {
  std::vector<double> actions(512);
  for (std::size_t i = 0; i < actions.size(); ++i) actions[i] = std::sin(static_cast<double>(i));
  class Actions final : public ActionSource {
   public:
    Actions(std::span<const double> values, std::size_t dim) : values_(values), dim_(dim) {}
    [[nodiscard]] std::size_t action_dim() const override { return dim_; }
    void for_each(const std::function<void(std::span<const double>)>& visit) const override { visit(values_); }

   private:
    std::span<const double> values_;
    std::size_t dim_;
  };
  for (const std::size_t dim : {1U, 2U}) {
    const Actions source(actions, dim);
    FitContext context;
    context.action_dim = dim, context.data = &source;
    for (const ComparedScheme& scheme : compared_schemes()) {
      for (const std::uint32_t tokens : {2U, 3U, 4U, 16U}) {
        const std::string spec = scheme.spec(tokens, {.action_dim = dim, .a = 1.5, .gain = 1.2});
        if (spec.empty()) continue;
        const auto quantizer = make_quantizer(spec, context);
        double all = 1.0;
        for (const std::uint32_t size : quantizer->info().vocabularies) all *= size;
        EXPECT_LE(all, std::pow(tokens, static_cast<double>(dim))) << spec;
        EXPECT_GE(all, std::pow(tokens - 1, static_cast<double>(dim))) << spec;
      }
    }
  }
}

TEST(ComparedSchemes, EveryNameHasOnePlaceAmongTheColours) {
  const std::vector<std::string>& names = scheme_series();
  ASSERT_EQ(names.size(), compared_schemes().size() + 2);
  for (std::size_t i = 0; i < compared_schemes().size(); ++i) EXPECT_EQ(names[i], compared_schemes()[i].name);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
}

TEST(ComparedSchemes, OfTheDeadBeatExpertTheCoarsestRatioIsEliaAndMittersOne) {
  for (const double a : {1.05, 1.5, 2.0, -3.0}) {
    EXPECT_NEAR(*coarsest_ratio(a, a), (std::abs(a) - 1.0) / (std::abs(a) + 1.0), 1e-12);
  }
}

TEST(ComparedSchemes, AtTheCoarsestRatioTheWorstErrorLeavesTheStateAsLargeAsItWas) {
  for (const double gain : {0.9, 1.2, 1.5, 2.2}) {
    const double ratio = *coarsest_ratio(1.5, gain), error = (1.0 - ratio) / (1.0 + ratio);
    EXPECT_NEAR(std::max(std::abs(1.5 - gain * (1.0 - error)), std::abs(1.5 - gain * (1.0 + error))), 1.0, 1e-12);
  }
  EXPECT_FALSE(coarsest_ratio(1.5, 0.4)) << "the loop itself grows";
  EXPECT_FALSE(coarsest_ratio(0.9, 0.5)) << "a stable plant needs none";
}

}  // namespace
}  // namespace pianola
