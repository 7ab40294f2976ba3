// Policies: laws of token sequences given what was observed, one position at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

struct PolicyInfo {
  std::string spec;  ///< "mlp:hidden=256x2"; "quantized" for q#π*
  std::size_t observation_dim = 0;
  std::size_t history = 1;                  ///< observations a decision sees, the newest last
  std::vector<std::uint32_t> vocabularies;  ///< of each position
  bool factored = false;                    ///< positions independent given the observation: mean decoding is exact
  bool sees_tokens = false;                 ///< the history is a context of tokens, of which there may be fewer: −1
};

/// One thread's state (KV cache, scratch) of a policy, for a number of lanes fixed when it was made.
class PolicySession {
 public:
  virtual ~PolicySession() = default;
  /// Names the noise that begin() may draw: only policies that look ahead (q#π* with chunks) need it. The Decoder
  /// and the beam search call it before every begin().
  virtual void noise(const NoiseKey& key) { static_cast<void>(key); }
  /// A new decision in every lane. histories: [lanes × history × observation_dim].
  virtual void begin(const Situation& situation, std::span<const float> histories) = 0;
  /// Logits of the next position (unnormalised natural-log probabilities). previous: [lanes], the tokens at the
  /// position before (ignored at the first). out: [lanes × vocabularies[position]].
  virtual void logits(std::span<const Token> previous, std::span<float> out) = 0;
  /// Whether branch() works: laws that depend on histories and tokens only.
  [[nodiscard]] virtual bool can_branch() const { return false; }
  /// Lane i goes on from what lane from[i] has been given since begin(); `previous` of the next call is lane i's own.
  /// from: [lanes]. @throws UsageError where can_branch() is false.
  virtual void branch(std::span<const std::uint32_t> from);
};

class Policy {
 public:
  virtual ~Policy() = default;
  [[nodiscard]] virtual const PolicyInfo& info() const = 0;
  [[nodiscard]] virtual std::unique_ptr<PolicySession> session(std::size_t lanes) const = 0;
};

/// How tokens are taken from a policy's law.
enum class DecodeMode { sample, argmax, mean, beam };
struct DecodeOptions {
  DecodeMode mode = DecodeMode::sample;
  double temperature = 1.0;  ///< > 0
  std::size_t top_k = 0;     ///< sample and mean: only the k most likely tokens; 0: all
  double top_p = 1.0;        ///< sample and mean: only the fewest most likely tokens of this probability; in (0, 1]
  std::size_t beams = 4;     ///< beam: sequences that are followed at once, 1 … 1,024
};

/// Decides one chunk per lane: takes tokens from a session's law under the quantizer's grammar, then decodes them.
///
///   p_k ∝ exp(ℓ_k / temperature) over the tokens that Quantizer::allowed admits, in double
///   sample: the first k with p_0 + … + p_k > u, u = uniform(key.child("controller"), id, h, position)
///           (with top_k or top_p: of the truncated law, token_law.hpp)
///   argmax: the first most likely token
///   beam:   the most likely sequence that a beam search finds (beam_search.hpp)
///   mean:   Σ_k p_k · level_k for each coordinate: exact where the policy is factored, else conditional on the most
///           likely tokens before it; a coordinate of the model, where actions are represented: the mean of six numbers
///           is then made a rotation, and a binary dimension plays its likelier value
///
/// A sequence ends at max_tokens, or where the grammar admits nothing more; the policy is asked no further once all
/// have. A law that is none (a NaN or +∞ logit, all
/// admitted tokens at −∞: a network fed with an overflown state) decides NaN: the lane then diverges, which is an
/// outcome. Grammar calls are skipped for quantizers of fixed length whose every token has a level: such codebooks are
/// products, any combination is admitted.
class Decoder {
 public:
  /// Keeps references to both. @throws UsageError if policy and quantizer disagree in vocabularies, if `mean` is asked
  /// of tokens without levels, if the temperature is not positive and finite, if top_k or top_p are given to a mode
  /// that has no use for them or lie out of range, or if `beam` is asked of a policy whose sequences cannot branch.
  Decoder(const Policy& policy, const Quantizer& quantizer, DecodeOptions options, std::size_t lanes);
  ~Decoder();
  Decoder(Decoder&&) noexcept;

  /// actions: [lanes × chunk × action_dim]. tokens, log_probabilities: [lanes × max_tokens] or empty; positions after a
  /// sequence's end are 0. With `mean` they are those of the most likely tokens. memory: [lanes × memory_size] of the
  /// quantizer, updated. Cost: no allocation.
  void decide(const NoiseKey& key, const Situation& situation, std::span<const float> histories,
              std::span<double> actions, std::span<Token> tokens = {}, std::span<float> log_probabilities = {},
              std::span<double> memory = {});

 private:
  struct Scratch;
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace pianola
