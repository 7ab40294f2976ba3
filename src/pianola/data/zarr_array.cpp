#include "pianola/data/zarr_array.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/data/npy_header.hpp"
#include "pianola/data/number_types.hpp"
#include "pianola/data/zarr_codec.hpp"

namespace pianola {
namespace {

constexpr std::size_t kLargestChunk = std::size_t{1} << 30, kLargestMetadata = std::size_t{1} << 20;

/// Advances a place in a grid of `size`, last dimension fastest, but for the first; false after the last.
bool next_place(std::vector<std::size_t>& at, std::span<const std::size_t> size) {
  for (std::size_t d = at.size(); d-- > 1;) {
    if (++at[d] < size[d]) return true;
    at[d] = 0;
  }
  return false;
}

}  // namespace

void ZarrArray::fail(const std::string& what) const {
  throw DataError(fmt::format("{}: array '{}': {}", path_, key_, what));
}

ZarrArray::ZarrArray(const ZarrStore& store, const std::string& path, const std::string& key, const std::string& name)
    : store_(&store), path_(path), key_(key) {
  const auto text = store.get(key + "/.zarray", kLargestMetadata);
  if (!text) fail("it is missing; a zarr dataset of diffusion_policy needs it");
  parse(*text);
  field_.name = name;
  check_sizes();
}

void ZarrArray::parse(const std::string& text) try {
  const auto json = nlohmann::json::parse(text);
  if (json.at("zarr_format") != 2) fail("its zarr_format is " + json["zarr_format"].dump() + "; 2 is read here");
  const std::string code = json.at("dtype").is_string() ? json["dtype"].get<std::string>() : "";
  const auto type = numpy_type(code);
  if (!type) fail("its dtype is " + json["dtype"].dump() + ", but numbers are required");
  field_.type = type->name;
  swapped_ = type->swapped;
  if (json.value("order", "C") != "C") fail("it is in Fortran order; save it in C order");
  if (json.contains("filters") && !json["filters"].is_null() && !json["filters"].empty()) {
    fail("it has filters, which are not read here; save it without");
  }
  separator_ = json.value("dimension_separator", ".");
  if (const auto& compressor = json.at("compressor"); !compressor.is_null())
    codec_ = compressor.at("id").get<std::string>();
  for (const auto& [name, sizes] : {std::pair{"shape", &shape_}, {"chunks", &chunks_}}) {
    for (const auto& size : json.at(name)) {
      if (!size.is_number_unsigned()) fail(fmt::format("its {} is {}", name, json[name].dump()));
      sizes->push_back(size.get<std::size_t>());
    }
  }
} catch (const nlohmann::json::exception& error) {
  fail(fmt::format("its .zarray is damaged ({})", error.what()));
}

void ZarrArray::check_sizes() {
  const std::string shapes = fmt::format("shape [{}], chunks [{}]", fmt::join(shape_, ", "), fmt::join(chunks_, ", "));
  if (shape_.empty() || shape_.size() > 8 || chunks_.size() != shape_.size()) {
    fail(shapes + "; one row a step and chunks of as many dimensions are required");
  }
  std::size_t bytes = type_width(field_.type), chunks = 1;
  for (std::size_t d = 0; d < shape_.size(); ++d) {
    const std::size_t dim = chunks_[d];
    if (dim == 0 || __builtin_mul_overflow(bytes, dim, &bytes) || bytes > kLargestChunk) {
      fail(shapes + "; chunks of 1 byte to 1 GiB are read here");
    }
    if (__builtin_mul_overflow(chunks, shape_[d] / dim + (shape_[d] % dim != 0), &chunks))
      fail(shapes + "; it is damaged");
  }
  field_.shape.assign(shape_.begin() + 1, shape_.end());
  chunk_numbers_ = bytes / type_width(field_.type);
}

void ZarrArray::require_whole() const {
  std::vector<std::size_t> at(shape_.size(), 0);
  for (; at[0] * chunks_[0] < shape_[0]; ++at[0]) {
    const std::string key = fmt::format("{}/{}", key_, fmt::join(at, separator_));
    if (!store_->has(key)) fail(fmt::format("chunk '{}' is missing; the dataset was cut, copy or make it again", key));
  }
}

/// The chunk at a place of the grid.
void ZarrArray::load(std::span<const std::size_t> at) {
  const std::string key = fmt::format("{}/{}", key_, fmt::join(at, separator_));
  if (key == loaded_) return;
  loaded_.clear();
  const std::size_t bytes = chunk_numbers_ * type_width(field_.type);
  const auto stored = store_->get(key, bytes + bytes / 8 + 65536);
  if (!stored) fail(fmt::format("chunk '{}' is missing; the dataset was cut, copy or make it again", key));
  const std::string where = fmt::format("{}: chunk '{}'", path_, key);
  std::string plain = decompress_chunk(*stored, codec_, bytes, where);
  if (swapped_) swap_bytes(plain, type_width(field_.type));
  numbers_.resize(chunk_numbers_);
  widen_numbers(plain, field_.type, numbers_, where);
  loaded_ = key;
}

/// The part of one chunk that lies in rows [first, first + rows).
void ZarrArray::copy_chunk(std::span<const std::size_t> at, std::size_t first, std::size_t rows,
                           std::span<double> out) {
  load(at);
  const std::size_t rank = shape_.size();
  std::vector<std::size_t> begin(rank), size(rank), place(rank, 0);
  for (std::size_t d = 0; d < rank; ++d) {
    begin[d] = at[d] * chunks_[d];
    size[d] = std::min(chunks_[d], shape_[d] - begin[d]);
  }
  const std::size_t from = std::max(begin[0], first), to = std::min(begin[0] + size[0], first + rows);
  const std::size_t run = rank > 1 ? size[rank - 1] : 1;  // numbers that lie one after the other in both
  for (std::size_t row = from; row < to; ++row) {
    std::fill(place.begin(), place.end(), std::size_t{0});
    std::vector<std::size_t> grid = size;
    if (rank > 1) grid[rank - 1] = 1;
    do {
      std::size_t source = row - begin[0], target = row - first;
      for (std::size_t d = 1; d < rank; ++d) {
        source = source * chunks_[d] + place[d];
        target = target * shape_[d] + begin[d] + place[d];
      }
      std::copy_n(numbers_.data() + source, run, out.data() + target);
    } while (next_place(place, grid));
  }
}

void ZarrArray::read(std::size_t first, std::span<double> out) {
  const std::size_t columns = numbers_a_step(field_, path_);
  if (out.empty()) return;
  const std::size_t rows = out.size() / std::max<std::size_t>(columns, 1);
  if (columns == 0 || first > this->rows() || rows > this->rows() - first) fail("rows beyond its end are asked for");
  std::vector<std::size_t> grid;
  for (std::size_t d = 0; d < shape_.size(); ++d)
    grid.push_back(shape_[d] / chunks_[d] + (shape_[d] % chunks_[d] != 0));
  for (std::size_t c = first / chunks_[0]; c * chunks_[0] < first + rows; ++c) {
    std::vector<std::size_t> at(shape_.size(), 0);
    at[0] = c;
    do {
      copy_chunk(at, first, rows, out);
    } while (next_place(at, grid));
  }
}

}  // namespace pianola
