// The tabular policy of a run (`train --policy tabular`): count ratios over the very observations of the demonstrations
// (docs/theory.md §2),
//
//   π̂(t_p | x, t_<p) = n(x, t_<p, t_p) / n(x, t_<p),   uniform where nothing with this beginning was seen
//
// the exact maximiser of log-loss over all laws of token sequences. x is the history of observations, as float32: a
// state is "seen" if all its numbers are equal, so this is for systems with finitely many states (tabular_mdp) and for
// seeing how little a table says elsewhere. Sequences of one observation are sorted, so each position narrows a range.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/safetensors.hpp"
#include "pianola/policies/policy.hpp"

namespace pianola {

/// Rows and sequences ascend lexicographically and are unique. A regular value.
struct TabularCounts {
  std::size_t history = 1;
  std::size_t inputs = 0;                   ///< history · observation_dim
  std::vector<std::uint32_t> vocabularies;  ///< of each position
  std::vector<float> rows;                  ///< [n × inputs], observations that were seen
  std::vector<std::size_t> first;           ///< [n + 1], where the sequences of each row begin
  std::vector<Token> sequences;             ///< [m × positions]
  std::vector<double> counts;               ///< [m], how often each was seen; whole numbers ≥ 1

  [[nodiscard]] std::size_t positions() const { return vocabularies.size(); }
  [[nodiscard]] std::size_t size() const { return first.empty() ? 0 : first.size() - 1; }
  /// The row that equals `input` [inputs], or size().
  [[nodiscard]] std::size_t find(std::span<const float> input) const;
};

/// inputs: [n × inputs], finite; tokens: [n × positions], within the vocabularies. Cost: a sort.
/// @throws UsageError naming the sample and position of a token outside its vocabulary, or for no sample.
TabularCounts count_sequences(std::size_t history, std::vector<std::uint32_t> vocabularies,
                              std::span<const float> inputs, std::span<const Token> tokens);

std::shared_ptr<const Policy> make_tabular_policy(TabularCounts counts);

/// As tensors of policy.safetensors, with a normalisation that changes nothing.
TensorFile to_tensors(const TabularCounts& counts);
/// @throws DataError naming `where` and the tensor: of another shape, unsorted, counts that are none, tokens outside
/// their vocabulary.
TabularCounts tabular_counts_from_tensors(const TensorFile& file, const std::string& where);

}  // namespace pianola
