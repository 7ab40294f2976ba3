// Log-loss over a finite class, by enumeration (docs/theory.md §2): the exact maximiser of a class of policies Π, of
// models M, or of anything that has a log-likelihood.
//
//   ĉ = argmax_{c ∈ class} Σ_i log p_c(sample i)
//
// Ties: members whose log-likelihoods are equal as doubles; the one of lowest index is taken, and how many there were
// is said. Where no member admits the data (not realizable: all −∞), every member ties.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "pianola/policies/conditional_counts.hpp"

namespace pianola {

struct ClassMaximiser {
  std::size_t index = 0;
  double log_likelihood = 0.0;  ///< nats, of all data together
  std::size_t ties = 1;         ///< members that reach it, this one included
};

/// log_likelihood(c): of member c, never NaN; asked once each, in order. @throws UsageError for an empty class or a
/// NaN.
ClassMaximiser maximise_log_likelihood(std::size_t members, const std::function<double(std::size_t)>& log_likelihood);

/// Members as tables: laws [members × contexts × outcomes]. Cost: a pass over the laws; log of the entries that were
/// seen. @throws UsageError unless laws are whole tables.
ClassMaximiser maximise_log_likelihood(const ConditionalCounts& counts, std::span<const double> laws);

}  // namespace pianola
