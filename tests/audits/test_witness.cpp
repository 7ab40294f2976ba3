#include "pianola/audits/witness.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "audits/audit_plans.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

class WitnessFile : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::temp_directory_path() / ("pianola-witness-" + std::to_string(getpid()) + ".json");
    request_.system = "scalar_linear:a=0.9,b=1,noise=0.1,horizon=30";
    request_.quantizer = "kmeans:k=4";
    plan_ = checked_plan(test::audit_plan(request_.system, request_.quantizer));
    AuditFindings findings;
    witness_ = test::run_until("decomposition", plan_, findings).witnesses.front();
  }
  void TearDown() override { std::filesystem::remove(path_); }
  void write(const nlohmann::ordered_json& json) { write_file(path_, json.dump()); }

  std::filesystem::path path_;
  DeploymentRequest request_;
  AuditPlan plan_;
  Witness witness_;
};

TEST_F(WitnessFile, ReplaysWithoutTheDataThatTheQuantizerWasFittedTo) {
  write(to_json(witness_, plan_, request_));
  const ReplayedWitness again = replay_witness(path_);
  EXPECT_TRUE(again.reproduced()) << again.measured << again.recorded;
  EXPECT_EQ(again.audit, "decomposition");
}

TEST_F(WitnessFile, ANumberThatDoesNotComeOutIsSeen) {
  auto json = to_json(witness_, plan_, request_);
  json["measured"]["regret"] = json["measured"]["regret"].get<double>() + 1.0;
  write(json);
  EXPECT_FALSE(replay_witness(path_).reproduced());
}

std::string error_of(const std::filesystem::path& path) {
  try {
    replay_witness(path);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST_F(WitnessFile, AMissingOrWrongValueIsNamedWithItsFile) {
  const auto whole = to_json(witness_, plan_, request_);
  for (const char* key :
       {"audit", "claim", "system", "run", "quantizer", "controller", "seed", "horizon", "where", "measured"}) {
    auto json = whole;
    json.erase(key);
    write(json);
    for (const std::string& part : {path_.string(), "'" + std::string(key) + "'", std::string("pianola audit -o")}) {
      EXPECT_NE(error_of(path_).find(part), std::string::npos) << key << ": " << error_of(path_);
    }
  }
  auto json = whole;
  json["where"]["trajectory"] = "third";
  write(json);
  EXPECT_NE(error_of(path_).find("'trajectory' cannot be \"third\""), std::string::npos) << error_of(path_);
  EXPECT_NE(error_of(path_).find(path_.string()), std::string::npos) << error_of(path_);
}

TEST_F(WitnessFile, FoldersStandInItInFull) {
  request_.run = "runs/../runs/first", request_.assets = "assets";
  const auto json = to_json(witness_, plan_, request_);
  EXPECT_EQ(json["run"], (std::filesystem::current_path() / "runs" / "first").string());
  EXPECT_EQ(json["assets"], (std::filesystem::current_path() / "assets").string());
}

TEST_F(WitnessFile, DamageIsReported) {
  write_file(path_, "{\"no\": 1}");
  EXPECT_THROW(replay_witness(path_), DataError);
  write_file(path_, "not json");
  EXPECT_THROW(replay_witness(path_), DataError);
  auto json = to_json(witness_, plan_, request_);
  json["format_version"] = 99;
  write(json);
  EXPECT_THROW(replay_witness(path_), DataError);
  json = to_json(witness_, plan_, request_);
  json["audit"] = "decompositon";
  write(json);
  EXPECT_THROW(replay_witness(path_), DataError);
  json = to_json(witness_, plan_, request_);
  json["horizon"] = "long";
  write(json);
  EXPECT_THROW(replay_witness(path_), DataError);
  EXPECT_THROW(replay_witness(path_.string() + ".none"), DataError);
}

}  // namespace
}  // namespace pianola
