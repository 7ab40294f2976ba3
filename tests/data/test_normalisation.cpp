#include "pianola/data/normalisation.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/random.hpp"

namespace pianola {
namespace {

Dataset dataset_of(std::vector<std::vector<double>> trajectories, std::size_t dim) {
  DatasetInfo info;
  info.path = "a.hdf5";
  info.observation_dim = dim;
  info.action_dim = 1;
  Dataset dataset(info);
  for (auto& observations : trajectories) {
    Trajectory t;
    t.steps = observations.size() / dim;
    t.observations = std::move(observations);
    t.actions.assign(t.steps, 0.0);
    dataset.append(t);
  }
  return dataset;
}

TEST(Normalisation, MeanAndDeviationOfAKnownSample) {
  const Normalisation n = fit_normalisation(dataset_of({{1.0, 10.0, 3.0, 10.0}, {5.0, 10.0}}, 2));
  ASSERT_EQ(n.mean.size(), 2u);
  EXPECT_FLOAT_EQ(n.mean[0], 3.0f);
  EXPECT_FLOAT_EQ(n.inverse_std[0], static_cast<float>(1.0 / std::sqrt(8.0 / 3.0)));
  EXPECT_EQ(n.mean[1], 10.0f);
  EXPECT_EQ(n.inverse_std[1], 0.0f) << "a constant dimension maps to 0";
}

TEST(Normalisation, NormalisedDataHaveMeanZeroAndDeviationOne) {
  const NoiseKey key(5);
  std::vector<double> values(4000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 1e3 + 0.01 * normal(key, i, 0);
  const Normalisation n = fit_normalisation(dataset_of({values}, 1));
  double sum = 0.0, square = 0.0;
  for (const double x : values) {
    const double z = (x - 1e3) * n.inverse_std[0];
    sum += z;
    square += z * z;
  }
  const double size = static_cast<double>(values.size());
  EXPECT_NEAR(square / size - (sum / size) * (sum / size), 1.0, 1e-6);
}

TEST(Normalisation, FloorKeepsRoundingNoiseSmall) {
  // Two neighbouring doubles near 10⁶: the deviation is rounding, far below the floor 1e-6 · 10⁶.
  const Normalisation n = fit_normalisation(dataset_of({{1e6, std::nextafter(1e6, 2e6)}}, 1));
  EXPECT_FLOAT_EQ(n.inverse_std[0], 1.0f);
}

TEST(Normalisation, OnlyTheChosenTrajectoriesCount) {
  const Dataset dataset = dataset_of({{0.0, 2.0}, {100.0, 300.0}}, 1);
  const std::array<std::size_t, 1> first{0};
  EXPECT_FLOAT_EQ(fit_normalisation(dataset, first).mean[0], 1.0f);
  const std::array<std::size_t, 1> missing{2};
  test::expect_parts(test::message_of<UsageError>([&] { (void)fit_normalisation(dataset, missing); }),
                     {"trajectory 2", "of 2"});
}

TEST(Normalisation, NothingToFitIsAnError) { EXPECT_THROW((void)fit_normalisation(dataset_of({}, 1)), UsageError); }

TEST(Normalisation, BeyondFloat32IsAnError) {
  test::expect_parts(test::message_of<DataError>([] {
                       (void)fit_normalisation(dataset_of({{0.0, 1e300}}, 1));
                     }),
                     {"a.hdf5", "dimension 0", "float32"});
}

TEST(Normalisation, FingerprintIsOfBothArrays) {
  const Normalisation a{{1.0f}, {2.0f}}, b{{2.0f}, {1.0f}}, c{{1.0f, 2.0f}, {}};
  EXPECT_EQ(a.fingerprint(), (Normalisation{{1.0f}, {2.0f}}).fingerprint());
  EXPECT_NE(a.fingerprint(), b.fingerprint());
  EXPECT_NE(a.fingerprint(), c.fingerprint());
  EXPECT_EQ(a.fingerprint().size(), 32u);
}

}  // namespace
}  // namespace pianola
