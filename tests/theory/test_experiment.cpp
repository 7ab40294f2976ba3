#include "pianola/theory/experiment.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

TEST(Experiment, ChecksAreJudgedByTheEndThatIsWorse) {
  const Estimate estimate{1.0, 0.8, 1.2, 10};
  EXPECT_EQ(check_at_most("", estimate, 1.1).passed, false);
  EXPECT_EQ(check_at_most("", estimate, 1.2).passed, true);
  EXPECT_EQ(check_at_least("", estimate, 0.9).passed, false);
  EXPECT_EQ(check_at_least("", estimate, 0.8).passed, true);
  EXPECT_EQ(check_not_below("", estimate, 1.1).passed, true);
  EXPECT_EQ(check_not_below("", estimate, 1.3).passed, false);
  EXPECT_DOUBLE_EQ(check_at_most("", estimate, 1.5).margin(), 1.5 - 1.2);
  EXPECT_EQ(check_at_most("", exact(NAN), 1.0).passed, false) << "what does not exist passes nothing";
}

TEST(Experiment, MissesAreInHalfWidths) {
  EXPECT_DOUBLE_EQ(misses_by({1.0, 0.5, 1.5, 9}, 2.0), 2.0);
  EXPECT_EQ(misses_by({1.0, 1.0, 1.0, 9}, 1.0), 0.0);
  EXPECT_GT(misses_by({1.0, 1.0, 1.0, 9}, 1.1), 1e6);
}

TEST(Experiment, PassesWhenNothingFailed) {
  ExperimentResult result;
  result.checks = {check_at_most("", exact(0.0), 1.0), undecided(check_at_most("", exact(2.0), 1.0))};
  EXPECT_TRUE(result.passed());
  result.checks.push_back(control_at_least("", exact(0.0), 1.0));
  EXPECT_FALSE(result.passed()) << "a control that does not fail as it must";
}

TEST(Experiment, NamesAreUniqueAndFound) {
  std::set<std::string> names;
  for (const ExperimentEntry& entry : experiments()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_EQ(&find_experiment(entry.name), &entry);
  }
  EXPECT_THROW((void)find_experiment("10"), UsageError);
}

TEST(Experiment, AGroupHasItsMembersInOrderAndAllHasEachOnce) {
  const auto names = [](const char* name) {
    std::vector<std::string> out;
    for (const ExperimentEntry* entry : find_experiments(name)) out.push_back(entry->name);
    return out;
  };
  EXPECT_EQ(names("unstable"), (std::vector<std::string>{"rate", "coarsest", "plants", "robust", "learners"}));
  EXPECT_EQ(names("rate"), std::vector<std::string>{"rate"});
  std::vector<std::string> every;
  for (const ExperimentEntry& entry : experiments()) every.push_back(entry.name);
  EXPECT_EQ(names("all"), every);
  for (const ExperimentGroup& group : experiment_groups()) {
    EXPECT_THROW((void)find_experiment(group.name), UsageError) << "a name stands for one thing";
  }
  EXPECT_THROW((void)find_experiments("unstabel"), UsageError);
}

TEST(Experiment, AxesAreCheckedNotCorrected) {
  EXPECT_EQ(axis("n", std::vector<std::uint64_t>{}, {1, 2}, 1, 9), (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(axis("n", std::vector<std::uint64_t>{3}, {1, 2}, 1, 9), (std::vector<std::uint64_t>{3}));
  EXPECT_THROW((void)axis("n", std::vector<std::uint64_t>{10}, {1}, 1, 9), UsageError);
  EXPECT_THROW((void)axis("epsilon", std::vector<double>{NAN}, {0.1}, 0.0, 1.0), UsageError);
}

/// Every registered experiment passes and holds controls; those that take longest are run by tests of their own only.
TEST(Experiments, PassWithControls) {
  const std::set<std::string> by_themselves{"coarsest", "robust", "plants", "learners"};
  for (const ExperimentEntry& entry : experiments()) {
    if (by_themselves.contains(entry.name)) continue;
    ExperimentOptions options;
    options.key = NoiseKey(7);
    if (entry.name == "2" || entry.name == "7") options.n = {32, 128, 512};
    if (entry.name == "9") options.n = {16, 36, 144};  // gradient descent is the rest of its time
    const ExperimentResult result = entry.run(options);
    EXPECT_TRUE(result.passed()) << entry.name;
    for (const Check& check : result.checks) {
      EXPECT_TRUE(check.passed.value_or(false)) << entry.name << ": " << check.name << ", " << check.measured.value;
    }
    EXPECT_TRUE(std::ranges::any_of(result.checks, [](const Check& check) { return check.control; })) << entry.name;
    EXPECT_FALSE(result.rows.empty());
    EXPECT_FALSE(result.pictures.empty());
  }
}

TEST(Experiment, OptionsThatAreNotTakenAreErrors) {
  const auto refused = [](const char* name, const ExperimentOptions& options, const char* says) {
    try {
      (void)run_experiment(find_experiment(name), options);
      ADD_FAILURE() << name << " ran";
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find(says), std::string::npos) << error.what();
    }
  };
  ExperimentOptions options;
  options.n = {64};
  refused("5", options, "it takes --epsilon (one value)");
  refused("certificates", options, "none of");
  options = {};
  options.initial_points = 512;
  refused("2", options, "--initial-points");
  options = {};
  options.epsilon = {0.05, 0.01};
  refused("5", options, "one value");
  options = {};
  options.n = {100, 101, 102};
  refused("9", options, "too coarse for a slope");
  refused("8", options, "factor of 8");
}

TEST(Experiment, NamesOfEpsilonAreExact) {
  EXPECT_EQ(epsilon_name(0x1p-7), "2⁻⁷");
  EXPECT_EQ(epsilon_name(0x1p-16), "2⁻¹⁶");
  EXPECT_EQ(epsilon_name(0.2), "0.2");
  EXPECT_EQ(epsilon_name(0.03), "0.03");
  EXPECT_EQ(epsilon_name(1.0), "2⁰");
}

}  // namespace
}  // namespace pianola
