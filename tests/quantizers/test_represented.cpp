#include "pianola/quantizers/represented.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/data/action_declaration.hpp"
#include "pianola/data/represented_actions.hpp"
#include "pianola/quantizers/compare.hpp"
#include "pianola/quantizers/twin.hpp"

namespace pianola {
namespace {

constexpr std::size_t kChunk = 4;

/// x, y, angle, quaternion (4), gripper; the observation is the state of the first seven, and one column more.
Dataset robot() {
  DatasetInfo info;
  info.action_dim = 8;
  info.observation_dim = 8;
  info.observation_fields = {{"state", 0, 7}, {"other", 7, 1}};
  Dataset data(info);
  for (std::uint64_t i = 0; i < 6; ++i) {
    Trajectory t;
    t.name = "demo_" + std::to_string(i);
    t.steps = 30 + i;
    for (std::size_t h = 0; h < t.steps; ++h) {
      const double s = 0.1 * static_cast<double>(h) + static_cast<double>(i);
      const auto row = [&](double at, std::vector<double>& out) {
        const std::array<double, 3> v{std::sin(at), 0.5 * at, std::cos(at)};
        std::array<double, 4> q{};
        write_rotation(RotationEncoding::quaternion_xyzw, rotation_of(RotationEncoding::vector, v.data()), q.data());
        for (const double x : {10.0 + at, -at, std::remainder(2.0 * at, 6.283185307179586), q[0], q[1], q[2], q[3]}) {
          out.push_back(static_cast<double>(static_cast<float>(x)));
        }
      };
      row(s, t.observations);
      t.observations.push_back(0.5);
      row(s + 0.03, t.actions);
      t.actions.push_back(h % 7 < 3 ? -1.0 : 1.0);
    }
    data.append(t);
  }
  return data;
}

const ActionDeclaration kRelative{"linear*2,angle,quaternion_xyzw,binary", "relative", "0-1=0-1,2=2,3-6=3-6"};

struct Fitted {
  Dataset data = robot();
  std::unique_ptr<ActionSource> source = action_source(data);
  ActionRepresentation map;
  std::unique_ptr<Quantizer> quantizer;

  explicit Fitted(const ActionDeclaration& declaration = kRelative, const std::string& spec = "uniform:bins=4096",
                  ActionRange range = {})
      : map(represent(declaration, data.info())) {
    FitContext context;
    context.chunk = kChunk;
    context.data = source.get();
    context.range = std::move(range);
    context.representation = &map;
    quantizer = make_quantizer(spec, context);
  }

  /// Chunk and observation at step `h` of trajectory i.
  [[nodiscard]] std::vector<double> chunk(std::size_t i, std::size_t h) const {
    const auto rows = data.actions().subspan((data.offsets()[i] + h) * 8, kChunk * 8);
    return {rows.begin(), rows.end()};
  }
  [[nodiscard]] std::span<const double> state(std::size_t i, std::size_t h) const {
    return data.observations().subspan((data.offsets()[i] + h) * 8, 8);
  }
};

std::vector<double> largest_errors(const Fitted& f,
                                   const std::function<std::vector<double>(std::size_t, std::size_t)>& got) {
  std::vector<double> largest(8), error(kChunk * 8);
  for (std::size_t h = 0; h < 20; ++h) {
    action_errors(*f.quantizer, f.chunk(1, h), got(1, h), error);
    for (std::size_t i = 0; i < error.size(); ++i) largest[i % 8] = std::max(largest[i % 8], std::abs(error[i]));
  }
  return largest;
}

std::vector<double> through_tokens(const Fitted& f, std::size_t i, std::size_t h) {
  const auto chunk = f.chunk(i, h);
  std::vector<float> values(chunk.begin(), chunk.end());
  std::vector<Token> tokens(f.quantizer->info().max_tokens);
  std::uint32_t length = 0;
  DecodeStatus status = DecodeStatus::repaired;
  const CodecContext context{.observations = f.state(i, h)};
  f.quantizer->encode(values, context, {tokens, {&length, 1}});
  f.quantizer->decode({tokens, {&length, 1}}, context, values, {&status, 1});
  EXPECT_EQ(status, DecodeStatus::exact);
  return {values.begin(), values.end()};
}

TEST(Represented, TokensComeBackWithinACellInEveryFrame) {
  for (const std::string frame : {"absolute", "relative", "delta"}) {
    const Fitted f({kRelative.kinds, frame, frame == "absolute" ? "" : kRelative.state});
    const auto largest = largest_errors(f, [&](std::size_t i, std::size_t h) { return through_tokens(f, i, h); });
    for (std::size_t d = 0; d < 7; ++d) EXPECT_LT(largest[d], 5e-3) << frame << ", dimension " << d;
    EXPECT_EQ(largest[7], 0.0);
  }
}

TEST(Represented, ASchemeThatKeepsEverythingIsExactToTheFloat) {
  // discrete keeps integers exactly: the actions are integers beside integer states.
  DatasetInfo info;
  info.action_dim = info.observation_dim = 2;
  Dataset data(info);
  Trajectory t;
  t.steps = 40;
  for (std::size_t i = 0; i < 80; ++i) {
    t.observations.push_back(std::floor(5.0 * std::sin(0.3 * static_cast<double>(i)) + 1000.0));
    t.actions.push_back(t.observations.back() + static_cast<double>(i % 3 == 0));
  }
  data.append(t);
  const auto source = action_source(data);
  const ActionRepresentation map = represent({"", "relative", ""}, info);
  FitContext context;
  context.data = source.get();
  context.representation = &map;
  const auto quantizer = make_quantizer("discrete", context);
  EXPECT_EQ(quantizer->info().vocabularies, (std::vector<std::uint32_t>{2, 2})) << "0 and 1 beside the state";
  std::vector<double> out(80);
  quantizer->quantize(t.actions, {.observations = t.observations}, out);
  EXPECT_EQ(out, t.actions);
}

TEST(Represented, BinaryDimensionsHaveTwoTokensOfTheirOwn) {
  const Fitted f;
  const QuantizerInfo& info = f.quantizer->info();
  EXPECT_EQ(info.action_dim, 8U);
  EXPECT_EQ(info.max_tokens, kChunk * (1 + 9));
  for (std::size_t p = 0; p < info.max_tokens; ++p) EXPECT_EQ(info.vocabularies[p], p < kChunk ? 2U : 4096U);
  EXPECT_EQ(f.quantizer->levels(0).size(), 2U);
  EXPECT_EQ(f.quantizer->levels(1)[0], -1.0F);
  EXPECT_FALSE(info.binning);
  EXPECT_TRUE(std::isinf(info.epsilon_sup));
  EXPECT_EQ(f.quantizer->representation()->continuous(), 9U);
  std::vector<float> p(2);
  const auto chunk = f.chunk(0, 0);
  const std::vector<float> values(chunk.begin(), chunk.end());
  f.quantizer->targets_at({.observations = f.state(0, 0)}, values, 3, p);
  EXPECT_EQ(p, (std::vector<float>{0.0F, 1.0F})) << "open at step 3";
}

TEST(Represented, RelativeActionsCannotHaveAbsoluteStatistics) {
  // 1. A recorded range of absolute actions is not that of relative ones, and is not used.
  const ActionDeclaration linear{"", "0-6=relative", "0-6"};
  const ActionRange absolute{std::vector<double>(8, -100.0), std::vector<double>(8, 100.0)};
  const Fitted with(linear, "uniform:bins=16", absolute), without(linear, "uniform:bins=16");
  EXPECT_EQ(with.quantizer->fingerprint(), without.quantizer->fingerprint());
  EXPECT_THROW(Fitted(linear, "uniform:bins=16,range=system", absolute), UsageError);
  // 2. A scheme of absolute statistics under a relative representation is no saved quantizer.
  const Fitted plain({"", "0-6=absolute", ""}, "uniform:bins=16"), angle({"0=angle", "", ""}, "uniform:bins=16");
  auto spliced = with.quantizer->save();
  spliced["quantizer"] = plain.quantizer->save();
  try {
    load_quantizer(spliced, "quantizer.json");
    ADD_FAILURE() << "absolute statistics were taken for relative ones";
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("statistics"), std::string::npos) << error.what();
  }
  // 3. Nor is a relative scheme under another representation.
  auto absolved = with.quantizer->save();
  absolved["representation"] = angle.quantizer->save()["representation"];
  EXPECT_THROW(load_quantizer(absolved, "quantizer.json"), DataError);
  // 4. Without a state nothing is encoded, and nothing decoded is played.
  std::vector<float> values(kChunk * 8);
  std::vector<Token> tokens(with.quantizer->info().max_tokens);
  std::uint32_t length = static_cast<std::uint32_t>(tokens.size());
  EXPECT_THROW(with.quantizer->encode(values, {}, {tokens, {&length, 1}}), UsageError);
  DecodeStatus status = DecodeStatus::exact;
  with.quantizer->decode({tokens, {&length, 1}}, {}, values, {&status, 1});
  EXPECT_EQ(status, DecodeStatus::repaired);
  for (const float x : values) EXPECT_TRUE(std::isnan(x));
  // 5. Their fingerprints differ, so that a run trained with one is not deployed with the other.
  EXPECT_NE(with.quantizer->fingerprint(), plain.quantizer->fingerprint());
}

TEST(Represented, SavedAndLoadedIsTheSame) {
  for (const char* spec : {"uniform:bins=7", "kmeans:k=8", "fast:vocabulary=300"}) {
    const Fitted f(kRelative, spec);
    const auto again = load_quantizer(nlohmann::ordered_json::parse(f.quantizer->save().dump()), "quantizer.json");
    EXPECT_EQ(again->fingerprint(), f.quantizer->fingerprint());
    EXPECT_EQ(again->info().vocabularies, f.quantizer->info().vocabularies);
    const auto chunk = f.chunk(2, 3);
    std::vector<double> a(chunk.size()), b(chunk.size());
    const CodecContext context{.observations = f.state(2, 3)};
    f.quantizer->quantize(chunk, context, a);
    again->quantize(chunk, context, b);
    EXPECT_EQ(a, b);
  }
}

TEST(Represented, DecodingIsTotal) {
  const Fitted f(kRelative, "fast:vocabulary=300");
  const QuantizerInfo& info = f.quantizer->info();
  for (std::uint32_t length = 0; length <= info.max_tokens; length += 3) {
    std::vector<Token> tokens(info.max_tokens, 0xFFFFFFFF);
    std::vector<float> values(kChunk * 8);
    DecodeStatus status = DecodeStatus::exact;
    std::uint32_t n = length;
    f.quantizer->decode({tokens, {&n, 1}}, {.observations = f.state(0, 0)}, values, {&status, 1});
    EXPECT_EQ(status, DecodeStatus::repaired);
    for (const float x : values) EXPECT_TRUE(std::isfinite(x));
  }
  std::vector<std::uint8_t> storage(info.vocabularies[0]);
  const auto mask = std::make_unique<bool[]>(2);
  f.quantizer->allowed({}, {mask.get(), 2});
  EXPECT_TRUE(mask[0] && mask[1]);
}

TEST(Represented, IsMeasuredAndTwinnedLikeAnyOther) {
  const Fitted f(kRelative, "uniform:bins=255");
  const QuantizerReport report = measure_quantizer(*f.quantizer, *f.source, NoiseKey(1), {.timing_seconds = 0.0});
  EXPECT_LT(report.epsilon_in.value, 0.05);
  ASSERT_EQ(report.rotation_error_degrees.size(), 1U);
  EXPECT_EQ(report.rotation_error_degrees[0].first, 3U);
  EXPECT_GT(report.rotation_error_degrees[0].degrees, 0.0);
  EXPECT_LT(report.rotation_error_degrees[0].degrees, 1.0);
  EXPECT_EQ(report.decode_failures, 0U);
  EXPECT_EQ(report.saturated_fraction, 0.0);
  EXPECT_GT(report.token_error.n, 0U);
  Trajectory twin = f.data.trajectory(3);
  const Trajectory original = twin;
  quantize_trajectory(twin, *f.quantizer, NoiseKey(1), 3);
  std::vector<double> error(twin.actions.size());
  action_errors(*f.quantizer, original.actions, twin.actions, error);
  for (const double e : error) EXPECT_LT(std::abs(e), 0.05);
}

TEST(Represented, RefusesWhatItCannotDo) {
  EXPECT_THROW(Fitted({"binary(-1,1)*8", "", ""}), UsageError);
  EXPECT_THROW(Fitted({"0=binary", "", ""}), DataError);
}

}  // namespace
}  // namespace pianola
