#include "pianola/cli/usage_message.hpp"

#include "cli/command.hpp"

namespace pianola::cli {
namespace {

/// What a user sees of a command line that is refused, without the program's name.
std::string refusal(const std::vector<std::string>& words) {
  const Ran ran = command(words);
  EXPECT_EQ(ran.code, 2) << ran.err;
  EXPECT_TRUE(ran.out.empty());
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  return ran.err;
}

void expect_refusal(const std::vector<std::string>& words, const std::string& part) {
  const std::string text = refusal(words);
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

TEST(UsageMessage, AMissingVerb) {
  EXPECT_EQ(refusal({}),
            "pianola: which verb? pianola --help lists them, and pianola demo shows what they do together\n");
  expect_refusal({"--json"}, "options follow the verb: pianola VERB --json");
  expect_refusal({"--json", "systems"}, "options follow the verb: pianola systems --json");
  expect_refusal({"-x"}, "options follow the verb");
}

TEST(UsageMessage, AnUnknownVerb) {
  expect_refusal({"evalute"}, "did you mean 'evaluate'?");
  expect_refusal({"evalute"}, "pianola --help");
}

TEST(UsageMessage, AnUnknownShortOption) {
  expect_refusal({"collect", "-p", "x"}, "no option of 'collect' named '-p'; did you mean --perturb?");
  expect_refusal({"collect", "--system", "cart_pole", "-t", "9"}, "did you mean --trajectories or --threads?");
  expect_refusal({"inspect", "d.hdf5", "-z", "3"},
                 "no option of 'inspect' named '-z'; pianola inspect --help lists all");
}

TEST(UsageMessage, AnUnknownLongOption) {
  expect_refusal({"evaluate", "--system", "cart_pole", "--rolouts=3"}, "did you mean '--rollouts'?");
  expect_refusal({"systems", "--set", "sed=3"}, "did you mean '--seed'?");
}

TEST(UsageMessage, ArgumentsThatAreTooMany) {
  expect_refusal({"inspect", "a", "b", "c"}, "'inspect' does not take 'b', 'c'; pianola inspect --help");
}

TEST(UsageMessage, WhatIsRequired) {
  expect_refusal({"evaluate"}, "--system is required; pianola evaluate --help");
  expect_refusal({"evaluate", "--run"}, "--run needs one value");
  expect_refusal({"collect", "--system", "cart_pole"},
                 "'collect' needs a place to write: -o PATH; pianola collect --help");
  expect_refusal({"inspect"}, "a dataset is required: pianola inspect DATA; pianola inspect --help");
  expect_refusal({"inspect", "d.hdf5", "--seed"}, "--seed needs one value; pianola inspect --help");
  expect_refusal({"inspect", "d.hdf5", "--seed="}, "--seed needs one value");
}

TEST(UsageMessage, NegativeNumbersAreNoOptions) {
  expect_refusal({"collect", "--system", "cart_pole", "-o", "x.hdf5", "--trajectories", "-3"}, "at least 1, not '-3'");
}

}  // namespace
}  // namespace pianola::cli
