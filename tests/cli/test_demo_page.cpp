#include "pianola/cli/demo_page.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"

namespace pianola::cli {
namespace {

class DemoPage : public Scratch {
 protected:
  DemoStory story() {
    std::filesystem::create_directories(path("run"));
    std::ofstream(path("run") + "/metrics.jsonl") << "{\"step\":1,\"loss\":2.5}\n";
    DemoStory made;
    made.run = path("run");
    made.replayed.system = "cart_pole";
    made.replayed.has_expert = true;
    made.replayed.expert_return = {100.0, 99.0, 101.0, 10};
    const std::pair<const char*, double> rows[] = {{"centre", 3.0}, {"ends", 0.5}};
    for (const auto& [representatives, regret] : rows) {
      DemoReplay replay;
      replay.bins = 5;
      replay.representatives = representatives;
      replay.offline.bits_per_action = 2.32;
      replay.controller = made.replayed.controllers.size();
      made.replays.push_back(replay);
      ControllerResult result;
      result.name = "quantized";
      result.total_return = {100.0 - regret, 99.0 - regret, 101.0 - regret, 10};
      result.regret = {regret, regret - 0.1, regret + 0.1, 10};
      made.replayed.controllers.push_back(result);
    }
    made.learned = made.replayed;
    made.stages = {{"collect", 1.0}};
    return made;
  }
};

TEST_F(DemoPage, NamesTheCheapestGoodResolution) {
  const std::string text = demo_text(story());
  EXPECT_NE(text.find("5 levels with their representatives at the ends of the range"), std::string::npos) << text;
}

TEST_F(DemoPage, SaysSoIfNoneIsGood) {
  DemoStory bad = story();
  bad.replayed.controllers[1].regret.value = 50.0;
  EXPECT_NE(demo_text(bad).find("No resolution"), std::string::npos);
}

TEST_F(DemoPage, HoldsAllPictures) {
  const Page page = demo_page(story());
  EXPECT_EQ(page.charts().size(), 4U);
  EXPECT_NE(return_chart(story()).dump().find("99.5"), std::string::npos);
}

}  // namespace
}  // namespace pianola::cli
