// An experiment gives the same bits for one thread and for two.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "pianola/base/parallel.hpp"
#include "pianola/theory/experiment.hpp"

namespace pianola::test {

/// Returns that result, for what else a test asks of it.
inline ExperimentResult expect_same_bits(const std::string& name, const ExperimentOptions& options) {
  set_threads(1);
  const ExperimentResult one = find_experiment(name).run(options);
  set_threads(2);
  const ExperimentResult two = find_experiment(name).run(options);
  set_threads(0);
  EXPECT_EQ(one.checks.size(), two.checks.size());
  for (std::size_t i = 0; i < std::min(one.checks.size(), two.checks.size()); ++i) {
    const Check &a = one.checks[i], &b = two.checks[i];
    EXPECT_EQ(a.name, b.name);
    EXPECT_TRUE(a.passed == b.passed);
    if (!a.passed) continue;  // undecided: NaN on both sides
    EXPECT_EQ(a.measured.value, b.measured.value) << a.name;
    EXPECT_EQ(a.judged, b.judged) << a.name;
  }
  EXPECT_EQ(one.rows.size(), two.rows.size());
  return one;
}

}  // namespace pianola::test
