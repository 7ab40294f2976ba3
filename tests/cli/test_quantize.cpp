#include <filesystem>
#include <fstream>

#include "cli/command.hpp"

namespace pianola::cli {
namespace {

class Quantize : public Scratch {
 protected:
  void SetUp() override {
    Scratch::SetUp();
    succeeded(command(
        {"collect", "--system", "pendulum", "--trajectories", "3", "--horizon", "50", "-o", path("d.hdf5"), "--json"}));
  }
};

TEST_F(Quantize, ComparesASpecListWithAllFields) {
  const Json json = succeeded(command(
      {"quantize", path("d.hdf5"), "--compare", "uniform:bins=17,representatives=ends,uniform:bins=3", "--json"}));
  ASSERT_EQ(json["quantizers"].size(), 2U);
  for (const char* field : {"spec", "epsilon_sup", "epsilon_in", "epsilon_in_per_dimension", "bias_per_dimension",
                            "tokens_per_chunk", "vocabulary", "bits_per_action", "entropy_per_action", "repeat_rate",
                            "used_fraction", "perplexity", "saturated_fraction", "token_error", "decode_failures",
                            "encode_values_per_second", "decode_values_per_second"}) {
    EXPECT_TRUE(json["quantizers"][0].contains(field)) << field;
  }
  EXPECT_LT(json["quantizers"][0]["epsilon_in"]["value"], json["quantizers"][1]["epsilon_in"]["value"]);
}

TEST_F(Quantize, WritesTheQuantizerAndTheTwin) {
  const Ran ran = command({"quantize", path("d.hdf5"), "--quantizer", "uniform:bins=5", "-o", path("q.json"),
                           "--write-decoded", path("twin.hdf5")});
  EXPECT_EQ(ran.code, 0) << ran.err;
  std::ifstream file(path("q.json"));
  EXPECT_TRUE(Json::parse(file).contains("format_version"));
  const Json again = succeeded(command({"quantize", path("twin.hdf5"), "--quantizer", "uniform:bins=5", "--json"}));
  EXPECT_LT(again["quantizers"][0]["epsilon_in"]["value"].get<double>(), 1e-6) << "the twin is already quantized";
}

TEST_F(Quantize, RefusesWhatItCannotDo) {
  EXPECT_EQ(command({"quantize", path("d.hdf5")}).code, 2);
  EXPECT_EQ(command({"quantize", path("missing.hdf5"), "--quantizer", "uniform"}).code, 3);
  const Ran unknown = command({"quantize", path("d.hdf5"), "--quantizer", "unifrom"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_NE(unknown.err.find("did you mean 'uniform'?"), std::string::npos) << unknown.err;
  EXPECT_EQ(command({"quantize", path("d.hdf5"), "--compare", "uniform,uniform:bins=3", "-o", path("q.json")}).code, 2);
  EXPECT_EQ(command({"quantize", path("d.hdf5"), "--quantizer", "uniform:bins=1000000"}).code, 2);
}

}  // namespace
}  // namespace pianola::cli
