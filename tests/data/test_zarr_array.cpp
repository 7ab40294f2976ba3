#include "pianola/data/zarr_array.hpp"

#include <gtest/gtest.h>

#include <map>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

class ToyStore final : public ZarrStore {
 public:
  [[nodiscard]] std::optional<std::string> get(const std::string& key, std::size_t) const override {
    const auto at = pieces.find(key);
    return at == pieces.end() ? std::nullopt : std::optional(at->second);
  }
  [[nodiscard]] bool has(const std::string& key) const override { return pieces.contains(key); }
  [[nodiscard]] std::vector<std::string> arrays(const std::string&) const override { return {}; }
  std::map<std::string, std::string> pieces;
};

std::string metadata(const std::string& shape, const std::string& chunks, const std::string& more = "") {
  return R"({"zarr_format": 2, "dtype": "|u1", "compressor": null, "filters": null, "order": "C", "fill_value": 0, "shape": )" +
         shape + ", \"chunks\": " + chunks + more + "}";
}

TEST(ZarrArray, GridsOfChunks) {
  // [5, 3] in chunks of [2, 2]: element (r, c) is 10 r + c, and 99 beyond the ends.
  ToyStore store;
  store.pieces["a/.zarray"] = metadata("[5, 3]", "[2, 2]", R"(, "dimension_separator": "/")");
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 2; ++j) {
      std::string bytes;
      for (int r = 2 * i; r < 2 * i + 2; ++r) {
        for (int c = 2 * j; c < 2 * j + 2; ++c) bytes += static_cast<char>(r < 5 && c < 3 ? 10 * r + c : 99);
      }
      store.pieces["a/" + std::to_string(i) + "/" + std::to_string(j)] = bytes;
    }
  }
  ZarrArray array(store, "p", "a", "a");
  EXPECT_EQ(array.field().shape, std::vector<std::size_t>{3});
  EXPECT_NO_THROW(array.require_whole());
  for (std::size_t first = 0; first < 5; ++first) {
    for (std::size_t rows = 1; rows <= 5 - first; ++rows) {
      std::vector<double> out(rows * 3, -1.0);
      array.read(first, out);
      for (std::size_t k = 0; k < out.size(); ++k) ASSERT_EQ(out[k], static_cast<double>(10 * (first + k / 3) + k % 3));
    }
  }
  std::vector<double> beyond(6);
  EXPECT_THROW(array.read(4, beyond), DataError);
  store.pieces.erase("a/1/0");
  expect_parts(message_of<DataError>([&] { array.require_whole(); }), {"p: array 'a'", "'a/1/0' is missing"});
  store.pieces["a/1/0"] = "abc";
  std::vector<double> row(3);
  expect_parts(message_of<DataError>([&] { ZarrArray(store, "p", "a", "a").read(2, row); }), {"'a/1/0'", "3 bytes"});
}

TEST(ZarrArray, MetadataThatCannotBe) {
  ToyStore store;
  const auto refusal = [&](const std::string& text) {
    store.pieces["a/.zarray"] = text;
    return message_of<DataError>([&] { (void)ZarrArray(store, "p", "a", "a"); });
  };
  expect_parts(refusal(metadata("[5]", "[0]")), {"p: array 'a'", "chunks [0]"});
  expect_parts(refusal(metadata("[5]", "[2, 2]")), {"as many dimensions"});
  expect_parts(refusal(metadata("[]", "[]")), {"one row a step"});
  expect_parts(refusal(metadata("[5]", "[1099511627776]")), {"1 GiB"});
  expect_parts(refusal(metadata("[5, 5]", "[4294967296, 4294967296]")), {"1 GiB"});
  expect_parts(refusal(metadata("[18446744073709551615, 18446744073709551615]", "[1, 1]")), {"damaged"});
  expect_parts(refusal(metadata("[-5]", "[2]")), {"[-5]"});
  expect_parts(refusal(metadata("[5.5]", "[2]")), {"[5.5]"});
  expect_parts(refusal(metadata("\"5\"", "[2]")), {"'a'"});
  expect_parts(refusal("{"), {"damaged"});
  expect_parts(refusal(R"({"zarr_format": 3})"), {"zarr_format is 3"});
  expect_parts(refusal(R"({"zarr_format": 2, "dtype": "<U4"})"), {"<U4"});
  expect_parts(refusal(R"({"zarr_format": 2, "dtype": "<f4", "order": "F"})"), {"Fortran"});
  expect_parts(refusal(R"({"zarr_format": 2, "dtype": "<f4", "filters": [{"id": "delta"}]})"), {"filters"});
}

}  // namespace
}  // namespace pianola
