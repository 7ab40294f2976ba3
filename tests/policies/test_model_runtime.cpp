// The real-time model against the simulation's, and images that are none.
#include "pianola/policies/model_runtime.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "model_images.hpp"
#include "pianola/policies/model_image.hpp"
#include "pianola/policies/model_layout.hpp"
#include "pianola/policies/pianola.h"

namespace pianola {
namespace {

using toys::BoundModel;
using toys::linear_contents;
using toys::linear_ensemble;
using toys::mixture_contents;
using toys::mixture_ensemble;

/// States, and how far members disagreed; empty of one.
struct Simulated {
  std::vector<std::vector<double>> states;
  std::vector<double> apart;
};

/// The simulation's model at its modes, from one state along these actions.
Simulated simulated(const ModelContents& contents, const std::vector<double>& start,
                    const std::vector<std::vector<double>>& actions) {
  const auto model = make_model(contents, "memory")->most_likely();
  const auto session = model->session(1);
  const std::vector<std::uint64_t> ids{0};
  const std::vector<Outcome> outcomes{Outcome::running};
  std::vector<std::uint32_t> h{0};
  session->start(NoiseKey(1), {ids, h, start, outcomes, nullptr});
  Simulated out;
  for (const auto& action : actions) {
    session->step({ids, h, {}, action});
    out.states.emplace_back(start.size());
    session->observe(out.states.back());
    for (const double apart : session->disagreement()) out.apart.push_back(apart);
    ++h[0];
  }
  return out;
}

std::vector<std::vector<double>> actions_of(std::size_t count) {
  std::vector<std::vector<double>> out;
  for (std::uint32_t i = 0; i < count; ++i) out.push_back({normal(NoiseKey(4), 0, i, 0), normal(NoiseKey(4), 0, i, 1)});
  return out;
}

TEST(ModelRuntime, StepsAsTheSimulationsModelDoes) {
  for (const ModelContents& contents : {linear_contents(), mixture_contents(), linear_ensemble(), mixture_ensemble()}) {
    BoundModel bound(contents);
    ASSERT_EQ(bound.status, Status::ok);
    EXPECT_EQ(bound.model.observation_dim(), 4U);
    EXPECT_EQ(bound.model.action_dim(), 2U);
    EXPECT_EQ(bound.model.members(), contents.members.size());
    const std::vector<double> start{3.0, 0.5, 0.6, 0.8};
    const auto actions = actions_of(12);
    const auto expected = simulated(contents, start, actions);
    ASSERT_EQ(bound.model.start(std::vector<float>(start.begin(), start.end())), Status::ok);
    for (std::size_t i = 0; i < actions.size(); ++i) {
      ASSERT_EQ(bound.model.step(std::vector<float>(actions[i].begin(), actions[i].end())), Status::ok) << i;
      for (std::size_t d = 0; d < 4; ++d) {
        EXPECT_NEAR(static_cast<double>(bound.model.state()[d]), expected.states[i][d], 1e-4)
            << contents.parts.spec << i << d;
      }
      const double apart = expected.apart.empty() ? 0.0 : expected.apart[i];
      EXPECT_NEAR(bound.model.disagreement(), apart, 1e-5) << contents.parts.spec << i;
      EXPECT_LE(std::abs(bound.model.state()[0]), 3.1416F) << "an angle";
      EXPECT_NEAR(std::hypot(bound.model.state()[2], bound.model.state()[3]), 1.0F, 1e-5F) << "a circle";
    }
  }
}

TEST(ModelRuntime, AnAngleIsKeptInTheTurnThatTheDataAreOf) {
  // Half a radian a step, whatever is seen, of data in [0, 2π).
  ModelContents contents = linear_contents();
  LinearLawWeights law = linear_law_from_tensors(contents.members[0], "memory");
  std::ranges::fill(law.weight, 0.0);
  law.bias[0] = 0.5;
  contents.members[0] = to_tensors(law);
  contents.parts.low[0] = 0.0;
  contents.parts.high[0] = 6.2831;
  BoundModel bound(contents);
  ASSERT_EQ(bound.status, Status::ok);
  const std::vector<double> start{3.1, 0.5, 0.6, 0.8};
  const auto actions = actions_of(60);
  const auto expected = simulated(contents, start, actions);
  ASSERT_EQ(bound.model.start(std::vector<float>(start.begin(), start.end())), Status::ok);
  for (std::size_t i = 0; i < actions.size(); ++i) {
    ASSERT_EQ(bound.model.step(std::vector<float>(actions[i].begin(), actions[i].end())), Status::ok) << i;
    const double heading = std::fmod(3.1 + 0.5 * static_cast<double>(i + 1), 2.0 * std::numbers::pi);
    EXPECT_NEAR(static_cast<double>(bound.model.state()[0]), heading, 1e-4) << i;
    EXPECT_NEAR(expected.states[i][0], heading, 1e-9) << i;
  }
}

TEST(ModelRuntime, MembersDisagreeByTheSpreadOfTheirModes) {
  BoundModel one(linear_contents()), several(linear_ensemble());
  const std::vector<float> start{0.5F, 1.0F, 1.0F, 0.0F}, action{0.3F, -0.2F};
  ASSERT_EQ(one.model.start(start), Status::ok);
  ASSERT_EQ(several.model.start(start), Status::ok);
  EXPECT_EQ(several.model.disagreement(), 0.0) << "nothing was predicted yet";
  ASSERT_EQ(one.model.step(action), Status::ok);
  ASSERT_EQ(several.model.step(action), Status::ok);
  EXPECT_EQ(one.model.disagreement(), 0.0);
  // Off by 0, 0.3, −0.3 and 0.1 in one of four dimensions of width 100: mean 0.025, variance 0.1875/3 = 0.25².
  EXPECT_NEAR(several.model.disagreement(), 0.25 / 100.0 / 2.0, 1e-7);
  EXPECT_NEAR(several.model.state()[1], one.model.state()[1] + 0.025F, 1e-5F);
  for (const std::size_t d : {0U, 2U, 3U}) EXPECT_NEAR(several.model.state()[d], one.model.state()[d], 1e-6F) << d;
  EXPECT_EQ(ModelRuntime().disagreement(), 0.0);
  EXPECT_EQ(ModelRuntime().members(), 0U);
}

TEST(ModelRuntime, DistancesGoTheShortWayRound) {
  BoundModel bound(linear_contents());
  const std::vector<float> start{3.0F, 0.5F, 0.6F, 0.8F}, other{-3.0F, 1.5F, 0.6F, 0.8F};
  EXPECT_EQ(bound.model.distance(start), HUGE_VAL) << "not started";
  ASSERT_EQ(bound.model.start(start), Status::ok);
  EXPECT_EQ(bound.model.distance(start), 0.0);
  EXPECT_NEAR(bound.model.distance(other), std::hypot(2.0 * std::numbers::pi - 6.0, 1.0), 1e-12);
  EXPECT_EQ(bound.model.distance(std::vector<float>{3.0F}), HUGE_VAL);
  EXPECT_EQ(bound.model.distance(std::vector<float>{NAN, 0.5F, 0.6F, 0.8F}), HUGE_VAL);
  EXPECT_EQ(ModelRuntime().distance(start), HUGE_VAL);
}

TEST(ModelRuntime, WhatItCannotFollowLeavesTheStateAsItIs) {
  ModelContents contents = linear_contents();
  contents.parts.low.assign(4, -1.5);
  contents.parts.high.assign(4, 1.5);
  BoundModel bound(contents);
  EXPECT_EQ(bound.model.step(std::vector<float>{0.0F, 0.0F}), Status::not_finite) << "not started";
  ASSERT_EQ(bound.model.start(std::vector<float>{0.0F, 1.0F, 1.0F, 0.0F}), Status::ok);
  EXPECT_EQ(bound.model.left_range(), 0U);
  EXPECT_EQ(bound.model.step(std::vector<float>{NAN, 0.0F}), Status::not_finite);
  EXPECT_EQ(bound.model.state()[1], 1.0F);
  EXPECT_EQ(bound.model.start(std::vector<float>{NAN, 0.0F, 0.0F, 0.0F}), Status::not_finite);
  EXPECT_EQ(bound.model.state()[1], 1.0F);
  EXPECT_EQ(bound.model.step(std::vector<float>{0.0F, 1e6F}), Status::not_finite) << "beyond all training";
  EXPECT_EQ(bound.model.state()[1], 1.0F);
  EXPECT_EQ(bound.model.left_range(), 1U);
  ASSERT_EQ(bound.model.start(std::vector<float>{0.0F, 1.0F, 1.0F, 0.0F}), Status::ok);
  EXPECT_EQ(bound.model.left_range(), 0U);
  EXPECT_EQ(bound.model.step(std::vector<float>{0.0F}), Status::wrong_size);
  EXPECT_EQ(ModelRuntime().step({}), Status::not_bound);
}

TEST(ModelRuntime, WhatNeverMovedInTrainingIsHeld) {
  ModelContents contents = linear_contents();
  contents.parts.low[1] = contents.parts.high[1] = 0.1;
  BoundModel bound(contents);
  const std::vector<double> start{3.0, 0.1, 0.6, 0.8};
  const auto actions = actions_of(8);
  const auto expected = simulated(contents, start, actions);
  ASSERT_EQ(bound.model.start(std::vector<float>(start.begin(), start.end())), Status::ok);
  for (std::size_t i = 0; i < actions.size(); ++i) {
    ASSERT_EQ(bound.model.step(std::vector<float>(actions[i].begin(), actions[i].end())), Status::ok) << i;
    for (std::size_t d = 0; d < 4; ++d) {
      EXPECT_NEAR(static_cast<double>(bound.model.state()[d]), expected.states[i][d], 1e-4) << i << d;
    }
  }
  EXPECT_EQ(bound.model.state()[1], 0.1F);
}

TEST(ModelRuntime, KnowsThePolicyThatItWasExportedBeside) {
  const BoundModel bound(linear_contents());
  EXPECT_TRUE(bound.model.belongs_to(bound.policy));
  AlignedBytes other = bound.policy;
  other[200] ^= std::byte{1};
  EXPECT_FALSE(bound.model.belongs_to(other));
  EXPECT_FALSE(bound.model.belongs_to({}));
}

TEST(ModelRuntime, TheCHeaderPlaysTheSame) {
  BoundModel bound(linear_ensemble());
  AlignedBytes memory(pianola_model_bytes(bound.image.data(), bound.image.size()));
  pianola_model* model = nullptr;
  ASSERT_EQ(pianola_model_bind(bound.image.data(), bound.image.size(), memory.data(), memory.size(), &model),
            PIANOLA_OK);
  EXPECT_EQ(pianola_model_belongs_to(model, bound.policy.data(), bound.policy.size()), 1);
  EXPECT_EQ(pianola_model_belongs_to(model, nullptr, 7), 0);
  const std::vector<float> start{0.5F, 1.0F, 1.0F, 0.0F}, action{0.3F, -0.2F};
  ASSERT_EQ(pianola_model_start(model, start.data(), 4), PIANOLA_OK);
  ASSERT_EQ(bound.model.start(start), Status::ok);
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(pianola_model_step(model, action.data(), 2), PIANOLA_OK);
    ASSERT_EQ(bound.model.step(action), Status::ok);
  }
  for (std::size_t d = 0; d < 4; ++d) EXPECT_EQ(pianola_model_state(model)[d], bound.model.state()[d]);
  EXPECT_EQ(pianola_model_left_range(model), bound.model.left_range());
  EXPECT_GT(pianola_model_disagreement(model), 0.0);
  EXPECT_EQ(pianola_model_disagreement(model), bound.model.disagreement());
  EXPECT_EQ(pianola_model_disagreement(nullptr), 0.0);
  EXPECT_EQ(pianola_model_distance(model, start.data(), 4), bound.model.distance(start));
  EXPECT_EQ(pianola_model_distance(model, nullptr, 4), HUGE_VAL);
  EXPECT_EQ(pianola_model_distance(nullptr, start.data(), 4), HUGE_VAL);
  EXPECT_EQ(pianola_model_step(model, nullptr, 2), PIANOLA_WRONG_SIZE);
  EXPECT_EQ(pianola_model_step(nullptr, action.data(), 2), PIANOLA_NOT_BOUND);
  EXPECT_EQ(pianola_model_state(nullptr), nullptr);
  EXPECT_EQ(pianola_model_bytes(bound.policy.data(), bound.policy.size()), 0U);
  EXPECT_EQ(pianola_model_bind(bound.policy.data(), bound.policy.size(), memory.data(), memory.size(), &model),
            PIANOLA_BAD_IMAGE);
}

TEST(ModelRuntime, DamagedImagesAreRefused) {
  const AlignedBytes image = BoundModel(mixture_contents()).image;
  EXPECT_GT(ModelRuntime::required_bytes(image), 0U);
  AlignedBytes memory(ModelRuntime::required_bytes(image));
  ModelRuntime out;
  EXPECT_EQ(ModelRuntime::bind(image, std::span(memory).first(64), out), Status::small_memory);
  EXPECT_EQ(ModelRuntime::bind(image, std::span(memory).subspan(1), out), Status::misaligned);
  for (std::size_t size = 0; size < image.size(); size += 64) {
    EXPECT_EQ(ModelRuntime::required_bytes(std::span(image).first(size)), 0U);
  }
  for (std::size_t at = 0; at < image.size(); at += 37) {  // unsealed: the checksum says so
    AlignedBytes damaged = image;
    damaged[at] ^= std::byte{0x40};
    EXPECT_EQ(ModelRuntime::required_bytes(damaged), 0U) << at;
  }
}

/// Words of a header and of the members' records.
std::vector<std::size_t> telling_words(const AlignedBytes& image) {
  model_image::Header header;
  std::memcpy(&header, image.data(), sizeof header);
  std::vector<std::size_t> out;
  for (std::size_t at = 8; at < sizeof header; at += 4) out.push_back(at);
  for (std::size_t at = 0; at < header.members.size; at += 4) out.push_back(header.members.offset + at);
  return out;
}

TEST(ModelRuntime, HostileHeadersAreRefusedOrHarmless) {
  const AlignedBytes image = BoundModel(mixture_ensemble()).image;
  for (const std::size_t at : telling_words(image)) {
    for (const std::uint32_t value : {0U, 1U, 7U, 0x7FFFFFFFU, 0xFFFFFFFFU, 64U}) {
      AlignedBytes hostile = image;
      std::memcpy(hostile.data() + at, &value, sizeof value);
      image::seal(hostile);  // as one who means it would
      const std::size_t needed = ModelRuntime::required_bytes(hostile);
      if (needed == 0) continue;
      AlignedBytes memory(needed);
      ModelRuntime model;
      ASSERT_EQ(ModelRuntime::bind(hostile, memory, model), Status::ok);
      static_cast<void>(model.start(std::vector<float>(model.observation_dim())));
      static_cast<void>(model.step(std::vector<float>(model.action_dim())));
    }
  }
}

TEST(ModelRuntime, EachFieldOfAMemberIsChecked) {
  const AlignedBytes image = BoundModel(mixture_ensemble()).image;
  const auto refused = [&image](auto change) {
    AlignedBytes hostile = image;
    model_image::Header header;
    std::memcpy(&header, image.data(), sizeof header);
    std::vector<model_image::MemberRecord> records(3);
    std::memcpy(records.data(), image.data() + header.members.offset, header.members.size);
    change(header, records[2]);
    std::memcpy(hostile.data(), &header, sizeof header);
    std::memcpy(hostile.data() + header.members.offset, records.data(), 3 * sizeof records[0]);
    image::seal(hostile);
    return ModelRuntime::required_bytes(hostile) == 0;
  };
  using model_image::Header;
  using model_image::MemberRecord;
  EXPECT_FALSE(refused([](Header&, MemberRecord&) {}));
  EXPECT_TRUE(refused([](Header& h, MemberRecord&) { h.members.size = 0; }));
  EXPECT_TRUE(refused([](Header& h, MemberRecord&) { h.members.size -= 4; }));
  EXPECT_FALSE(refused([](Header& h, MemberRecord&) { h.members.size -= sizeof(MemberRecord); })) << "two are left";
  EXPECT_TRUE(refused([](Header&, MemberRecord& m) { m.components = 0; }));
  EXPECT_TRUE(refused([](Header&, MemberRecord& m) { m.components = 4; }));
  EXPECT_TRUE(refused([](Header&, MemberRecord& m) { m.components = 0xFFFFFFFFU; }));
  EXPECT_TRUE(refused([](Header&, MemberRecord& m) { m.deviations = 0; }));
  EXPECT_TRUE(refused([](Header&, MemberRecord& m) { m.deviations = 2; }));
  EXPECT_TRUE(refused([](Header&, MemberRecord& m) { m.activation = static_cast<Activation>(9); }));
  EXPECT_TRUE(refused([](Header&, MemberRecord& m) { m.mean.size -= 4; }));
  EXPECT_TRUE(refused([](Header&, MemberRecord& m) { m.inverse_std.offset += 4; }));
  EXPECT_TRUE(refused([](Header&, MemberRecord& m) { m.shift.offset = 0xFFFFFFFFFFFFFFC0U; }));
  EXPECT_TRUE(refused([](Header&, MemberRecord& m) { m.scale.size = 0; }));
  EXPECT_TRUE(refused([](Header&, MemberRecord& m) { m.layers.size = 0; }));
  EXPECT_TRUE(refused([](Header&, MemberRecord& m) { m.layers.size -= sizeof(image::LayerRecord); }));
}

}  // namespace
}  // namespace pianola
