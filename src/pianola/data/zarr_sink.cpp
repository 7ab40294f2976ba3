#include "pianola/data/zarr_sink.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/data/npy_header.hpp"
#include "pianola/data/number_types.hpp"
#include "pianola/data/zarr_codec.hpp"

namespace pianola {

void ZarrSink::write(const std::string& key, std::string_view bytes) const {
  const std::filesystem::path file = folder_.temporary() / key;
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  std::ofstream out(file, std::ios::binary);  // the folder is synced as a whole
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (out && !error) return;
  const int reason = errno;
  throw ResourceError(fmt::format("{}: '{}' cannot be written ({}){}", folder_.path().string(), key,
                                  std::generic_category().message(reason), write_remedy(reason)));
}

void ZarrSink::make(Array& array) {
  constexpr std::size_t kChunkBytes = std::size_t{64} << 10;
  array.chunk_rows = std::max<std::size_t>(1, kChunkBytes / (array.column.dim * type_width(array.column.type)));
}

void ZarrSink::open(std::span<const FlatColumn> columns) {
  for (const FlatColumn& column : columns) {
    arrays_.push_back({column, "data/" + column.name, 1, 0, {}});
    make(arrays_.back());
  }
}

/// The pending rows as one whole chunk: the last one is filled up with zeros, which lie beyond the array's end.
void ZarrSink::write_chunk(Array& array) {
  const FlatColumn& column = array.column;
  const std::size_t whole = array.chunk_rows * column.dim;
  const std::size_t number = (array.rows - 1) / array.chunk_rows;
  array.pending.resize(whole, 0.0);
  const std::string where = fmt::format("{}: array '{}'", folder_.path().string(), array.key);
  const std::vector<std::byte> bytes = numbers_of_type(array.pending, column.type, where);
  write(fmt::format("{}/{}{}", array.key, number, column.scalar ? "" : ".0"),
        compress_chunk({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, where));
  array.pending.clear();
}

void ZarrSink::append(std::span<const std::span<const double>> values, std::size_t) {
  for (std::size_t i = 0; i < arrays_.size(); ++i) {
    Array& array = arrays_[i];
    const std::size_t dim = array.column.dim;
    for (std::span<const double> rest = values[i]; !rest.empty();) {
      const std::size_t room = array.chunk_rows * dim - array.pending.size(), n = std::min(room, rest.size());
      array.pending.insert(array.pending.end(), rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(n));
      array.rows += n / dim;
      rest = rest.subspan(n);
      if (n == room) write_chunk(array);
    }
  }
}

void ZarrSink::complete(Array& array) {
  if (!array.pending.empty()) write_chunk(array);
  const FlatColumn& column = array.column;
  const std::string more = column.scalar ? "" : fmt::format(", {}", column.dim);
  write(array.key + "/.zarray",
        fmt::format(
            "{{\n    \"chunks\": [{}{}],\n    \"compressor\": {},\n    \"dtype\": \"{}\",\n    \"fill_value\": 0,\n"
            "    \"filters\": null,\n    \"order\": \"C\",\n    \"shape\": [{}{}],\n    \"zarr_format\": 2\n}}\n",
            array.chunk_rows, more, written_compressor(), numpy_code(column.type), array.rows, more));
}

void ZarrSink::finish(std::span<const std::size_t> ends, const std::string& note) {
  for (Array& array : arrays_) complete(array);
  FlatColumn column;
  column.scalar = true;
  column.type = "int64";
  Array marks{column, "meta/episode_ends", std::max<std::size_t>(1, ends.size()), ends.size(), {}};
  marks.pending.assign(ends.begin(), ends.end());
  complete(marks);
  for (const char* group : {".zgroup", "data/.zgroup", "meta/.zgroup"}) write(group, "{\n    \"zarr_format\": 2\n}\n");
  write(".zattrs", "{\"pianola\": " + note + "}\n");
  folder_.commit();
}

}  // namespace pianola
