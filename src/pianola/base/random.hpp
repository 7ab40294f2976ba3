// Counter-based random numbers: every number is a pure function of (key, id, step, draw).
//
//   block(key, id, h, draw) = Philox4x32-10(counter = (id, h, draw), key)
//
// So a stream depends on its name and index only: neither thread order nor lane count nor an extra draw
// elsewhere moves a result, and two simulations under one key share their noise.
// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace pianola {

/// Which trajectory each lane is: any numbers, repeats allowed (branches share noise).
using Ids = std::span<const std::uint64_t>;

/// Philox4x32 with 10 rounds; bit-compatible with Random123. Cost: about 20 multiplications, no memory.
constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * counter[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57u} * counter[2];
    counter = {static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
               static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

/// Key of a tree of random streams. `NoiseKey(seed).child("rollout", 3).child("plant")` is a stream of its own.
class NoiseKey {
 public:
  constexpr NoiseKey() = default;
  constexpr explicit NoiseKey(std::uint64_t seed) : value_(seed) {}

  /// The child stream of this name and index. Children of different names or indices are independent.
  [[nodiscard]] constexpr NoiseKey child(std::string_view name, std::uint64_t index = 0) const {
    std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a of the name
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    const auto out =
        philox({low(hash), high(hash), low(index), high(index)}, {low(value_), high(value_) ^ 0x70696101u});
    return NoiseKey((std::uint64_t{out[1]} << 32) | out[0]);
  }

  /// The number that replays this stream: `NoiseKey(key.value())` equals `key`.
  [[nodiscard]] constexpr std::uint64_t value() const { return value_; }

  /// 128 random bits of trajectory `id`, step `h`, draw number `draw`.
  [[nodiscard]] constexpr std::array<std::uint32_t, 4> block(std::uint64_t id, std::uint32_t h,
                                                             std::uint32_t draw) const {
    return philox({low(id), high(id), h, draw}, {low(value_), high(value_)});
  }

  constexpr bool operator==(const NoiseKey&) const = default;

 private:
  static constexpr std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
  static constexpr std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }
  std::uint64_t value_ = 0;
};

/// Uniform on the open interval (0, 1), 52 bits: (k + ½)·2⁻⁵², exact in double, so that 0 and 1 never come
/// (with 53 bits, k + ½ would round, and the last one to 1) and that 1 − u has the same law bit for bit.
constexpr double uniform_from_bits(std::uint32_t a, std::uint32_t b) {
  const std::uint64_t k = ((std::uint64_t{a} << 32) | b) >> 12;
  return (static_cast<double>(k) + 0.5) * 0x1.0p-52;
}

/// Uniform on (0, 1). One draw is one Philox block, so draws 0, 1, 2, … are independent.
constexpr double uniform(const NoiseKey& key, std::uint64_t id, std::uint32_t h, std::uint32_t draw = 0) {
  const auto bits = key.block(id, h, draw);
  return uniform_from_bits(bits[0], bits[1]);
}

/// Quantile function of the standard normal law, |relative error| < 1e-15 (Wichura, AS 241, 1988).
double normal_quantile(double probability);

/// Standard normal by inverse distribution function: one uniform each, monotone in it.
double normal(const NoiseKey& key, std::uint64_t id, std::uint32_t h, std::uint32_t draw = 0);

/// Fills `out` with independent standard normals, two a Philox block: draws 0, 1, … of this
/// (id, h), which normal() and uniform() of the same (key, id, h) share; give what must be independent its own child.
void normals(const NoiseKey& key, std::uint64_t id, std::uint32_t h, std::span<double> out);

}  // namespace pianola
