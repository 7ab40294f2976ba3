// The transformer's forward pass over packed weights, one place a sequence at a time or several, with a cache of keys
// and values: what the policies `transformer` and `parallel` and the real-time runtime share.
//
//   pack     scale and shift of a normalisation go into the product behind it, 1/√(head width) into the queries:
//            W (g ∘ x̂ + s) + b = (W diag g) x̂ + (W s + b), computed in double
//   forward  x += W_p attend(W_a x̂ + b_a) + b_p,   x += W_d gelu(W_u x̂ + b_u) + b_d
//
// No exceptions, no allocation, no virtual call: weights and memory belong to the caller. A sequence's bits do not
// depend on the others of its batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pianola/base/attention.hpp"
#include "pianola/base/packed_weights.hpp"

namespace pianola::transformer {

/// Everything that fixes sizes.
struct Dimensions {
  std::size_t observation_dim = 1, history = 1, width = 1, heads = 1, blocks = 1, positions = 1, largest_vocabulary = 1;
  bool parallel = false;                        ///< all positions at once, each sees all places
  bool token_input = false;                     ///< the history is a context of tokens
  WeightFormat format = WeightFormat::float32;  ///< of the blocks and the head; the rest is float32

  [[nodiscard]] std::size_t places() const { return history + positions - (parallel ? 0 : 1); }
  [[nodiscard]] AttentionShape attention() const { return {heads, width / heads, places()}; }
  [[nodiscard]] std::size_t inputs() const { return history * observation_dim; }
};

/// Where the weights lie. packed: as pack() wrote them; token [largest_vocabulary × width], position [places × width].
struct Weights {
  Dimensions dimensions;
  const float *mean = nullptr, *inverse_std = nullptr;  ///< [history × observation_dim]
  const float *token = nullptr, *position = nullptr;
  const std::byte* packed = nullptr;
};

/// A product, and the normalisation before it, as they were learned.
struct Plain {
  std::span<const float> weight, bias;            ///< [out × in], [out]
  std::span<const float> scale = {}, shift = {};  ///< [in] of the normalisation; empty: none
};
struct PlainBlock {
  Plain attention, projection, up, down;
};
struct PlainWeights {
  Plain observation;  ///< empty with token input
  std::span<const PlainBlock> blocks;
  Plain head;
};

/// Bytes that pack() writes; a multiple of 64.
std::size_t packed_size(const Dimensions& dimensions) noexcept;
/// Floats of scratch that pack() needs.
std::size_t pack_scratch_size(const Dimensions& dimensions) noexcept;
/// plain: weights of these dimensions. packed: [packed_size], 64-byte aligned.
void pack(const Dimensions& dimensions, const PlainWeights& plain, std::span<float> scratch,
          std::span<std::byte> packed) noexcept;
/// Whether packed weights hold neither NaN nor infinity.
bool all_finite(const Dimensions& dimensions, const std::byte* packed) noexcept;

/// Working memory of `lanes` sequences, laid out in one block of floats.
class Workspace {
 public:
  /// Floats needed; a row of the forward pass is one place of one lane.
  static std::size_t size(const Dimensions& dimensions, std::size_t lanes) noexcept;
  /// Floats that one sequence remembers between calls.
  static std::size_t sequence_size(const Dimensions& dimensions) noexcept;
  Workspace() = default;
  /// memory: [size] floats, 64-byte aligned; they are set to zero.
  Workspace(const Dimensions& dimensions, std::size_t lanes, float* memory) noexcept;

 private:
  friend class Forward;
  std::size_t lanes_ = 0, rows_ = 0;
  float* caches_ = nullptr;   // [lanes × blocks × cache]
  float* states_ = nullptr;   // [(parallel: positions, else 1) × lanes × width]: normalised, what the head reads
  float* rows_x_ = nullptr;   // [rows × width]
  float* normal_ = nullptr;   // [rows × width]
  float* wide_ = nullptr;     // [rows × 4·width]: queries, keys, values; then the perceptron's hidden numbers
  float* mixed_ = nullptr;    // [rows × width]
  float* scratch_ = nullptr;  // of attention
  float* input_ = nullptr;    // [rows × observation_dim]
};

/// The forward pass. Both references must outlive it.
class Forward {
 public:
  Forward(const Weights& weights, Workspace& workspace) : w_(weights), s_(workspace) {}

  /// A new decision: the places of the history (with `parallel`, all places). histories: [lanes × history ×
  /// observation_dim], observation units, or token numbers (oldest first; negative ones at the beginning of a row stand
  /// for tokens that there have not been yet).
  /// Cost: as many rows as there are places; no allocation.
  void begin(const float* histories) noexcept;
  /// The place of position p ≥ 1, behind `previous` [lanes]; tokens beyond the vocabulary count as its last. Not for
  /// `parallel`, where it does nothing.
  void advance(std::size_t p, const std::uint32_t* previous) noexcept;
  /// Logits of position p, of which begin (p = 0) or advance(p) was the last call: [lanes × vocabulary].
  void head(std::size_t p, std::size_t vocabulary, float* logits) noexcept;
  /// Lane i goes on with what lane from[i] remembers. from: [lanes]; spare: [lanes × sequence_size] floats.
  void branch(const std::uint32_t* from, float* spare) noexcept;

 private:
  struct Group;
  enum Part : std::size_t { kAttention, kProjection, kUp, kDown };
  [[nodiscard]] PackedProduct product(std::size_t block, Part part) const noexcept;
  void embed_observations(const Group& group, const float* histories) noexcept;
  void embed_context(const Group& group, const float* histories) noexcept;
  void run(const Group& group) noexcept;
  void attention(const Group& group, std::size_t block) noexcept;
  float* state(std::size_t p, std::size_t lane) noexcept;
  const Weights& w_;
  Workspace& s_;
};

}  // namespace pianola::transformer
