// Damages images and watches what the runtime does with them.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <span>
#include <vector>

#include "hand_made_image.hpp"

namespace pianola::testing_runtime {

/// Whatever the bytes are: bind refuses them, or the runtime stays inside its bounds (a sanitizer watches).
inline bool survives(std::span<const std::byte> bytes) {
  const Block image = copy_of(bytes);
  const std::size_t needed = Runtime::required_bytes(image.span());
  const Block memory(needed);
  Runtime runtime;
  const Status status = Runtime::bind(image.span(), memory.span(), runtime);
  EXPECT_EQ(needed != 0, status == Status::ok);
  if (status != Status::ok) return false;
  EXPECT_LE(needed, 16 * bytes.size() + 4096) << "memory out of proportion";
  const std::vector<float> x(runtime.observation_dim(), 0.5F);
  std::vector<float> action(runtime.chunk() * runtime.action_dim()), logits(runtime.logits_size());
  for (const RuntimeDecode decode : {RuntimeDecode::sample, RuntimeDecode::argmax, RuntimeDecode::mean}) {
    const Status chosen = runtime.configure(decode, 1.0F, OnError::hold);
    EXPECT_TRUE(chosen == Status::ok || (chosen == Status::bad_option && decode == RuntimeDecode::mean));
    const Status acted = runtime.act(x, 1, action);
    EXPECT_TRUE(acted == Status::ok || acted == Status::not_finite);
  }
  static_cast<void>(runtime.logits(x, logits));
  return true;
}

/// Overwrites one aligned word at a random place with a telling value; the checksum is made right again.
inline void mutate(std::span<std::byte> bytes, std::size_t reach, const NoiseKey& key, std::uint32_t draw) {
  const auto bits = key.block(0, 0, draw);
  const std::size_t at = bits[0] % (reach / 4) * 4;
  std::uint32_t word = 0;
  std::memcpy(&word, bytes.data() + at, 4);
  const std::array<std::uint32_t, 12> choices = {
      0,        1,        0xFFFFFFFFU, 0x80000000U, 1U << 24, (1U << 24) + 1,
      word + 1, word - 1, word + 64,   word * 2,    bits[2],  word ^ (1U << bits[2] % 32)};
  word = choices[bits[1] % choices.size()];
  std::memcpy(bytes.data() + at, &word, 4);
}

/// How many of so many mutations of the image were accepted; all were refused or harmless.
inline int accepted_mutations(const Block& original, int mutations) {
  image::Header header;
  std::memcpy(&header, original.span().data(), sizeof header);
  const std::size_t tables = header.values.offset + header.values.size;
  int accepted = 0;
  for (int i = 0; i < mutations && !testing::Test::HasFailure(); ++i) {
    const Block image = copy_of(original.span());
    const NoiseKey key = NoiseKey(14).child("mutation", static_cast<std::uint64_t>(i));
    const std::size_t reach = i % 3 == 0 ? sizeof header : i % 3 == 1 ? tables : image.span().size();
    for (std::uint32_t draw = 0; draw <= static_cast<std::uint32_t>(i) % 4; ++draw)
      mutate(image.span(), reach, key, draw);
    image::seal(image.span());
    accepted += survives(image.span()) ? 1 : 0;
    EXPECT_FALSE(testing::Test::HasFailure()) << "mutation " << i;
  }
  return accepted;
}

}  // namespace pianola::testing_runtime
