#include "pianola/policies/model_file.hpp"

#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "pianola/policies/linear_law.hpp"
#include "trained_run.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;

/// A linear model of three observations and two actions, as its run's training writes it.
ModelContents contents() {
  ModelContents out;
  out.parts = {"linear:members=2", 2, {}, {.angles = {2}, .circles = {0}}, {-1, -1, -3}, {1, 1, 3}, {}};
  LinearLawWeights law{6, 3, std::vector<double>(18, 0.25), {0.1, 0.2, 0.3}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  out.members.push_back(to_tensors(law));
  law.bias[0] = 0.5;
  out.members.push_back(to_tensors(law));
  return out;
}

void write_beside(const TrainedRun& run, ModelStamp stamp = {}) {
  if (stamp.policy_fingerprint.empty()) stamp.policy_fingerprint = load_run(run.folder).fingerprint;
  if (stamp.quantizer_fingerprint.empty()) stamp.quantizer_fingerprint = run.quantizer->fingerprint();
  write_model(run.folder / "model.safetensors", contents(), stamp);
}

std::string complaint(const TrainedRun& run) {
  try {
    load_model(load_run(run.folder));
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST(ModelFile, ARunsModelIsReadBack) {
  const TrainedRun run("mlp:hidden=8x1");
  EXPECT_EQ(load_model(load_run(run.folder)), nullptr) << "there is none";
  EXPECT_FALSE(read_model(load_run(run.folder)).has_value());
  write_beside(run);
  const auto model = load_model(load_run(run.folder));
  ASSERT_NE(model, nullptr) << complaint(run);
  EXPECT_EQ(model->info().spec, "linear:members=2");
  EXPECT_EQ(model->info().members, 2U);
  EXPECT_EQ(model->info().geometry, (ObservationGeometry{.angles = {2}, .circles = {0}}));
  const ModelContents read = read_model(load_run(run.folder)).value();
  EXPECT_EQ(read.parts.low, contents().parts.low);
  EXPECT_EQ(linear_law_from_tensors(read.members[1], "memory").bias[0], 0.5);
}

TEST(ModelFile, AModelOfAnotherRunOrQuantizerIsRefused) {
  const TrainedRun run("mlp:hidden=8x1");
  write_beside(run, {.quantizer_fingerprint = "", .policy_fingerprint = "0ther", .dataset_fingerprint = ""});
  EXPECT_NE(complaint(run).find("policy of fingerprint 0ther"), std::string::npos) << complaint(run);
  EXPECT_NE(complaint(run).find("--with-model"), std::string::npos) << complaint(run);
  write_beside(run, {.quantizer_fingerprint = "0ther", .policy_fingerprint = "", .dataset_fingerprint = ""});
  EXPECT_NE(complaint(run).find("quantizer of fingerprint 0ther"), std::string::npos) << complaint(run);
}

TEST(ModelFile, DamageIsNamed) {
  const TrainedRun run("mlp:hidden=8x1");
  const fs::path path = run.folder / "model.safetensors";
  const auto after = [&](auto damage) {
    write_beside(run);
    TensorFile file = read_safetensors(path);
    damage(file);
    write_safetensors(path, file);
    return complaint(run);
  };
  EXPECT_NE(after([](TensorFile& f) { f.metadata["format_version"] = "9"; }).find("format_version"), std::string::npos);
  EXPECT_NE(after([](TensorFile& f) { f.metadata["model"] = "linea"; }).find("'linear'"), std::string::npos);
  EXPECT_NE(after([](TensorFile& f) { f.tensors.erase("members.1.linear.bias"); }).find("member 1"), std::string::npos);
  EXPECT_NE(after([](TensorFile& f) { f.metadata["members"] = "9"; }).find("member 2"), std::string::npos);
  EXPECT_NE(after([](TensorFile& f) { f.metadata["members"] = "none"; }).find("members"), std::string::npos);
  EXPECT_NE(after([](TensorFile& f) { f.metadata["angles"] = "7"; }).find("column 7"), std::string::npos);
  EXPECT_NE(after([](TensorFile& f) { f.metadata["angles"] = "x"; }).find("angles"), std::string::npos);
  EXPECT_NE(after([](TensorFile& f) { f.metadata["action_dim"] = "3"; }).find("3 actions"), std::string::npos);
  EXPECT_NE(after([](TensorFile& f) {
              f.tensors["range.low"] = Tensor::of({3}, std::vector<double>{5.0, -1.0, -1.0});
            }).find("training range"),
            std::string::npos);
  EXPECT_NE(after([](TensorFile& f) {
              f.tensors["members.0.linear.bias"] = Tensor::of({3}, std::vector<double>{9.0, 0.0, 0.0});
            }).find("fingerprint"),
            std::string::npos)
      << "edited";
}

}  // namespace
}  // namespace pianola
