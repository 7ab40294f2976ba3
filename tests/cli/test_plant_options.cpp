#include "pianola/cli/plant_options.hpp"

#include <gtest/gtest.h>

#include "pianola/base/error.hpp"

namespace pianola::cli {
namespace {

TEST(PlantOptions, PerturbationIsParsed) {
  const Perturbation some = parse_perturbation("sigma=0.3,clean=0.5");
  EXPECT_EQ(some.sigma, 0.3);
  EXPECT_EQ(some.clean, 0.5);
  EXPECT_EQ(parse_perturbation("").clean, 1.0);
  EXPECT_EQ(parse_perturbation("sigma=0.1").clean, 0.0);
}

TEST(PlantOptions, BadPerturbationsAreRefused) {
  EXPECT_THROW(parse_perturbation("sigma=-1"), UsageError);
  EXPECT_THROW(parse_perturbation("sigma=1,clean=2"), UsageError);
  EXPECT_THROW(parse_perturbation("sgima=1"), UsageError);
}

}  // namespace
}  // namespace pianola::cli
