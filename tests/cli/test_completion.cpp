#include <fstream>

#include "cli/command.hpp"

namespace pianola::cli {
namespace {

TEST_F(Scratch, CompletionCompletesVerbsAndOptionsInBash) {
  const Ran ran = command({"completion"});
  ASSERT_EQ(ran.code, 0);
  std::ofstream(path("completion.bash")) << ran.out;
  const std::string ask = "bash -c 'source " + path("completion.bash") +
                          " && COMP_WORDS=(pianola eval) COMP_CWORD=1 && _pianola && echo ${COMPREPLY[@]} && "
                          "COMP_WORDS=(pianola evaluate --roll) COMP_CWORD=2 && _pianola && echo ${COMPREPLY[@]}' > " +
                          path("reply");
  ASSERT_EQ(std::system(ask.c_str()), 0);
  std::ifstream reply(path("reply"));
  std::string verb, option;
  std::getline(reply, verb);
  std::getline(reply, option);
  EXPECT_EQ(verb, "evaluate");
  EXPECT_EQ(option, "--rollouts");
}

}  // namespace
}  // namespace pianola::cli
