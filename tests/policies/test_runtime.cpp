#include "pianola/policies/runtime.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "hand_made_image.hpp"
#include "property.hpp"

namespace pianola {
namespace {

using testing_runtime::Block;
using testing_runtime::Bound;
using testing_runtime::HandMade;
using testing_runtime::Shape;

Shape any_shape() {
  Shape shape;
  shape.observation_dim = *rc::gen::inRange(1U, 40U);
  shape.history = *rc::gen::inRange(1U, 4U);
  shape.action_dim = *rc::gen::inRange(1U, 5U);
  shape.chunk = *rc::gen::inRange(1U, 4U);
  shape.hidden = *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange(1U, 70U));
  if (shape.hidden.size() > 4) shape.hidden.resize(4);
  shape.vocabulary = *rc::gen::inRange(1U, 40U);
  shape.activation = static_cast<Activation>(*rc::gen::inRange(0U, 5U));
  return shape;
}

TEST(Runtime, LogitsOfAnyPolicyAreTheReferences) {
  test::property("logits", [] {
    const HandMade policy(any_shape(), *rc::gen::arbitrary<std::uint64_t>());
    Bound bound(policy);
    RC_ASSERT(bound.status == Status::ok);
    RC_ASSERT(bound.runtime.observation_dim() == policy.shape.observation_dim);
    RC_ASSERT(bound.runtime.action_dim() == policy.shape.action_dim);
    const auto x = HandMade::floats(NoiseKey(1), policy.shape.observation_dim, 1.0, 0.0);
    std::vector<float> histories;
    for (std::uint32_t k = 0; k < policy.shape.history; ++k) histories.insert(histories.end(), x.begin(), x.end());
    const std::vector<float> expected = policy.reference_logits(histories);
    std::vector<float> logits(bound.runtime.logits_size());
    RC_ASSERT(bound.runtime.logits(x, logits) == Status::ok);
    for (std::size_t k = 0; k < logits.size(); ++k) {
      RC_ASSERT(std::fabs(expected[k] - logits[k]) <= 1e-5F * std::max(1.0F, std::fabs(expected[k])));
    }
  });
}

TEST(Runtime, SameKeySameActionAndEveryActionIsALevel) {
  test::property("actions", [] {
    const HandMade policy(any_shape(), *rc::gen::arbitrary<std::uint64_t>());
    Bound one(policy), two(policy);
    for (std::uint64_t h = 0; h < 5; ++h) {
      const auto x = HandMade::floats(NoiseKey(h), policy.shape.observation_dim, 1.0, 0.0);
      const std::vector<float> action = one.act(x, h);
      RC_ASSERT(action == two.act(x, h));
      auto level = policy.levels.begin();
      for (std::size_t p = 0; p < policy.positions(); ++p) {
        RC_ASSERT(std::find(level, level + policy.vocabularies[p], action[p]) != level + policy.vocabularies[p]);
        level += policy.vocabularies[p];
      }
    }
  });
}

TEST(Runtime, CoolSamplesAndMeansApproachTheArgmax) {
  const HandMade policy({}, 3);
  Bound cool(policy), mean(policy), argmax(policy);
  ASSERT_EQ(Status::ok, cool.runtime.configure(RuntimeDecode::sample, 1e-9F, OnError::hold));
  ASSERT_EQ(Status::ok, mean.runtime.configure(RuntimeDecode::mean, 1e-9F, OnError::hold));
  ASSERT_EQ(Status::ok, argmax.runtime.configure(RuntimeDecode::argmax, 1.0F, OnError::hold));
  for (std::uint64_t h = 0; h < 20; ++h) {
    const auto x = HandMade::floats(NoiseKey(h), 11, 1.0, 0.0);
    const std::vector<float> expected = argmax.act(x, h);
    EXPECT_EQ(expected, cool.act(x, h));
    EXPECT_EQ(expected, mean.act(x, h));
  }
}

TEST(Runtime, ThreadsShareTheImage) {
  const HandMade policy({}, 4);
  const Block image = policy.image();
  std::vector<std::vector<float>> actions(4);
  std::vector<std::thread> threads;
  for (std::vector<float>& out : actions) {
    threads.emplace_back([&image, &out] {
      const Block memory(Runtime::required_bytes(image.span()));
      Runtime runtime;
      if (Runtime::bind(image.span(), memory.span(), runtime) != Status::ok) return;
      std::vector<float> action(3);
      for (std::uint64_t h = 0; h < 50; ++h) {
        const auto x = HandMade::floats(NoiseKey(h), 11, 1.0, 0.0);
        if (runtime.act(x, h, action) != Status::ok) return;
        out.insert(out.end(), action.begin(), action.end());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(150U, actions[0].size());
  for (const std::vector<float>& out : actions) EXPECT_EQ(actions[0], out);
}

TEST(Runtime, BindingAgainStartsAfresh) {
  const HandMade policy({}, 5);
  Bound bound(policy);
  const auto x = HandMade::floats(NoiseKey(1), 11, 1.0, 0.0);
  const std::vector<float> first = bound.act(x, 9);
  ASSERT_EQ(Status::ok, bound.runtime.configure(RuntimeDecode::mean, 2.0F, OnError::zero));
  ASSERT_EQ(Status::ok, Runtime::bind(bound.image.span(), bound.memory.span(), bound.runtime));
  EXPECT_EQ(first, bound.act(x, 9));
}

}  // namespace
}  // namespace pianola
