#include "pianola/quantizers/fsq_options.hpp"

#include <gtest/gtest.h>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

FsqConfig with(const std::string& levels, const std::string& encoder) {
  FsqConfig config;
  config.levels = levels;
  config.encoder.encoder = encoder;
  return config;
}

TEST(FsqOptions, LevelsAreOneNumberOrSeveral) {
  EXPECT_EQ(fsq_levels(with("auto", "identity")), (std::vector<std::uint32_t>{8}));
  EXPECT_EQ(fsq_levels(with("auto", "pca")), (std::vector<std::uint32_t>{8, 5, 5, 5}));
  EXPECT_EQ(fsq_levels(with("7x3", "pca")), (std::vector<std::uint32_t>{7, 3}));
  EXPECT_EQ(fsq_levels(with("7;3", "pca")), (std::vector<std::uint32_t>{7, 3}));
  for (const char* bad : {"", "x", "1", "8x", "8xx5", "-8", "99999999999"}) {
    EXPECT_THROW(fsq_levels(with(bad, "identity")), UsageError) << bad;
  }
}

TEST(FsqOptions, LevelsFitTheEncoder) {
  EXPECT_EQ(fsq_shape(with("8", "identity"), 3, 4).latent, 12U);
  EXPECT_EQ(fsq_shape(with("8x5x5", "identity"), 3, 4).latent, 12U);
  EXPECT_THROW(fsq_shape(with("8x5", "identity"), 3, 4), UsageError);
  EXPECT_EQ(fsq_shape(with("8x5", "pca"), 3, 4).latent, 2U);
}

}  // namespace
}  // namespace pianola
