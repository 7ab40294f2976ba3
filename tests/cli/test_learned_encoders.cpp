#include "pianola/cli/learned_encoders.hpp"

#include <gtest/gtest.h>

namespace pianola::cli {
namespace {

TEST(LearnedEncoders, AreFittedWhereThereIsLibTorch) {
#ifdef PIANOLA_WITH_TORCH
  EXPECT_NE(autoencoder_trainer(), nullptr);
#else
  EXPECT_EQ(autoencoder_trainer(), nullptr);
#endif
}

}  // namespace
}  // namespace pianola::cli
