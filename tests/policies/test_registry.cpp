#include "pianola/policies/registry.hpp"

#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "toy_mlp.hpp"

namespace pianola {
namespace {

TEST(PolicyRegistry, HelpShowsEachKindWithItsOptions) {
  ASSERT_FALSE(policies().empty());
  for (const PolicyEntry& entry : policies()) {
    EXPECT_FALSE(entry.summary.empty()) << entry.name;
    EXPECT_NE(entry.load == nullptr, entry.load_actions == nullptr) << entry.name << ": a law over tokens or actions";
    EXPECT_EQ(&find_policy(entry.name), &entry);
  }
  EXPECT_EQ(find_policy("mlp").options.front().default_value, "256x2");
}

TEST(PolicyRegistry, LoadsWeights) {
  const auto policy = find_policy("mlp").load(to_tensors(toy_mlp::random_weights({})), "memory");
  EXPECT_EQ(policy->info().spec, "mlp:hidden=8-5");
}

TEST(PolicyRegistry, UnknownKindsSuggestTheNearest) {
  try {
    find_policy("mpl");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("no policy named 'mpl'; did you mean 'mlp'?"), std::string::npos);
  }
}

}  // namespace
}  // namespace pianola
