// A finite class of which the size is seen in the rate (docs/theory.md §11): d contexts, in each of which a binary
// outcome is 1 with probability ½ + Δ or ½ − Δ, |class| = 2^d. The maximiser of log-loss is found by enumeration.
//
// The outcome may be a token (a class of policies, Theorem 2) or a next state (a class of models, Theorem 7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/base/statistics.hpp"

namespace pianola {

/// tied: members give the first two contexts one sign, 2^(d − 1) of them; the truth gives them two, and is no member.
enum class Signs { free, tied };

class SignClass {
 public:
  /// contexts: d, 1 … 12, of tied signs from 2 on; gap: Δ in (0, ½). @throws UsageError otherwise.
  SignClass(std::size_t contexts, double gap, Signs signs = Signs::free);

  [[nodiscard]] std::size_t members() const { return members_.size(); }
  /// log|class|, nats.
  [[nodiscard]] double log_size() const;
  [[nodiscard]] double gap() const { return gap_; }
  /// Of a drawn truth (a member; of tied signs none): n demonstrations, each of a uniform context; the exact maximiser;
  /// in which share of contexts it has the wrong sign. Cost: n draws, 2^d·2d logarithms.
  [[nodiscard]] double learned_wrong(std::uint64_t n, const NoiseKey& key, std::uint64_t repetition) const;

 private:
  /// One of as many truths as there are members: bit c is the sign of context c.
  [[nodiscard]] std::uint64_t truth(std::uint64_t number) const;

  std::size_t contexts_;
  double gap_;
  Signs signs_;
  std::vector<std::uint64_t> members_;  ///< signs of each, as a truth's
  std::vector<double> laws_;            ///< [members × contexts × 2]
};

/// Share of wrong contexts over drawn repetitions, in parallel, in their order.
std::vector<double> repeated_wrong(const SignClass& members, std::uint64_t n, std::size_t repetitions,
                                   const NoiseKey& key);

/// P(wrong) with one context by summing the binomial law of n draws: what enumeration has to agree with.
double binomial_wrong(std::uint64_t n, double gap);

/// Δ = √(d/n)/5: n/d demonstrations a context, whose signs they cannot tell for certain, whatever n is.
double hardest_gap(std::size_t contexts, std::uint64_t n);

}  // namespace pianola
