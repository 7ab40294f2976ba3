#include "pianola/base/safetensors.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/base/random.hpp"
#include "pianola/base/terminal_text.hpp"
#include "property.hpp"

namespace pianola {
namespace {

std::string with_length(const std::string& header, const std::string& data = "") {
  const std::uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + header + data;
}

TensorFile parse(const std::string& bytes) {
  return parse_safetensors(std::as_bytes(std::span(bytes.data(), bytes.size())), "model.safetensors");
}

/// The message of the DataError, without the file's name.
std::string error_of(const std::string& bytes) {
  try {
    parse(bytes);
  } catch (const DataError& error) {
    const std::string text = error.what();
    EXPECT_TRUE(text.starts_with("model.safetensors: ")) << text;
    EXPECT_EQ(text, clean_text(text)) << "the file's own bytes reach the terminal";
    return text;
  }
  return "no error";
}

void expect_error(const std::string& bytes, const std::string& part) {
  const std::string message = error_of(bytes);
  EXPECT_NE(message.find(part), std::string::npos) << "'" << message << "' does not say '" << part << "'";
}

// A file as the format's description shows it, byte by byte: header length 0x80, the header padded with blanks,
// then weight (F32 [2, 2]) and bias (BF16 [2]), little-endian.
const std::string kHeader =
    R"({"__metadata__":{"format":"pt"},"weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)"
    R"("bias":{"dtype":"BF16","shape":[2],"data_offsets":[16,20]}})";
const std::string kData("\x00\x00\x80\x3f\x00\x00\x00\xc0\x00\x00\x00\x3f\x00\x00\x00\x00\x80\x3f\x00\xc0", 20);

TEST(Safetensors, ReadsAFileOfTheOriginalLibrary) {
  std::string header = kHeader;
  header.append((8 - header.size() % 8) % 8, ' ');
  const TensorFile file = parse(with_length(header, kData));
  EXPECT_EQ(file.metadata, (std::map<std::string, std::string>{{"format", "pt"}}));
  ASSERT_EQ(file.tensors.size(), 2U);
  EXPECT_EQ(file.at("weight", "here").shape, (std::vector<std::size_t>{2, 2}));
  EXPECT_EQ(file.at("weight", "here").floats("weight"), (std::vector<float>{1.0F, -2.0F, 0.5F, 0.0F}));
  EXPECT_EQ(file.at("bias", "here").floats("bias"), (std::vector<float>{1.0F, -2.0F}));
}

TEST(Safetensors, OrderInTheHeaderIsFree) {
  const TensorFile file = parse(with_length(R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},)"
                                            R"("a":{"data_offsets":[0,1],"shape":[1],"dtype":"U8"}})",
                                            "xy"));
  EXPECT_EQ(file.at("a", "").bytes, std::vector<std::byte>{std::byte{'x'}});
  EXPECT_EQ(file.at("b", "").bytes, std::vector<std::byte>{std::byte{'y'}});
}

TEST(Safetensors, ScalarsAndEmptyTensorsAreTensors) {
  TensorFile file;
  file.tensors["scalar"] = Tensor::of({}, std::vector<float>{2.5F});
  file.tensors["empty"] = Tensor::of({0, 3}, std::vector<float>{});
  file.tensors["empty too"] = Tensor::of({3, 0}, std::vector<double>{});
  const TensorFile back = parse(format_safetensors(file));
  EXPECT_EQ(back.at("scalar", "").floats(""), std::vector<float>{2.5F});
  EXPECT_EQ(back.at("empty", "").shape, (std::vector<std::size_t>{0, 3}));
  EXPECT_EQ(back.tensors.size(), 3U);
  EXPECT_TRUE(parse(with_length("{}")).tensors.empty());
}

TEST(Safetensors, WritesTheBytesThatTheFormatAsksFor) {
  TensorFile file;
  file.tensors["a"] = {"U8", {3}, {std::byte{1}, std::byte{2}, std::byte{3}}};
  file.tensors["z"] = Tensor::of({1}, std::vector<double>{1.0});
  file.metadata["by"] = "pianola";
  const std::string bytes = format_safetensors(file);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  EXPECT_EQ(length % 8, 0U) << "data begin at a multiple of 8";
  EXPECT_EQ(nlohmann::json::parse(bytes.substr(8, length)), nlohmann::json::parse(R"({"__metadata__":{"by":"pianola"},
                "z":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},
                "a":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}})"));
  EXPECT_EQ(bytes.substr(8 + length), std::string("\0\0\0\0\0\0\xf0\x3f\1\2\3", 11));
  EXPECT_EQ(format_safetensors(file), bytes);
}

TEST(Safetensors, WhatIsWrittenReadsBack) {
  test::property(
      [](const std::map<std::string, std::vector<double>>& tensors, const std::map<std::string, int>& metadata) {
        TensorFile file;
        const auto name = [](const std::string& text) { return nlohmann::json(text.size()).dump() + "/\"\\\n ε"; };
        for (const auto& [key, values] : tensors) file.tensors[name(key)] = Tensor::of({values.size()}, values);
        for (const auto& [key, value] : metadata) file.metadata[name(key)] = std::to_string(value);
        const TensorFile back = parse(format_safetensors(file));
        RC_ASSERT(back.metadata == file.metadata);
        RC_ASSERT(back.tensors.size() == file.tensors.size());
        for (const auto& [key, tensor] : file.tensors) RC_ASSERT(back.at(key, "").bytes == tensor.bytes);
      });
}

TEST(Safetensors, FilesRoundTripThroughTheDisk) {
  const auto path = std::filesystem::temp_directory_path() / ("pianola_" + std::to_string(::getpid()) + ".safetensors");
  TensorFile file;
  file.tensors["w"] = Tensor::of({2}, std::vector<float>{1.0F, 2.0F});
  write_safetensors(path, file);
  EXPECT_EQ(read_safetensors(path).at("w", "").floats("w"), (std::vector<float>{1.0F, 2.0F}));
  std::filesystem::remove(path);
  EXPECT_THROW(read_safetensors(path), DataError);
}

TEST(Safetensors, RefusesBrokenLengths) {
  expect_error("", "it has 0 bytes; 8 are needed");
  expect_error("1234567", "it has 7 bytes; 8 are needed");
  expect_error(std::string(8, '\0'), "does not begin with '{'");
  expect_error(with_length("[]"), "does not begin with '{'");
  expect_error(with_length(" {}"), "does not begin with '{'");
  expect_error(with_length(kHeader, kData).substr(0, 50), "is the file truncated?");
  expect_error(with_length(kHeader, kData).substr(0, 8 + kHeader.size() + 19),
               "end at byte 20 of 19; is the file truncated?");
  for (const std::uint64_t length : {std::uint64_t{100'000'001}, std::numeric_limits<std::uint64_t>::max()}) {
    std::string bytes = with_length(kHeader, kData);
    std::memcpy(bytes.data(), &length, 8);
    expect_error(bytes, "at most 100000000 is allowed");
  }
}

TEST(Safetensors, RefusesDataThatDoNotTile) {
  const auto two = [](const std::string& a, const std::string& b, std::size_t bytes) {
    return with_length(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + a +
                           R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + b + "}}",
                       std::string(bytes, 'x'));
  };
  EXPECT_EQ(error_of(two("[0,4]", "[4,8]", 8)), "no error");
  expect_error(two("[0,4]", "[3,7]", 7), "tensor 'b': its data begin at byte 3 where byte 4 was next (overlap)");
  expect_error(two("[0,4]", "[0,4]", 4), "(overlap)");
  expect_error(two("[0,4]", "[5,9]", 9), "(gap)");
  expect_error(two("[1,5]", "[5,9]", 9), "tensor 'a': its data begin at byte 1 where byte 0 was next (gap)");
  expect_error(two("[0,4]", "[4,8]", 9), "1 bytes at its end belong to no tensor");
  expect_error(two("[0,4]", "[4,8]", 7), "is the file truncated?");
  expect_error(two("[4,0]", "[4,8]", 8), "data_offsets are [4, 0]");
  expect_error(two("[0,4,8]", "[4,8]", 8), "data_offsets are [0, 4, 8]");
}

std::string one(const std::string& fields, std::size_t bytes = 4) {
  return with_length("{\"t\":{" + fields + "}}", std::string(bytes, 'x'));
}

TEST(Safetensors, RefusesEntriesThatContradictThemselves) {
  EXPECT_EQ(error_of(one(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])")), "no error");
  expect_error(one(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])"), "shape [2] of F32 does not fill its 4 bytes");
  expect_error(one(R"("dtype":"F31","shape":[1],"data_offsets":[0,4])"), "dtype 'F31' is not supported");
  expect_error(one(R"("dtype":3,"shape":[1],"data_offsets":[0,4])"), "must hold dtype, shape and data_offsets");
  expect_error(one(R"("dtype":"F32","shape":[1])"), "must hold dtype, shape and data_offsets");
  expect_error(one(R"("dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1)"), "and nothing else");
  expect_error(one(R"("dtype":"F32","shape":1,"data_offsets":[0,4])"), "'shape' must be a list");
  for (const char* bad : {"-1", "1.0", "1e0", "true", "\"1\"", "null", "[1]", "99999999999999999999"}) {
    expect_error(one(std::string(R"("dtype":"F32","shape":[)") + bad + R"(],"data_offsets":[0,4])"),
                 "model.safetensors");
  }
  expect_error(with_length(R"({"t":[]})"), "tensor 't'");
  expect_error(with_length(R"({"t":null})"), "tensor 't'");
}

// Products that wrap to the right size must not pass: 2^62 · 4 · 4 bytes ≡ 0 (mod 2^64).
TEST(Safetensors, RefusesShapesWhoseProductOverflows) {
  expect_error(one(R"("dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0])", 0), "does not fill");
  expect_error(one(R"("dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0])", 0), "does not fill");
  expect_error(one(R"("dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,18446744073709551615])", 4),
               "is the file truncated?");
  std::string many = "1";
  for (int i = 0; i < 100; ++i) many += ",1";
  expect_error(one(R"("dtype":"F32","shape":[)" + many + R"(],"data_offsets":[0,4])"), "at most 64 numbers");
}

TEST(Safetensors, RefusesHostileJson) {
  expect_error(with_length("{"), "the header is no JSON");
  expect_error(with_length("{} x"), "the header is no JSON");
  expect_error(with_length("{\"\xff\":1}"), "the header is no JSON");
  expect_error(with_length("{\"a\":\xff}"), "the header is no JSON");
  expect_error(with_length(R"({"\u001b[2J":1})"), "[2J': its entry must hold");
  expect_error(with_length(R"({"a":{},"a":{}})"), "the key 'a' twice");
  expect_error(one(R"("dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4])"), "the key 'dtype' twice");
  expect_error(with_length(R"({"__metadata__":{"k":"1","k":"2"}})"), "the key 'k' twice");
  expect_error(with_length(R"({"__metadata__":{"k":1}})"), "__metadata__ 'k' is no string");
  expect_error(with_length(R"({"__metadata__":[]})"), "must be an object of strings");
  const std::string deep(1'000'000, '[');
  expect_error(with_length("{\"a\":" + deep), "nests deeper");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  expect_error(with_length(objects), "nests deeper");
}

/// One random change of a file: a byte, a cut, a piece doubled, a number in the header.
std::string mutated(std::string bytes, const NoiseKey& key, std::uint64_t trial) {
  const auto draw = [&](std::uint32_t i, std::size_t n) {
    return static_cast<std::size_t>(uniform(key, trial, 0, i) * static_cast<double>(n));
  };
  const std::size_t changes = 1 + draw(0, 3);
  for (std::uint32_t c = 0; c < changes && !bytes.empty(); ++c) {
    const std::size_t at = draw(10 * c + 1, bytes.size()), length = draw(10 * c + 2, 12);
    switch (draw(10 * c + 3, 5)) {
      case 0:
        bytes[at] = static_cast<char>(draw(10 * c + 4, 256));
        break;
      case 1:
        bytes[at] = static_cast<char>("0123456789[]{},:\"-"[draw(10 * c + 4, 18)]);
        break;
      case 2:
        bytes.erase(at, length);
        break;
      case 3:
        bytes.insert(at, bytes.substr(draw(10 * c + 4, bytes.size()), length));
        break;
      default:
        bytes.resize(at);
    }
  }
  return bytes;
}

// Whatever comes in, a DataError or a consistent file comes out; the sanitizers watch the rest.
TEST(Safetensors, SurvivesMutatedFiles) {
  std::string header = kHeader;
  header.append((8 - header.size() % 8) % 8, ' ');
  const std::string good = with_length(header, kData);
  int accepted = 0, refused = 0;
  for (std::uint64_t trial = 0; trial < 20'000; ++trial) {
    std::string bytes = mutated(good, NoiseKey(2026), trial);
    if (trial % 2 == 0 && bytes.size() >= 8) {  // half of them with the length repaired, to get past it
      const std::uint64_t length = std::min<std::uint64_t>(header.size(), bytes.size() - 8);
      std::memcpy(bytes.data(), &length, 8);
    }
    try {
      const TensorFile file = parse(bytes);
      std::size_t data = 0;
      for (const auto& [name, tensor] : file.tensors) data += tensor.bytes.size();
      EXPECT_LE(data, bytes.size());
      EXPECT_EQ(parse(format_safetensors(file)).tensors.size(), file.tensors.size());
      ++accepted;
    } catch (const DataError&) {
      ++refused;
    }
  }
  EXPECT_GT(accepted, 100) << "changes in the data are no errors";
  EXPECT_GT(refused, 1000);
}

TEST(Tensor, HalvesBecomeTheFloatsTheyStandFor) {
  const std::vector<std::pair<std::uint16_t, float>> halves = {{0x0000, 0.0F},
                                                               {0x8000, -0.0F},
                                                               {0x3c00, 1.0F},
                                                               {0xc000, -2.0F},
                                                               {0x7bff, 65504.0F},
                                                               {0x0400, 0x1p-14F},
                                                               {0x0001, 0x1p-24F},
                                                               {0x83ff, -1023 * 0x1p-24F},
                                                               {0x3555, 0.333251953125F},
                                                               {0x7c00, std::numeric_limits<float>::infinity()}};
  for (const auto& [bits, value] : halves) {
    Tensor tensor{"F16", {1}, std::vector<std::byte>(2)};
    std::memcpy(tensor.bytes.data(), &bits, 2);
    const float got = tensor.floats("h")[0];
    EXPECT_EQ(got, value);
    EXPECT_EQ(std::signbit(got), std::signbit(value));
  }
  const Tensor nan{"F16", {1}, {std::byte{0x01}, std::byte{0x7c}}};
  EXPECT_TRUE(std::isnan(nan.floats("h")[0]));
}

TEST(Tensor, DoublesBecomeFloatsUnlessNoneIsNear) {
  const auto floats = [](double x) { return Tensor::of({1}, std::vector<double>{x}).floats("w")[0]; };
  EXPECT_EQ(floats(0.1), 0.1F);
  EXPECT_EQ(floats(std::numeric_limits<double>::infinity()), std::numeric_limits<float>::infinity());
  EXPECT_THROW(floats(1e39), DataError);
  EXPECT_THROW((Tensor{"I64", {1}, std::vector<std::byte>(8)}.floats("w")), DataError);
}

TEST(Tensor, ValuesMustFillTheShape) {
  EXPECT_THROW(Tensor::of({2, 2}, std::vector<float>{1.0F}), UsageError);
  EXPECT_THROW(Tensor::of({std::size_t{1} << 62, 4}, std::vector<float>{}), UsageError);
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(TensorFile, NamesWhatIsMissingOrOfAnotherShape) {
  TensorFile file;
  file.tensors["layers.0.weight"] = Tensor::of({2, 1}, std::vector<float>{1, 2});
  EXPECT_EQ(message_of([&] { (void)file.at("layer.0.weight", "policy.safetensors"); }),
            "policy.safetensors: no tensor named 'layer.0.weight'; did you mean 'layers.0.weight'? known: "
            "layers.0.weight");
  const std::vector<std::size_t> wanted = {1, 2}, right = {2, 1};
  EXPECT_EQ(message_of([&] { (void)file.at("layers.0.weight", wanted, "policy.safetensors"); }),
            "policy.safetensors: tensor 'layers.0.weight': its shape is [2, 1]; [1, 2] is needed");
  EXPECT_EQ(file.at("layers.0.weight", right, "").shape, right);
}

TEST(TensorFile, WhatCannotBeReadBackIsNotWritten) {
  TensorFile file;
  file.tensors["t"] = {"F32", {2}, std::vector<std::byte>(4)};
  EXPECT_THROW(format_safetensors(file), UsageError);
  file.tensors["t"] = {"F31", {1}, std::vector<std::byte>(4)};
  EXPECT_THROW(format_safetensors(file), UsageError);
  file.tensors = {{"__metadata__", {"U8", {1}, std::vector<std::byte>(1)}}};
  EXPECT_THROW(format_safetensors(file), UsageError);
  file.tensors = {{"\xff", {"U8", {1}, std::vector<std::byte>(1)}}};
  EXPECT_THROW(format_safetensors(file), UsageError);
}

}  // namespace
}  // namespace pianola
