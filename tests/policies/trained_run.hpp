// A run folder as a training writes it, with random weights.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pianola/policies/run_folder.hpp"
#include "pianola/quantizers/registry.hpp"
#include "toy_mlp.hpp"
#include "toy_transformer.hpp"

namespace pianola {

/// Is gone with this object. Three observations; two actions of five bins of [−1, 1], or of another quantizer.
class TrainedRun {
 public:
  explicit TrainedRun(const std::string& policy, std::shared_ptr<const Quantizer> codec = five_bins())
      : folder(make_folder()), quantizer(std::move(codec)) {
    write_run_quantizer(folder, *quantizer);
    const PolicyStamp stamp{policy, "pendulum", "d4ta", quantizer->fingerprint(), "ema@10"};
    write_policy(folder / "policy.safetensors", tensors_of(policy, quantizer->info().vocabularies), stamp);
  }
  ~TrainedRun() {
    std::error_code ignored;
    std::filesystem::remove_all(folder.parent_path(), ignored);
  }
  TrainedRun(const TrainedRun&) = delete;
  TrainedRun& operator=(const TrainedRun&) = delete;

  /// A path beside the run, for what is made of it.
  [[nodiscard]] std::filesystem::path beside(const std::string& name) const { return folder.parent_path() / name; }

  std::filesystem::path folder;
  std::shared_ptr<const Quantizer> quantizer;

 private:
  static std::filesystem::path make_folder() {
    static int count = 0;
    const auto folder = std::filesystem::temp_directory_path() /
                        ("pianola-trained-" + std::to_string(::getpid()) + "-" + std::to_string(count++)) / "run";
    std::filesystem::create_directories(folder);
    return folder;
  }
  static std::shared_ptr<const Quantizer> five_bins() {
    FitContext context;
    context.action_dim = 2;
    return make_quantizer("uniform:bins=5,low=-1,high=1", context);
  }
  static TensorFile tensors_of(const std::string& policy, const std::vector<std::uint32_t>& vocabularies) {
    if (policy.starts_with("mlp")) {
      return to_tensors(toy_mlp::random_weights({3, 1, {8}, vocabularies, Activation::relu}));
    }
    const bool parallel = policy.starts_with("parallel");
    return to_tensors(toy_transformer::random_weights(
        {3, 2, 16, 2, 2, vocabularies, parallel, false, TransformerInput::observations}, 3, 2.0));
  }
};

}  // namespace pianola
