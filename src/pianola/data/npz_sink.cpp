#include "pianola/data/npz_sink.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>

#include "pianola/base/error.hpp"
#include "pianola/data/npy_header.hpp"
#include "pianola/data/number_types.hpp"
#include "pianola/data/zip_archive.hpp"

namespace pianola {
namespace {

template <class T>
std::string little(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::string_view text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

void NpzSink::fail() const {
  const int error = errno;
  throw ResourceError(fmt::format("{}: the dataset cannot be written ({}){}. What was there before is untouched",
                                  path_.path().string(), std::strerror(error), write_remedy(error)));
}

void NpzSink::open(std::span<const FlatColumn> columns) {
  columns_.assign(columns.begin(), columns.end());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    Column column{std::make_unique<AtomicPath>(path_.path().string() + ".column"), {}, 0, 0};
    column.file.open(column.path->temporary(), std::ios::binary);
    if (!column.file) fail();
    files_.push_back(std::move(column));
  }
}

void NpzSink::append(std::span<const std::span<const double>> values, std::size_t) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::vector<std::byte> bytes = numbers_of_type(
        values[i], columns_[i].type, fmt::format("{}: array '{}'", path_.path().string(), columns_[i].name));
    const std::string_view text = text_of(bytes);
    if (!files_[i].file.write(text.data(), static_cast<std::streamsize>(text.size()))) fail();
    files_[i].crc =
        static_cast<std::uint32_t>(crc32_z(files_[i].crc, reinterpret_cast<const Bytef*>(text.data()), text.size()));
    files_[i].bytes += text.size();
  }
}

void NpzSink::write(std::string_view bytes) {
  if (!out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()))) fail();
  written_ += bytes.size();
}

/// A stored member: `head`, then the bytes of a column.
void NpzSink::add_member(const std::string& name, const std::string& head, const Column* rest) {
  const std::uint64_t size = head.size() + (rest != nullptr ? rest->bytes : 0);
  if (size > 0xFFFFFFFE - 4096 || written_ > 0xFFFFFFFE - 4096 - size) {
    throw DataError(
        fmt::format("{}: an .npz of more than 4 GiB is not written; choose another format", path_.path().string()));
  }
  std::uint32_t crc = pianola::crc32(head);
  if (rest != nullptr) {
    crc = static_cast<std::uint32_t>(crc32_combine(crc, rest->crc, static_cast<z_off_t>(rest->bytes)));
  }
  const std::string common = little(std::uint16_t{20}) + little(std::uint32_t{0}) + little(std::uint32_t{0x00210000}) +
                             little(crc) + little(static_cast<std::uint32_t>(size)) +
                             little(static_cast<std::uint32_t>(size)) +
                             little(static_cast<std::uint16_t>(name.size())) + little(std::uint16_t{0});
  directory_ += "PK\x01\x02" + little(std::uint16_t{20}) + common + std::string(10, '\0') +
                little(static_cast<std::uint32_t>(written_)) + name;
  ++members_;
  write("PK\x03\x04" + common + name + head);
  if (rest == nullptr) return;
  std::ifstream in(rest->path->temporary(), std::ios::binary);
  std::string block(std::size_t{1} << 20, '\0');
  for (std::uint64_t left = rest->bytes; left > 0;) {
    const std::uint64_t n = std::min<std::uint64_t>(left, block.size());
    if (!in.read(block.data(), static_cast<std::streamsize>(n))) fail();
    write(std::string_view(block).substr(0, n));
    left -= n;
  }
}

void NpzSink::finish(std::span<const std::size_t> ends, const std::string& note) {
  const std::size_t rows = ends.back();
  out_.open(path_.temporary(), std::ios::binary);
  if (!out_) fail();
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    files_[i].file.close();
    if (!files_[i].file) fail();
    std::vector<std::size_t> shape{rows};
    if (!columns_[i].scalar) shape.push_back(columns_[i].dim);
    add_member(columns_[i].name + ".npy", make_npy_header(columns_[i].type, shape), &files_[i]);
  }
  const std::vector<double> numbers(ends.begin(), ends.end());
  const std::vector<std::byte> bytes = numbers_of_type(numbers, "int64", path_.path().string());
  add_member("episode_ends.npy", make_npy_header("int64", std::vector{ends.size()}) + std::string(text_of(bytes)),
             nullptr);
  add_member(kNpzNote, note, nullptr);
  const std::uint64_t directory = written_;
  write(directory_);
  write("PK\x05\x06" + little(std::uint32_t{0}) + little(members_) + little(members_) +
        little(static_cast<std::uint32_t>(directory_.size())) + little(static_cast<std::uint32_t>(directory)) +
        little(std::uint16_t{0}));
  out_.close();
  if (!out_) fail();
  path_.commit();
}

}  // namespace pianola
