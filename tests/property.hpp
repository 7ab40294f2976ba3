// Properties over drawn cases (RapidCheck), as expectations of GoogleTest: rc::check alone prints what it found and
// lets the test pass.
#pragma once

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <utility>

namespace pianola::test {

/// Expects the property to hold for all drawn cases; prints the smallest one for which it does not, and its seed.
/// arguments: as of rc::check, a description or not, and the property.
template <class... Arguments>
void property(Arguments&&... arguments) {
  EXPECT_TRUE(rc::check(std::forward<Arguments>(arguments)...));
}

}  // namespace pianola::test
