#include <fstream>

#include "cli/command.hpp"

namespace pianola::cli {
namespace {

class Generate : public Scratch {};

#ifdef PIANOLA_WITH_TORCH
TEST_F(Generate, ContinuesATextThatItHasLearned) {
  {
    std::ofstream text(path("t.txt"));
    for (int i = 0; i < 1500; ++i) text << "äbc";
  }
  succeeded(command({"train", path("t.txt"), "--policy", "transformer:width=16,layers=1,heads=1", "--context", "8",
                     "--steps", "60", "--learning-rate", "0.02", "-o", path("run"), "--quiet", "--json"}));
  const Json result = succeeded(
      command({"generate", path("run"), "--prompt", "bcäbcäbcä", "--tokens", "6", "--temperature", "0", "--json"}));
  EXPECT_EQ(result["samples"][0]["text"], "bcäbcä");
  EXPECT_GT(result["samples"][0]["log_probability_per_token"].get<double>(), -0.2);
  const Ran text = command({"generate", path("run"), "--prompt", "b", "--tokens", "3", "--samples", "2"});
  EXPECT_EQ(text.code, 0) << text.err;
  const Ran unknown = command({"generate", path("run"), "--prompt", "bx"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_NE(unknown.err.find("'x'"), std::string::npos) << unknown.err;
}
#endif

TEST_F(Generate, BadInputIsRefused) {
  EXPECT_EQ(command({"generate", path("none"), "--prompt", "a"}).code, 3);
  EXPECT_EQ(command({"generate", path("none")}).code, 2);
  EXPECT_EQ(command({"generate", path("none"), "--prompt", "a", "--tokens", "0"}).code, 2);
  EXPECT_EQ(command({"generate", path("none"), "--prompt", "a", "--temperature", "-1"}).code, 2);
}

}  // namespace
}  // namespace pianola::cli
