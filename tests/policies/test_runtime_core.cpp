// The runtime as a robot has it: no loader, no exceptions, GoogleTest alone. Also built and run for 64-bit Arm.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>

#include "counted_allocations.hpp"
#include "hand_made_code.hpp"
#include "hand_made_image.hpp"
#include "hand_made_transformer.hpp"

namespace pianola {
namespace {

using testing_runtime::Block;
using testing_runtime::Bound;
using testing_runtime::copy_of;
using testing_runtime::HandMade;
using testing_runtime::Shape;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

std::vector<float> observation_of(std::size_t dim, std::uint64_t seed) {
  return HandMade::floats(NoiseKey(seed).child("observation"), dim, 2.0, 0.0);
}

TEST(RuntimeCore, LogitsAreTheReferences) {
  const HandMade policy({}, 1);
  Bound bound(policy);
  ASSERT_EQ(Status::ok, bound.status);
  std::vector<float> logits(bound.runtime.logits_size());
  for (std::uint64_t i = 0; i < 50; ++i) {
    const std::vector<float> x = observation_of(11, i);
    ASSERT_EQ(Status::ok, bound.runtime.logits(x, logits));
    const std::vector<float> expected = policy.reference_logits(x);
    for (std::size_t k = 0; k < logits.size(); ++k) ASSERT_NEAR(expected[k], logits[k], 1e-5F);
  }
}

TEST(RuntimeCore, ArgmaxPlaysTheLevelOfTheLargestLogit) {
  const HandMade policy({}, 2);
  Bound bound(policy);
  ASSERT_EQ(Status::ok, bound.runtime.configure(RuntimeDecode::argmax, 1.0F, OnError::hold));
  for (std::uint64_t i = 0; i < 50; ++i) {
    const std::vector<float> x = observation_of(11, i);
    const std::vector<float> action = bound.act(x, i);
    const std::vector<float> logits = policy.reference_logits(x);
    std::size_t at = 0;
    for (std::size_t p = 0; p < policy.positions(); ++p) {
      const auto first = logits.begin() + static_cast<std::ptrdiff_t>(at);
      const auto best = std::max_element(first, first + policy.vocabularies[p]) - first;
      EXPECT_EQ(policy.levels[at + static_cast<std::size_t>(best)], action[p]);
      at += policy.vocabularies[p];
    }
  }
}

struct Law {
  std::vector<double> probabilities;
  std::span<const float> levels;
};

Law law_of(const HandMade& policy, std::span<const float> x, std::size_t position, double temperature) {
  const std::vector<float> logits = policy.reference_logits(x);
  std::size_t at = 0;
  for (std::size_t p = 0; p < position; ++p) at += policy.vocabularies[p];
  Law law;
  double total = 0.0;
  for (std::size_t k = 0; k < policy.vocabularies[position]; ++k) {
    law.probabilities.push_back(std::exp(static_cast<double>(logits[at + k]) / temperature));
    total += law.probabilities.back();
  }
  for (double& probability : law.probabilities) probability /= total;
  law.levels = std::span(policy.levels).subspan(at, policy.vocabularies[position]);
  return law;
}

TEST(RuntimeCore, MeanIsTheMeanOfTheLevels) {
  const HandMade policy({}, 3);
  Bound bound(policy);
  for (const float temperature : {1.0F, 0.3F}) {
    ASSERT_EQ(Status::ok, bound.runtime.configure(RuntimeDecode::mean, temperature, OnError::hold));
    const std::vector<float> x = observation_of(11, 7);
    const std::vector<float> action = bound.act(x, 0);
    for (std::size_t p = 0; p < 3; ++p) {
      const Law law = law_of(policy, x, p, static_cast<double>(temperature));
      double mean = 0.0;
      for (std::size_t k = 0; k < law.levels.size(); ++k)
        mean += law.probabilities[k] * static_cast<double>(law.levels[k]);
      EXPECT_NEAR(mean, action[p], 1e-5);
    }
  }
}

TEST(RuntimeCore, SampleInvertsTheDistributionFunctionInTokenOrder) {
  const HandMade policy({}, 4);
  Bound bound(policy);
  ASSERT_EQ(Status::ok, bound.runtime.configure(RuntimeDecode::sample, 0.7F, OnError::hold));
  std::size_t near_an_edge = 0;
  for (std::uint64_t key = 0; key < 500; ++key) {
    const std::vector<float> x = observation_of(11, key % 20);
    const std::vector<float> action = bound.act(x, key);
    for (std::uint32_t p = 0; p < 3; ++p) {
      const Law law = law_of(policy, x, p, static_cast<double>(0.7F));
      const double u = uniform(NoiseKey(key), 0, 0, p);
      double below = 0.0;
      std::size_t k = 0;
      while (k + 1 < law.levels.size() && below + law.probabilities[k] <= u) below += law.probabilities[k++];
      if (u - below < 1e-5 || below + law.probabilities[k] - u < 1e-5) {  // the reference's logits are not bit-equal
        ++near_an_edge;
      } else {
        ASSERT_EQ(law.levels[k], action[p]) << "key " << key << ", position " << p;
      }
    }
  }
  EXPECT_LT(near_an_edge, 10U);
}

TEST(RuntimeCore, SampledTokensHaveTheLawsFrequencies) {
  Shape shape;
  shape.hidden = {16};
  const HandMade policy(shape, 5);
  Bound bound(policy);
  const std::vector<float> x = observation_of(11, 1);
  const Law law = law_of(policy, x, 1, 1.0);
  std::vector<double> counts(law.levels.size());
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    const std::vector<float> action = bound.act(x, NoiseKey(9).child("step", static_cast<std::uint64_t>(i)).value());
    counts[static_cast<std::size_t>(std::find(law.levels.begin(), law.levels.end(), action[1]) - law.levels.begin())] +=
        1;
  }
  for (std::size_t k = 0; k < counts.size(); ++k) {
    const double p = law.probabilities[k];
    EXPECT_NEAR(p * kDraws, counts[k], 5.0 * std::sqrt(p * (1.0 - p) * kDraws) + 1.0) << "token " << k;
  }
}

TEST(RuntimeCore, HistoryHoldsTheLastObservationsAndRepeatsTheFirst) {
  Shape shape;
  shape.observation_dim = 4;
  shape.history = 3;
  const HandMade policy(shape, 6);
  Bound bound(policy);
  EXPECT_EQ(3U, bound.runtime.history());
  std::vector<float> logits(bound.runtime.logits_size());
  for (int round = 0; round < 2; ++round) {
    std::vector<std::vector<float>> seen;
    for (std::uint64_t h = 0; h < 6; ++h) {
      seen.push_back(observation_of(4, 10 * h + 1));
      std::vector<float> histories;
      for (std::uint64_t back = 3; back-- > 0;) {
        const std::vector<float>& past = seen[h >= back ? h - back : 0];
        histories.insert(histories.end(), past.begin(), past.end());
      }
      const std::vector<float> expected = policy.reference_logits(histories);
      for (int twice = 0; twice < 2; ++twice) {  // logits() does not move the history
        ASSERT_EQ(Status::ok, bound.runtime.logits(seen.back(), logits));
        for (std::size_t k = 0; k < logits.size(); ++k) ASSERT_NEAR(expected[k], logits[k], 1e-5F) << "step " << h;
      }
      static_cast<void>(bound.act(seen.back(), h));
      ASSERT_EQ(Status::ok, bound.status);
      static_cast<void>(bound.act(std::vector<float>(4, kNaN), h));  // does not enter it
      ASSERT_EQ(Status::not_finite, bound.status);
    }
    bound.runtime.reset();
  }
}

TEST(RuntimeCore, LogitsThatOverflowAreReportedToo) {
  Shape shape;
  shape.activation = Activation::relu;
  const HandMade policy(shape, 8);
  Bound bound(policy);
  EXPECT_EQ(std::vector<float>(3, 0.0F), bound.act(std::vector<float>(11, 3e38F), 0));
  EXPECT_EQ(Status::not_finite, bound.status);
}

TEST(RuntimeCore, SaysWhatIsWrongWithACall) {
  const HandMade policy({}, 9);
  Bound bound(policy);
  std::vector<float> x(11), action(3), logits(bound.runtime.logits_size());
  Runtime unbound;
  EXPECT_EQ(Status::not_bound, unbound.act(x, 0, action));
  EXPECT_EQ(Status::not_bound, unbound.logits(x, logits));
  EXPECT_EQ(0U, unbound.observation_dim() + unbound.action_dim() + unbound.chunk() + unbound.logits_size());
  unbound.reset();
  EXPECT_EQ(Status::wrong_size, bound.runtime.act(std::span(x).first(10), 0, action));
  EXPECT_EQ(Status::wrong_size, bound.runtime.act(x, 0, std::span(action).first(2)));
  EXPECT_EQ(Status::wrong_size, bound.runtime.logits(x, std::span(logits).first(1)));
  for (const float temperature : {0.0F, -1.0F, kNaN, std::numeric_limits<float>::infinity()}) {
    EXPECT_EQ(Status::bad_option, bound.runtime.configure(RuntimeDecode::mean, temperature, OnError::hold));
  }
  EXPECT_EQ(Status::bad_option, bound.runtime.configure(static_cast<RuntimeDecode>(3), 1.0F, OnError::hold));
  for (std::uint32_t s = 0; s <= static_cast<std::uint32_t>(Status::bad_option); ++s) {
    EXPECT_STRNE("unknown status", status_text(static_cast<Status>(s)));
  }
}

TEST(RuntimeCore, RefusesSmallOrMisalignedMemory) {
  const HandMade policy({}, 10);
  const Block image = policy.image();
  const std::size_t needed = Runtime::required_bytes(image.span());
  ASSERT_GT(needed, 0U);
  const Block memory(needed + 64);
  Runtime runtime;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, needed - 1}) {
    EXPECT_EQ(Status::small_memory, Runtime::bind(image.span(), memory.span().first(size), runtime));
    std::vector<float> action(3);
    EXPECT_EQ(Status::not_bound, runtime.act(std::vector<float>(11), 0, action));
  }
  EXPECT_EQ(Status::misaligned, Runtime::bind(image.span(), memory.span().subspan(4), runtime));
  Block shifted(image.span().size() + 64);
  std::memcpy(shifted.span().data() + 8, image.span().data(), image.span().size());
  EXPECT_EQ(Status::misaligned, Runtime::bind(shifted.span().subspan(8, image.span().size()), memory.span(), runtime));
  EXPECT_EQ(0U, Runtime::required_bytes(shifted.span().subspan(8, image.span().size())));
  EXPECT_EQ(Status::ok, Runtime::bind(image.span(), memory.span().first(needed), runtime));
}

TEST(RuntimeCore, ImageMayLieAnywhere) {
  const HandMade policy({}, 11);
  Bound first(policy);
  Bound second(copy_of(first.image.span()));
  const std::vector<float> x = observation_of(11, 3);
  EXPECT_NE(first.image.span().data(), second.image.span().data());
  EXPECT_EQ(first.act(x, 5), second.act(x, 5));
}

TEST(RuntimeCore, AllocatesNothingFromBindOnInAHundredThousandCalls) {
  Shape shape;
  shape.history = 2;
  shape.hidden = {8};
  const HandMade policy(shape, 12);
  const Block image = policy.image();
  const Block memory(Runtime::required_bytes(image.span()));
  const std::vector<float> x = observation_of(11, 1);
  std::vector<float> action(3), logits(policy.levels.size());
  Runtime runtime;
  bool fine = true;
  const std::size_t before = allocations;
  fine = fine && Runtime::bind(image.span(), memory.span(), runtime) == Status::ok;
  for (const RuntimeDecode decode : {RuntimeDecode::sample, RuntimeDecode::argmax, RuntimeDecode::mean}) {
    fine = fine && runtime.configure(decode, 1.0F, OnError::hold) == Status::ok;
    for (std::uint64_t key = 0; key < 33'400; ++key) fine = fine && runtime.act(x, key, action) == Status::ok;
    fine = fine && runtime.logits(x, logits) == Status::ok;
    runtime.reset();
  }
  EXPECT_EQ(before, allocations.load());
  EXPECT_TRUE(fine);
  ::operator delete(::operator new(4));  // the counter does count
  EXPECT_EQ(before + 1, allocations.load());
}

TEST(RuntimeCore, ChunkCodesAllocateNothing) {
  for (const ChunkCodeKind kind : {ChunkCodeKind::fast, ChunkCodeKind::beast}) {
    const testing_runtime::CodedPolicy policy(kind, true);
    const Block image = policy.image();
    const Block memory(Runtime::required_bytes(image.span()));
    const std::vector<float> x = observation_of(11, 1);
    std::vector<float> action(24);
    Runtime runtime;
    const std::size_t before = allocations;
    bool fine = Runtime::bind(image.span(), memory.span(), runtime) == Status::ok;
    for (const RuntimeDecode decode : {RuntimeDecode::sample, RuntimeDecode::argmax}) {
      fine = fine && runtime.configure(decode, 1.0F, OnError::hold) == Status::ok;
      for (std::uint64_t key = 0; key < 1000; ++key) fine = fine && runtime.act(x, key, action) == Status::ok;
    }
    EXPECT_EQ(before, allocations.load());
    EXPECT_TRUE(fine);
  }
}

Shape nine_by_two() {
  Shape shape;
  shape.action_dim = 9;
  shape.chunk = 2;
  return shape;
}

TEST(RuntimeCore, RepresentedActionsAreSeenFromTheObservation) {
  const HandMade policy(nine_by_two(), 13);
  const testing_runtime::RepresentedActions actions;
  Bound bound(actions.image(policy));
  ASSERT_EQ(Status::ok, bound.status);
  EXPECT_EQ(6U, bound.runtime.action_dim());
  ASSERT_EQ(Status::ok, bound.runtime.configure(RuntimeDecode::argmax, 1.0F, OnError::hold));
  const ActionTransform transform = actions.transform(policy);
  for (std::uint64_t i = 0; i < 50; ++i) {
    const std::vector<float> x = observation_of(11, i), logits = policy.reference_logits(x);
    std::vector<float> model, expected(12);
    std::size_t at = 0;
    for (const std::uint32_t vocabulary : policy.vocabularies) {
      const auto first = logits.begin() + static_cast<std::ptrdiff_t>(at);
      model.push_back(
          policy.levels[at + static_cast<std::size_t>(std::max_element(first, first + vocabulary) - first)]);
      at += vocabulary;
    }
    to_actions(transform, x.data(), model.data(), expected.data());
    EXPECT_EQ(expected, bound.act(x, i));
    EXPECT_EQ(x[4] + model[2], expected[0]) << "the state is column 4, the first two positions are the gripper's";
    EXPECT_EQ(1.0F, std::abs(expected[5]));
  }
  std::vector<float> bad = observation_of(11, 0);
  const std::vector<float> last = bound.act(bad, 0);
  bad[3] = kNaN;
  const std::vector<float> held = bound.act(bad, 0);
  for (std::size_t d = 0; d < 6; ++d) EXPECT_EQ(last[d], held[d]) << "held in action units, the action that was played";
}

TEST(RuntimeCore, RepresentedActionsAllocateNothing) {
  const HandMade policy(nine_by_two(), 14);
  const testing_runtime::RepresentedActions actions;
  const Block image = actions.image(policy);
  const Block memory(Runtime::required_bytes(image.span()));
  const std::vector<float> x = observation_of(11, 1);
  std::vector<float> action(12);
  Runtime runtime;
  bool fine = true;
  const std::size_t before = allocations;
  fine = fine && Runtime::bind(image.span(), memory.span(), runtime) == Status::ok;
  for (std::uint64_t key = 0; key < 100; ++key) fine = fine && runtime.act(x, key, action) == Status::ok;
  EXPECT_EQ(before, allocations.load());
  EXPECT_TRUE(fine);
}

struct Kind {
  WeightFormat format;
  bool parallel;
};

TEST(RuntimeCore, TransformersAllocateNothingFromBindOnInAHundredThousandCalls) {
  for (const Kind kind :
       {Kind{WeightFormat::float32, false}, Kind{WeightFormat::float32, true}, Kind{WeightFormat::bfloat16, false},
        Kind{WeightFormat::bfloat16, true}, Kind{WeightFormat::int8, false}, Kind{WeightFormat::int8, true}}) {
    const hand_made::Toy toy(kind.format, kind.parallel);
    const hand_made::Bytes image = toy.image();
    hand_made::Bytes memory(Runtime::required_bytes(image));
    const std::vector<float> x{0.3F, -0.2F};
    std::vector<float> action(3), logits(12);
    Runtime runtime;
    const std::size_t before = allocations;
    bool fine = Runtime::bind(image, memory, runtime) == Status::ok;
    for (const RuntimeDecode decode : {RuntimeDecode::sample, RuntimeDecode::argmax, RuntimeDecode::mean}) {
      fine = fine && runtime.configure(decode, 1.0F, OnError::hold) == Status::ok;
      for (std::uint64_t key = 0; key < 5'600; ++key) fine = fine && runtime.act(x, key, action) == Status::ok;
      fine = fine && runtime.logits(x, logits) == Status::ok;
    }
    EXPECT_EQ(before, allocations.load());
    EXPECT_TRUE(fine);
  }
}

}  // namespace
}  // namespace pianola
