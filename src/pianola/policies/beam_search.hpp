// Beam search: the most likely token sequence, as far as `beams` hypotheses a lane find it.
//
//   score of a sequence = Σ_p log P(token_p | tokens before);  at each position the best `beams` of all continuations
//   (and of the sequences that have ended) go on. Ties go to the older hypothesis, then to the smaller token.
//
// Scores are sums, not divided by the length: sequences of one chunk are compared as the events that they are. One beam
// is argmax; as many beams as there are sequences find the true maximum. Source: Lowerre, The Harpy Speech Recognition
// System, 1976.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "pianola/policies/policy.hpp"
#include "pianola/policies/token_law.hpp"

namespace pianola {

class BeamSearch {
 public:
  /// Keeps references to both. @throws UsageError if the policy's sessions cannot branch.
  BeamSearch(const Policy& policy, const Quantizer& quantizer, std::size_t beams, std::size_t lanes);

  /// What the decision of one lane is.
  struct Sequences {
    std::span<Token> tokens;             ///< [lanes × max_tokens], 0 behind the end
    std::span<std::uint32_t> lengths;    ///< [lanes]
    std::span<float> log_probabilities;  ///< [lanes × max_tokens] or empty
    std::span<std::uint8_t> lawless;     ///< [lanes], 1 where no hypothesis has a law
  };
  /// key: names the noise that the policy may draw. situation: of the lanes; its plant is not used.
  /// histories: [lanes × history × observation_dim]. Cost: as a session of lanes × beams lanes; no allocation but the
  /// first time.
  void search(const NoiseKey& key, const Situation& situation, std::span<const float> histories, double temperature,
              const Sequences& out);

  /// One of the sequences that the last search ended with.
  struct Ranked {
    std::span<const Token> tokens;  ///< [max_tokens], 0 behind the end
    std::uint32_t length = 0;
    double log_probability = 0.0;  ///< nats, of the whole sequence
  };
  /// That of `lane` and rank 0 (the most likely) … beams − 1; nothing where there are not so many.
  [[nodiscard]] std::optional<Ranked> ranked(std::size_t lane, std::size_t rank) const;

 private:
  struct Candidate {
    double score = 0.0;
    std::uint32_t parent = 0;  // hypothesis of the lane
    Token token = 0;
    bool goes_on = false;  // else the parent has ended
  };
  struct Hypothesis {
    double score = 0.0;
    std::uint32_t length = 0;
    bool exists = false;
    std::vector<Token> tokens;             // [max_tokens]
    std::vector<float> log_probabilities;  // the same
  };
  Situation repeated(const Situation& situation);
  void start(const NoiseKey& key, const Situation& situation, std::span<const float> histories);
  bool admits(const Hypothesis& hypothesis, std::size_t position);
  bool any_goes_on(std::size_t position);
  void offer(const Candidate& candidate);
  void extend(std::size_t lane, std::size_t position, double temperature);
  void take(std::size_t lane, std::size_t position);

  const Quantizer& quantizer_;
  const QuantizerInfo& info_;
  std::size_t history_size_, beams_, lanes_;
  std::unique_ptr<PolicySession> session_;
  TokenLaw law_;
  std::vector<std::uint64_t> ids_;  // [lanes × beams], as those below
  std::vector<std::uint32_t> steps_;
  std::vector<Outcome> outcomes_;
  std::vector<double> observations_;
  std::vector<float> histories_, logits_;
  std::vector<Hypothesis> now_, next_;  // [lanes × beams], each lane's best first
  std::vector<Candidate> best_;         // of one lane, sorted; at most `beams`
  std::vector<std::uint32_t> parents_;  // [lanes × beams]
  std::vector<Token> previous_;         // the same
};

}  // namespace pianola
