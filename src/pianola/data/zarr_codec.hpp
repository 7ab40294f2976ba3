// Compressors of zarr's chunks, by numcodecs' ids: null (none), zlib, gzip, zstd and blosc, the last two where the
// build found libzstd and libblosc.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pianola {

/// The bytes of a chunk, of which there must be `size`. codec: "" for none.
/// @throws DataError beginning with `where` if they are not, or the codec is unknown or not in this build.
std::string decompress_chunk(std::string_view bytes, const std::string& codec, std::size_t size,
                             const std::string& where);

/// Compresses for writing: by zstd where the build has it, else not at all.
std::string compress_chunk(std::string_view bytes, const std::string& where);

/// The "compressor" of .zarray that compress_chunk is.
std::string_view written_compressor();

}  // namespace pianola
