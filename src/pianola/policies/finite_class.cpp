#include "pianola/policies/finite_class.hpp"

#include <fmt/format.h>

#include <cmath>

#include "pianola/base/error.hpp"

namespace pianola {

ClassMaximiser maximise_log_likelihood(std::size_t members, const std::function<double(std::size_t)>& log_likelihood) {
  if (members == 0) throw UsageError("finite class: it is empty; give at least one member");
  ClassMaximiser best;
  for (std::size_t c = 0; c < members; ++c) {
    const double value = log_likelihood(c);
    if (std::isnan(value)) {
      throw UsageError(fmt::format("finite class: the log-likelihood of member {} is NaN; laws are non-negative", c));
    }
    if (c > 0 && value == best.log_likelihood) ++best.ties;
    if (c == 0 || value > best.log_likelihood) best = {c, value, 1};
  }
  return best;
}

ClassMaximiser maximise_log_likelihood(const ConditionalCounts& counts, std::span<const double> laws) {
  const std::size_t width = counts.counts().size();
  if (laws.size() % width != 0) {
    throw UsageError(fmt::format("finite class: {} probabilities are no whole tables of {} contexts × {} outcomes",
                                 laws.size(), counts.contexts(), counts.outcomes()));
  }
  std::vector<std::size_t> seen;  // the entries that count, so that rare data cost little
  for (std::size_t i = 0; i < width; ++i) {
    if (counts.counts()[i] > 0.0) seen.push_back(i);
  }
  return maximise_log_likelihood(laws.size() / width, [&](std::size_t member) {
    double sum = 0.0;
    for (const std::size_t i : seen) sum += counts.counts()[i] * std::log(laws[member * width + i]);
    return sum;
  });
}

}  // namespace pianola
