// The C header over the runtime. Also built and run for 64-bit Arm.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "hand_made_transformer.hpp"
#include "pianola/policies/pianola.h"
#include "pianola/policies/runtime.hpp"

namespace pianola {
namespace {

using hand_made::Bytes;
using hand_made::Toy;

struct Bound {
  Bound() : image(Toy().image()), memory(pianola_required_bytes(image.data(), image.size())) {
    status = pianola_bind(image.data(), image.size(), memory.data(), memory.size(), &runtime);
  }
  Bytes image, memory;
  pianola_runtime* runtime = nullptr;
  int status = PIANOLA_NOT_BOUND;
};

TEST(CRuntime, PlaysWhatTheRuntimePlays) {
  Bound bound;
  ASSERT_EQ(bound.status, PIANOLA_OK);
  EXPECT_EQ(pianola_observation_dim(bound.runtime), 2U);
  EXPECT_EQ(pianola_action_dim(bound.runtime), 3U);
  EXPECT_EQ(pianola_chunk(bound.runtime), 1U);
  EXPECT_EQ(pianola_history(bound.runtime), 2U);
  Bytes memory(Runtime::required_bytes(bound.image));
  Runtime runtime;
  ASSERT_EQ(Runtime::bind(bound.image, memory, runtime), Status::ok);
  for (std::uint64_t key = 0; key < 20; ++key) {
    const float observation[2] = {static_cast<float>(key) / 10.0F, 0.5F};
    std::vector<float> mine(3), theirs(3);
    ASSERT_EQ(pianola_act(bound.runtime, observation, 2, key, mine.data(), 3), PIANOLA_OK);
    ASSERT_EQ(runtime.act(observation, key, theirs), Status::ok);
    EXPECT_EQ(mine, theirs);
  }
  pianola_reset(bound.runtime);
}

TEST(CRuntime, RefusesWhatIsWrong) {
  Bound bound;
  float x[2] = {0.0F, std::numeric_limits<float>::quiet_NaN()}, u[3] = {9.0F, 9.0F, 9.0F};
  EXPECT_EQ(pianola_act(bound.runtime, x, 2, 0, u, 3), PIANOLA_NOT_FINITE);
  EXPECT_EQ(u[0], 0.0F);
  EXPECT_EQ(pianola_act(bound.runtime, x, 1, 0, u, 3), PIANOLA_WRONG_SIZE);
  EXPECT_EQ(pianola_act(nullptr, x, 2, 0, u, 3), PIANOLA_NOT_BOUND);
  EXPECT_EQ(pianola_configure(bound.runtime, PIANOLA_MEAN, 0.5F, PIANOLA_ZERO), PIANOLA_OK);
  EXPECT_EQ(pianola_configure(bound.runtime, PIANOLA_MEAN, 0.0F, PIANOLA_ZERO), PIANOLA_BAD_OPTION);
  EXPECT_EQ(pianola_configure(bound.runtime, -1, 1.0F, PIANOLA_ZERO), PIANOLA_BAD_OPTION);
  EXPECT_EQ(pianola_configure(nullptr, PIANOLA_MEAN, 1.0F, PIANOLA_ZERO), PIANOLA_NOT_BOUND);
  pianola_runtime* other = nullptr;
  Bytes& image = bound.image;
  EXPECT_EQ(pianola_bind(image.data(), image.size() - 64, bound.memory.data(), bound.memory.size(), &other),
            PIANOLA_BAD_IMAGE);
  EXPECT_EQ(pianola_bind(nullptr, 64, bound.memory.data(), bound.memory.size(), &other), PIANOLA_BAD_IMAGE);
  EXPECT_EQ(pianola_bind(image.data(), image.size(), bound.memory.data(), bound.memory.size() - 1, &other),
            PIANOLA_SMALL_MEMORY);
  EXPECT_EQ(pianola_bind(image.data(), image.size(), nullptr, 0, &other), PIANOLA_SMALL_MEMORY);
  EXPECT_EQ(pianola_bind(image.data(), image.size(), bound.memory.data() + 4, bound.memory.size() - 4, &other),
            PIANOLA_MISALIGNED);
  const Bytes damaged = [&] {
    Bytes copy = image;
    copy[copy.size() / 2] ^= std::byte{1};
    return copy;
  }();
  // As after pianola_required_bytes, which says 0 of what is no image: the image is to blame, not the memory.
  EXPECT_EQ(pianola_bind(damaged.data(), damaged.size(), nullptr, 0, &other), PIANOLA_BAD_IMAGE);
  EXPECT_EQ(pianola_bind(nullptr, 0, nullptr, 0, &other), PIANOLA_BAD_IMAGE);
  EXPECT_EQ(pianola_bind(image.data() + 4, image.size() - 4, nullptr, 0, &other), PIANOLA_MISALIGNED);
  EXPECT_EQ(other, nullptr);
  EXPECT_EQ(pianola_required_bytes(nullptr, 100), 0U);
  EXPECT_EQ(pianola_observation_dim(nullptr) + pianola_chunk(nullptr), 0U);
  EXPECT_STREQ(pianola_status_text(PIANOLA_OK), "ok");
}

TEST(CRuntime, DecidesAheadAndPlays) {
  Bound bound;
  const float observation[2] = {0.1F, 0.5F};
  float action[3] = {}, none[3] = {1.0F, 2.0F, 3.0F};
  EXPECT_EQ(pianola_observe(bound.runtime, observation, 2), PIANOLA_OK);
  EXPECT_EQ(pianola_act_committed(bound.runtime, observation, 2, nullptr, 0, 0, action, 3), PIANOLA_OK);
  EXPECT_EQ(pianola_act_committed(bound.runtime, observation, 2, none, 3, 0, action, 3), PIANOLA_WRONG_SIZE)
      << "all of the chunk is committed";
  Bytes memory(pianola_playback_bytes(2, 1));
  pianola_playback* playback = nullptr;
  EXPECT_EQ(pianola_playback_bind(2, 1, 2, 1, PIANOLA_HOLD, memory.data(), memory.size(), &playback),
            PIANOLA_BAD_OPTION);
  EXPECT_EQ(pianola_playback_bind(2, 1, 1, 1, PIANOLA_HOLD, memory.data(), memory.size() - 64, &playback),
            PIANOLA_SMALL_MEMORY);
  EXPECT_EQ(playback, nullptr);
  ASSERT_EQ(pianola_playback_bind(2, 1, 1, 1, PIANOLA_HOLD, memory.data(), memory.size(), &playback), PIANOLA_OK);
  const float start = 0.5F, rate = 10.0F;
  EXPECT_EQ(pianola_playback_reset(playback, &start, 1), PIANOLA_OK);
  EXPECT_EQ(pianola_playback_limit(playback, &rate, nullptr, 1), PIANOLA_OK);
  float committed = 0.0F, u = 0.0F;
  ASSERT_EQ(pianola_playback_due(playback), 1);
  EXPECT_EQ(pianola_playback_begin(playback, &committed, 1), PIANOLA_OK);
  EXPECT_EQ(committed, 0.5F);
  EXPECT_EQ(pianola_playback_play(playback, &u, 1), PIANOLA_OK);
  EXPECT_EQ(u, 0.5F);
  EXPECT_EQ(pianola_playback_take(playback, none, 2), PIANOLA_OK);
  EXPECT_EQ(pianola_playback_play(playback, &u, 1), PIANOLA_OK);
  EXPECT_EQ(u, 2.0F);
  EXPECT_EQ(pianola_playback_play(playback, &u, 1), PIANOLA_EXPIRED);
  EXPECT_EQ(u, 2.0F);
  pianola_playback_abandon(playback);
  EXPECT_EQ(pianola_playback_play(nullptr, &u, 1), PIANOLA_NOT_BOUND);
  EXPECT_EQ(pianola_playback_due(nullptr), 0);
}

}  // namespace
}  // namespace pianola
