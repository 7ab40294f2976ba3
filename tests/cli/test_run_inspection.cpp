#include "pianola/cli/run_inspection.hpp"

#include <gtest/gtest.h>

namespace pianola::cli {
namespace {

using Json = nlohmann::ordered_json;

Json a_run() {
  return Json::parse(R"({"policy":"mlp:hidden=8x1","parameters":50,"observation_dim":3,"history":2,
    "quantizer":{"spec":"uniform:bins=5","fingerprint":"f","action_dim":2,"chunk":1,"max_tokens":2,
    "vocabularies":[5,5],"epsilon_sup":null},"system":"pendulum","dataset_fingerprint":"d","chosen":"ema@10",
    "provenance":{"revision":"abc"},"observation_mean":[0.5,-1],"observation_std":[2,null],
    "training":{"steps":20,"rows":[{"step":10,"loss":1.5},{"step":20,"loss":1.25,"validation_nll":1.75}]},"tensors":[]})");
}

void has(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << part << " is missing in\n" << text;
}

TEST(RunInspection, NamesArchitectureQuantizerStatisticsAndHistory) {
  const std::string text = run_text(a_run(), "runs/first");
  for (const char* part : {"runs/first", "mlp:hidden=8x1", "50", "uniform:bins=5", "2 × 5", "pendulum", "ema@10", "abc",
                           "mean -1 … 0.5", "1 of 2 constant", "20 steps", "validation_nll", "1.75"}) {
    has(text, part);
  }
}

TEST(RunInspection, ManyVocabulariesAreShortened) {
  Json run = a_run();
  Json sizes = Json::array();
  for (int i = 1; i <= 40; ++i) sizes.push_back(i);
  run["quantizer"]["vocabularies"] = sizes;
  run["training"] = nullptr;
  has(run_text(run, "r"), "12, … (40 in all)");
}

TEST(RunInspection, ExportsAreListed) {
  const std::string text = exported_text({{"policy", "parallel"}, {"image_bytes", 640}}, "robot");
  has(text, "robot: an exported policy");
  has(text, "640");
}

TEST(RunInspection, ExportsShowStatisticsAndHistoryAsRunsDo) {
  const Json run = a_run();
  const std::string text = exported_text({{"policy", "parallel"},
                                          {"observation_mean", run["observation_mean"]},
                                          {"observation_std", run["observation_std"]},
                                          {"training", run["training"]}},
                                         "robot");
  for (const char* part : {"mean -1 … 0.5", "1 of 2 constant", "20 steps", "validation_nll", "1.75"}) has(text, part);
  for (const char* odd : {"7", "[]", "{\"steps\":1}", "{\"steps\":1,\"rows\":[1,\"x\"]}"}) {
    EXPECT_NO_THROW(exported_text({{"observation_mean", "x"}, {"training", Json::parse(odd)}}, "robot")) << odd;
  }
}

}  // namespace
}  // namespace pianola::cli
