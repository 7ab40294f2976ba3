#include "pianola/policies/transition_registry.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

TEST(TransitionRegistry, HelpShowsEachKindWithItsOptions) {
  ASSERT_EQ(transition_models().size(), 3U);
  for (const TransitionEntry& entry : transition_models()) {
    EXPECT_FALSE(entry.summary.empty()) << entry.name;
    EXPECT_EQ(&find_transition_model(entry.name), &entry);
    const auto has = [&](const char* name) {
      return std::ranges::any_of(entry.options, [&](const OptionHelp& option) { return option.name == name; });
    };
    EXPECT_TRUE(has("members") && has("input") && has("angles") && has("circles")) << entry.name;
  }
  EXPECT_EQ(find_transition_model("mixture").options.front().name, "components");
}

TEST(TransitionRegistry, UnknownKindsSuggestTheNearest) {
  try {
    find_transition_model("mixtur");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'mixture'?"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace pianola
