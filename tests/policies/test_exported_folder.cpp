#include "pianola/policies/exported_folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <sstream>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/data/dataset.hpp"
#include "pianola/policies/linear_law.hpp"
#include "pianola/policies/model_file.hpp"
#include "pianola/policies/model_runtime.hpp"
#include "pianola/policies/runtime_image.hpp"
#include "trained_run.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;

std::string complaint(const auto& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(ExportedFolder, HoldsAnImageAndSaysWhatItIs) {
  for (const char* policy : {"mlp:hidden=8x1", "transformer:preset=tiny,width=16,layers=2,heads=2", "parallel"}) {
    const TrainedRun run(policy);
    const auto done = export_run(run.folder, run.beside("robot"), WeightFormat::float32);
    EXPECT_EQ(done.files.size(), 4U);
    for (const std::string& file : done.files) EXPECT_TRUE(fs::is_regular_file(done.folder / file)) << file;
    const auto read = read_exported(done.folder);
    EXPECT_EQ(read["policy"], policy);
    EXPECT_EQ(read["quantizer"], "uniform:bins=5,low=-1,high=1");
    EXPECT_EQ(read["action_dim"], 2);
    EXPECT_EQ(read["observation_dim"], 3);
    EXPECT_EQ(read["weights"], "fp32");
    EXPECT_EQ(read["chosen"], "ema@10");
    EXPECT_GT(read["memory_bytes"], 0);
    EXPECT_EQ(read["image_bytes"], fs::file_size(done.folder / "policy.pianola"));
  }
}

TEST(ExportedFolder, ARunsModelGoesAlongOrItIsSaidWhyNot) {
  const TrainedRun run("mlp:hidden=8x1");
  const ModelStamp stamp{run.quantizer->fingerprint(), load_run(run.folder).fingerprint, ""};
  ModelContents contents;
  contents.parts = {"linear", 2, {}, {}, {-1, -1, -1}, {1, 1, 1}, {}};
  contents.members = {
      to_tensors(LinearLawWeights{5, 3, std::vector<double>(15, 0.1), {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}})};
  write_model(run.folder / "model.safetensors", contents, stamp);
  const auto done = export_run(run.folder, run.beside("robot"), WeightFormat::float32);
  ASSERT_EQ(done.files.size(), 5U);
  EXPECT_EQ(done.files[1], "model.pianola");
  EXPECT_EQ(read_exported(done.folder)["model"]["image_bytes"], fs::file_size(done.folder / "model.pianola"));
  const AlignedBytes policy = read_runtime_image(done.folder / "policy.pianola");
  const std::string bytes = read_file(done.folder / "model.pianola");
  AlignedBytes image(bytes.size());
  std::memcpy(image.data(), bytes.data(), bytes.size());
  AlignedBytes memory(ModelRuntime::required_bytes(image));
  ModelRuntime model;
  ASSERT_EQ(ModelRuntime::bind(image, memory, model), Status::ok);
  EXPECT_TRUE(model.belongs_to(policy));
  contents.members.push_back(contents.members[0]);
  write_model(run.folder / "model.safetensors", contents, stamp);
  const auto ensemble = export_run(run.folder, run.beside("ensemble"), WeightFormat::float32);
  EXPECT_EQ(ensemble.files.size(), 5U);
  EXPECT_GT(ensemble.description["model"]["image_bytes"], done.description["model"]["image_bytes"]);
  contents.parts.spec = "autoregressive";
  write_model(run.folder / "model.safetensors", contents, stamp);
  const auto left_out = export_run(run.folder, run.beside("left_out"), WeightFormat::float32);
  EXPECT_EQ(left_out.files.size(), 4U);
  EXPECT_NE(left_out.description["model"]["left_out"].get<std::string>().find("autoregressive"), std::string::npos);
  contents.parts.spec = "linear";
  write_model(run.folder / "model.safetensors", contents, {"0ther", stamp.policy_fingerprint, ""});
  EXPECT_THROW(export_run(run.folder, run.beside("never"), WeightFormat::float32), DataError);
}

TEST(ExportedFolder, FewerBitsMakeSmallerImages) {
  const TrainedRun run("transformer:preset=tiny");
  const auto size = [&](WeightFormat format) {
    const std::string name = weight_format_name(format);
    return export_run(run.folder, run.beside(name), format).description["image_bytes"].get<std::size_t>();
  };
  const std::size_t full = size(WeightFormat::float32), brief = size(WeightFormat::bfloat16);
  EXPECT_LT(brief, full);
  EXPECT_LT(size(WeightFormat::int8), brief);
}

TEST(ExportedFolder, TheProgramHasAtMostFortyLines) {
  const TrainedRun run("mlp:hidden=8x1");
  export_run(run.folder, run.beside("robot"), WeightFormat::float32);
  const std::string program = read_file(run.beside("robot") / "run_policy.cpp");
  EXPECT_LE(std::ranges::count(program, '\n'), 40);
}

/// What the compiled program prints for these observations.
std::string play(const fs::path& folder, const std::string& observations) {
  const std::string program = (folder / "run_policy").string();
  const std::string compile = std::string(PIANOLA_COMPILER) +
                              " -std=c++20 -O1 -Wall -Wextra -Werror -I" PIANOLA_SOURCES " " +
                              (folder / "run_policy.cpp").string() + " " PIANOLA_RUNTIME_LIBRARY " -lhwy -o " + program;
  EXPECT_EQ(std::system(compile.c_str()), 0) << compile;
  write_file(folder / "in.txt", observations);
  const std::string run = program + " " + (folder / "policy.pianola").string() + " < " + (folder / "in.txt").string() +
                          " > " + (folder / "out.txt").string();
  EXPECT_EQ(std::system(run.c_str()), 0) << run;
  return read_file(folder / "out.txt");
}

TEST(ExportedFolder, TheProgramPlaysWhatTheRuntimePlays) {
  const TrainedRun run("transformer:preset=tiny");
  const fs::path folder = run.beside("robot");
  export_run(run.folder, folder, WeightFormat::bfloat16);
  const std::vector<std::vector<float>> seen{{0.1F, 0.2F, -0.3F}, {1.0F, -2.0F, 0.5F}, {0.0F, 0.0F, 0.0F}};
  std::string lines;
  for (const auto& x : seen)
    lines += std::to_string(x[0]) + " " + std::to_string(x[1]) + " " + std::to_string(x[2]) + "\n";
  std::istringstream printed(play(folder, lines));
  const AlignedBytes image = read_runtime_image(folder / "policy.pianola");
  AlignedBytes memory(Runtime::required_bytes(image));
  Runtime runtime;
  ASSERT_EQ(Runtime::bind(image, memory, runtime), Status::ok);
  for (std::size_t step = 0; step < seen.size(); ++step) {
    std::vector<float> action(2);
    ASSERT_EQ(runtime.act(seen[step], step, action), Status::ok);
    for (const float wanted : action) {
      float got = 99.0F;
      ASSERT_TRUE(printed >> got);
      EXPECT_EQ(got, wanted) << step;
    }
  }
}

/// A walk of two actions.
class Walk final : public ActionSource {
 public:
  [[nodiscard]] std::size_t action_dim() const override { return 2; }
  void for_each(const std::function<void(std::span<const double>)>& visit) const override {
    std::vector<double> rows;
    for (int h = 0; h < 60; ++h) rows.insert(rows.end(), {std::sin(0.1 * h), std::cos(0.23 * h)});
    visit(rows);
  }
};

TEST(ExportedFolder, TheProgramPlaysWholeChunks) {
  const Walk walk;
  FitContext context;
  context.action_dim = 2;
  context.chunk = 4;
  context.data = &walk;
  for (const char* spec : {"fast:vocabulary=300", "beast:bases=3,bins=9", "kmeans:k=6,joint=chunk"}) {
    const TrainedRun run("transformer:preset=tiny", make_quantizer(spec, context));
    const auto done = export_run(run.folder, run.beside("robot"), WeightFormat::int8);
    EXPECT_EQ(read_exported(done.folder)["chunk"], 4);
    EXPECT_EQ(read_exported(done.folder)["quantizer"], run.quantizer->info().spec);
    std::istringstream printed(play(done.folder, "0.1 0.2 -0.3\n"));
    const AlignedBytes image = read_runtime_image(done.folder / "policy.pianola");
    AlignedBytes memory(Runtime::required_bytes(image));
    Runtime runtime;
    ASSERT_EQ(Runtime::bind(image, memory, runtime), Status::ok);
    std::vector<float> action(8);
    ASSERT_EQ(runtime.act(std::vector<float>{0.1F, 0.2F, -0.3F}, 0, action), Status::ok);
    for (const float wanted : action) {
      float got = 99.0F;
      ASSERT_TRUE(printed >> got);
      EXPECT_EQ(got, wanted) << spec;
    }
  }
}

TEST(ExportedFolder, RefusesWhatTheRuntimeCannotPlay) {
  const TrainedRun mlp("mlp:hidden=8x1");
  const std::string brief = complaint([&] { export_run(mlp.folder, mlp.beside("robot"), WeightFormat::bfloat16); });
  EXPECT_NE(brief.find("--weights fp32"), std::string::npos) << brief;
  EXPECT_FALSE(fs::exists(mlp.beside("robot")));
  EXPECT_NE(complaint([] { weight_format("fp16"); }).find("did you mean"), std::string::npos);
  EXPECT_NE(complaint([&] { export_run(mlp.beside("none"), mlp.beside("robot"), WeightFormat::float32); }).find("none"),
            std::string::npos);
}

TEST(ExportedFolder, WhatIsThereIsNotReplaced) {
  const TrainedRun run("mlp:hidden=8x1");
  export_run(run.folder, run.beside("robot"), WeightFormat::float32);
  EXPECT_THROW(export_run(run.folder, run.beside("robot"), WeightFormat::float32), ResourceError);
}

TEST(ExportedFolder, DamageIsNamed) {
  const TrainedRun run("mlp:hidden=8x1");
  const fs::path folder = run.beside("robot");
  export_run(run.folder, folder, WeightFormat::float32);
  const std::string description = read_file(folder / "policy.json");
  for (const char* bad : {"{", "[]", "{}", "{\"format_version\": 99}"}) {
    write_file(folder / "policy.json", std::string(bad));
    EXPECT_NE(complaint([&] { read_exported(folder); }).find("policy.json"), std::string::npos) << bad;
  }
  write_file(folder / "policy.json", description);
  write_file(folder / "policy.pianola", std::string("garbage"));
  EXPECT_NE(complaint([&] { read_exported(folder); }).find("policy.pianola"), std::string::npos);
}

TEST(ExportedFolder, TheDescriptionBelongsToItsImage) {
  const TrainedRun run("mlp:hidden=8x1");
  const fs::path folder = run.beside("robot");
  auto description = export_run(run.folder, folder, WeightFormat::float32).description;
  const std::string written = read_file(folder / "policy.json");
  const auto complaint_of = [&](const char* key, const nlohmann::ordered_json& value) {
    auto changed = description;
    changed[key] = value;
    write_file(folder / "policy.json", changed.dump());
    return complaint([&] { read_exported(folder); });
  };
  for (const char* key : {"observation_dim", "history", "action_dim", "chunk"}) {
    const std::string message = complaint_of(key, 7);
    EXPECT_NE(message.find(key), std::string::npos) << message;
    EXPECT_NE(message.find("policy.pianola"), std::string::npos) << message;
  }
  EXPECT_NE(complaint_of("image_checksum", "0123456789abcdef").find("not of one export"), std::string::npos);
  EXPECT_NE(complaint_of("image_checksum", nullptr).find("image_checksum"), std::string::npos);
  description.erase("image_checksum");
  EXPECT_EQ(complaint_of("format_version", 1), "") << "an export of the first format";
  // An image of another policy of the same sizes.
  write_file(folder / "policy.json", written);
  EXPECT_EQ(complaint([&] { read_exported(folder); }), "");
  const fs::path theirs = run.beside("theirs");
  auto weights = toy_mlp::random_weights({3, 1, {8}, {5, 5}, Activation::relu});
  weights.layers[0].bias[0] += 1.0F;
  write_policy(run.folder / "policy.safetensors", to_tensors(weights),
               {"mlp:hidden=8x1", "pendulum", "d4ta", run.quantizer->fingerprint(), "ema@10"});
  export_run(run.folder, theirs, WeightFormat::float32);
  fs::copy_file(theirs / "policy.pianola", folder / "policy.pianola", fs::copy_options::overwrite_existing);
  EXPECT_NE(complaint([&] { read_exported(folder); }).find("image_checksum"), std::string::npos);
}

TEST(ExportedFolder, KeepsStatisticsAndHistoryOfTheRun) {
  const TrainedRun run("mlp:hidden=8x1");
  write_file(run.folder / "metrics.jsonl",
             std::string("{\"step\":10,\"loss\":2.5}\n{\"step\":20,\"loss\":1.5,\"validation_nll\":1.25}\n"));
  export_run(run.folder, run.beside("robot"), WeightFormat::float32);
  const auto read = read_exported(run.beside("robot"));
  EXPECT_EQ(read["observation_mean"].size(), 3U);
  EXPECT_EQ(read["observation_std"].size(), 3U);
  EXPECT_EQ(read["training"]["steps"], 20);
  EXPECT_EQ(read["training"]["rows"][0]["validation_nll"], 1.25);
}

}  // namespace
}  // namespace pianola
