#include "pianola/experts/npz.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "experts/npz_writer.hpp"
#include "pianola/base/error.hpp"
#include "property.hpp"

namespace pianola {
namespace {

// Written by NumPy 2.4.6: np.savez(path, W0=np.array([[1, 2, 3], [4, 5, 6]], np.float32),
//                                  fortran=np.asfortranarray([[1.5, -2.5], [3.5, 4.5]]), count=np.int64(7))
const char* const kWrittenByNumpy =
    "504b03042d0000000000000021007c9cdea2ffffffffffffffff0600140057302e6e70790100100098000000000000009800"
    "000000000000934e554d5059010076007b276465736372273a20273c6634272c2027666f727472616e5f6f72646572273a20"
    "46616c73652c20277368617065273a2028322c2033292c207d20202020202020202020202020202020202020202020202020"
    "2020202020202020202020202020202020202020202020202020202020202020200a0000803f000000400000404000008040"
    "0000a0400000c040504b03042d0000000000000021009628930dffffffffffffffff0b001400666f727472616e2e6e707901"
    "001000a000000000000000a000000000000000934e554d5059010076007b276465736372273a20273c6638272c2027666f72"
    "7472616e5f6f72646572273a20547275652c20277368617065273a2028322c2032292c207d20202020202020202020202020"
    "202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a000000"
    "000000f83f0000000000000c4000000000000004c00000000000001240504b03042d00000000000000210023b8f06cffffff"
    "ffffffffff09001400636f756e742e6e70790100100088000000000000008800000000000000934e554d5059010076007b27"
    "6465736372273a20273c6938272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a202829"
    "2c207d2020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020"
    "2020202020202020202020202020200a0700000000000000504b01022d032d0000000000000021007c9cdea2980000009800"
    "000006000000000000000000000080010000000057302e6e7079504b01022d032d0000000000000021009628930da0000000"
    "a00000000b00000000000000000000008001d0000000666f727472616e2e6e7079504b01022d032d00000000000000210023"
    "b8f06c88000000880000000900000000000000000000008001ad010000636f756e742e6e7079504b05060000000003000300"
    "a4000000700200000000";

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

class Npz : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = (std::filesystem::temp_directory_path() / ("pianola_npz_" + std::to_string(::getpid()) + ".npz")).string();
  }
  void TearDown() override { std::filesystem::remove(path_); }

  /// What opening the file, and then reading all of it, throws; "" if nothing.
  std::string data_error() const {
    try {
      const NpzFile file(path_);
      for (const std::string& name : file.names()) static_cast<void>(file.read(name));
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  }
  std::string error_of_member(const std::string& content) const {
    npz_writer::write(path_, npz_writer::zip({{"W0", content}}));
    return data_error();
  }

  std::string path_;
};

TEST_F(Npz, ReadsWhatNumpyWrites) {
  npz_writer::write(path_, from_hex(kWrittenByNumpy));
  const NpzFile file(path_);
  EXPECT_EQ(file.names(), (std::vector<std::string>{"W0", "fortran", "count"}));
  EXPECT_EQ(file.read("W0").shape, (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(file.read("W0").values, (std::vector<double>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(file.read("fortran").values, (std::vector{1.5, -2.5, 3.5, 4.5}));
  EXPECT_TRUE(file.read("count").shape.empty());
  EXPECT_EQ(file.read("count").values, std::vector{7.0});
}

TEST_F(Npz, EveryTruncationOfARealFileIsAnErrorThatNamesIt) {
  const std::string whole = from_hex(kWrittenByNumpy);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    npz_writer::write(path_, whole.substr(0, size));
    ASSERT_NE(data_error().find(path_), std::string::npos) << size << " bytes";
  }
}

TEST_F(Npz, NoDamagedByteCrashesOrIsReadAsOtherNumbers) {
  const std::string whole = from_hex(kWrittenByNumpy);
  for (std::size_t place = 0; place < whole.size(); ++place) {
    std::string bytes = whole;
    bytes[place] = static_cast<char>(bytes[place] ^ 0x5A);
    npz_writer::write(path_, bytes);
    try {
      const NpzFile file(path_);
      if (file.names() != std::vector<std::string>{"W0", "fortran", "count"}) continue;
      ASSERT_EQ(file.read("W0").values, (std::vector<double>{1, 2, 3, 4, 5, 6})) << "byte " << place;
    } catch (const DataError&) {
    }
  }
}

TEST_F(Npz, ArbitraryBytesAreAnError) {
  test::property([&](const std::string& noise) {
    npz_writer::write(path_, "PK" + noise);
    RC_ASSERT(data_error() != "");
  });
}

TEST_F(Npz, CompressedAndDamagedMembersAreNamed) {
  const std::string member = npz_writer::npy({{2}, {1.0, 2.0}});
  npz_writer::write(path_, npz_writer::zip({{"W0", member}}, 8));
  EXPECT_NE(data_error().find("member 'W0.npy': it cannot be inflated"), std::string::npos) << data_error();
  npz_writer::write(path_, npz_writer::zip({{"W0", member}}, 9));
  EXPECT_NE(data_error().find("compressed by method 9"), std::string::npos) << data_error();
  std::string bytes = npz_writer::zip({{"W0", member}});
  bytes[36 + member.size() - 1] = 'x';  // the last number's last byte
  npz_writer::write(path_, bytes);
  EXPECT_NE(data_error().find("member 'W0.npy': its checksum is wrong"), std::string::npos) << data_error();
}

TEST_F(Npz, ImpossibleArraysAreNamed) {
  EXPECT_EQ(error_of_member(npz_writer::npy(">f8", "(1,)", "12345678")), "");
  EXPECT_NE(error_of_member(npz_writer::npy("|O", "(1,)", "12345678")).find("is of type '|O'"), std::string::npos);
  EXPECT_NE(error_of_member(npz_writer::npy("<f8", "(2,)", "12345678"))
                .find("holds 8 bytes, but 2 numbers of 8 bytes are 16"),
            std::string::npos);
  EXPECT_NE(error_of_member(npz_writer::npy("<f8", "(1,)", "1234567890123456")).find("holds 16 bytes"),
            std::string::npos);
  EXPECT_NE(error_of_member(npz_writer::npy("<f8", "(4294967296, 4294967296)", "")).find("claims more"),
            std::string::npos);
  EXPECT_NE(error_of_member(npz_writer::npy("<f8", "(x,)", "12345678")).find("shape is unreadable"), std::string::npos);
  EXPECT_NE(error_of_member("no array").find("is no .npy array"), std::string::npos);
  EXPECT_NE(error_of_member(npz_writer::npy("<f4", "(1, 1, 1)", "1234", "True")).find("Fortran order"),
            std::string::npos);
}

TEST_F(Npz, AnAbsentArrayIsNamed) {
  npz_writer::write(path_, from_hex(kWrittenByNumpy));
  EXPECT_THROW(static_cast<void>(NpzFile(path_).read("W1")), DataError);
}

}  // namespace
}  // namespace pianola
