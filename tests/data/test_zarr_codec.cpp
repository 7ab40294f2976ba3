#include "pianola/data/zarr_codec.hpp"

#include <gtest/gtest.h>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

std::string codec_written() { return written_compressor() == "null" ? "" : "zstd"; }

TEST(ZarrCodec, WhatIsCompressedComesBack) {
  std::string bytes;
  for (int i = 0; i < 5000; ++i) bytes += static_cast<char>(i * i % 97);
  const std::string packed = compress_chunk(bytes, "a");
  EXPECT_EQ(decompress_chunk(packed, codec_written(), bytes.size(), "a"), bytes);
  EXPECT_EQ(decompress_chunk(bytes, "", bytes.size(), "a"), bytes);
}

TEST(ZarrCodec, DamageIsAnErrorForEveryCodec) {
  for (const char* codec : {"", "zstd", "blosc", "zlib", "gzip", "lzma"}) {
    for (const std::string& bytes :
         {std::string(), std::string("no such data"), std::string(100, '\0'), std::string(100, '\xff')}) {
      const std::string message =
          test::message_of<DataError>([&] { (void)decompress_chunk(bytes, codec, 4096, "a.zarr: chunk '0'"); });
      EXPECT_NE(message.find("a.zarr: chunk '0'"), std::string::npos) << codec;
    }
  }
  const std::string packed = compress_chunk(std::string(4096, 'x'), "a");
  EXPECT_THROW((void)decompress_chunk(packed, codec_written(), 4095, "a"), DataError);
  EXPECT_THROW((void)decompress_chunk(packed.substr(0, packed.size() - 1), codec_written(), 4096, "a"), DataError);
}

}  // namespace
}  // namespace pianola
