#include "pianola/policies/sealed_file.hpp"

#include <gtest/gtest.h>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

class SealedFile : public testing::Test {
 protected:
  SealedFile() {
    const std::vector<float> values{1.0F, -2.0F, 3.5F};
    file.tensors["weight"] = Tensor::of({3}, std::span<const float>(values));
    file.metadata["steps"] = "7";
    write_sealed(path, file);
  }

  test::TemporaryFolder folder;
  std::string path = folder.file("state.safetensors");
  TensorFile file;
};

TEST_F(SealedFile, IsReadAsItWasWritten) {
  const TensorFile read = read_sealed(path);
  EXPECT_EQ(read.tensors.at("weight").bytes, file.tensors.at("weight").bytes);
  EXPECT_EQ(read.metadata.at("steps"), "7");
}

TEST_F(SealedFile, AnyFlippedBitOfTheFileIsRefused) {
  const std::string whole = read_file(path);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    write_file(path, damaged);
    EXPECT_THROW(read_sealed(path), DataError) << "byte " << at;
  }
}

TEST_F(SealedFile, WhatIsNotSealedIsNamed) {
  write_safetensors(path, file);
  test::expect_parts(test::message_of<DataError>([&] { read_sealed(path); }), {path, "'fingerprint' is missing"});
}

TEST_F(SealedFile, BothFingerprintsArePrinted) {
  TensorFile read = read_sealed(path);
  const std::string written = read.metadata.at("fingerprint");
  read.metadata["steps"] = "8";
  test::expect_parts(test::message_of<DataError>([&] { check_seal(read, "there"); }), {"there", written, "damaged"});
}

}  // namespace
}  // namespace pianola
