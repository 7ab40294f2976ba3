#include "pianola/quantizers/twin.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "data/memory_reader.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/data/formats.hpp"
#include "quantizers/fitting.hpp"

namespace pianola {
namespace {

Trajectory ramp(std::size_t steps, std::size_t dim) {
  Trajectory trajectory;
  trajectory.name = "demo_0";
  trajectory.steps = steps;
  for (std::size_t i = 0; i < steps * dim; ++i) trajectory.actions.push_back(std::sin(0.7 * static_cast<double>(i)));
  trajectory.observations.assign(steps, 0.25);
  return trajectory;
}

std::unique_ptr<Quantizer> bins(std::size_t dim, std::size_t chunk) {
  return make_quantizer("uniform:bins=9", testing::unit_context(dim, chunk));
}

TEST(Twin, EveryLabelIsOneThatTheQuantizerCanPlay) {
  for (const std::size_t chunk : {1, 4, 7}) {
    const auto quantizer = bins(2, chunk);
    const Trajectory original = ramp(10, 2);
    Trajectory twin = original, again = original;
    quantize_trajectory(twin, *quantizer, NoiseKey(1), 0);
    ASSERT_EQ(twin.actions.size(), original.actions.size());
    for (std::size_t i = 0; i < twin.actions.size(); ++i) {
      EXPECT_LE(std::abs(twin.actions[i] - original.actions[i]), 1.0 / 9.0 + 1e-6);
      if (original.actions[i] != 0.0) {  // 0 is a level of nine bins
        EXPECT_NE(twin.actions[i], original.actions[i]);
      }
    }
    again = twin;
    quantize_trajectory(again, *quantizer, NoiseKey(1), 0);
    EXPECT_EQ(again.actions, twin.actions) << "a binning is a projection";
  }
}

#ifdef PIANOLA_WITH_HDF5
TEST(Twin, TheFileHoldsTheTwinAndSaysSo) {
  const auto folder = std::filesystem::temp_directory_path() / ("pianola-twin-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  const std::string first = folder / "a.hdf5", second = folder / "b.hdf5";
  DatasetInfo info;
  info.observation_dim = 1;
  info.action_dim = 2;
  const auto writer = create_dataset(first, info);
  writer->write(ramp(10, 2));
  writer->finish();
  const auto quantizer = bins(2, 1);
  const auto reader = open_dataset(first);
  write_quantized_twin(*reader, *quantizer, NoiseKey(1), second);
  const auto twin = open_dataset(second);
  Trajectory expected = ramp(10, 2);
  quantize_trajectory(expected, *quantizer, NoiseKey(1), 0);
  EXPECT_EQ(twin->read(0).actions, expected.actions);
  EXPECT_EQ(twin->read(0).observations, expected.observations);
  EXPECT_EQ(twin->info().attributes.at("quantizer"), quantizer->info().spec);
  EXPECT_THROW(write_quantized_twin(*reader, *bins(3, 1), NoiseKey(1), folder / "c.hdf5"), UsageError);
  std::filesystem::remove_all(folder);
}

TEST(Twin, EachTrajectoryByTheQuantizerOfItsPart) {
  const test::TemporaryFolder folder;
  DatasetInfo info;
  info.observation_dim = 1;
  info.action_dim = 2;
  test::MemoryReader reader(info, {ramp(10, 2), ramp(10, 2)});
  const std::shared_ptr<const Quantizer> fine = bins(2, 1),
                                         coarse = make_quantizer("uniform:bins=3", testing::unit_context(2, 1));
  const std::string path = folder.file("twin.hdf5");
  write_quantized_twin(reader, {"robot", {{"a", {1}, 10, coarse}, {"b", {0}, 10, fine}}}, NoiseKey(1), path);
  const auto twin = open_dataset(path);
  Trajectory by_fine = ramp(10, 2), by_coarse = ramp(10, 2);
  quantize_trajectory(by_fine, *fine, NoiseKey(1), 0);
  quantize_trajectory(by_coarse, *coarse, NoiseKey(1), 1);
  EXPECT_EQ(twin->read(0).actions, by_fine.actions);
  EXPECT_EQ(twin->read(1).actions, by_coarse.actions);
  EXPECT_NE(by_fine.actions, by_coarse.actions);
  EXPECT_EQ(twin->info().attributes.at("quantizer_by"), "robot");
  test::expect_parts(test::message_of<UsageError>([&] {
                       write_quantized_twin(reader, {"robot", {{"a", {1}, 10, coarse}}}, NoiseKey(1), path);
                     }),
                     {"not every trajectory", "robot"});
}
#endif

}  // namespace
}  // namespace pianola
