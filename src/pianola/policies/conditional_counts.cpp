#include "pianola/policies/conditional_counts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

void check_range(const char* what, std::span<const std::uint32_t> values, std::size_t count) {
  const auto wrong = std::ranges::find_if(values, [count](std::uint32_t value) { return value >= count; });
  if (wrong == values.end()) return;
  throw UsageError(fmt::format("counts: {} {} of entry {} is not among the {} that there are", what, *wrong,
                               wrong - values.begin(), count));
}

}  // namespace

ConditionalCounts::ConditionalCounts(std::size_t contexts, std::size_t outcomes)
    : contexts_(contexts), outcomes_(outcomes), counts_(contexts * outcomes, 0.0) {
  assert(contexts >= 1 && outcomes >= 1);
}

void ConditionalCounts::add(std::span<const std::uint32_t> contexts, std::span<const std::uint32_t> outcomes) {
  if (contexts.size() != outcomes.size()) {
    throw UsageError(
        fmt::format("counts: {} contexts come with {} outcomes; give one for each", contexts.size(), outcomes.size()));
  }
  check_range("context", contexts, contexts_);
  check_range("outcome", outcomes, outcomes_);
  for (std::size_t i = 0; i < contexts.size(); ++i) counts_[contexts[i] * outcomes_ + outcomes[i]] += 1.0;
}

void ConditionalCounts::clear() { std::ranges::fill(counts_, 0.0); }

double ConditionalCounts::seen(std::size_t context) const {
  const auto row = std::span(counts_).subspan(context * outcomes_, outcomes_);
  return std::accumulate(row.begin(), row.end(), 0.0);
}

void ConditionalCounts::ratios(std::span<double> out) const {
  assert(out.size() == counts_.size());
  for (std::size_t context = 0; context < contexts_; ++context) {
    const double total = seen(context);
    for (std::size_t i = context * outcomes_; i < (context + 1) * outcomes_; ++i) {
      out[i] = total > 0.0 ? counts_[i] / total : 1.0 / static_cast<double>(outcomes_);
    }
  }
}

std::vector<double> ConditionalCounts::ratios() const {
  std::vector<double> out(counts_.size());
  ratios(out);
  return out;
}

double log_likelihood(const ConditionalCounts& counts, std::span<const double> law) {
  assert(law.size() == counts.counts().size());
  double sum = 0.0;
  for (std::size_t i = 0; i < law.size(); ++i) {
    if (counts.counts()[i] > 0.0) sum += counts.counts()[i] * std::log(law[i]);
  }
  return sum;
}

}  // namespace pianola
