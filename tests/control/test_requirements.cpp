#include "pianola/control/requirements.hpp"

#include <gtest/gtest.h>

#include "control/toy_deployment.hpp"

namespace pianola {
namespace {

using toys::ToyDeployment;
using toys::usage_error;

void expect_words(const std::string& message, std::initializer_list<const char*> words) {
  for (const char* word : words) EXPECT_NE(message.find(word), std::string::npos) << message;
}

TEST(Requirements, NameWhatIsMissingAndWhatSuppliesIt) {
  Deployment nothing;
  expect_words(usage_error([&] { require_expert("controller 'x'", nothing); }),
               {"controller 'x'", "expert", "--expert"});
  expect_words(usage_error([&] { require_quantizer("controller 'x'", nothing); }),
               {"controller 'x'", "quantizer", "--quantizer", "--run"});
}

TEST(Requirements, LawsOverActionsHaveNoTokens) {
  class Law final : public ActionPolicy {
   public:
    Law() { info_.spec = "gaussian"; }
    [[nodiscard]] const ActionPolicyInfo& info() const override { return info_; }
    [[nodiscard]] std::unique_ptr<ActionSession> session(std::size_t) const override { return nullptr; }

   private:
    ActionPolicyInfo info_;
  };
  Deployment run;
  run.action_policy = std::make_shared<Law>();
  const std::string message = usage_error([&] { require_quantizer("controller 'augmented'", run); });
  expect_words(message, {"'augmented'", "'gaussian'", "law over actions", "feedback"});
  EXPECT_EQ(message.find("--run"), std::string::npos) << message;
}

TEST(Requirements, NameDimensionsThatDiffer) {
  ToyDeployment toy({}, 5);
  toy.quantizer = std::make_shared<toys::ToyQuantizer>(5, 1, 3);
  expect_words(usage_error([&] { require_quantizer("controller 'x'", toy); }), {"toy_bins:bins=5", "3", "1"});
  class WideExpert final : public Expert {
   public:
    WideExpert() { info_.spec = "wide", info_.observation_dim = 7, info_.action_dim = 1; }
    [[nodiscard]] const ExpertInfo& info() const override { return info_; }
    void act(const NoiseKey&, const Situation&, std::span<double>) const override {}

   private:
    ExpertInfo info_;
  };
  toy.expert = std::make_shared<WideExpert>();
  expect_words(usage_error([&] { require_expert("controller 'x'", toy); }), {"'wide'", "7", "'toy'"});
}

TEST(Requirements, AcceptWhatFits) {
  const ToyDeployment toy({}, 5);
  EXPECT_NO_THROW(require_expert("x", toy));
  EXPECT_NO_THROW(require_quantizer("x", toy));
}

TEST(Requirements, WordsAreKnown) {
  EXPECT_NO_THROW(require_known("x", "next", "mode", {"sample", "mode"}));
  expect_words(usage_error([] {
                 require_known("controller 'x'", "next", "mod", {"sample", "mode"});
               }),
               {"controller 'x'", "next", "'mod'", "'mode'"});
}

TEST(Requirements, ExecuteIsAPartOfTheChunk) {
  EXPECT_EQ(checked_execute("x", std::nullopt, 8), 8U);
  EXPECT_EQ(checked_execute("x", 1, 8), 1U);
  EXPECT_EQ(checked_execute("x", 8, 8), 8U);
  for (const std::uint64_t wrong : {0, 9}) {
    expect_words(usage_error([&] { checked_execute("controller 'x'", wrong, 8); }),
                 {"controller 'x'", "from 1 to", "8", std::to_string(wrong).c_str()});
  }
}

}  // namespace
}  // namespace pianola
