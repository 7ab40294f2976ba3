// TFRecord files, uncompressed, and the tf.train.Example in a record. Source: tensorflow/core/lib/io/record_reader.cc,
// tensorflow/core/example/example.proto and feature.proto.
//
//   record   u64 length · u32 masked crc(length) · data · u32 masked crc(data), little-endian
//   Example {1: Features {1: map entry {1: string key, 2: Feature}}}
//   Feature  {1: BytesList {1: bytes…} | 2: FloatList {1: float…} | 3: Int64List {1: int64…}}, packed or not
//
// The messages are nested five deep, and so is the parser: nothing recurses.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pianola {

class TfRecordFile {
 public:
  /// Finds the records by their lengths, whose checksums are verified. @throws DataError naming file and record.
  explicit TfRecordFile(const std::string& path);
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::size_t size() const { return records_.size(); }
  /// The data of a record, checksum verified. @throws DataError.
  [[nodiscard]] std::string read(std::size_t i);

 private:
  struct Record {
    std::uint64_t at, size;  // of its data
  };
  std::string path_;
  std::ifstream file_;
  std::vector<Record> records_;
};

/// Values of one feature: numbers, or a count of texts.
struct TfFeature {
  std::vector<double> numbers;
  std::size_t texts = 0;
};

/// Features of an Example. `where` begins messages. @throws DataError if the bytes are no such message, or an integer
/// is beyond ±2⁵³.
std::map<std::string, TfFeature> parse_tf_example(std::string_view bytes, const std::string& where);

}  // namespace pianola
