#include "pianola/base/interrupt.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

TEST(Interrupt, IsAFlagThatLoopsLookAt) {
  clear_interrupt();
  EXPECT_FALSE(interrupt_requested());
  EXPECT_NO_THROW(throw_if_interrupted());
  request_interrupt();
  EXPECT_TRUE(interrupt_requested());
  EXPECT_THROW(throw_if_interrupted(), Interrupted);
  EXPECT_TRUE(interrupt_requested()) << "other threads must see it too";
  clear_interrupt();
  EXPECT_NO_THROW(throw_if_interrupted());
}

TEST(Interrupt, CanBeSetBySignalHandlers) {
  clear_interrupt();
  const auto before = ::signal(SIGUSR1, [](int) { request_interrupt(); });
  ::raise(SIGUSR1);
  ::signal(SIGUSR1, before);
  EXPECT_TRUE(interrupt_requested());
  clear_interrupt();
}

}  // namespace
}  // namespace pianola
