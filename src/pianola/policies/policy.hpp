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
  std::string spec;                         ///< "mlp:hidden=256x2"; "quantized" for q#π*
  std::size_t observation_dim = 0;
  std::size_t history = 1;                  ///< observations a decision sees, the newest last
  std::vector<std::uint32_t> vocabularies;  ///< of each position
  bool factored = false;                    ///< positions independent given the observation: mean decoding is exact
};

/// One thread's state (KV cache, scratch) of a policy, for a number of lanes fixed when it was made.
class PolicySession {
 public:
  virtual ~PolicySession() = default;
  /// A new decision in every lane. histories: [lanes × history × observation_dim].
  virtual void begin(const Situation& situation, std::span<const float> histories) = 0;
  /// Logits of the next position (unnormalised natural-log probabilities). previous: [lanes], the tokens at the
  /// position before (ignored at the first). out: [lanes × vocabularies[position]].
  virtual void logits(std::span<const Token> previous, std::span<float> out) = 0;
};

class Policy {
 public:
  virtual ~Policy() = default;
  [[nodiscard]] virtual const PolicyInfo& info() const = 0;
  [[nodiscard]] virtual std::unique_ptr<PolicySession> session(std::size_t lanes) const = 0;
};

/// How tokens are taken from a policy's law.
enum class DecodeMode { sample, argmax, mean };
struct DecodeOptions {
  DecodeMode mode = DecodeMode::sample;
  double temperature = 1.0;  ///< > 0
};

/// Decides one chunk per lane: draws tokens through `session` under the quantizer's grammar (one uniform a token, by
/// inverse distribution function in token order, stream "controller"), then decodes. Owns the scratch.
class Decoder {
 public:
  /// @throws UsageError if policy and quantizer disagree in vocabularies, or `mean` is asked of tokens without levels.
  Decoder(const Policy& policy, const Quantizer& quantizer, DecodeOptions options, std::size_t lanes);
  ~Decoder();

  /// actions: [lanes × chunk × action_dim]. tokens, log_probabilities: [lanes × max_tokens] or empty.
  void decide(const NoiseKey& key, const Situation& situation, std::span<const float> histories,
              std::span<double> actions, std::span<Token> tokens = {}, std::span<float> log_probabilities = {});

 private:
  struct Scratch;
  const Policy& policy_;
  const Quantizer& quantizer_;
  DecodeOptions options_;
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace pianola
