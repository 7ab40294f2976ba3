#include "pianola/policies/run_folder.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/quantizers/registry.hpp"
#include "toy_mlp.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<const Quantizer> quantizer_of(const std::string& spec) {
  FitContext context;
  context.action_dim = 3;
  return make_quantizer(spec, context);
}

class RunFolder : public testing::Test {
 protected:
  RunFolder() {
    folder = fs::temp_directory_path() / ("pianola-run-" + std::to_string(::getpid()));
    fs::remove_all(folder);
    fs::create_directories(folder);
    weights = toy_mlp::random_weights({3, 1, {8}, {5, 5, 5}, Activation::relu});
    quantizer = quantizer_of("uniform:bins=5,low=-1,high=1");
    stamp = {"mlp:hidden=8x1", "pendulum", "d4ta", quantizer->fingerprint(), "ema@10"};
    write_run_quantizer(folder, *quantizer);
    write_policy(folder / "policy.safetensors", to_tensors(weights), stamp);
  }
  ~RunFolder() override {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

  [[nodiscard]] std::string complaint() const {
    try {
      load_run(folder);
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  }

  /// Changes policy.safetensors and says what loading it says.
  template <class F>
  std::string after(F&& damage) {
    TensorFile file = read_safetensors(folder / "policy.safetensors");
    damage(file);
    write_safetensors(folder / "policy.safetensors", file);
    return complaint();
  }

  static void expect_names(const std::string& message, const std::string& part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }

  fs::path folder;
  MlpWeights weights;
  std::shared_ptr<const Quantizer> quantizer;
  PolicyStamp stamp;
};

TEST_F(RunFolder, LoadsWhatWasWritten) {
  const LoadedRun run = load_run(folder);
  EXPECT_EQ(run.folder, folder);
  EXPECT_EQ(run.policy_spec, "mlp:hidden=8x1");
  EXPECT_EQ(run.system_spec, "pendulum");
  EXPECT_EQ(run.dataset_fingerprint, "d4ta");
  EXPECT_EQ(run.quantizer->fingerprint(), quantizer->fingerprint());
  EXPECT_EQ(run.policy->info().spec, "mlp:hidden=8x1");
  EXPECT_EQ(run.policy->info().vocabularies, quantizer->info().vocabularies);
}

TEST_F(RunFolder, AnotherQuantizerIsRefusedAndBothFingerprintsPrinted) {
  const auto other = quantizer_of("uniform:bins=5,low=-2,high=2");  // the same vocabularies
  write_run_quantizer(folder, *other);
  const std::string message = complaint();
  expect_names(message, quantizer->fingerprint());
  expect_names(message, other->fingerprint());
  expect_names(message, "quantizer.json");
}

TEST_F(RunFolder, AnotherNormalisationIsRefusedAndBothFingerprintsPrinted) {
  const std::string trained = weights.normalisation.fingerprint();
  weights.normalisation.mean[1] += 0.5F;
  const Tensor moved = Tensor::of({3}, std::span<const float>(weights.normalisation.mean));
  const std::string message = after([&](auto& file) { file.tensors["observation_mean"] = moved; });
  expect_names(message, trained);
  expect_names(message, weights.normalisation.fingerprint());
  expect_names(message, "normalisation");
}

TEST_F(RunFolder, AnotherVersionIsRefused) {
  expect_names(after([](auto& file) { file.metadata["format_version"] = "2"; }), "format_version 2");
  expect_names(after([](auto& file) { file.metadata.erase("format_version"); }), "'format_version' is missing");
}

TEST_F(RunFolder, EachMissingPieceIsNamed) {
  expect_names(after([](auto& file) { file.metadata.erase("quantizer_fingerprint"); }), "'quantizer_fingerprint'");
  fs::remove(folder / "policy.safetensors");
  expect_names(complaint(), "no policy.safetensors");
  fs::create_directories(folder / "checkpoint");
  expect_names(complaint(), "--resume");
  fs::remove_all(folder);
  expect_names(complaint(), "is no folder");
}

TEST_F(RunFolder, AMissingOrDamagedQuantizerIsNamed) {
  write_file(folder / "quantizer.json", "{\"spec\":");
  expect_names(complaint(), "quantizer.json is no JSON");
  fs::remove(folder / "quantizer.json");
  expect_names(complaint(), "quantizer.json");
}

TEST_F(RunFolder, AnUnknownPolicyOrATensorOfAnotherShapeIsNamed) {
  expect_names(after([](auto& file) { file.metadata["policy"] = "mlq:hidden=8x1"; }), "did you mean 'mlp'");
  write_policy(folder / "policy.safetensors", to_tensors(weights), stamp);
  expect_names(after([](auto& file) { file.tensors["layers.0.bias"] = file.tensors["layers.1.bias"]; }),
               "layers.0.bias");
}

TEST_F(RunFolder, VocabulariesMustBeTheQuantizers) {
  weights = toy_mlp::random_weights({3, 1, {8}, {4, 4, 4}, Activation::relu});
  write_policy(folder / "policy.safetensors", to_tensors(weights), stamp);
  const std::string message = complaint();
  expect_names(message, "[4, 4, 4]");
  expect_names(message, "[5, 5, 5]");
}

TEST_F(RunFolder, AFlippedBitOfAnyWeightIsRefused) {
  const std::string message = after([](auto& file) { file.tensors["layers.1.weight"].bytes[3] ^= std::byte{1}; });
  expect_names(message, "damaged");
  expect_names(message, "policy.safetensors");
  write_policy(folder / "policy.safetensors", to_tensors(weights), stamp);
  EXPECT_EQ(complaint(), "");
  expect_names(after([](auto& file) { file.metadata["chosen"] = "raw@10"; }), "damaged");
}

TEST_F(RunFolder, ATruncatedFileIsNamed) {
  const std::string bytes = read_file(folder / "policy.safetensors");
  for (const std::size_t length : {std::size_t{0}, std::size_t{7}, bytes.size() / 2, bytes.size() - 1}) {
    write_file(folder / "policy.safetensors", bytes.substr(0, length));
    expect_names(complaint(), "policy.safetensors");
  }
}

}  // namespace
}  // namespace pianola
