// The commands of examples/ that are scripts: each is one that the program takes, of systems, quantizers and
// controllers that there are. They are not run: that takes minutes.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "cli/command.hpp"
#include "pianola/base/file.hpp"
#include "pianola/cli/verbs.hpp"
#include "pianola/control/controller.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/systems/mujoco.hpp"
#include "pianola/systems/registry.hpp"
#include "pianola/theory/experiment.hpp"

namespace pianola::cli {
namespace {

using Words = std::vector<std::string>;

constexpr const char* kEnd = "----";

class Examples : public Scratch {
 protected:
  /// What a script would call, in order.
  std::vector<Words> commands_of(const std::string& script) {
    std::ofstream(path("recorder")) << "#!/usr/bin/env bash\nprintf '%s\\n' \"$@\" " << kEnd << " >> '"
                                    << path("commands") << "'\n";
    std::filesystem::permissions(path("recorder"), std::filesystem::perms::owner_all);
    const std::string file = std::string(PIANOLA_EXAMPLES_FOLDER) + "/" + script;
    const std::string recorded = "PIANOLA='" + path("recorder") + "' PYTHON='" + path("recorder") + "' ";
    const std::string run = recorded + "bash '" + file + "' '" + path("out") + "'";
    EXPECT_EQ(std::system(run.c_str()), 0) << run;
    std::ifstream in(path("commands"));
    std::vector<Words> all(1);
    for (std::string word; std::getline(in, word);) {
      if (word == kEnd) {
        all.emplace_back();
      } else {
        all.back().push_back(word);
      }
    }
    all.pop_back();
    return all;
  }
};

/// Parses as the program does, but calls nothing.
std::string refusal(Words words) {
  std::ostringstream out, err;
  Session session({out, err, false});
  CLI::App app;
#define PIANOLA_ADD_VERB(name) add_##name(app, session);
  PIANOLA_VERBS(PIANOLA_ADD_VERB)
#undef PIANOLA_ADD_VERB
  std::uint64_t seed = 0;
  for (CLI::App* verb : app.get_subcommands([](CLI::App*) { return true; })) verb->add_option("--seed", seed);
  app.require_subcommand(1);
  app.parse_complete_callback([] { throw CLI::Success(); });  // comes before the verb's own
  std::reverse(words.begin(), words.end());                   // CLI11 wants them so
  try {
    app.parse(words);
  } catch (const CLI::Success&) {  // taken
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
  return "";
}

/// Values of an option, in order.
Words values_of(const Words& words, const std::string& option) {
  Words values;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == option) values.push_back(words[i + 1]);
  }
  return values;
}

/// Makes what the command names. @throws Error for what there is not.
void make_parts(const Words& words) {
  if (words.front() == "theorem") (void)find_experiments(words.at(1));
  Deployment deployment;
  for (const std::string& system : values_of(words, "--system")) {
    if (system.starts_with("cart_pole") && !mujoco_unavailable().empty()) return;
    deployment.system = make_system(system);
    deployment.expert = make_expert("", deployment.system);
  }
  for (const std::string& quantizer : values_of(words, "--quantizer")) {
    FitContext context;
    context.action_dim = deployment.system->info().action_dim;
    context.range = deployment.system->info().action_range;
    if (!context.range.finite())
      context.range = {std::vector<double>(context.action_dim, -1.0), std::vector<double>(context.action_dim, 1.0)};
    deployment.quantizer = make_quantizer(quantizer, context);
    for (const std::string& controller : values_of(words, "--controller"))
      (void)make_controller(controller, deployment);
  }
}

/// How often each verb is called, and each script of Python, of which there has to be the file. All are taken.
std::map<std::string, int> taken(const std::vector<Words>& commands) {
  std::map<std::string, int> verbs;
  for (const Words& words : commands) {
    if (const std::filesystem::path script = words.front(); script.extension() == ".py") {
      EXPECT_TRUE(std::filesystem::exists(script)) << script;
      ++verbs[script.filename().string()];
      continue;
    }
    std::string line;
    for (const std::string& word : words) line += word + " ";
    ++verbs[words.front()];
    EXPECT_EQ(refusal(words), "") << line;
    EXPECT_NO_THROW(make_parts(words)) << line;
  }
  return verbs;
}

TEST_F(Examples, EveryCommandOfTheUnstableOneIsTaken) {
  const std::map<std::string, int> expected{{"theorem", 1},  {"collect", 4}, {"train", 5},
                                            {"evaluate", 5}, {"advise", 2},  {"audit", 12}};
  EXPECT_EQ(taken(commands_of("unstable/run")), expected);
}

TEST_F(Examples, EveryCommandOfAugmentationIsTaken) {
  const std::map<std::string, int> expected{{"theorem", 3},  {"collect", 1},  {"train", 1},   {"audit", 2},
                                            {"evaluate", 1}, {"table.py", 1}, {"drift.py", 1}};
  EXPECT_EQ(taken(commands_of("augmentation/run")), expected);
}

TEST_F(Examples, WhatTheProgramDoesNotTakeWouldBeSeen) {
  EXPECT_NE(refusal({"evaluate", "--system", "pendulum", "--rolouts", "3"}), "");
  EXPECT_NE(refusal({"evaluatte"}), "");
  EXPECT_EQ(refusal({"evaluate", "--system", "pendulum", "--rollouts", "3", "--seed", "2"}), "");
  EXPECT_ANY_THROW(make_parts({"audit", "--system", "pendulumm"}));
  EXPECT_ANY_THROW(make_parts({"audit", "--system", "pendulum", "--quantizer", "unifrom:bins=3"}));
  EXPECT_ANY_THROW(make_parts(
      {"audit", "--system", "pendulum", "--quantizer", "uniform:bins=3", "--controller", "augmented:resync=5"}));
}

TEST_F(Examples, WithoutAFolderTheySayWhatTheyTake) {
  for (const std::string& script : Words{"unstable/run", "augmentation/run"}) {
    const std::string run =
        "bash '" + std::string(PIANOLA_EXAMPLES_FOLDER) + "/" + script + "' 2> '" + path("said") + "'";
    EXPECT_NE(std::system(run.c_str()), 0);
    EXPECT_NE(read_file(path("said")).find("examples/" + script + " OUT"), std::string::npos);
  }
}

}  // namespace
}  // namespace pianola::cli
