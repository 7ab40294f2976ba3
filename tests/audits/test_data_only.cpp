#include "pianola/audits/data_only.hpp"

#include <gtest/gtest.h>

#include "audits/linear_map.hpp"
#include "audits/recorded.hpp"

namespace pianola {
namespace {

TEST(DataOnly, SaysWhatItCanAndFlagsIt) {
  test::Recorded data(4, {0.1, 0.2, 0.3, -0.4});
  DataOnlyPlan plan;
  EXPECT_EQ(audit_data(data, plan).size(), 1u) << "smoothness alone";
  EXPECT_EQ(data_only_reasons(plan).size(), 3u);
  plan.quantizer = test::two_levels();
  plan.policy = std::make_shared<test::Stubborn>(Token{1});
  plan.decode.mode = DecodeMode::argmax;
  const auto sections = audit_data(data, plan);
  ASSERT_EQ(sections.size(), 3u);
  EXPECT_EQ(sections[0].name, "quantization");
  EXPECT_EQ(sections[1].name, "open_loop");
  EXPECT_EQ(sections[2].name, "smoothness");
  EXPECT_NEAR(sections[1].fields["token_error"]["value"].get<double>(), 0.25, 1e-9);
  for (const AuditSection& section : sections) {
    ASSERT_FALSE(section.notes.empty()) << section.name;
    EXPECT_NE(section.notes[0].find("open-loop"), std::string::npos) << "flagged as weaker";
  }
  bool worse = false;
  for (const std::string& note : sections[1].notes) worse = worse || note.find("repeating") == 0;
  EXPECT_TRUE(worse) << "0.45 against 0.3";
  EXPECT_EQ(data_only_reasons(plan).size(), 1u);
}

TEST(DataOnly, AModelStandsInForThePlantAndSaysSo) {
  test::Recorded data(4, {0.1, 0.2, 0.3, -0.4});
  DataOnlyPlan plan;
  plan.quantizer = test::two_levels();
  auto model = std::make_shared<test::LinearMap>(0.5, 1.0, 0.1);
  plan.model = model;
  const auto sections = audit_data(data, plan);
  ASSERT_EQ(sections.size(), 3u);
  EXPECT_EQ(sections[1].name, "stability");
  EXPECT_EQ(sections[1].fields["basis"], "sampled");
  EXPECT_NEAR(sections[1].fields["eta"].get<double>(), 0.5, 1e-4);
  EXPECT_NE(sections[1].notes.at(0).find("not of the plant"), std::string::npos);
  model->info_.reads_tokens = true;
  EXPECT_EQ(audit_data(data, plan).size(), 2u) << "a token cannot be moved a little";
}

}  // namespace
}  // namespace pianola
