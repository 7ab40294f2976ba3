#include "pianola/cli/source_entropy.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/systems/registry.hpp"

namespace pianola::cli {
namespace {

TEST(SourceEntropy, OfTheSystemOrOfTheOneThatTheDatasetNames) {
  const auto uniform = make_system("sequence:vocabulary=5,sharpness=0", {});
  ASSERT_TRUE(source_entropy(uniform.get()));
  EXPECT_NEAR(*source_entropy(uniform.get()), std::log(5.0), 1e-12);
  DatasetInfo data;
  EXPECT_FALSE(source_entropy(nullptr, &data));
  data.attributes["system"] = "sequence:vocabulary=3,sharpness=0";
  EXPECT_NEAR(source_entropy(nullptr, &data).value_or(0.0), std::log(3.0), 1e-12);
  for (const char* other : {"pendulum", "sequence:vocabulary=-1", "sequence:nothing=1", ":::"}) {
    data.attributes["system"] = other;
    EXPECT_FALSE(source_entropy(nullptr, &data)) << other;
  }
  EXPECT_FALSE(source_entropy(make_system("pendulum", {}).get()));
  EXPECT_FALSE(source_entropy(nullptr));
}

TEST(SourceEntropy, IsAFieldAndALine) {
  Json fields;
  add_source_entropy(1.5, fields);
  EXPECT_EQ(fields["entropy_rate"], 1.5);
  EXPECT_NE(source_entropy_text(1.5).find("1.5 nats/token"), std::string::npos);
  add_source_entropy(std::nullopt, fields);
  EXPECT_TRUE(fields["entropy_rate"].is_null());
  EXPECT_EQ(source_entropy_text(std::nullopt), "");
}

}  // namespace
}  // namespace pianola::cli
