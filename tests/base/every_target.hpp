// Fast paths under each instruction set that this processor has. Stands on Highway's headers alone, as the tests of the
// runtime do.
#pragma once

#include <gtest/gtest.h>
#if defined(__x86_64__)
#include <hwy/targets.h>
#endif

#include <cstdint>

namespace pianola {

/// Runs `check` with each instruction set that this processor has; once where there is no choice.
template <class Check>
void on_every_target(const Check& check) {
#if defined(__x86_64__)
  const std::int64_t supported = hwy::SupportedTargets();
  for (const std::int64_t target : {HWY_AVX3, HWY_AVX2, HWY_SSE4, HWY_SSSE3, HWY_SCALAR}) {
    if (target != HWY_SCALAR && (supported & target) == 0) continue;
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    check();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
#else
  check();
#endif
}

}  // namespace pianola
