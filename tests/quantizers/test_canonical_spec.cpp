#include "pianola/quantizers/canonical_spec.hpp"

#include <gtest/gtest.h>

#include "pianola/quantizers/kmeans.hpp"
#include "pianola/quantizers/rvq.hpp"
#include "pianola/quantizers/uniform_bins.hpp"

namespace pianola {
namespace {

TEST(CanonicalSpec, WhatIsShownStandsFirstWhereItHasItsDefault) {
  UniformBinsConfig uniform;
  EXPECT_EQ(canonical_spec("uniform", uniform, {"bins"}), "uniform:bins=256");
  uniform.representatives = "ends";
  EXPECT_EQ(canonical_spec("uniform", uniform, {"bins"}), "uniform:bins=256,representatives=ends");
  uniform.bins = 17;
  EXPECT_EQ(canonical_spec("uniform", uniform, {"bins"}), "uniform:bins=17,representatives=ends");
  EXPECT_EQ(canonical_spec("uniform", uniform, {}), write_spec("uniform", uniform).text());
}

TEST(CanonicalSpec, CodesOfKMeansAreShown) {
  EXPECT_EQ(canonical_spec("kmeans", KMeansConfig(), {"k"}), "kmeans:k=64");
}

TEST(CanonicalSpec, OfSeveralThatHaveTheirDefaultTheLastStandsFirst) {
  RvqConfig rvq;
  EXPECT_EQ(canonical_spec("rvq", rvq, {"codes", "layers"}), "rvq:layers=2,codes=16");
  rvq.layers = 3;
  EXPECT_EQ(canonical_spec("rvq", rvq, {"codes", "layers"}), "rvq:codes=16,layers=3");
}

}  // namespace
}  // namespace pianola
