// Trainings of a second or less on datasets whose law is known.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pianola/base/file.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/base/progress.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/training/samples.hpp"
#include "pianola/training/trainer.hpp"

namespace pianola::toy_training {

/// A folder of its own, removed at the end.
class Folder {
 public:
  Folder() {
    static int made = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("pianola-training-" + std::to_string(::getpid()) + "-" + std::to_string(made++));
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline constexpr std::size_t kContexts = 3;
/// P(token | context) of the first action dimension, 4 tokens, and of the second, 2 tokens.
inline constexpr double kFirst[kContexts][4] = {{0.7, 0.1, 0.1, 0.1}, {0.1, 0.2, 0.3, 0.4}, {0.0, 0.5, 0.5, 0.0}};
inline constexpr double kSecond[kContexts][2] = {{0.5, 0.5}, {0.9, 0.1}, {0.2, 0.8}};

template <std::size_t N>
double draw(const double (&law)[N], double u) {
  double sum = 0.0;
  for (std::size_t k = 0; k + 1 < N; ++k) {
    sum += law[k];
    if (u < sum) return static_cast<double>(k);
  }
  return static_cast<double>(N - 1);
}

/// The context at step h of trajectory i.
inline std::size_t context(std::size_t i, std::size_t h) { return (i + h) % kContexts; }

/// Observations: one number per context, and one that is constant. Actions: tokens drawn from the law of the context;
/// a third dimension is always 0.
inline Dataset categorical_data(std::size_t trajectories, std::size_t steps, std::uint64_t seed = 1) {
  DatasetInfo info;
  info.path = "toy";
  info.observation_dim = 3;
  info.action_dim = 3;
  Dataset data(info);
  const NoiseKey key(seed);
  for (std::size_t i = 0; i < trajectories; ++i) {
    Trajectory t;
    t.name = "demo_" + std::to_string(i);
    t.steps = steps;
    for (std::size_t h = 0; h < steps; ++h) {
      const std::size_t c = context(i, h);
      t.observations.insert(t.observations.end(), {c == 0 ? 1.0 : 0.0, c == 1 ? 1.0 : -1.0, 5.0});
      const auto step = static_cast<std::uint32_t>(h);
      t.actions.push_back(draw(kFirst[c], uniform(key, i, step, 0)));
      t.actions.push_back(draw(kSecond[c], uniform(key, i, step, 1)));
      t.actions.push_back(0.0);
    }
    data.append(t);
  }
  return data;
}

inline std::shared_ptr<const Quantizer> fitted(const Dataset& data, const std::string& spec = "discrete",
                                               std::size_t chunk = 1) {
  const auto source = action_source(data);
  FitContext context;
  context.action_dim = data.info().action_dim;
  context.chunk = chunk;
  context.range = data.info().action_range;
  context.data = source.get();
  return make_quantizer(spec, context);
}

/// A small plan on `data`; train() needs both to outlive it.
inline TrainPlan plan_for(const Dataset& data, const std::filesystem::path& run, int steps = 60) {
  TrainPlan plan;
  plan.config.policy = "mlp:hidden=16x1";
  plan.config.quantizer = "discrete";
  plan.config.steps = steps;
  plan.config.batch = 32;
  plan.config.learning_rate = 0.01;
  plan.config.checkpoint_every = 20;
  plan.config.candidates = 2;
  plan.config.threads = 1;
  plan.data = &data;
  plan.quantizer = fitted(data);
  plan.run = run;
  return plan;
}

/// Asks for an interrupt after so many steps.
class InterruptAfter final : public Progress {
 public:
  explicit InterruptAfter(std::uint64_t steps) : left_(steps) {}
  ~InterruptAfter() override { clear_interrupt(); }
  void begin(const std::string&, std::uint64_t, const std::string&) override {}
  void advance(std::uint64_t units, const std::string&) override {
    left_ -= std::min(left_, units);
    if (left_ == 0) request_interrupt();
  }
  void end() override {}

 private:
  std::uint64_t left_;
};

/// metrics.jsonl without the fields that hold times.
inline std::vector<nlohmann::ordered_json> timeless_metrics(const std::filesystem::path& run) {
  std::vector<nlohmann::ordered_json> lines;
  std::ifstream file(run / "metrics.jsonl");
  for (std::string text; std::getline(file, text);) {
    const auto line = nlohmann::ordered_json::parse(text);
    nlohmann::ordered_json kept;
    for (const auto& [name, value] : line.items()) {
      if (name.find("seconds") == std::string::npos && name.find("per_second") == std::string::npos) kept[name] = value;
    }
    lines.push_back(std::move(kept));
  }
  return lines;
}

/// The message of the exception of type E that `body` throws; "" if it throws none.
template <class E, class F>
std::string message_of(F&& body) {
  try {
    body();
  } catch (const E& error) {
    return error.what();
  }
  return "";
}

}  // namespace pianola::toy_training
