#include <cstdlib>
#include <fstream>
#include <set>

#include "cli/command.hpp"

namespace pianola::cli {
namespace {

using Replies = std::set<std::string>;

/// Asks the script, run by bash in the scratch folder, as readline would: words of the line, the last being completed.
class Completion : public Scratch {
 protected:
  void SetUp() override {
    Scratch::SetUp();
    const Ran ran = command({"completion"});
    ASSERT_EQ(ran.code, 0) << ran.err;
    std::ofstream(path("completion.bash")) << ran.out;
    std::ofstream(path("my demos.hdf5")) << "";
    std::filesystem::create_directories(path("my run"));
  }

  Replies replies(const std::string& words, int word_at) {
    std::ofstream(path("ask.bash")) << "source completion.bash\nCOMP_WORDS=(" << words << ")\nCOMP_CWORD=" << word_at
                                    << "\n_pianola\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
    const std::string folder = std::filesystem::path(path("ask.bash")).parent_path().string();
    EXPECT_EQ(std::system(("cd '" + folder + "' && bash --norc ask.bash > reply 2> errors").c_str()), 0);
    std::ifstream errors(path("errors")), reply(path("reply"));
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(errors), {}), "");
    Replies found;
    for (std::string line; std::getline(reply, line);) {
      if (!line.empty()) found.insert(line);
    }
    return found;
  }
};

TEST_F(Completion, VerbsAndOptions) {
  EXPECT_EQ(replies("pianola eval", 1), Replies{"evaluate"});
  EXPECT_TRUE(replies("pianola ''", 1).contains("systems"));
  EXPECT_EQ(replies("pianola evaluate --roll", 2), Replies{"--rollouts"});
  EXPECT_EQ(replies("pianola evaluate --system cart_pole --roll", 4), Replies{"--rollouts"});
  EXPECT_TRUE(replies("pianola inspect -", 2).contains("--observation"));
  EXPECT_TRUE(replies("pianola nonsense -", 2).empty());
}

TEST_F(Completion, NamesOfSpecs) {
  EXPECT_EQ(replies("pianola evaluate --system cart", 3), Replies{"cart_pole"});
  EXPECT_EQ(replies("pianola collect --expert lq", 3), Replies{"lqr"});
  EXPECT_EQ(replies("pianola quantize --quantizer unif", 3), Replies{"uniform"});
  EXPECT_EQ(replies("pianola quantize --compare unif", 3), Replies{"uniform"});
  EXPECT_EQ(replies("pianola train --policy ml", 3), Replies{"mlp"});
  EXPECT_EQ(replies("pianola evaluate --controller feed", 3), Replies{"feedback"});
}

TEST_F(Completion, ValuesAfterAnEqualsSign) {
  // '=' and ':' break words in bash.
  EXPECT_EQ(replies("pianola evaluate --system = cart", 4), Replies{"cart_pole"});
  EXPECT_TRUE(replies("pianola evaluate --system =", 3).contains("cart_pole"));
}

TEST_F(Completion, KeysWithinSpecs) {
  EXPECT_EQ(replies("pianola quantize --quantizer uniform : bin", 5), Replies{"bins="});
  EXPECT_TRUE(replies("pianola quantize --quantizer uniform :", 4).contains("representatives="));
  EXPECT_EQ(replies("pianola quantize --quantizer uniform : bins = 17,rep", 7), Replies{"17,representatives="});
  EXPECT_EQ(replies("pianola quantize --compare uniform,kmeans : restar", 5), Replies{"restarts="});
  EXPECT_EQ(replies("pianola evaluate --controller feedback : deco", 5), Replies{"decode="});
  EXPECT_TRUE(replies("pianola quantize --quantizer uniform : bins = m", 7).empty()) << "a value";
  EXPECT_TRUE(replies("pianola quantize --quantizer uniform : bins =", 6).empty());
  EXPECT_TRUE(replies("pianola quantize --quantizer nonsense : b", 5).empty());
  EXPECT_TRUE(replies("pianola collect --perturb sigma = 0.3,cl", 5).empty()) << "no spec";
}

TEST_F(Completion, FilesAndFolders) {
  EXPECT_EQ(replies("pianola inspect my", 2), (Replies{"my demos.hdf5", "my run"}));
  EXPECT_EQ(replies("pianola collect -o my", 3), (Replies{"my demos.hdf5", "my run"}));
  EXPECT_EQ(replies("pianola evaluate --run my", 3), Replies{"my run"});
  EXPECT_EQ(replies("pianola quantize my\\ demos.hdf5 --write-decoded my", 4), (Replies{"my demos.hdf5", "my run"}));
}

TEST_F(Completion, NothingWhereNothingIsKnown) {
  EXPECT_TRUE(replies("pianola collect --trajectories ''", 3).empty());
  EXPECT_TRUE(replies("pianola systems ''", 2).empty());
}

}  // namespace
}  // namespace pianola::cli
