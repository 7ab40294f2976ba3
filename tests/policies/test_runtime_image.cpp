#include "pianola/policies/runtime_image.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "hand_made_image.hpp"
#include "pianola/base/error.hpp"
#include "pianola/data/action_declaration.hpp"
#include "pianola/policies/mlp_policy.hpp"
#include "pianola/policies/transformer_policy.hpp"
#include "pianola/quantizers/registry.hpp"
#include "toy_transformer.hpp"

namespace pianola {
namespace {

using testing_runtime::HandMade;

/// Two coordinates with 3 and 4 levels; its fields are public so that tests can spoil it.
class FewLevels : public Quantizer {
 public:
  FewLevels() {
    fields.spec = "few-levels";
    fields.action_dim = 2;
    fields.max_tokens = 2;
    fields.vocabularies = {3, 4};
  }
  [[nodiscard]] const QuantizerInfo& info() const override { return fields; }
  void encode(std::span<const float>, const CodecContext&, TokenBatch) const override {}
  void decode(const TokenBatch&, const CodecContext&, std::span<float>,
              std::span<DecodeStatus>) const noexcept override {}
  [[nodiscard]] std::span<const float> levels(std::size_t position) const override { return table[position]; }
  [[nodiscard]] nlohmann::ordered_json save() const override { return {}; }

  QuantizerInfo fields;
  std::vector<std::vector<float>> table = {{-1.0F, 0.0F, 1.0F}, {-3.0F, -1.0F, 1.0F, 3.0F}};
};

MlpWeights small_weights() {
  MlpWeights weights;
  weights.history = 2;
  weights.activation = Activation::gelu;
  weights.normalisation.mean = HandMade::floats(NoiseKey(1), 6, 1.0, 0.0);
  weights.normalisation.inverse_std = HandMade::floats(NoiseKey(2), 6, 0.5, 1.0);
  weights.layers = {{6, 10, HandMade::floats(NoiseKey(3), 60, 0.7, 0.0), HandMade::floats(NoiseKey(4), 10, 0.5, 0.0)},
                    {10, 7, HandMade::floats(NoiseKey(5), 70, 0.5, 0.0), HandMade::floats(NoiseKey(6), 7, 0.5, 0.0)}};
  weights.vocabularies = {3, 4};
  return weights;
}

std::vector<float> reference(const MlpWeights& weights, std::span<const float> histories) {
  std::vector<float> x(histories.begin(), histories.end());
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = (x[i] - weights.normalisation.mean[i]) * weights.normalisation.inverse_std[i];
  }
  for (std::size_t i = 0; i < weights.layers.size(); ++i) {
    const DenseLayer& layer = weights.layers[i];
    std::vector<float> y(layer.out);
    dense_reference(layer.weights, layer.bias, layer.in, layer.out,
                    i + 1 < weights.layers.size() ? weights.activation : Activation::none, x.data(), 1, y.data());
    x = y;
  }
  return x;
}

std::filesystem::path scratch_file(const std::string& name) {
  return std::filesystem::temp_directory_path() / ("pianola_runtime_image_" + std::to_string(getpid()) + "_" + name);
}

TEST(RuntimeImage, PlaysThePolicyThatItWasMadeOf) {
  const MlpWeights weights = small_weights();
  const FewLevels quantizer;
  const AlignedBytes image = make_runtime_image(weights, quantizer);
  AlignedBytes memory(Runtime::required_bytes(image));
  Runtime runtime;
  ASSERT_EQ(Status::ok, Runtime::bind(image, memory, runtime));
  EXPECT_EQ(3U, runtime.observation_dim());
  EXPECT_EQ(2U, runtime.history());
  EXPECT_EQ(2U, runtime.action_dim());
  EXPECT_EQ(1U, runtime.chunk());
  const std::vector<float> x = {0.3F, -1.0F, 2.0F};
  const std::vector<float> expected = reference(weights, std::vector<float>{0.3F, -1.0F, 2.0F, 0.3F, -1.0F, 2.0F});
  std::vector<float> logits(7), action(2);
  ASSERT_EQ(Status::ok, runtime.logits(x, logits));
  for (std::size_t k = 0; k < 7; ++k) EXPECT_NEAR(expected[k], logits[k], 1e-5F);
  ASSERT_EQ(Status::ok, runtime.configure(RuntimeDecode::argmax, 1.0F, OnError::hold));
  ASSERT_EQ(Status::ok, runtime.act(x, 0, action));
  const std::span<const float> all(logits);
  EXPECT_EQ(quantizer.table[0][argmax(all.first(3))], action[0]);
  EXPECT_EQ(quantizer.table[1][argmax(all.subspan(3))], action[1]);
}

/// Actions of the library's own decoder, in float32, for one step under `key`.
std::vector<float> decided(Decoder& decoder, const NoiseKey& key, std::span<const float> history, std::size_t dim,
                           std::span<const double> observation = {}) {
  const std::vector<std::uint64_t> ids = {0};
  const std::vector<std::uint32_t> h = {0};
  std::vector<double> actions(dim);
  decoder.decide(key, {ids, h, observation, {}, nullptr}, history, actions);
  return {actions.begin(), actions.end()};
}

TEST(RuntimeImage, PlaysWhatTheDecoderPlaysBitForBit) {
  FitContext context;
  context.action_dim = 2;
  context.range = {{-1.0, -3.0}, {1.0, 3.0}};
  const auto quantizer = make_quantizer("uniform:bins=9", context);
  MlpWeights weights = small_weights();
  weights.history = 1;
  weights.vocabularies = {9, 9};
  weights.layers[1] = {10, 18, HandMade::floats(NoiseKey(8), 180, 0.9, 0.0),
                       HandMade::floats(NoiseKey(9), 18, 0.5, 0.0)};
  const MlpPolicy policy(weights);
  const AlignedBytes image = make_runtime_image(weights, *quantizer);
  AlignedBytes memory(Runtime::required_bytes(image));
  Runtime runtime;
  ASSERT_EQ(Status::ok, Runtime::bind(image, memory, runtime));
  for (const auto& [mode, decode] : {std::pair{DecodeMode::sample, RuntimeDecode::sample},
                                     {DecodeMode::argmax, RuntimeDecode::argmax},
                                     {DecodeMode::mean, RuntimeDecode::mean}}) {
    Decoder decoder(policy, *quantizer, {mode, 0.75}, 1);
    ASSERT_EQ(Status::ok, runtime.configure(decode, 0.75F, OnError::hold));
    for (std::uint64_t step = 0; step < 200; ++step) {
      const NoiseKey key(step);
      const auto x = HandMade::floats(key.child("observation"), 6, 2.0, 0.0);
      std::vector<float> action(2);
      ASSERT_EQ(Status::ok, runtime.act(x, key.child("controller").value(), action));
      ASSERT_EQ(decided(decoder, key, x, 2), action) << "step " << step << ", mode " << static_cast<int>(mode);
    }
  }
}

/// Smooth walks of x, a rotation vector and a gripper; the observation is x and the rotation, and two columns more.
Dataset walks() {
  DatasetInfo info;
  info.action_dim = 5;
  info.observation_dim = 6;
  Dataset data(info);
  Trajectory t;
  t.steps = 60;
  for (std::size_t h = 0; h < t.steps; ++h) {
    const double at = 0.1 * static_cast<double>(h);
    for (const double x : {std::sin(at), 0.3 * at, std::cos(at), 0.5, 1.0, -1.0}) t.observations.push_back(x);
    for (const double x : {std::sin(at + 0.05), 0.3 * at + 0.02, std::cos(at + 0.05), 0.5}) t.actions.push_back(x);
    t.actions.push_back(h % 5 == 0 ? 1.0 : 0.0);
  }
  data.append(t);
  return data;
}

TEST(RuntimeImage, PlaysRelativeActionsAsTheDecoderDoes) {
  const Dataset data = walks();
  const auto source = action_source(data);
  const ActionRepresentation map = represent({"linear,rotation_vector,binary", "relative", "0-3=0-3"}, data.info());
  FitContext context;
  context.chunk = 2;
  context.data = source.get();
  context.representation = &map;
  const auto quantizer = make_quantizer("uniform:bins=5", context);
  MlpWeights weights = small_weights();
  weights.history = 1;
  weights.vocabularies = quantizer->info().vocabularies;  // 2 of the gripper, 14 of x and six numbers
  const std::size_t logits = 2 * 2 + 14 * 5;
  weights.layers[1] = {10, logits, HandMade::floats(NoiseKey(8), 10 * logits, 0.9, 0.0),
                       HandMade::floats(NoiseKey(9), logits, 0.5, 0.0)};
  const MlpPolicy policy(weights);
  const AlignedBytes image = make_runtime_image(weights, *quantizer);
  AlignedBytes memory(Runtime::required_bytes(image));
  Runtime runtime;
  ASSERT_EQ(Status::ok, Runtime::bind(image, memory, runtime));
  EXPECT_EQ(5U, runtime.action_dim());
  for (const auto& [mode, decode] : {std::pair{DecodeMode::sample, RuntimeDecode::sample},
                                     {DecodeMode::argmax, RuntimeDecode::argmax},
                                     {DecodeMode::mean, RuntimeDecode::mean}}) {
    Decoder decoder(policy, *quantizer, {mode, 0.75}, 1);
    ASSERT_EQ(Status::ok, runtime.configure(decode, 0.75F, OnError::hold));
    for (std::uint64_t step = 0; step < 200; ++step) {
      const NoiseKey key(step);
      const auto x = HandMade::floats(key.child("observation"), 6, 2.0, 0.0);
      std::vector<float> action(10);
      ASSERT_EQ(Status::ok, runtime.act(x, key.child("controller").value(), action));
      const std::vector<double> observed(x.begin(), x.end());
      const std::vector<float> expected = decided(decoder, key, x, 10, observed);
      for (std::size_t i = 0; i < 10; ++i) {
        // The decoder rounds a mean once, at the end; the runtime also before it is an action.
        const float tolerance = mode == DecodeMode::mean ? 2e-6F : 0.0F;
        ASSERT_NEAR(expected[i], action[i], tolerance) << "step " << step << ", mode " << static_cast<int>(mode);
      }
    }
  }
}

/// Random weights for the tokens of this quantizer, which sees six numbers.
TransformerWeights weights_for(const Quantizer& quantizer, bool parallel) {
  toy_transformer::Shape shape{6, 1, 16, 2, 2, quantizer.info().vocabularies, parallel};
  return toy_transformer::random_weights(shape, 5, 1.5);
}

TEST(RuntimeImage, PlaysWhatTheDecoderPlaysOfTokensOfWholeChunksBitForBit) {
  const Dataset data = walks();
  const auto source = action_source(data);
  const ActionRepresentation map = represent({"linear,rotation_vector,binary", "relative", "0-3=0-3"}, data.info());
  struct Case {
    const char* spec;
    bool parallel, represented;
  };
  for (const auto& [spec, parallel, represented] :
       {Case{"fast:vocabulary=300", false, false}, Case{"fast:vocabulary=300", false, true},
        Case{"fast:scale=40,vocabulary=600", true, false}, Case{"beast:bases=5,bins=33", false, false},
        Case{"beast:bases=5,bins=33,gripper=-1", true, false}, Case{"beast:bases=4,bins=9", false, true},
        Case{"kmeans:k=7", false, false}, Case{"kmeans:k=6,scale=std,joint=chunk", true, false},
        Case{"kmeans:k=5", true, true}, Case{"kmeans:k=5,joint=chunk", false, true}, Case{"kdisks:k=6", false, false},
        Case{"rvq:layers=3,codes=5", false, false}, Case{"rvq:codes=6", true, true},
        Case{"twohot:smoothing=spatial,codebook='kmeans:k=6'", false, false}}) {
    FitContext context;
    context.chunk = 6;
    context.data = source.get();
    context.action_dim = 5;
    if (represented) context.representation = &map;
    const auto quantizer = make_quantizer(spec, context);
    const TransformerWeights weights = weights_for(*quantizer, parallel);
    const TransformerPolicy policy(weights);
    const AlignedBytes image = make_runtime_image(weights, WeightFormat::float32, *quantizer);
    AlignedBytes memory(Runtime::required_bytes(image));
    Runtime runtime;
    ASSERT_EQ(Status::ok, Runtime::bind(image, memory, runtime)) << spec;
    for (const auto& [mode, decode] :
         {std::pair{DecodeMode::sample, RuntimeDecode::sample}, {DecodeMode::argmax, RuntimeDecode::argmax}}) {
      Decoder decoder(policy, *quantizer, {mode, 0.75}, 1);
      ASSERT_EQ(Status::ok, runtime.configure(decode, 0.75F, OnError::hold));
      for (std::uint64_t step = 0; step < 50; ++step) {
        const NoiseKey key(step);
        const auto x = HandMade::floats(key.child("observation"), 6, 2.0, 0.0);
        std::vector<float> action(30);
        ASSERT_EQ(Status::ok, runtime.act(x, key.child("controller").value(), action));
        const std::vector<double> observed(x.begin(), x.end());
        ASSERT_EQ(decided(decoder, key, x, 30, observed), action) << spec << ", step " << step;
      }
    }
  }
}

TEST(RuntimeImage, DecodesWhatTheQuantizerEncodedBitForBit) {
  const Dataset data = walks();
  const auto source = action_source(data);
  for (const char* spec : {"fast:vocabulary=300", "beast:bases=5", "beast:bases=5,gripper=4", "kmeans:k=9",
                           "kmeans:k=9,scale=range,joint=chunk", "kdisks:k=9,joint=chunk", "rvq:layers=4,codes=6"}) {
    FitContext context;
    context.chunk = 6;
    context.data = source.get();
    context.action_dim = 5;
    const auto quantizer = make_quantizer(spec, context);
    // A policy that knows nothing but a chunk: its logits are 0 but for the tokens of that chunk.
    MlpWeights weights = small_weights();
    weights.history = 1;
    weights.vocabularies = quantizer->info().vocabularies;
    std::size_t logits = 0;
    for (const std::uint32_t v : weights.vocabularies) logits += v;
    for (std::size_t first = 0; first < 50; first += 7) {
      std::vector<float> chunk(30), expected(30), action(30);
      const auto& actions = data.trajectory(0).actions;
      for (std::size_t i = 0; i < chunk.size(); ++i) chunk[i] = static_cast<float>(actions[first * 5 + i]);
      std::vector<Token> tokens(quantizer->info().max_tokens);
      std::vector<std::uint32_t> lengths(1);
      quantizer->encode(chunk, {}, {tokens, lengths});
      quantizer->decode({tokens, lengths}, {}, expected, {});
      DenseLayer& layer = weights.layers[1];
      layer = {10, logits, std::vector<float>(10 * logits), std::vector<float>(logits)};
      for (std::size_t p = 0, at = 0; p < lengths[0]; at += weights.vocabularies[p++]) {
        layer.bias[at + tokens[p]] = 1.0F;
      }
      const AlignedBytes image = make_runtime_image(weights, *quantizer);
      AlignedBytes memory(Runtime::required_bytes(image));
      Runtime runtime;
      ASSERT_EQ(Status::ok, Runtime::bind(image, memory, runtime));
      ASSERT_EQ(Status::ok, runtime.configure(RuntimeDecode::argmax, 1.0F, OnError::hold));
      ASSERT_EQ(Status::ok, runtime.act(std::vector<float>(6), 0, action));
      ASSERT_EQ(expected, action) << spec << ", from step " << first;
    }
  }
}

TEST(RuntimeImage, SurvivesTheFile) {
  const std::filesystem::path path = scratch_file("whole.bin");
  const AlignedBytes image = make_runtime_image(small_weights(), FewLevels());
  write_runtime_image(path, image);
  EXPECT_EQ(image, read_runtime_image(path));
  std::filesystem::remove(path);
}

template <class Exception, class Call>
void expect_message(const Call& call, const std::string& part) {
  try {
    call();
    ADD_FAILURE() << "nothing thrown; expected a message with '" << part << "'";
  } catch (const Exception& error) {
    EXPECT_NE(std::string::npos, std::string(error.what()).find(part)) << error.what();
  }
}

TEST(RuntimeImage, DamagedFilesAreNamed) {
  const std::filesystem::path path = scratch_file("damaged.bin");
  const AlignedBytes image = make_runtime_image(small_weights(), FewLevels());
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, image.size() - 64}) {
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(image.data()), static_cast<long>(size));
    expect_message<DataError>([&path] { read_runtime_image(path); }, path.string());
  }
  std::filesystem::remove(path);
  EXPECT_THROW(read_runtime_image(path), DataError);
  EXPECT_THROW(write_runtime_image(path, AlignedBytes(64)), UsageError);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(RuntimeImage, RefusesQuantizersWhoseTokensAreNotScalars) {
  const MlpWeights weights = small_weights();
  const auto refuses = [&weights](auto change, const std::string& part) {
    FewLevels quantizer;
    change(quantizer);
    expect_message<UsageError>([&] { make_runtime_image(weights, quantizer); }, part);
  };
  refuses([](FewLevels& q) { q.table[1].clear(); }, "has 0 levels for 4 tokens at position 1");
  refuses([](FewLevels& q) { q.table[0].push_back(2.0F); }, "4 levels for 3 tokens");
  refuses([](FewLevels& q) { q.fields.max_tokens = 1; }, "one token per action coordinate");
  refuses([](FewLevels& q) { q.fields.chunk = 2; }, "2 tokens for 4 coordinates");
  refuses([](FewLevels& q) { q.fields.memory_size = 1; }, "1 numbers of memory");
  refuses([](FewLevels& q) { q.fields.fixed_length = false; }, "one token per action coordinate");
  refuses([](FewLevels& q) { q.fields.vocabularies = {4, 3}; }, "[3, 4] and [4, 3]");
}

TEST(RuntimeImage, RefusesLayersThatDoNotFit) {
  const auto refuses = [](auto change, const std::string& part) {
    MlpWeights weights = small_weights();
    change(weights);
    expect_message<UsageError>([&] { make_runtime_image(weights, FewLevels()); }, part);
  };
  refuses([](MlpWeights& w) { w.layers.pop_back(); }, "from the 6 normalised inputs");
  refuses([](MlpWeights& w) { w.layers.clear(); }, "none");
  refuses([](MlpWeights& w) { w.layers[0].bias.pop_back(); }, "9 biases");
  refuses([](MlpWeights& w) { w.layers[1].weights.pop_back(); }, "69 weights");
  refuses([](MlpWeights& w) { w.history = 4; }, "history 4");
  refuses([](MlpWeights& w) { w.history = 0; }, "history 0");
  refuses([](MlpWeights& w) { w.normalisation.inverse_std.pop_back(); }, "5 inverse deviations");
  refuses([](MlpWeights& w) { w.layers[0].in = std::size_t{1} << 33; }, "at most 16777216");
}

TEST(RuntimeImage, NamesTheNumberThatIsNotFinite) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto refuses = [](auto change, const std::string& part) {
    MlpWeights weights = small_weights();
    FewLevels quantizer;
    change(weights, quantizer);
    expect_message<DataError>([&] { make_runtime_image(weights, quantizer); }, part);
  };
  refuses([nan](MlpWeights& w, FewLevels&) { w.layers[1].weights[5] = nan; }, "layers.1.weight[5]");
  refuses([nan](MlpWeights& w, FewLevels&) { w.layers[0].bias[2] = nan; }, "layers.0.bias[2]");
  refuses([nan](MlpWeights& w, FewLevels&) { w.normalisation.mean[3] = nan; }, "observation_mean[3]");
  refuses([nan](MlpWeights& w, FewLevels&) { w.normalisation.inverse_std[0] = nan; }, "observation_inverse_std[0]");
  refuses([nan](MlpWeights&, FewLevels& q) { q.table[1][2] = nan; }, "level of position 1[2]");
}

}  // namespace
}  // namespace pianola
