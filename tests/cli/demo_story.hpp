// A demo's results as they might be, made by hand: quantized experts that lose 3 and 0.5 of 100, learners that lose 70
// and 1.
#pragma once

#include <fstream>
#include <utility>

#include "cli/command.hpp"
#include "pianola/cli/demo_page.hpp"

namespace pianola::cli {

class DemoStories : public Scratch {
 protected:
  static ControllerResult result(const std::string& name, double regret) {
    ControllerResult made;
    made.name = name;
    made.total_return = {100.0 - regret, 99.0 - regret, 101.0 - regret, 10};
    made.regret = {regret, regret - 0.1, regret + 0.1, 10};
    made.deviation_bands = {{0, 0, 0, 10}, {regret, 0.5 * regret, 1.5 * regret, 10}};
    made.state_deviation_by_step = {0.0, regret};
    return made;
  }

  static Evaluation evaluation() {
    Evaluation made;
    made.system = "cart_pole";
    made.horizon = 2;
    made.rollouts = 10;
    made.has_expert = true;
    made.expert_return = {100.0, 99.0, 101.0, 10};
    return made;
  }

  DemoLearner learner(const std::string& name, double sigma, double offset, std::size_t controller) {
    DemoLearner made;
    made.name = name;
    made.sigma = sigma;
    made.clean_share = sigma > 0.0 ? 0.5 : 1.0;
    made.run = path(name);
    made.collected.trajectories = 50;
    made.controller = controller;
    DatasetInfo info;
    info.observation_dim = 2;
    info.action_dim = 1;
    made.demonstrations = Dataset(info);
    Trajectory trajectory;
    trajectory.steps = 2;
    trajectory.observations = {1.0, 2.0, 3.0 + 3.0 * offset, 4.0 + 4.0 * offset};
    trajectory.actions = {0.0, 0.0};
    made.demonstrations.append(trajectory);
    made.training.validation_nll = 0.25 + sigma;
    std::filesystem::create_directories(made.run);
    std::ofstream(made.run / "metrics.jsonl") << "{\"step\":1,\"loss\":2.5,\"validation_nll\":1.75}\n";
    return made;
  }

  DemoStory story() {
    DemoStory made;
    made.replayed = made.learned = evaluation();
    const std::pair<const char*, double> rows[] = {{"centre", 3.0}, {"ends", 0.5}};
    for (const auto& [representatives, regret] : rows) {
      DemoReplay replay;
      replay.bins = 5;
      replay.representatives = representatives;
      replay.offline.bits_per_action = 2.32;
      replay.offline.epsilon_in = {0.125, 0.1, 0.15, 10};
      replay.controller = made.replayed.controllers.size();
      made.replays.push_back(replay);
      made.replayed.controllers.push_back(result("quantized", regret));
    }
    made.learned_bins = 5;
    made.learned.controllers = {result("quantized", 0.5), result("feedback", 70.0), result("feedback", 1.0)};
    made.learners = {learner("clean", 0.0, 0.0, 1), learner("perturbed", 0.5, 1.0, 2)};
    made.stages = {{"collect", 1.0}};
    return made;
  }
};

}  // namespace pianola::cli
