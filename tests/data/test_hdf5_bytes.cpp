#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/hdf5_bytes.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "data/raw_hdf5.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/data/hdf5_file.hpp"
#include "property.hpp"

namespace pianola {
namespace {

using test::RawHdf5;

constexpr std::size_t kRow = 2 * sizeof(double);

std::vector<std::size_t> blocks(const Hdf5Bytes& bytes, std::size_t first, std::size_t rows, std::size_t room) {
  std::vector<std::size_t> out;
  for (std::size_t done = 0; done < rows; done += out.back()) {
    out.push_back(bytes.block(first + done, rows - done, room));
    EXPECT_GT(out.back(), 0u);
    EXPECT_LE(out.back(), bytes.largest_block(room));
    if (out.back() == 0) break;
  }
  return out;
}

TEST(Hdf5Bytes, BlocksEndWhereChunksEnd) {
  const std::vector<std::size_t> dims{100, 2}, chunk{10, 2}, half{10, 1}, large{100'000, 2};
  using Sizes = std::vector<std::size_t>;
  EXPECT_EQ(blocks(Hdf5Bytes(dims, chunk, kRow), 7, 50, 25), (Sizes{3, 20, 20, 7}));
  EXPECT_EQ(blocks(Hdf5Bytes(dims, chunk, kRow), 0, 30, 4), (Sizes{10, 10, 10})) << "a chunk larger than the room";
  EXPECT_EQ(blocks(Hdf5Bytes(dims, chunk, kRow), 3, 4, 25), (Sizes{4}));
  EXPECT_EQ(blocks(Hdf5Bytes(dims, half, kRow), 7, 50, 25), (Sizes{25, 25})) << "no whole rows";
  EXPECT_EQ(blocks(Hdf5Bytes(dims, large, kRow), 7, 50, 25), (Sizes{25, 25})) << "beyond 1 MiB";
  EXPECT_EQ(blocks(Hdf5Bytes(), 7, 50, 25), (Sizes{25, 25}));
  EXPECT_EQ(blocks(Hdf5Bytes(3, 0, kRow), 7, 50, 25), (Sizes{25, 25}));
}

TEST(Hdf5Bytes, WhatIsLeftToLibhdf5EndsWhereAChunkEnds) {
  const std::vector<std::size_t> dims{100, 2}, chunk{10, 2};
  EXPECT_EQ(Hdf5Bytes(dims, chunk, kRow).left_to_library(7, 50), 3u);
  EXPECT_EQ(Hdf5Bytes(dims, chunk, kRow).left_to_library(10, 50), 10u);
  EXPECT_EQ(Hdf5Bytes(dims, chunk, kRow).left_to_library(17, 2), 2u);
  EXPECT_EQ(Hdf5Bytes().left_to_library(7, 50), 50u);
}

TEST(Hdf5Bytes, NothingIsReadWhereNothingIsKnown) {
  std::vector<std::byte> room(100);
  EXPECT_EQ(Hdf5Bytes().read(-1, 0, 2, room.data()), 0u);
  EXPECT_EQ(Hdf5Bytes(-1, 0, 4).read(-1, 0, 2, room.data()), 0u);
}

/// Any rows of any layout, against what was written.
TEST(Hdf5Bytes, AnyRowsOfAnyLayout) {
  const test::TemporaryFolder folder;
  constexpr std::size_t kRows = 1000, kColumns = 3;
  const std::vector<double> values = test::halves(kRows * kColumns);
  const char* const names[] = {"contiguous", "narrow",     "chunked", "narrow_chunks",
                               "deflated",   "big_endian", "integers"};
  {
    RawHdf5 raw(folder.file("a.hdf5"));
    raw.doubles("contiguous", {kRows, kColumns}, values);
    raw.doubles("narrow", {kRows, kColumns}, values, H5T_IEEE_F32LE);
    raw.dataset("chunked", {kRows, kColumns}, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, values.data(), 7);
    raw.dataset("narrow_chunks", {kRows, kColumns}, H5T_IEEE_F32LE, H5T_NATIVE_DOUBLE, values.data(), 64);
    raw.dataset("deflated", {kRows, kColumns}, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, values.data(), 64, 4);
    raw.dataset("big_endian", {kRows, kColumns}, H5T_IEEE_F64BE, H5T_NATIVE_DOUBLE, values.data(), 64);
    std::vector<std::int64_t> whole(values.begin(), values.end());
    raw.dataset("integers", {kRows, kColumns}, H5T_STD_I64LE, H5T_NATIVE_INT64, whole.data(), 64);
  }
  const Hdf5File file(folder.file("a.hdf5"));
  for (const std::string name : names) {
    const Hdf5Dataset numbers = file.dataset(name);
    const double off = name == "integers" ? 0.5 : 0.0;
    test::property([&] {
      const auto first = *rc::gen::inRange<std::size_t>(0, kRows + 1);
      const auto rows = *rc::gen::inRange<std::size_t>(0, kRows - first + 1);
      const CheckedMatrix got = numbers.read_checked(first, rows);
      RC_ASSERT(got.values.size() == rows * kColumns && got.finite);
      std::vector<double> plain(rows * kColumns);
      numbers.read_rows(first, plain);
      for (std::size_t i = 0; i < got.values.size(); ++i) {
        RC_ASSERT(got.values[i] == values[first * kColumns + i] - off);
        RC_ASSERT(plain[i] == got.values[i]);
      }
    });
    EXPECT_THROW((void)numbers.read_checked(kRows, 1), UsageError);
  }
}

TEST(Hdf5Bytes, AUserBlockMovesTheNumbers) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.hdf5");
  const std::vector<double> values = test::halves(50);
  {
    const hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_userblock(creation, 1024);
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, H5P_DEFAULT);
    const hsize_t dims[] = {25, 2};
    const hid_t space = H5Screate_simple(2, dims, nullptr);
    const hid_t x = H5Dcreate2(file, "x", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(x, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    H5Dclose(x);
    H5Sclose(space);
    H5Fclose(file);
    H5Pclose(creation);
  }
  EXPECT_EQ(Hdf5File(path).dataset("x").read_checked().values, values);
}

TEST(Hdf5Bytes, AFileThatIsCutWhileItIsOpen) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.hdf5");
  {
    RawHdf5 raw(path);
    raw.doubles("x", {4000, 2}, test::halves(8000));
  }
  const Hdf5File file(path);
  const Hdf5Dataset numbers = file.dataset("x");
  EXPECT_EQ(numbers.read_checked().values.size(), 8000u);
  std::filesystem::resize_file(path, 20'000);
  try {
    (void)numbers.read_checked();  // libhdf5 takes zeros for what is beyond the end
  } catch (const DataError& error) {
    test::expect_parts(error.what(), {"a.hdf5", "'x'"});
  }
}

TEST(Hdf5Bytes, OtherDriversHaveNoDescriptor) {
  const test::TemporaryFolder folder;
  const Hdf5Guard guard;
  const Hdf5Id access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_core(access.get(), 1024, false);
  const Hdf5Id core(H5Fcreate(folder.file("a.hdf5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose);
  EXPECT_EQ(hdf5_descriptor(core.get()), -1);
  const Hdf5Id plain(H5Fcreate(folder.file("b.hdf5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
  EXPECT_GE(hdf5_descriptor(plain.get()), 0);
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
