#include "pianola/base/safetensors.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/base/terminal_text.hpp"

namespace pianola {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are stored little-endian");

using nlohmann::json;

constexpr std::size_t kMaxHeader = 100'000'000;  // the original's limit
constexpr std::size_t kMaxRank = 64;

/// Bytes of one element, or 0 for a dtype that is not known (those of less than a byte among them).
std::size_t dtype_width(std::string_view dtype) {
  static const std::map<std::string_view, std::size_t> widths = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E5M2", 1}, {"F8_E4M3", 1}, {"F8_E8M0", 1},
      {"I16", 2},  {"U16", 2}, {"F16", 2}, {"BF16", 2},    {"I32", 4},     {"U32", 4},
      {"F32", 4},  {"I64", 8}, {"U64", 8}, {"F64", 8},     {"C64", 8}};
  const auto found = widths.find(dtype);
  return found == widths.end() ? 0 : found->second;
}

/// Bytes of a tensor, or none where the product does not fit.
std::optional<std::size_t> byte_count(const std::vector<std::size_t>& shape, std::size_t width) {
  std::size_t bytes = width;
  // From the left with a check each, like the original: [2^40, 2^40, 0] overflows although it is empty.
  for (const std::size_t n : shape) {
    if (n != 0 && bytes > std::numeric_limits<std::size_t>::max() / n) return std::nullopt;
    bytes *= n;
  }
  return bytes;
}

std::string shape_text(std::span<const std::size_t> shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

// Names, and what a JSON reader quotes, are the file's own bytes: cleaned, so that no terminal acts on them.
[[noreturn]] void bad_file(const std::string& where, const std::string& what) {
  throw DataError(where + ": no valid safetensors file: " + clean_text(what));
}

[[noreturn]] void bad_tensor(const std::string& where, const std::string& name, const std::string& what) {
  throw DataError(where + ": tensor '" + clean_text(name) + "': " + clean_text(what));
}

/// The JSON header, at most three levels deep and without repeated keys (of which JSON readers keep different ones).
json parse_header(std::string_view text, const std::string& where) {
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    const auto level = static_cast<std::size_t>(depth);
    if (event == json::parse_event_t::object_start || event == json::parse_event_t::array_start) {
      if (level > 2) bad_file(where, "the header nests deeper than name, field and list");
      keys.resize(level + 1);
      keys[level].clear();
    } else if (event == json::parse_event_t::key && !keys[level - 1].insert(parsed.get<std::string>()).second) {
      bad_file(where, "the header has the key '" + parsed.get<std::string>() + "' twice");
    }
    return true;
  };
  try {
    return json::parse(text.begin(), text.end(), watch);
  } catch (const json::exception& error) {
    bad_file(where, std::string("the header is no JSON: ") + error.what());
  }
}

struct Entry {
  std::string name;
  Tensor tensor;
  std::size_t begin, end;
};

std::vector<std::size_t> sizes_of(const json& entry, const char* key, const std::string& name,
                                  const std::string& where) {
  const json& list = entry.at(key);
  if (!list.is_array() || list.size() > kMaxRank)
    bad_tensor(where, name, std::string("'") + key + "' must be a list of at most 64 numbers");
  std::vector<std::size_t> sizes;
  for (const json& value : list) {
    if (!value.is_number_unsigned()) {
      bad_tensor(where, name, std::string("'") + key + "' holds " + value.dump() + "; whole numbers ≥ 0 are needed");
    }
    sizes.push_back(value.get<std::size_t>());
  }
  return sizes;
}

Entry parse_entry(const std::string& name, const json& fields, const std::string& where) {
  if (!fields.is_object() || fields.size() != 3 || !fields.contains("dtype") || !fields.contains("shape") ||
      !fields.contains("data_offsets") || !fields["dtype"].is_string()) {
    bad_tensor(where, name, "its entry must hold dtype, shape and data_offsets, and nothing else");
  }
  Entry entry{name, {fields["dtype"].get<std::string>(), sizes_of(fields, "shape", name, where), {}}, 0, 0};
  const std::vector<std::size_t> offsets = sizes_of(fields, "data_offsets", name, where);
  const std::size_t width = dtype_width(entry.tensor.dtype);
  if (width == 0) bad_tensor(where, name, "dtype '" + entry.tensor.dtype + "' is not supported");
  if (offsets.size() != 2 || offsets[0] > offsets[1]) {
    bad_tensor(where, name, "data_offsets are " + shape_text(offsets) + "; [begin, end] is needed");
  }
  entry.begin = offsets[0];
  entry.end = offsets[1];
  const auto bytes = byte_count(entry.tensor.shape, width);
  if (!bytes || *bytes != entry.end - entry.begin) {
    bad_tensor(where, name,
               "shape " + shape_text(entry.tensor.shape) + " of " + entry.tensor.dtype + " does not fill its " +
                   std::to_string(entry.end - entry.begin) + " bytes");
  }
  return entry;
}

std::map<std::string, std::string> parse_metadata(const json& fields, const std::string& where) {
  if (!fields.is_object()) bad_file(where, "__metadata__ must be an object of strings");
  std::map<std::string, std::string> metadata;
  for (const auto& [key, value] : fields.items()) {
    if (!value.is_string()) bad_file(where, "__metadata__ '" + key + "' is no string");
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

/// The tensors must tile the data: no gap, no overlap, nothing left over.
void fill_tensors(std::vector<Entry>& entries, std::span<const std::byte> data, const std::string& where) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  std::size_t position = 0;
  for (Entry& entry : entries) {
    if (entry.begin != position) {
      bad_tensor(where, entry.name,
                 "its data begin at byte " + std::to_string(entry.begin) + " where byte " + std::to_string(position) +
                     (entry.begin < position ? " was next (overlap)" : " was next (gap)"));
    }
    if (entry.end > data.size()) {
      bad_tensor(where, entry.name,
                 "its data end at byte " + std::to_string(entry.end) + " of " + std::to_string(data.size()) +
                     "; is the file truncated?");
    }
    const auto part = data.subspan(entry.begin, entry.end - entry.begin);
    entry.tensor.bytes.assign(part.begin(), part.end());
    position = entry.end;
  }
  if (position != data.size()) {
    bad_file(where, std::to_string(data.size() - position) + " bytes at its end belong to no tensor");
  }
}

/// The header's length, checked against limit and file. Its text is what follows the first 8 bytes.
std::size_t header_length(std::span<const std::byte> bytes, const std::string& where) {
  std::uint64_t length = 0;
  if (bytes.size() < sizeof length) bad_file(where, "it has " + std::to_string(bytes.size()) + " bytes; 8 are needed");
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > kMaxHeader) {
    bad_file(where, "its header length is " + std::to_string(length) + "; at most " + std::to_string(kMaxHeader) +
                        " is allowed");
  }
  if (length > bytes.size() - sizeof length) {
    bad_file(where, "its header should have " + std::to_string(length) + " bytes, but only " +
                        std::to_string(bytes.size() - sizeof length) + " follow; is the file truncated?");
  }
  if (length == 0 || bytes[sizeof length] != std::byte{'{'}) bad_file(where, "its header does not begin with '{'");
  return static_cast<std::size_t>(length);
}

/// IEEE binary16 as float; every value is exact.
float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1Fu, fraction = half & 0x3FFu;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000u | (fraction << 13));
  if (exponent == 0) {
    const float small = static_cast<float>(fraction) * 0x1.0p-24f;
    return sign != 0 ? -small : small;
  }
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
}

float narrow(double value, const std::string& name) {
  if (std::isfinite(value) && std::abs(value) > static_cast<double>(std::numeric_limits<float>::max())) {
    throw DataError("tensor '" + name + "' holds " + std::to_string(value) + ", which no float can hold");
  }
  return static_cast<float>(value);
}

template <class T, class F>
std::vector<float> convert(std::span<const std::byte> bytes, F to_float) {
  std::vector<float> out(bytes.size() / sizeof(T));
  for (std::size_t i = 0; i < out.size(); ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    out[i] = to_float(value);
  }
  return out;
}

template <class T>
Tensor make_tensor(const char* dtype, std::vector<std::size_t> shape, std::span<const T> values) {
  const auto bytes = byte_count(shape, sizeof(T));
  if (!bytes || *bytes != values.size_bytes()) {
    throw UsageError("tensor of shape " + shape_text(shape) + " cannot hold " + std::to_string(values.size()) +
                     " values");
  }
  const auto raw = std::as_bytes(values);
  return {dtype, std::move(shape), {raw.begin(), raw.end()}};
}

void check_writable(const std::string& name, const Tensor& tensor) {
  const std::size_t width = dtype_width(tensor.dtype);
  const auto bytes = byte_count(tensor.shape, width);
  if (width == 0 || !bytes || *bytes != tensor.bytes.size() || tensor.shape.size() > kMaxRank) {
    throw UsageError("tensor '" + name + "': dtype '" + tensor.dtype + "' and shape " + shape_text(tensor.shape) +
                     " do not fit its " + std::to_string(tensor.bytes.size()) + " bytes");
  }
  if (name == "__metadata__") throw UsageError("tensor '__metadata__': the name is reserved; choose another");
}

/// Wide dtypes first, then by name.
std::vector<const std::pair<const std::string, Tensor>*> in_file_order(const TensorFile& file) {
  std::vector<const std::pair<const std::string, Tensor>*> order;
  for (const auto& item : file.tensors) {
    check_writable(item.first, item.second);
    order.push_back(&item);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return dtype_width(a->second.dtype) > dtype_width(b->second.dtype);
  });
  return order;
}

}  // namespace

Tensor Tensor::of(std::vector<std::size_t> shape, std::span<const float> values) {
  return make_tensor("F32", std::move(shape), values);
}

Tensor Tensor::of(std::vector<std::size_t> shape, std::span<const double> values) {
  return make_tensor("F64", std::move(shape), values);
}

std::vector<float> Tensor::floats(const std::string& name) const {
  if (dtype == "F32") return convert<float>(bytes, [](float x) { return x; });
  if (dtype == "F64") return convert<double>(bytes, [&](double x) { return narrow(x, name); });
  if (dtype == "F16") return convert<std::uint16_t>(bytes, half_to_float);
  if (dtype == "BF16") {
    return convert<std::uint16_t>(bytes, [](std::uint16_t x) { return std::bit_cast<float>(std::uint32_t{x} << 16); });
  }
  throw DataError("tensor '" + name + "' has dtype " + dtype + "; F32, F64, F16 or BF16 is needed");
}

const Tensor& TensorFile::at(const std::string& name, const std::string& where) const {
  const auto found = tensors.find(name);
  if (found != tensors.end()) return found->second;
  std::vector<std::string> known;
  known.reserve(tensors.size());
  for (const auto& [key, tensor] : tensors) known.push_back(key);
  throw DataError(where + ": " + clean_text(unknown_name_message("tensor", name, known)));
}

const Tensor& TensorFile::at(const std::string& name, std::span<const std::size_t> shape,
                             const std::string& where) const {
  const Tensor& tensor = at(name, where);
  if (!std::equal(shape.begin(), shape.end(), tensor.shape.begin(), tensor.shape.end())) {
    bad_tensor(where, name, "its shape is " + shape_text(tensor.shape) + "; " + shape_text(shape) + " is needed");
  }
  return tensor;
}

TensorFile parse_safetensors(std::span<const std::byte> bytes, const std::string& where) {
  const std::size_t length = header_length(bytes, where);
  const auto* text = reinterpret_cast<const char*>(bytes.data()) + sizeof(std::uint64_t);
  const json header = parse_header({text, length}, where);
  TensorFile file;
  std::vector<Entry> entries;
  for (const auto& [name, fields] : header.items()) {
    if (name == "__metadata__") {
      file.metadata = parse_metadata(fields, where);
    } else {
      entries.push_back(parse_entry(name, fields, where));
    }
  }
  fill_tensors(entries, bytes.subspan(sizeof(std::uint64_t) + length), where);
  for (Entry& entry : entries) file.tensors.emplace(std::move(entry.name), std::move(entry.tensor));
  return file;
}

TensorFile read_safetensors(const std::filesystem::path& path) {
  const std::string content = read_file(path);
  return parse_safetensors(std::as_bytes(std::span(content.data(), content.size())), path.string());
}

std::string format_safetensors(const TensorFile& file) {
  const auto order = in_file_order(file);
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  std::size_t end = 0;
  for (const auto* item : order) {
    const std::size_t begin = std::exchange(end, end + item->second.bytes.size());
    header[item->first] = {
        {"dtype", item->second.dtype}, {"shape", item->second.shape}, {"data_offsets", {begin, end}}};
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const json::exception& error) {
    throw UsageError(std::string("safetensors: a name or the metadata is no UTF-8: ") + error.what());
  }
  text.append((8 - text.size() % 8) % 8, ' ');
  if (text.size() > kMaxHeader)
    throw UsageError("safetensors: a header of " + std::to_string(text.size()) + " bytes is too long");
  const std::uint64_t length = text.size();
  std::string out(reinterpret_cast<const char*>(&length), sizeof length);
  out.reserve(out.size() + text.size() + end);
  out += text;
  for (const auto* item : order) {
    out.append(reinterpret_cast<const char*>(item->second.bytes.data()), item->second.bytes.size());
  }
  return out;
}

void write_safetensors(const std::filesystem::path& path, const TensorFile& file) {
  write_file(path, format_safetensors(file));
}

}  // namespace pianola
