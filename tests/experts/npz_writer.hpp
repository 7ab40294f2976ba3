// Writes small .npz archives as numpy.savez does (stored members), for tests.
#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "pianola/experts/array_file.hpp"
#include "pianola/experts/npz.hpp"

namespace pianola::npz_writer {

template <class T>
std::string little(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

/// A .npy file; `shape` as Python writes it: "(2, 3)".
inline std::string npy(const std::string& descr, const std::string& shape, const std::string& data,
                       const std::string& order = "False") {
  std::string header = "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
  header.resize((10 + header.size() + 1 + 63) / 64 * 64 - 11, ' ');
  header += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) + little(static_cast<std::uint16_t>(header.size())) + header + data;
}

inline std::string npy(const NamedArray& array) {
  std::string shape = "(", data;
  for (const std::size_t dim : array.shape) shape += std::to_string(dim) + ", ";
  for (const double value : array.values) data += little(value);
  return npy("<f8", shape + ")", data);
}

/// A zip archive of stored members.
inline std::string zip(const std::map<std::string, std::string>& members, std::uint16_t method = 0) {
  std::string bytes, directory;
  for (const auto& [name, content] : members) {
    const std::string file = name + ".npy";
    const std::string common = little(std::uint16_t{20}) + little(std::uint16_t{0}) + little(method) +
                               little(std::uint32_t{0}) + little(crc32(content)) +
                               little(static_cast<std::uint32_t>(content.size())) +
                               little(static_cast<std::uint32_t>(content.size())) +
                               little(static_cast<std::uint16_t>(file.size())) + little(std::uint16_t{0});
    directory += "PK\x01\x02" + little(std::uint16_t{20}) + common + little(std::uint16_t{0}) +
                 little(std::uint16_t{0}) + little(std::uint16_t{0}) + little(std::uint32_t{0}) +
                 little(static_cast<std::uint32_t>(bytes.size())) + file;
    bytes += "PK\x03\x04" + common + file + content;
  }
  const auto count = static_cast<std::uint16_t>(members.size());
  return bytes + directory + "PK\x05\x06" + little(std::uint32_t{0}) + little(count) + little(count) +
         little(static_cast<std::uint32_t>(directory.size())) + little(static_cast<std::uint32_t>(bytes.size())) +
         little(std::uint16_t{0});
}

inline void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline void write(const std::string& path, const std::map<std::string, NamedArray>& arrays) {
  std::map<std::string, std::string> members;
  for (const auto& [name, array] : arrays) members[name] = npy(array);
  write(path, zip(members));
}

}  // namespace pianola::npz_writer
