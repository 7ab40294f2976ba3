#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/d3rlpy.hpp"

#include <gtest/gtest.h>

#include "data/golden_episodes.hpp"
#include "data/raw_hdf5.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

TEST(D3rlpy, AFileOfTheLayout) {
  const auto reader = open_dataset(test::golden("d3rlpy.hdf5"));
  EXPECT_EQ(reader->info().format, "d3rlpy");
  test::expect_golden(*reader, {.next = false, .dones = false});
  EXPECT_EQ(reader->info().action_bits, 32);
  test::TemporaryFolder folder;
  EXPECT_THROW((void)create_dataset(folder.file("a"), test::golden_info(), "d3rlpy"), UsageError);
}

TEST(D3rlpy, TupleObservationsAndEpisodesThatDoNotAddUp) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  const auto write = [&](double episodes, hsize_t rows, bool flag) {
    test::RawHdf5 raw(path);
    raw.doubles("/num_episodes", {}, {episodes}, H5T_STD_I64LE);
    raw.doubles("/version", {1}, {0.0});
    for (const std::string i : {"0", "1"}) {
      raw.doubles("/observations_" + i + "_0", {2, 1}, {1, 2});
      raw.doubles("/observations_" + i + "_1", {i == "0" ? 2 : rows, 1}, test::halves(8));
      raw.doubles("/actions_" + i, {2, 1}, {5, 6});
      if (flag || i == "0") raw.doubles("/terminated_" + i, {}, {1.0}, H5T_STD_I8LE);
    }
  };
  const auto refusal = [&] { return message_of<DataError>([&] { (void)read_all(*open_dataset(path)); }); };
  write(2, 2, true);
  EXPECT_EQ(open_dataset(path)->read(1).observations, (std::vector<double>{1, 0.5, 2, 1.5}));
  EXPECT_EQ(open_dataset(path)->info().observation_fields, (std::vector<ObservationField>{{"0", 0, 1}, {"1", 1, 1}}));
  write(2, 3, true);
  expect_parts(refusal(), {"a.h5", "/observations_1_1", "[3, 1]", "2 rows"});
  write(2, 2, false);
  expect_parts(refusal(), {"terminated_1"});
  for (const double count : {1.0, 0.0, -1.0, 3000.0}) {
    write(count, 2, true);
    expect_parts(refusal(), {"a.h5", "num_episodes"});
  }
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
