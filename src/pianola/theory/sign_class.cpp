#include "pianola/theory/sign_class.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "pianola/base/error.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/policies/finite_class.hpp"

namespace pianola {
namespace {

bool has_one(std::uint64_t member, std::size_t context) { return (member >> context & 1U) != 0; }

}  // namespace

SignClass::SignClass(std::size_t contexts, double gap, Signs signs) : contexts_(contexts), gap_(gap), signs_(signs) {
  if (contexts < (signs == Signs::tied ? 2 : 1) || contexts > 12) {
    throw UsageError("class of signs: 1 to 12 contexts are enumerated, 2 to 12 where two are tied, not " +
                     std::to_string(contexts));
  }
  if (!(gap > 0.0 && gap < 0.5)) {
    throw UsageError("class of signs: Δ must lie between 0 and 1/2, not at " + std::to_string(gap) +
                     "; Δ = √(contexts/n)/5 needs more demonstrations");
  }
  for (std::uint64_t i = 0; i < std::uint64_t{1} << contexts; ++i) {
    if (signs == Signs::free || has_one(i, 0) == has_one(i, 1)) members_.push_back(i);
  }
  for (const std::uint64_t member : members_) {
    for (std::size_t c = 0; c < contexts; ++c) {
      const double one = has_one(member, c) ? 0.5 + gap : 0.5 - gap;
      laws_.insert(laws_.end(), {1.0 - one, one});
    }
  }
}

double SignClass::log_size() const {
  return static_cast<double>(signs_ == Signs::tied ? contexts_ - 1 : contexts_) * std::numbers::ln2;
}

std::uint64_t SignClass::truth(std::uint64_t number) const {
  return signs_ == Signs::tied ? members_[number] ^ 1U : members_[number];
}

double SignClass::learned_wrong(std::uint64_t n, const NoiseKey& key, std::uint64_t repetition) const {
  // The truth is drawn, so that which member wins a tie does not matter.
  const std::uint64_t signs = truth(key.child("truth").block(repetition, 0, 0)[0] % members());
  std::vector<std::uint32_t> contexts(n), outcomes(n);
  const auto count = static_cast<double>(contexts_);
  for (std::uint64_t i = 0; i < n; ++i) {
    // One uniform number holds both: its context, and where it lies within it.
    const double place = count * uniform(key, repetition, static_cast<std::uint32_t>(i));
    const std::size_t c = std::min(static_cast<std::size_t>(place), contexts_ - 1);
    contexts[i] = static_cast<std::uint32_t>(c);
    outcomes[i] = place - static_cast<double>(c) < (has_one(signs, c) ? 0.5 + gap_ : 0.5 - gap_) ? 1 : 0;
  }
  ConditionalCounts counts(contexts_, 2);
  counts.add(contexts, outcomes);
  const std::uint64_t differs = members_[maximise_log_likelihood(counts, laws_).index] ^ signs;
  std::size_t wrong = 0;
  for (std::size_t c = 0; c < contexts_; ++c) wrong += has_one(differs, c) ? 1 : 0;
  return static_cast<double>(wrong) / count;
}

std::vector<double> repeated_wrong(const SignClass& members, std::uint64_t n, std::size_t repetitions,
                                   const NoiseKey& key) {
  std::vector<double> wrong(repetitions);
  parallel_blocks(repetitions, 32, [&](const Block& block) {
    for (std::size_t r = block.begin; r < block.end; ++r) wrong[r] = members.learned_wrong(n, key, r);
  });
  return wrong;
}

double binomial_wrong(std::uint64_t n, double gap) {
  const auto count = static_cast<double>(n);
  double wrong = 0.0;
  for (std::uint64_t k = 0; 2 * k <= n; ++k) {
    const auto right = static_cast<double>(k);
    const double choose = std::lgamma(count + 1.0) - std::lgamma(right + 1.0) - std::lgamma(count - right + 1.0);
    const double mass = std::exp(choose + right * std::log(0.5 + gap) + (count - right) * std::log(0.5 - gap));
    wrong += 2 * k == n ? 0.5 * mass : mass;
  }
  return wrong;
}

double hardest_gap(std::size_t contexts, std::uint64_t n) {
  return 0.2 * std::sqrt(static_cast<double>(contexts) / static_cast<double>(n));
}

}  // namespace pianola
