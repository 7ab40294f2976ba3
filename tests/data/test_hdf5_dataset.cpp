#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/hdf5_dataset.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "data/raw_hdf5.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/data/hdf5_file.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;
using test::RawHdf5;

class Hdf5DatasetTest : public ::testing::Test {
 protected:
  /// A file with what `fill` writes, open for reading.
  template <class Fill>
  std::unique_ptr<Hdf5File> file(Fill fill) {
    {
      RawHdf5 raw(path());
      fill(raw);
    }
    return std::make_unique<Hdf5File>(path());
  }
  [[nodiscard]] std::string path() const { return folder_.file("a.hdf5"); }
  test::TemporaryFolder folder_;
};

TEST_F(Hdf5DatasetTest, EveryNumericTypeArrivesAsDouble) {
  const std::vector<double> values{0.0, 1.0, 2.0, 100.0, 7.0, 3.0};
  const struct {
    const char* name;
    hid_t type;
    int bits;
  } types[] = {{"f64le", H5T_IEEE_F64LE, 64}, {"f64be", H5T_IEEE_F64BE, 64}, {"f32le", H5T_IEEE_F32LE, 32},
               {"f32be", H5T_IEEE_F32BE, 32}, {"i8", H5T_STD_I8LE, 32},      {"u8", H5T_STD_U8LE, 32},
               {"i16", H5T_STD_I16BE, 32},    {"i32", H5T_STD_I32LE, 64},    {"u32", H5T_STD_U32LE, 64},
               {"i64", H5T_STD_I64LE, 64},    {"u64", H5T_STD_U64BE, 64}};
  const auto open = file([&](RawHdf5& raw) {
    for (const auto& type : types) raw.doubles(type.name, {3, 2}, values, type.type);
  });
  for (const auto& type : types) {
    const Hdf5Dataset dataset = open->dataset(type.name);
    EXPECT_EQ(dataset.rows(), 3u);
    EXPECT_EQ(dataset.columns(), 2u);
    EXPECT_EQ(dataset.dims_text(), "[3, 2]");
    EXPECT_EQ(dataset.bits(), type.bits) << type.name;
    EXPECT_EQ(open->read(type.name), values) << type.name;
  }
}

TEST_F(Hdf5DatasetTest, FloatsOfManyBlocksAreWidenedBitForBit) {
  std::vector<float> narrow(5003);  // blocks of 512, the last one short
  for (std::size_t i = 0; i < narrow.size(); ++i) narrow[i] = std::sin(static_cast<float>(i)) * 1e-3f;
  narrow[17] = std::numeric_limits<float>::denorm_min();
  narrow[18] = -0.0f;
  const auto open =
      file([&](RawHdf5& raw) { raw.dataset("x", {narrow.size()}, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, narrow.data()); });
  const std::vector<double> wide = open->read("x");
  ASSERT_EQ(wide.size(), narrow.size());
  for (std::size_t i = 0; i < narrow.size(); ++i) {
    ASSERT_EQ(wide[i], static_cast<double>(narrow[i])) << i;
    ASSERT_EQ(std::signbit(wide[i]), std::signbit(narrow[i])) << i;
  }
}

/// A 16-bit IEEE float as h5py makes it.
hid_t half_type() {
  const hid_t type = H5Tcopy(H5T_IEEE_F32LE);
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_size(type, 2);
  H5Tset_ebias(type, 15);
  return type;
}

TEST_F(Hdf5DatasetTest, HalfFloatsAreNumbers) {
  const std::vector<double> values{0.0, -1.5, 65504.0, 0.000030517578125};
  const auto open = file([&](RawHdf5& raw) {
    const hid_t type = half_type();
    raw.doubles("x", {4}, values, type);
    H5Tclose(type);
  });
  EXPECT_EQ(open->read("x"), values);
  EXPECT_EQ(open->dataset("x").bits(), 32);
}

TEST_F(Hdf5DatasetTest, SoundNumbers) {
  const Hdf5Guard guard;
  const Hdf5Id half(half_type(), H5Tclose), text(H5Tcopy(H5T_C_S1), H5Tclose), packed(H5Tcopy(H5T_STD_U32BE), H5Tclose);
  H5Tset_precision(packed.get(), 12);
  H5Tset_offset(packed.get(), 4);
  for (const hid_t type : {half.get(), packed.get(), H5T_IEEE_F64BE, H5T_STD_I8LE, H5T_STD_U64LE}) {
    EXPECT_TRUE(hdf5_is_sound_number(type));
  }
  for (const hid_t type : {text.get(), H5T_NATIVE_LDOUBLE, H5T_STD_REF_OBJ, hid_t{-1}}) {
    EXPECT_FALSE(hdf5_is_sound_number(type));
  }
}

TEST_F(Hdf5DatasetTest, BooleansOfH5pyAreNumbers) {
  const auto open = file([](RawHdf5& raw) {
    const hid_t type = H5Tenum_create(H5T_STD_I8LE);  // as h5py stores numpy.bool
    signed char value = 0;
    H5Tenum_insert(type, "FALSE", &value);
    value = 1;
    H5Tenum_insert(type, "TRUE", &value);
    const signed char flags[] = {0, 1, 1};
    raw.dataset("done", {3}, type, type, flags);
    H5Tclose(type);
  });
  EXPECT_EQ(open->read("done"), (std::vector<double>{0.0, 1.0, 1.0}));
}

TEST_F(Hdf5DatasetTest, IntegersThatNoDoubleHoldsAreRefused) {
  const std::int64_t limit = std::int64_t{1} << 53;
  const std::int64_t fits[] = {limit, -limit}, low[] = {0, -limit - 1};
  const std::uint64_t high[] = {std::numeric_limits<std::uint64_t>::max()};
  const auto open = file([&](RawHdf5& raw) {
    raw.dataset("fits", {2}, H5T_STD_I64LE, H5T_NATIVE_INT64, fits);
    raw.dataset("low", {2}, H5T_STD_I64LE, H5T_NATIVE_INT64, low);
    raw.dataset("high", {1}, H5T_STD_U64LE, H5T_NATIVE_UINT64, high);
  });
  EXPECT_EQ(open->read("fits"), (std::vector<double>{0x1p53, -0x1p53}));
  expect_parts(message_of<DataError>([&] { (void)open->read("low"); }),
               {"'low'", "element 1", "-9007199254740993", "2^53"});
  EXPECT_THROW((void)open->read("high"), DataError);
}

TEST_F(Hdf5DatasetTest, OtherTypesAreRefusedByName) {
  const auto open = file([](RawHdf5& raw) {
    const hid_t text = H5Tcopy(H5T_C_S1), compound = H5Tcreate(H5T_COMPOUND, 8);
    H5Tset_size(text, 4);
    H5Tinsert(compound, "x", 0, H5T_NATIVE_DOUBLE);
    raw.dataset("text", {2}, text, text, "abcdefgh");
    const double x[] = {1.0, 2.0};
    raw.dataset("compound", {2}, compound, compound, x);
    raw.dataset("long", {2}, H5T_NATIVE_LDOUBLE, H5T_NATIVE_DOUBLE, x);
    raw.dataset("reference", {1}, H5T_STD_REF_OBJ, H5T_STD_REF_OBJ, nullptr);
    H5Tclose(text);
    H5Tclose(compound);
  });
  const auto refusal = [&](const char* name) { return message_of<DataError>([&] { (void)open->dataset(name); }); };
  expect_parts(refusal("text"), {"a.hdf5", "'text'", "strings", "convert it"});
  expect_parts(refusal("compound"), {"compound values"});
  expect_parts(refusal("long"), {"wider than 64 bits"});
  expect_parts(refusal("reference"), {"references"});
  expect_parts(refusal("absent"), {"'absent'", "cannot be opened"});
}

TEST_F(Hdf5DatasetTest, AScalarHasNoRows) {
  const auto open = file([](RawHdf5& raw) {
    const hid_t space = H5Screate(H5S_SCALAR);
    H5Dclose(H5Dcreate2(raw.id(), "x", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(space);
  });
  expect_parts(message_of<DataError>([&] { (void)open->dataset("x"); }), {"'x'", "no dimensions"});
}

TEST_F(Hdf5DatasetTest, ChunkedAndCompressedAndEmpty) {
  const std::vector<double> values = test::halves(70);
  const auto open = file([&](RawHdf5& raw) {
    raw.dataset("chunked", {35, 2}, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, values.data(), 8);
    raw.dataset("deflated", {35, 2}, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, values.data(), 8, 6);
    raw.doubles("empty", {0, 2}, {});
  });
  EXPECT_EQ(open->read("chunked"), values);
  EXPECT_EQ(open->read("deflated"), values);
  EXPECT_EQ(open->dataset("empty").rows(), 0u);
  EXPECT_TRUE(open->read("empty").empty());
}

TEST_F(Hdf5DatasetTest, ClaimsBeyondTheFileAreRefusedBeforeMemoryIsTaken) {
  const auto open = file([](RawHdf5& raw) {
    raw.dataset("never_written", {1000, 2}, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, nullptr);
    raw.dataset("no_chunks", {hsize_t{1} << 40, 4}, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, nullptr, 1024, 6);
    raw.dataset("overflow", {hsize_t{1} << 40, hsize_t{1} << 24}, H5T_STD_I8LE, H5T_NATIVE_DOUBLE, nullptr, 1);
  });
  const auto refusal = [&](const char* name) { return message_of<DataError>([&] { (void)open->dataset(name); }); };
  expect_parts(refusal("never_written"), {"'never_written'", "[1000, 2]", "0 of its 16000 bytes were written"});
  expect_parts(refusal("no_chunks"), {"'no_chunks'", "0 of its 1073741824 chunks"});
  expect_parts(refusal("overflow"), {"'overflow'", "more numbers than memory can address"});
}

TEST_F(Hdf5DatasetTest, PartsInOtherFilesAreRefused) {
  const auto open = file([&](RawHdf5& raw) {
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t rows = 4;
    H5Pset_external(properties, "/etc/hostname", 0, rows * sizeof(double));
    const hid_t space = H5Screate_simple(1, &rows, nullptr);
    H5Dclose(H5Dcreate2(raw.id(), "x", H5T_IEEE_F64LE, space, H5P_DEFAULT, properties, H5P_DEFAULT));
    H5Sclose(space);
    H5Pclose(properties);
  });
  expect_parts(message_of<DataError>([&] { (void)open->dataset("x"); }), {"other files", "h5repack"});
}

/// Columns of any layout into a wider matrix, in several blocks, the last one short.
TEST_F(Hdf5DatasetTest, ColumnsOfManyBlocks) {
  constexpr std::size_t kRows = 70'001, kStride = 5;
  std::vector<double> values(2 * kRows);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i % 199) - 99.0;
  const auto open = file([&](RawHdf5& raw) {
    raw.doubles("f64", {kRows, 2}, values);
    raw.doubles("f32", {kRows, 2}, values, H5T_IEEE_F32BE);
    raw.dataset("chunked", {kRows, 2}, H5T_STD_I16LE, H5T_NATIVE_DOUBLE, values.data(), 1000, 1);
    raw.dataset("one_chunk", {kRows, 2}, H5T_STD_I8LE, H5T_NATIVE_DOUBLE, values.data(), kRows, 1);
    raw.doubles("deep", {kRows, 2, 1}, values, H5T_IEEE_F32LE);
  });
  for (const char* name : {"f64", "f32", "chunked", "one_chunk", "deep"}) {
    std::vector<double> room(kRows * kStride, 0.5);
    open->dataset(name).read_columns(room, kStride, 1);
    for (std::size_t i = 0; i < kRows; ++i) {
      const double* row = room.data() + i * kStride;
      ASSERT_TRUE(row[1] == values[2 * i] && row[2] == values[2 * i + 1]) << name << ", row " << i;
      ASSERT_TRUE(row[0] == 0.5 && row[3] == 0.5 && row[4] == 0.5) << name << ", row " << i << ": others stay";
    }
  }
}

TEST_F(Hdf5DatasetTest, AnElementOfALaterBlockIsCountedFromTheStart) {
  std::vector<std::int64_t> values(70'000);
  values[69'000] = std::numeric_limits<std::int64_t>::max();
  const auto open =
      file([&](RawHdf5& raw) { raw.dataset("x", {70'000}, H5T_STD_I64LE, H5T_NATIVE_INT64, values.data()); });
  std::vector<double> room(2 * values.size());
  expect_parts(message_of<DataError>([&] { open->dataset("x").read_columns(room, 2, 0); }), {"'x'", "element 69000 "});
}

TEST_F(Hdf5DatasetTest, RoomMustFit) {
  const auto open = file([](RawHdf5& raw) { raw.doubles("x", {3}, {1.0, 2.0, 3.0}); });
  std::vector<double> room(2), matrix(6);
  EXPECT_THROW(open->dataset("x").read(room), UsageError);
  EXPECT_THROW(open->dataset("x").read_columns(room, 1, 0), UsageError);
  EXPECT_THROW(open->dataset("x").read_columns(matrix, 2, 2), UsageError);
}

TEST(Hdf5Dataset, ReadCheckedGivesWhatReadGives) {
  const test::TemporaryFolder folder;
  const std::size_t rows = 3 * kCachedBlock / 7;
  std::vector<double> values(rows * 7);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i % 251) / 4.0;
  {
    test::RawHdf5 raw(folder.file("a.hdf5"));
    raw.doubles("/double", {rows, 7}, values);
    raw.doubles("/float", {rows, 7}, values, H5T_IEEE_F32LE);
    raw.doubles("/big_endian", {rows, 7}, values, H5T_IEEE_F32BE);
    values[rows * 7 - 1] = std::numeric_limits<double>::infinity();
    raw.doubles("/infinite", {rows, 7}, values, H5T_IEEE_F32LE);
    raw.doubles("/flags", {5}, {0, 1, 1, 0, 255}, H5T_STD_U8LE);
    raw.doubles("/signs", {3}, {-128, 0, 127}, H5T_STD_I8BE);
  }
  const Hdf5File file(folder.file("a.hdf5"));
  for (const char* place : {"/double", "/float", "/big_endian", "/infinite"}) {
    const Hdf5Dataset numbers = file.dataset(place);
    const CheckedMatrix matrix = numbers.read_checked();
    std::vector<double> expected(rows * 7);
    numbers.read(expected);
    EXPECT_EQ(matrix.values, expected) << place;
    EXPECT_EQ(matrix.finite, std::string(place) != "/infinite") << place;
  }
  EXPECT_EQ(file.read("/flags"), (std::vector<double>{0, 1, 1, 0, 255}));
  EXPECT_EQ(file.read("/signs"), (std::vector<double>{-128, 0, 127}));
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
