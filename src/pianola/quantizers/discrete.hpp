// The identity on actions that are tokens already: integers 0 … V − 1, as floats. For generative sequences (characters)
// and systems with finitely many actions.
//
// Its domain is the integers: there q(u) = u, so ε_sup = 0. A number that is no integer is an error when the scheme is
// fitted and when it encodes, never rounded. An integer outside 0 … V − 1 is clipped and counted by saturated().
#pragma once

#include <memory>
#include <vector>

#include "pianola/quantizers/quantizer.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola {

struct DiscreteConfig {
  int vocabulary = 0;  ///< tokens a dimension, 1 … 2²⁴; 0: one more than the largest in the data, by dimension

  template <class V>
  void visit(V&& v) {
    v("vocabulary", vocabulary, "tokens a dimension; 0: one more than the largest in the data");
  }
};

class Discrete final : public Quantizer {
 public:
  static constexpr int kMaxVocabulary = 1 << 24;  // float32 holds every token exactly

  /// Goes through the data, if there are any, to check them. @throws UsageError if there is neither a vocabulary nor
  /// data; DataError naming trajectory, row and dimension of an action that is no token.
  static std::unique_ptr<Discrete> fit(const DiscreteConfig& config, const FitContext& context);

  /// vocabularies: [action_dim], each in 1 … kMaxVocabulary.
  Discrete(DiscreteConfig config, std::size_t chunk, std::vector<std::uint32_t> vocabularies);

  [[nodiscard]] const QuantizerInfo& info() const override { return info_; }
  /// @throws DataError naming row and dimension of a value that is no integer.
  void encode(std::span<const float> chunks, const CodecContext&, TokenBatch) const override;
  /// Substitutes: a token beyond the vocabulary decodes as the last one, a missing one as token 0.
  void decode(const TokenBatch&, const CodecContext&, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override;
  [[nodiscard]] std::span<const float> levels(std::size_t position) const override;
  void saturated(std::span<const double> actions, std::span<bool> flags) const override;
  [[nodiscard]] nlohmann::ordered_json save() const override;

 private:
  DiscreteConfig config_;
  std::vector<std::uint32_t> vocabularies_;  // [action_dim]
  std::vector<float> levels_;                // 0, 1, … largest vocabulary − 1
  QuantizerInfo info_;
};

}  // namespace pianola
