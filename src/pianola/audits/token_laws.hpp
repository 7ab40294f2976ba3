// Laws of single tokens as a deployed policy has them (temperature, truncation, grammar), and situations repeated so
// that one session follows many sequences from one state.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pianola/audits/deployed_law.hpp"
#include "pianola/policies/token_law.hpp"

namespace pianola {

/// Situations in which one session's lanes stand: copies of lanes of others.
class RepeatedSituation {
 public:
  /// Lanes first … first + count − 1 become copies of lane `lane` of the query. lanes: those of the session.
  void set(std::size_t lanes, std::size_t first, std::size_t count, const LawQuery& query, std::size_t lane);
  [[nodiscard]] Situation situation() const { return {ids_, h_, observations_, outcomes_, nullptr}; }
  [[nodiscard]] std::span<const float> histories() const { return histories_; }

 private:
  std::vector<std::uint64_t> ids_;
  std::vector<std::uint32_t> h_;
  std::vector<double> observations_;
  std::vector<Outcome> outcomes_;
  std::vector<float> histories_;
};

/// The law of the next token after a prefix.
class NextToken {
 public:
  NextToken(const Quantizer& quantizer, const DecodeOptions& options);
  enum class State { law, ended, lawless };
  /// logits: [vocabularies[prefix.size()]], which must stay.
  State set(std::span<const float> logits, std::span<const Token> prefix);
  [[nodiscard]] const TokenLaw& law() const { return law_; }
  [[nodiscard]] double probability(Token token) const;
  /// All of them: [vocabulary].
  [[nodiscard]] std::vector<double> probabilities() const;

 private:
  const Quantizer& quantizer_;
  DecodeOptions options_;
  TokenLaw law_;
};

/// Actions of sequences, all decoded as seen from one observation. tokens: [n × max_tokens]; lengths: [n].
std::vector<double> decoded_actions(const Quantizer& quantizer, std::span<Token> tokens,
                                    std::span<std::uint32_t> lengths, const LawQuery& query, std::size_t lane);

}  // namespace pianola
