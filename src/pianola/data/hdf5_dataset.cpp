#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/hdf5_dataset.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hdf5.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

const char* class_name(H5T_class_t kind) {
  switch (kind) {
    case H5T_STRING:
      return "strings";
    case H5T_COMPOUND:
      return "compound values";
    case H5T_REFERENCE:
      return "references";
    case H5T_VLEN:
      return "lists of varying length";
    case H5T_ARRAY:
      return "arrays";
    case H5T_FLOAT:
      return "floats wider than 64 bits";
    default:
      return "values of another type";
  }
}

/// Dimensions of a dataspace; none for a scalar or null one.
std::vector<std::size_t> space_dims(hid_t space) {
  const int rank = H5Sget_simple_extent_type(space) == H5S_SIMPLE ? H5Sget_simple_extent_ndims(space) : 0;
  std::vector<hsize_t> dims(static_cast<std::size_t>(std::max(rank, 0)));
  if (!dims.empty()) H5Sget_simple_extent_dims(space, dims.data(), nullptr);
  return {dims.begin(), dims.end()};
}

/// Number of elements, or nothing if as many doubles cannot be addressed.
std::optional<std::uint64_t> element_count(std::span<const std::size_t> dims) {
  std::uint64_t count = 1, bytes = 0;
  for (const std::size_t dim : dims) {
    if (__builtin_mul_overflow(count, std::uint64_t{dim}, &count)) return std::nullopt;
  }
  if (__builtin_mul_overflow(count, std::uint64_t{sizeof(double)}, &bytes) || bytes > PTRDIFF_MAX) return std::nullopt;
  return count;
}

/// What a dataset claims: its dimensions and its bytes in the file before compression.
struct Claim {
  std::span<const std::size_t> dims;
  std::uint64_t bytes, stored, file_size;
};

/// "" if all chunks of a chunked dataset are there, else what is wrong.
std::string check_chunks(hid_t dataset, hid_t properties, const Claim& claim) {
  // Deflate never exceeds 1032 : 1; a claim beyond that and of some size is no data but a trap for memory.
  constexpr std::uint64_t kLargestRatio = 1100, kAlwaysAllowed = std::uint64_t{64} << 20;
  std::vector<hsize_t> chunk(claim.dims.size());
  if (H5Pget_chunk(properties, static_cast<int>(chunk.size()), chunk.data()) < 0) return hdf5_reason();
  std::uint64_t expected = 1;
  for (std::size_t i = 0; i < chunk.size(); ++i) {
    if (chunk[i] == 0) return "a chunk has no rows";
    const std::uint64_t along = claim.dims[i] / chunk[i] + (claim.dims[i] % chunk[i] != 0);
    if (__builtin_mul_overflow(expected, along, &expected)) return "it claims more chunks than can be counted";
  }
  hsize_t present = 0;
  const Hdf5Id space(H5Dget_space(dataset), H5Sclose);  // H5S_ALL fails in 1.10
  if (H5Dget_num_chunks(dataset, space.get(), &present) < 0) return hdf5_reason();
  if (present != expected) return fmt::format("{} of its {} chunks were written", present, expected);
  const std::uint64_t ratio = H5Pget_nfilters(properties) > 0 ? kLargestRatio : 1;
  if (claim.bytes > kAlwaysAllowed && claim.bytes / ratio > claim.stored) {
    return fmt::format("it claims {} bytes, but {} are stored", claim.bytes, claim.stored);
  }
  return "";
}

/// "" if the file holds all that the dataset claims, else what is wrong. `offset`: of its one piece, or HADDR_UNDEF.
std::string check_storage(hid_t dataset, hid_t properties, haddr_t offset, const Claim& claim) {
  const bool contiguous = offset != HADDR_UNDEF;  // which neither virtual nor external datasets have
  const H5D_layout_t layout = contiguous ? H5D_CONTIGUOUS : H5Pget_layout(properties);
  if (layout == H5D_VIRTUAL || (!contiguous && H5Pget_external_count(properties) > 0)) {
    return "its numbers lie in other files";
  }
  if (claim.stored > claim.file_size) {
    return fmt::format("it claims {} bytes of a file of {}", claim.stored, claim.file_size);
  }
  if (layout == H5D_CHUNKED) return check_chunks(dataset, properties, claim);
  if (claim.stored < claim.bytes) return fmt::format("{} of its {} bytes were written", claim.stored, claim.bytes);
  if (layout == H5D_COMPACT) return "";
  return contiguous && offset <= claim.file_size - claim.stored ? "" : "it lies beyond the end of the file";
}

/// Widens in place: n narrow values at the end of `out`'s bytes become n doubles. A value is read before the double
/// that covers it is written, because block [i, i + B) of doubles ends before narrow value i + B begins.
template <class Narrow, class Convert>
void widen_in_place(std::span<double> out, Convert convert) {
  constexpr std::size_t kBlock = 512;
  std::array<Narrow, kBlock> block;
  const std::size_t n = out.size();
  const auto* bytes = reinterpret_cast<const std::byte*>(out.data()) + n * (sizeof(double) - sizeof(Narrow));
  for (std::size_t begin = 0; begin < n; begin += kBlock) {
    const std::size_t size = std::min(kBlock, n - begin);
    std::memcpy(block.data(), bytes + begin * sizeof(Narrow), size * sizeof(Narrow));
    for (std::size_t i = 0; i < size; ++i) out[begin + i] = convert(begin + i, block[i]);
  }
}

template <class Integer>
double exact_double(Integer value, const std::string& path, const std::string& place, std::size_t at) {
  constexpr auto kLimit = Integer{1} << 53;
  bool inside = value <= kLimit;
  if constexpr (std::is_signed_v<Integer>) inside = inside && value >= -kLimit;
  if (!inside) {
    throw DataError(
        fmt::format("{}: dataset '{}', element {} (counted from 0): {} is beyond ±2^53, which no double "
                    "holds exactly; store it as a float, or leave it out",
                    path, place, at, value));
  }
  return static_cast<double>(value);
}

constexpr std::size_t kChunkCache = std::size_t{1} << 20;  // libhdf5's own
constexpr std::size_t kMostKept = std::size_t{64} << 20;

/// Bytes of the chunks that hold one row; SIZE_MAX if they cannot be counted.
std::size_t bytes_of_chunk_row(std::span<const std::size_t> chunk, std::span<const std::size_t> dims,
                               std::size_t number) {
  std::size_t bytes = number;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const std::size_t along = i == 0 ? chunk[i] : (dims[i] + chunk[i] - 1) / chunk[i] * chunk[i];
    if (__builtin_mul_overflow(bytes, along, &bytes)) return SIZE_MAX;
  }
  return bytes;
}

/// Whether bits [at, at + size) lie in a number of `precision` bits and number at most `most`.
bool is_field(std::size_t at, std::size_t size, std::size_t precision, std::size_t most) {
  return size >= 1 && size <= most && at <= precision && size <= precision - at;
}

}  // namespace

bool hdf5_is_sound_number(std::int64_t type) {
  const H5T_class_t kind = H5Tget_class(type);
  const std::size_t bytes = H5Tget_size(type), precision = H5Tget_precision(type);
  const int offset = H5Tget_offset(type);
  if ((kind != H5T_FLOAT && kind != H5T_INTEGER) || bytes < 1 || bytes > 8 || offset < 0) return false;
  if (!is_field(static_cast<std::size_t>(offset), precision, 8 * bytes, 64)) return false;
  if (kind == H5T_INTEGER) return true;
  std::size_t sign = 0, exponent = 0, exponent_size = 0, mantissa = 0, mantissa_size = 0;
  return H5Tget_fields(type, &sign, &exponent, &exponent_size, &mantissa, &mantissa_size) >= 0 &&
         is_field(sign, 1, precision, 1) && is_field(exponent, exponent_size, precision, 11) &&
         is_field(mantissa, mantissa_size, precision, 52);
}

Hdf5Dataset::Hdf5Dataset(const Hdf5Source& file, const std::string& place)
    : path_(file.path), place_(file.below + place), file_size_(file.size) {
  const Hdf5Guard guard;
  try {
    open(file, place);
  } catch (...) {
    dataset_.reset();  // under the guard
    throw;
  }
}

void Hdf5Dataset::open(const Hdf5Source& file, const std::string& place) {
  dataset_ = Hdf5Id(H5Dopen2(file.id, place.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset_.ok()) {
    throw DataError(
        fmt::format("{}: dataset '{}' cannot be opened ({}); it is absent or damaged, copy or make the file "
                    "again",
                    path_, place_, hdf5_reason()));
  }
  const bool native = read_type();
  const Hdf5Id space(H5Dget_space(dataset_.get()), H5Sclose);
  dims_ = space_dims(space.get());
  if (dims_.empty()) {
    throw DataError(
        fmt::format("{}: dataset '{}' has no dimensions; one row for each step is required", path_, place_));
  }
  const std::optional<std::uint64_t> count = element_count(dims_);
  if (count == 0) return;
  if (!count) throw_not_whole("it claims more numbers than memory can address");
  find_numbers(file, place, *count, native);
}

/// Whether memory has its numbers as the file has them.
bool Hdf5Dataset::read_type() {
  const Hdf5Id type(H5Dget_type(dataset_.get()), H5Tclose);
  enumeration_ = H5Tget_class(type.get()) == H5T_ENUM;
  const Hdf5Id base(enumeration_ ? H5Tget_super(type.get()) : -1, H5Tclose);
  const hid_t plain = enumeration_ ? base.get() : type.get();  // whose numbers count
  const H5T_class_t kind = H5Tget_class(plain);
  if (!hdf5_is_sound_number(plain)) {
    throw DataError(
        fmt::format("{}: dataset '{}' holds {}; floats up to 64 bits or integers are required; convert it, "
                    "or leave it out",
                    path_, place_, class_name(kind)));
  }
  float_ = kind == H5T_FLOAT;
  bytes_ = H5Tget_size(plain);
  signed_ = kind != H5T_INTEGER || H5Tget_sign(plain) != H5T_SGN_NONE;
  byte_ = kind == H5T_INTEGER && bytes_ == 1 && H5Tget_precision(plain) == 8;
  if (byte_) return true;
  const hid_t memory =
      float_ ? (wide_float() ? H5T_NATIVE_DOUBLE : H5T_NATIVE_FLOAT) : (signed_ ? H5T_NATIVE_INT64 : H5T_NATIVE_UINT64);
  return H5Tequal(plain, memory) > 0;
}

/// Checks that the file holds them, and finds how to get at them.
void Hdf5Dataset::find_numbers(const Hdf5Source& file, const std::string& place, std::uint64_t count, bool native) {
  const haddr_t offset = H5Dget_offset(dataset_.get());
  // Asking for the properties costs as much as opening the dataset.
  const Hdf5Id properties(offset != HADDR_UNDEF ? -1 : H5Dget_create_plist(dataset_.get()), H5Pclose);
  const std::string problem = check_storage(dataset_.get(), properties.get(), offset,
                                            {dims_, count * bytes_, H5Dget_storage_size(dataset_.get()), file_size_});
  if (!problem.empty()) throw_not_whole(problem);
  if (offset != HADDR_UNDEF) {
    if (native) stored_ = Hdf5Bytes(file.descriptor, offset, columns() * bytes_);
    return;
  }
  const std::vector<std::size_t> chunk = hdf5_chunk(properties.get(), dims_.size());
  if (chunk.empty()) return;
  chunk_rows_ = std::max<std::size_t>(chunk.front(), 1);
  keep_chunks(file, place, bytes_of_chunk_row(chunk, dims_, bytes_));
  if (native && H5Pget_nfilters(properties.get()) == 0) stored_ = Hdf5Bytes(dims_, chunk, columns() * bytes_);
}

void Hdf5Dataset::throw_not_whole(const std::string& problem) const {
  throw DataError(
      fmt::format("{}: dataset '{}' {} is not whole: {}; copy or make the file again (parts in other files: "
                  "h5repack first)",
                  path_, place_, dims_text(), problem));
}

/// libhdf5 keeps chunks of 1 MiB in all. A row of chunks beyond that would be decompressed anew for each read of it.
void Hdf5Dataset::keep_chunks(const Hdf5Source& file, const std::string& place, std::size_t bytes) {
  if (bytes <= kChunkCache || bytes > kMostKept) return;
  const Hdf5Id access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
  H5Pset_chunk_cache(access.get(), H5D_CHUNK_CACHE_NSLOTS_DEFAULT, bytes, H5D_CHUNK_CACHE_W0_DEFAULT);
  Hdf5Id reopened(H5Dopen2(file.id, place.c_str(), access.get()), H5Dclose);
  if (reopened.ok()) dataset_ = std::move(reopened);
}

Hdf5Dataset::~Hdf5Dataset() {
  if (!dataset_.ok()) return;
  const Hdf5Guard guard;
  dataset_.reset();
}

std::size_t Hdf5Dataset::columns() const {
  std::size_t product = 1;
  for (std::size_t i = 1; i < dims_.size(); ++i) product *= dims_[i];
  return product;
}

std::string Hdf5Dataset::dims_text() const { return fmt::format("[{}]", fmt::join(dims_, ", ")); }

std::string Hdf5Dataset::type_name() const {
  if (enumeration_ && bytes_ == 1) return "bool";
  return fmt::format("{}{}", float_ ? "float" : signed_ ? "int" : "uint", 8 * bytes_);
}

int Hdf5Dataset::bits() const { return bytes_ <= (float_ ? 4u : 2u) ? 32 : 64; }

void Hdf5Dataset::read(std::span<double> out) const {
  if (element_count(dims_) != out.size()) throw UsageError(place_ + ": room for all its numbers is required");
  read_rows(0, out);
}

/// Whole chunks, so that none is decompressed twice.
std::size_t Hdf5Dataset::block_rows() const {
  constexpr std::size_t kBlock = std::size_t{1} << 16;  // numbers
  return std::max(chunk_rows_, kBlock / columns() / chunk_rows_ * chunk_rows_);
}

void Hdf5Dataset::read_columns(std::span<double> out, std::size_t stride, std::size_t first) const {
  const std::size_t own = columns();
  if (element_count(std::array{rows(), stride}) != out.size() || first > stride || own > stride - first) {
    throw UsageError(
        fmt::format("{}: columns {} to {} of {} in {} rows are required", place_, first, first + own, stride, rows()));
  }
  if (own == stride) return read(out);
  if (own == 0 || out.empty()) return;
  const std::size_t most = std::min(block_rows(), rows());
  std::vector<double> block(most * own);
  for (std::size_t begin = 0; begin < rows(); begin += most) {
    const std::size_t n = std::min(most, rows() - begin);
    read_rows(begin, std::span(block).first(n * own));
    for (std::size_t i = 0; i < n; ++i) {
      std::copy_n(block.data() + i * own, own, out.data() + (begin + i) * stride + first);
    }
  }
}

CheckedMatrix Hdf5Dataset::read_checked() const { return read_checked(0, rows()); }

CheckedMatrix Hdf5Dataset::read_checked(std::size_t first, std::size_t rows) const {
  if (first > this->rows() || rows > this->rows() - first) {
    throw UsageError(fmt::format("{}: {} rows from {} on of {} are required", place_, rows, first, dims_text()));
  }
  if (float_) return wide_float() ? read_floats<double>(first, rows) : read_floats<float>(first, rows);
  return read_in_blocks(rows, columns(), true,
                        [&](std::size_t begin, std::span<double> out) { read_rows(first + begin, out); });
}

/// Doubles straight to where they shall be, looked at while the cache has them; floats through a buffer in the cache.
template <class Float>
CheckedMatrix Hdf5Dataset::read_floats(std::size_t first, std::size_t rows) const {
  constexpr bool kInPlace = std::is_same_v<Float, double>;
  constexpr std::size_t kBlock = std::size_t{kInPlace ? 1024 : 256} << 10;  // bytes
  CheckedMatrix matrix;
  if (rows == 0 || columns() == 0) return matrix;
  matrix.values.reserve(rows * columns());
  const std::size_t room = std::max<std::size_t>(1, kBlock / sizeof(Float) / columns());
  std::unique_ptr<Float[]> buffer;
  if (!kInPlace) {
    buffer = std::make_unique_for_overwrite<Float[]>(std::min(rows, stored_.largest_block(room)) * columns());
  }
  for (std::size_t done = 0; done < rows;) {
    const std::size_t n = stored_.block(first + done, rows - done, room);
    if constexpr (kInPlace) {
      matrix.values.resize((done + n) * columns());
      const std::span<double> block = std::span(matrix.values).subspan(done * columns());
      fetch(first + done, n, H5T_NATIVE_DOUBLE, block.data());
      matrix.finite = matrix.finite && all_finite(block);
    } else {
      fetch(first + done, n, H5T_NATIVE_FLOAT, buffer.get());
      append_checked(matrix, std::span<const Float>(buffer.get(), n * columns()));
    }
    done += n;
  }
  return matrix;
}

/// The numbers of rows [first, first + rows), in `type`, to `to`.
void Hdf5Dataset::fetch(std::size_t first, std::size_t rows, std::int64_t type, void* to) const {
  auto* bytes = static_cast<std::byte*>(to);
  for (std::size_t done = 0; done < rows;) {
    std::size_t n = stored_.read(dataset_.get(), first + done, rows - done, bytes);
    if (n == 0) {
      n = stored_.left_to_library(first + done, rows - done);
      fetch_by_library(first + done, n, type, bytes);
    }
    bytes += n * columns() * bytes_;  // it is at its end where the numbers are not stored as memory has them
    done += n;
  }
}

void Hdf5Dataset::fetch_by_library(std::size_t first, std::size_t rows, std::int64_t type, void* to) const {
  const Hdf5Guard guard;
  // The same rank on both sides: libhdf5 maps spaces of different ranks number by number.
  std::vector<hsize_t> start(dims_.size()), count(dims_.begin(), dims_.end());
  start[0] = first;
  count[0] = rows;
  const Hdf5Id room(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose),
      chosen(H5Dget_space(dataset_.get()), H5Sclose);
  H5Sselect_hyperslab(chosen.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
  if (H5Dread(dataset_.get(), type, room.get(), chosen.get(), H5P_DEFAULT, to) >= 0) return;
  throw DataError(
      fmt::format("{}: the numbers of dataset '{}' cannot be read ({}); the file is damaged, copy or make "
                  "it again",
                  path_, place_, hdf5_reason()));
}

void Hdf5Dataset::read_rows(std::size_t first, std::span<double> out) const {
  if (out.empty()) return;
  if (columns() == 0 || out.size() % columns() != 0 || first > rows() || out.size() / columns() > rows() - first) {
    throw UsageError(
        fmt::format("{}: {} numbers from row {} on of {} are required", place_, out.size(), first, dims_text()));
  }
  const auto fetch_all = [&](hid_t type, void* to) { fetch(first, out.size() / columns(), type, to); };
  const std::size_t before = first * columns();
  const auto exact = [&](std::size_t i, auto x) { return exact_double(x, path_, place_, before + i); };
  if (byte_) {  // flags: libhdf5 would convert them one by one, and takes an enumeration's own type only
    const Hdf5Guard guard;
    const Hdf5Id own(H5Dget_type(dataset_.get()), H5Tclose);
    fetch_all(own.get(), reinterpret_cast<std::byte*>(out.data()) + out.size() * (sizeof(double) - 1));
    if (signed_) widen_in_place<std::int8_t>(out, [](std::size_t, std::int8_t x) { return static_cast<double>(x); });
    if (!signed_) widen_in_place<std::uint8_t>(out, [](std::size_t, std::uint8_t x) { return static_cast<double>(x); });
  } else if (float_ && wide_float()) {
    fetch_all(H5T_NATIVE_DOUBLE, out.data());
  } else if (float_) {
    fetch_all(H5T_NATIVE_FLOAT, reinterpret_cast<std::byte*>(out.data()) + out.size() * sizeof(float));
    widen_in_place<float>(out, [](std::size_t, float x) { return static_cast<double>(x); });
  } else if (signed_) {
    fetch_all(H5T_NATIVE_INT64, out.data());
    widen_in_place<std::int64_t>(out, exact);
  } else {
    fetch_all(H5T_NATIVE_UINT64, out.data());
    widen_in_place<std::uint64_t>(out, exact);
  }
}

}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
