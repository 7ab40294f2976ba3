#include "pianola/data/zarr_codec.hpp"

#include <fmt/format.h>
#include <zlib.h>
#ifdef PIANOLA_WITH_ZSTD
#include <zstd.h>
#endif
#ifdef PIANOLA_WITH_BLOSC
#include <blosc.h>
#endif

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

[[noreturn]] void throw_damaged(const std::string& where, const std::string& codec, std::size_t size) {
  throw DataError(
      fmt::format("{}: it is no chunk of {} bytes compressed by {}; the dataset is damaged, copy or make it "
                  "again",
                  where, size, codec));
}

/// zlib and gzip: 32 + 15 lets inflate tell them by their headers.
std::string inflate_chunk(std::string_view bytes, std::size_t size, const std::string& where,
                          const std::string& codec) {
  constexpr std::size_t kLargestRatio = 1100;
  if (size / kLargestRatio > bytes.size()) throw_damaged(where, codec, size);
  std::string out(size, '\0');
  z_stream stream{};
  inflateInit2(&stream, 32 + MAX_WBITS);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(size);
  const int result = inflate(&stream, Z_FINISH);
  const bool whole = result == Z_STREAM_END && stream.total_out == size;
  inflateEnd(&stream);
  if (!whole) throw_damaged(where, codec, size);
  return out;
}

#ifdef PIANOLA_WITH_ZSTD
std::string unzstd_chunk(std::string_view bytes, std::size_t size, const std::string& where) {
  if (ZSTD_getFrameContentSize(bytes.data(), bytes.size()) != size) throw_damaged(where, "zstd", size);
  std::string out(size, '\0');
  if (ZSTD_decompress(out.data(), size, bytes.data(), bytes.size()) != size) throw_damaged(where, "zstd", size);
  return out;
}
#endif

#ifdef PIANOLA_WITH_BLOSC
std::string unblosc_chunk(std::string_view bytes, std::size_t size, const std::string& where) {
  std::size_t claimed = 0;
  if (blosc_cbuffer_validate(bytes.data(), bytes.size(), &claimed) < 0 || claimed != size) {
    throw_damaged(where, "blosc", size);
  }
  std::string out(size, '\0');
  if (blosc_decompress_ctx(bytes.data(), out.data(), size, 1) != static_cast<int>(size))
    throw_damaged(where, "blosc", size);
  return out;
}
#endif

}  // namespace

std::string decompress_chunk(std::string_view bytes, const std::string& codec, std::size_t size,
                             const std::string& where) {
  if (codec.empty()) {
    if (bytes.size() == size) return std::string(bytes);
    throw DataError(fmt::format("{}: it has {} bytes, but a chunk of this array has {}; the dataset is damaged", where,
                                bytes.size(), size));
  }
  if (codec == "zlib" || codec == "gzip") return inflate_chunk(bytes, size, where, codec);
#ifdef PIANOLA_WITH_ZSTD
  if (codec == "zstd") return unzstd_chunk(bytes, size, where);
#endif
#ifdef PIANOLA_WITH_BLOSC
  if (codec == "blosc") return unblosc_chunk(bytes, size, where);
#endif
  const bool missing = codec == "zstd" || codec == "blosc";
  throw DataError(fmt::format("{}: its compressor is '{}', which {}", where, codec,
                              missing ? "this build has not; install lib" + codec + "-dev and configure again"
                                      : "is none of zstd, blosc, zlib, gzip; save it with one of them"));
}

std::string compress_chunk(std::string_view bytes, const std::string& where) {
#ifdef PIANOLA_WITH_ZSTD
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3);
  if (ZSTD_isError(size) != 0) throw ResourceError(where + ": it cannot be compressed");
  out.resize(size);
  return out;
#else
  (void)where;
  return std::string(bytes);
#endif
}

std::string_view written_compressor() {
#ifdef PIANOLA_WITH_ZSTD
  return R"({"id": "zstd", "level": 3})";
#else
  return "null";
#endif
}

}  // namespace pianola
