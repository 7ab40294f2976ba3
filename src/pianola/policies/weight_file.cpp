#include "pianola/policies/weight_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>

#include "pianola/base/error.hpp"
#include "pianola/data/declaration_text.hpp"

namespace pianola {
namespace {

std::vector<float> floats_of(const Tensor& tensor, const std::string& name, const std::string& where) {
  try {
    return tensor.floats(name);
  } catch (const DataError& error) {
    throw DataError(where + ": " + error.what());
  }
}

const Tensor& shaped(const TensorFile& file, const std::string& name, const std::vector<std::size_t>& shape,
                     const std::string& where) {
  const Tensor& tensor = file.at(name, where);
  if (tensor.shape == shape) return tensor;
  throw DataError(fmt::format("{}: tensor '{}' must have shape [{}], but has [{}]; train or export it again", where,
                              name, fmt::join(shape, ", "), fmt::join(tensor.shape, ", ")));
}

template <class T>
void require_finite(std::span<const T> values, const std::string& name, const std::string& where) {
  const auto bad = std::ranges::find_if(values, [](T x) { return !std::isfinite(x); });
  if (bad == values.end()) return;
  throw DataError(fmt::format("{}: tensor '{}' holds {} at {}; weights must be finite: train or export it again", where,
                              name, *bad, bad - values.begin()));
}

}  // namespace

void throw_bad_metadata(const std::string& where, const std::string& key, const std::string& wanted,
                        const std::string& value) {
  throw DataError(
      fmt::format("{}: metadata '{}' must be {}, but is '{}'; train or export it again", where, key, wanted, value));
}

const std::string& read_metadata(const TensorFile& file, const std::string& key, const std::string& where) {
  const auto found = file.metadata.find(key);
  if (found != file.metadata.end()) return found->second;
  throw DataError(fmt::format("{}: metadata '{}' is missing; train or export it again", where, key));
}

std::size_t read_count(const TensorFile& file, const std::string& key, const CountRange& range,
                       const std::string& where) {
  const std::string& text = read_metadata(file, key, where);
  const auto value = whole_number(text);
  if (value && *value >= range.least && *value <= range.most) return *value;
  throw_bad_metadata(where, key, fmt::format("{} … {}", range.least, range.most), text);
}

std::vector<std::uint32_t> read_vocabularies(const TensorFile& file, const std::string& where) {
  const std::string text = read_metadata(file, "vocabularies", where);
  std::vector<std::uint32_t> sizes;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::size_t size = whole_number(std::string_view(text).substr(begin, end - begin)).value_or(0);
    if (size == 0 || size > 0xFFFFFFFFu) throw_bad_metadata(where, "vocabularies", "sizes such as 17,17", text);
    sizes.push_back(static_cast<std::uint32_t>(size));
    begin = end + 1;
  }
  return sizes;
}

std::vector<float> read_weights(const TensorFile& file, const std::string& name, const std::vector<std::size_t>& shape,
                                const std::string& where) {
  const Tensor& tensor = shaped(file, name, shape, where);
  std::vector<float> values = floats_of(tensor, name, where);
  require_finite<float>(values, name, where);
  return values;
}

std::vector<double> read_numbers(const TensorFile& file, const std::string& name, const std::vector<std::size_t>& shape,
                                 const std::string& where) {
  const Tensor& tensor = shaped(file, name, shape, where);
  if (tensor.dtype != "F64") {
    throw DataError(fmt::format("{}: tensor '{}' must have dtype F64, but has {}; train or export it again", where,
                                name, tensor.dtype));
  }
  std::vector<double> values(tensor.bytes.size() / sizeof(double));
  std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  require_finite<double>(values, name, where);
  return values;
}

std::size_t read_extent(const TensorFile& file, const std::string& name, std::size_t axis, const std::string& where) {
  const Tensor& tensor = file.at(name, where);
  if (tensor.shape.size() <= axis || tensor.shape[axis] == 0) {
    throw DataError(
        fmt::format("{}: tensor '{}' is empty or has no dimension {}, its shape is [{}]; train or export "
                    "it again",
                    where, name, axis, fmt::join(tensor.shape, ", ")));
  }
  return tensor.shape[axis];
}

}  // namespace pianola
