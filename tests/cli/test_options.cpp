#include "pianola/cli/options.hpp"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "pianola/base/error.hpp"

namespace pianola::cli {
namespace {

template <class T>
std::string refusal(const std::string& text, Limits<T> limits = {}) {
  try {
    parse_number<T>("--n", text, limits);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Options, NamesOfKeys) { EXPECT_EQ(option_name("learning_rate"), "--learning-rate"); }

/// Parses `words` in order; CLI11 wants them reversed.
void parse(CLI::App& app, std::vector<std::string> words) {
  std::reverse(words.begin(), words.end());
  app.parse(words);
}

TEST(ParseNumber, ReadsWhatIsAllowed) {
  EXPECT_EQ(parse_number<int>("--n", "-3"), -3);
  EXPECT_EQ(parse_number<std::uint64_t>("--n", "18446744073709551615"), 18446744073709551615U);
  EXPECT_EQ(parse_number<double>("--n", "1e-3"), 1e-3);
  EXPECT_EQ(parse_number<int>("--n", "9", {.least = 1, .most = 9}), 9);
}

TEST(ParseNumber, SaysShortlyWhatIsAllowed) {
  EXPECT_EQ(refusal<std::uint32_t>("0", {.least = 1}), "--n takes a whole number of at least 1, not '0'");
  EXPECT_EQ(refusal<std::uint64_t>("-1"), "--n takes a whole number of at least 0, not '-1'");
  EXPECT_EQ(refusal<int>("x"), "--n takes a whole number, not 'x'");
  EXPECT_EQ(refusal<int>("10", {.least = 1, .most = 9}), "--n takes a whole number from 1 to 9, not '10'");
  EXPECT_EQ(refusal<double>("2", {.least = 0.0, .most = 1.0}), "--n takes a number from 0 to 1, not '2'");
  EXPECT_EQ(refusal<double>("2", {.most = 1.0}), "--n takes a number of at most 1, not '2'");
}

TEST(ParseNumber, RefusesWhatOnlyBeginsWithANumber) {
  for (const char* text : {"", " 1", "1 ", "1.5", "1e3", "0x1", "1,000"}) {
    EXPECT_EQ(refusal<int>(text), "--n takes a whole number, not '" + std::string(text) + "'");
  }
  EXPECT_EQ(refusal<double>("nan"), "--n takes a number, not 'nan'");
  EXPECT_EQ(refusal<double>("inf"), "--n takes a number, not 'inf'");
}

TEST(ParseNumber, NumbersBeyondTheTypeAreRefusedNotWrapped) {
  EXPECT_EQ(refusal<std::uint32_t>("4294967296", {.least = 1}),
            "--n takes a whole number from 1 to 4294967295, not '4294967296'");
  EXPECT_EQ(refusal<double>("1e999"), "--n takes a number, not '1e999'");
}

TEST(Options, HelpNamesTheKindAndTheDefault) {
  CLI::App app;
  int steps = 7, horizon = 0;
  double rate = 0.5;
  std::string system = "pendulum", run;
  ReadOptions read;
  add_number(app, "--steps", steps, "s", {.least = 1});
  add_number(app, "--horizon", horizon, "h", {.least = 1});
  add_number(app, "--rate", rate, "r");
  add_text(app, "--system", system, "y", kSpec);
  add_text(app, "--run", run, "z", kFolder);
  add_reading(app, read);
  const std::string help = app.help();
  for (const char* shown : {"--steps N=7", "--horizon N  ", "--rate X=0.5", "--system SPEC=pendulum", "--run DIR  ",
                            "--observation A,B  ", "--subset NAME  ", "--step-limit N  "}) {
    EXPECT_NE(help.find(shown), std::string::npos) << shown << " in\n" << help;
  }
}

TEST(Options, NumbersAreRead) {
  CLI::App app;
  int steps = 7;
  add_number(app, "-n,--steps", steps, "s", {.least = 1});
  parse(app, {});
  EXPECT_EQ(steps, 7);
  parse(app, {"-n", "3"});
  EXPECT_EQ(steps, 3);
  try {
    parse(app, {"-n", "0"});
    FAIL() << "accepted";
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "--steps takes a whole number of at least 1, not '0'");
  }
}

TEST(Options, ObservationTakesAListAndLeavesTheDatasetAlone) {
  CLI::App app;
  std::string data;
  ReadOptions read;
  add_dataset(app, data);
  add_reading(app, read);
  parse(app, {"--observation", "a,b", "d.hdf5", "--observation", "c", "--subset", "train", "--step-limit", "9"});
  EXPECT_EQ(data, "d.hdf5");
  EXPECT_EQ(read.observation, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(read.subset, "train");
  EXPECT_EQ(read.step_limit, 9U);
}

TEST(Options, RepeatableTextsKeepEveryOne) {
  CLI::App app;
  std::vector<std::string> quantizers;
  std::string data;
  add_texts(app, "--quantizer", quantizers, "q", kSpec);
  add_dataset(app, data);
  parse(app, {"--quantizer", "a", "d.hdf5", "--quantizer", "b"});
  EXPECT_EQ(quantizers, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(data, "d.hdf5");
}

TEST(Options, NamesOfAList) {
  EXPECT_EQ(names_of("a,b"), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(names_of("").empty());
}

}  // namespace
}  // namespace pianola::cli
