#include "pianola/experts/array_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "experts/hdf5_writer.hpp"
#include "experts/npz_writer.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

class ArrayFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = (std::filesystem::temp_directory_path() / ("pianola_arrays_" + std::to_string(::getpid()))).string();
  }
  void TearDown() override { std::filesystem::remove(path_); }
  std::string data_error() const {
    try {
      static_cast<void>(open_array_file(path_));
    } catch (const DataError& error) {
      return error.what();
    }
    ADD_FAILURE() << "no DataError";
    return "";
  }
  std::string path_;
  std::map<std::string, NamedArray> arrays_{{"W0", {{2, 2}, {1, 2, 3, 4}}}, {"b0", {{2}, {5, 6}}}};
};

TEST_F(ArrayFileTest, NpzIsKnownByItsContent) {
  npz_writer::write(path_, arrays_);
  const auto file = open_array_file(path_);
  EXPECT_EQ(file->names(), (std::vector<std::string>{"W0", "b0"}));
  EXPECT_EQ(file->read("W0").values, arrays_["W0"].values);
  EXPECT_EQ(file->path(), path_);
}

#ifdef PIANOLA_WITH_HDF5
TEST_F(ArrayFileTest, Hdf5IsKnownByItsContent) {
  hdf5_writer::write(path_, arrays_);
  const auto file = open_array_file(path_);
  EXPECT_EQ(file->names(), (std::vector<std::string>{"W0", "b0"}));
  EXPECT_EQ(file->read("W0").shape, (std::vector<std::size_t>{2, 2}));
  EXPECT_EQ(file->read("W0").values, arrays_["W0"].values);
  EXPECT_THROW(static_cast<void>(file->read("W1")), DataError);
}

TEST_F(ArrayFileTest, ATruncatedHdf5FileIsNamed) {
  hdf5_writer::write(path_, arrays_);
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) / 2);
  EXPECT_NE(data_error().find(path_), std::string::npos);
}
#else
TEST_F(ArrayFileTest, Hdf5IsRefusedWithTheReason) {
  npz_writer::write(path_, std::string("\x89HDF\r\n\x1a\n", 8));
  EXPECT_THROW(static_cast<void>(open_array_file(path_)), UsageError);
}
#endif

TEST_F(ArrayFileTest, AFolderIsCalledOne) {
  std::filesystem::create_directory(path_);
  EXPECT_NE(data_error().find(path_ + ": is a folder"), std::string::npos);
}

TEST_F(ArrayFileTest, OtherFilesAreRefused) {
  EXPECT_NE(data_error().find("cannot be opened"), std::string::npos);
  npz_writer::write(path_, std::string("weights"));
  EXPECT_NE(data_error().find("neither an HDF5 file nor a NumPy .npz archive"), std::string::npos);
  npz_writer::write(path_, std::string());
  EXPECT_NE(data_error().find("neither"), std::string::npos);
}

TEST(ShapeText, IsAList) {
  EXPECT_EQ(shape_text({}), "[]");
  EXPECT_EQ(shape_text({11, 64}), "[11, 64]");
}

}  // namespace
}  // namespace pianola
