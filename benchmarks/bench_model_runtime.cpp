// What the auxiliary state costs a robot: a decision of the MLP policy alone, and the same followed by a step of its
// transition model of equal width (two hidden layers), one core, batch 1. The second over the first says what remains
// of a control period: at most 2 is aimed at.
//
// * policy: Runtime::act, argmax, 26 observations, 7 actions of 256 bins
// * policy_and_…: the same on ModelRuntime's state, then its step; `mixture` of two components, and `linear`
// * small_…: 11 observations, 3 actions of 17 bins, `mixture` of five components: less policy and more model
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/policies/linear_law.hpp"
#include "pianola/policies/model_image.hpp"
#include "pianola/policies/model_runtime.hpp"
#include "pianola/policies/runtime_image.hpp"
#include "pianola/quantizers/registry.hpp"

namespace {

using namespace pianola;

/// Of the robot, and how many components its mixture has.
struct Shape {
  std::size_t observations, actions;
  std::uint32_t bins, components;
};
constexpr Shape kArms{26, 7, 256, 2}, kHopper{11, 3, 17, 5};

std::vector<float> numbers(std::size_t count, double scale, std::uint64_t id) {
  std::vector<double> drawn(count);
  normals(NoiseKey(3), id, 0, drawn);
  std::vector<float> out;
  for (const double x : drawn) out.push_back(static_cast<float>(scale * x));
  return out;
}

MlpWeights network(std::size_t inputs, std::size_t width, std::vector<std::uint32_t> vocabularies) {
  MlpWeights weights;
  weights.normalisation = {std::vector<float>(inputs, 0.0F), std::vector<float>(inputs, 1.0F)};
  std::size_t outputs = 0;
  for (const std::uint32_t size : vocabularies) outputs += size;
  std::size_t in = inputs;
  for (const std::size_t out : {width, width, outputs}) {
    weights.layers.push_back({in, out, numbers(in * out, 0.05, in), numbers(out, 0.01, out)});
    in = out;
  }
  weights.vocabularies = std::move(vocabularies);
  return weights;
}

ModelContents model(const Shape& shape, const std::string& kind, std::size_t width) {
  const std::size_t dim = shape.observations, inputs = dim + shape.actions;
  const LearnedModelParts parts{
      kind, shape.actions, {}, {}, std::vector<double>(dim, -1e3), std::vector<double>(dim, 1e3), {}};
  if (kind == "linear") {
    LinearLawWeights law{inputs, dim, std::vector<double>(inputs * dim, 1e-3), std::vector<double>(dim),
                         std::vector<double>(dim * dim)};
    for (std::size_t d = 0; d < dim; ++d) law.factor[d * dim + d] = 1.0;
    return {parts, {to_tensors(law)}};
  }
  TensorFile file = to_tensors(network(inputs, width, {shape.components * (1 + 2 * static_cast<std::uint32_t>(dim))}));
  file.metadata["law"] = "mixture";
  file.metadata["components"] = std::to_string(shape.components);
  file.metadata["chunk"] = "1";
  file.tensors["action_mean"] = Tensor::of({dim}, numbers(dim, 0.0, 1));
  file.tensors["action_inverse_std"] = Tensor::of({dim}, std::vector<float>(dim, 10.0F));
  return {parts, {file}};
}

/// A policy of this width, and a model beside it where one is named.
struct Robot {
  Robot(const Shape& shape, std::size_t width, const std::string& kind) {
    FitContext context;
    context.action_dim = shape.actions;
    const auto quantizer = make_quantizer("uniform:low=-1,high=1,bins=" + std::to_string(shape.bins), context);
    const std::vector<std::uint32_t> vocabularies(shape.actions, shape.bins);
    image = make_runtime_image(network(shape.observations, width, vocabularies), *quantizer);
    memory.resize(Runtime::required_bytes(image));
    sound = Runtime::bind(image, memory, policy) == Status::ok &&
            policy.configure(RuntimeDecode::argmax, 1.0F, OnError::hold) == Status::ok;
    if (kind.empty()) return;
    model_image = make_model_image(model(shape, kind, width), image, "benchmark");
    model_memory.resize(ModelRuntime::required_bytes(model_image));
    sound = sound && ModelRuntime::bind(model_image, model_memory, imagined) == Status::ok &&
            imagined.start(std::vector<float>(shape.observations, 0.1F)) == Status::ok;
  }
  AlignedBytes image, memory, model_image, model_memory;
  Runtime policy;
  ModelRuntime imagined;
  bool sound = false;
};

void decide(benchmark::State& state, const Shape& shape, const std::string& kind) {
  Robot robot(shape, static_cast<std::size_t>(state.range(0)), kind);
  if (!robot.sound) return state.SkipWithError("an image did not bind");
  const std::vector<float> seen(shape.observations, 0.1F);
  std::vector<float> action(shape.actions);
  std::uint64_t step = 0;
  for (auto unused : state) {
    // A random network leads anywhere in the end; a robot re-anchors too.
    if (step % 64 == 0 && !kind.empty()) static_cast<void>(robot.imagined.start(seen));
    Status status =
        robot.policy.act(kind.empty() ? std::span<const float>(seen) : robot.imagined.state(), step++, action);
    if (!kind.empty() && status == Status::ok) status = robot.imagined.step(action);
    if (status != Status::ok) return state.SkipWithError(status_text(status));
    benchmark::DoNotOptimize(action.data());
  }
}

void policy(benchmark::State& state) { decide(state, kArms, ""); }
void policy_and_mixture(benchmark::State& state) { decide(state, kArms, "mixture:components=2"); }
void policy_and_linear(benchmark::State& state) { decide(state, kArms, "linear"); }
void small_policy(benchmark::State& state) { decide(state, kHopper, ""); }
void small_policy_and_mixture(benchmark::State& state) { decide(state, kHopper, "mixture:components=5"); }

BENCHMARK(policy)->Arg(64)->Arg(256);
BENCHMARK(policy_and_mixture)->Arg(64)->Arg(256);
BENCHMARK(policy_and_linear)->Arg(64)->Arg(256);
BENCHMARK(small_policy)->Arg(64);
BENCHMARK(small_policy_and_mixture)->Arg(64);

}  // namespace

BENCHMARK_MAIN();
