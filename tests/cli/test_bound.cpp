#include "cli/command.hpp"

namespace pianola::cli {
namespace {

class Bound : public Scratch {};

TEST_F(Bound, PrintsTermsAndTotal) {
  const Json result = succeeded(
      command({"bound", "2", "--n", "100", "--horizon", "10", "--epsilon", "0.01", "--policies", "100", "--json"}));
  EXPECT_EQ(result["verb"], "bound");
  double sum = 0.0;
  for (const Json& term : result["terms"]) sum += term["value"].get<double>();
  EXPECT_DOUBLE_EQ(result["total"].get<double>(), sum);
  EXPECT_EQ(result["terms"][2]["value"], 1.0);
}

TEST_F(Bound, SaysWhatItAssumes) {
  const Ran ran = command({"bound", "closed_loop", "--eta", "1.2"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_NE(ran.out.find("assumes"), std::string::npos);
}

TEST_F(Bound, NamesWhatIsVacuousAndOutside) {
  const Json result = succeeded(command({"bound", "feedback", "--eta", "1.1", "--json"}));
  EXPECT_EQ(result["vacuous"], true);
  EXPECT_EQ(result["remarks"].size(), 2U);
  const Ran unread = command({"bound", "2", "--reward-lipschitz", "2"});
  EXPECT_EQ(unread.code, 2);
  EXPECT_NE(command({"bound", "feedback", "--eta", "0.5", "--model-error", "0.1"}).err.find("--reward-lipschitz"),
            std::string::npos);
}

TEST_F(Bound, BadInputIsRefused) {
  const Ran unread = command({"bound", "2", "--eta", "0.5"});
  EXPECT_EQ(unread.code, 2);
  EXPECT_NE(unread.err.find("--eta"), std::string::npos) << unread.err;
  EXPECT_NE(command({"bound", "feedbak"}).err.find("feedback"), std::string::npos);
  EXPECT_EQ(command({"bound", "9", "--gap", "0.7"}).code, 2);
  EXPECT_EQ(command({"bound"}).code, 2);
}

}  // namespace
}  // namespace pianola::cli
