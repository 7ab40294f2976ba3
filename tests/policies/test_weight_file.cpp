#include "pianola/policies/weight_file.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

TensorFile file_of(std::vector<float> values) {
  TensorFile file;
  file.tensors["w"] = Tensor::of({values.size(), 1}, std::span<const float>(values));
  return file;
}

std::string complaint(const std::function<void()>& read) {
  try {
    read();
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST(WeightFile, TensorsAreReadWithTheirShape) {
  const TensorFile file = file_of({1.0F, 2.0F});
  EXPECT_EQ(read_weights(file, "w", {2, 1}, "p"), (std::vector<float>{1.0F, 2.0F}));
  EXPECT_EQ(read_extent(file, "w", 0, "p"), 2U);
  EXPECT_NE(complaint([&] {
              read_weights(file, "w", {1, 2}, "p");
            }).find("p: tensor 'w' must have shape [1, 2]"),
            std::string::npos);
  EXPECT_NE(complaint([&] { read_weights(file, "v", {1, 2}, "p"); }).find("'v'"), std::string::npos);
  EXPECT_NE(complaint([&] { read_extent(file, "w", 2, "p"); }).find("no dimension 2"), std::string::npos);
  const TensorFile bad = file_of({1.0F, std::numeric_limits<float>::quiet_NaN()});
  EXPECT_NE(complaint([&] { read_weights(bad, "w", {2, 1}, "p"); }).find("holds nan at 1"), std::string::npos);
}

TEST(WeightFile, MetadataMustBeThere) {
  TensorFile file;
  EXPECT_NE(complaint([&] { read_metadata(file, "history", "p"); }).find("'history'"), std::string::npos);
  file.metadata["vocabularies"] = "17,2";
  EXPECT_EQ(read_vocabularies(file, "p"), (std::vector<std::uint32_t>{17, 2}));
  for (const char* bad : {"", "17,", "0", "a", "4294967296"}) {
    file.metadata["vocabularies"] = bad;
    EXPECT_NE(complaint([&] { read_vocabularies(file, "p"); }).find("'vocabularies'"), std::string::npos) << bad;
  }
}

}  // namespace
}  // namespace pianola
