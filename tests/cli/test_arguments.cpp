#include "pianola/cli/arguments.hpp"

#include <fstream>

#include "cli/command.hpp"
#include "pianola/base/error.hpp"

namespace pianola::cli {
namespace {

using Words = std::vector<std::string>;

class Arguments : public Scratch {
 protected:
  std::string write(const std::string& text) {
    std::ofstream(path("c.toml")) << text;
    return path("c.toml");
  }
};

TEST_F(Arguments, WithoutConfigurationNothingChanges) {
  const Words words = {"train", "demos.hdf5", "-o", "run"};
  EXPECT_EQ(expand_configuration(words), words);
}

TEST_F(Arguments, KeysBecomeOptions) {
  const std::string file =
      write("learning_rate = 0.25\nsteps = 7\nquantizer = 'uniform:bins=5'\n[provenance]\ncpu = 'x'\n");
  const Words expected = {"train", "--learning-rate=0.25", "--quantizer=uniform:bins=5", "--steps=7", "-o", "run"};
  EXPECT_EQ(expand_configuration({"train", "--config", file, "-o", "run"}), expected);
}

TEST_F(Arguments, WhatIsTypedWinsOverSetAndSetOverTheFile) {
  const std::string file = write("steps = 7\nbatch = 8\nseed = 9\n");
  const Words expected = {"train", "--batch=16", "--seed=9", "--steps=1"};
  EXPECT_EQ(expand_configuration({"train", "--config", file, "--set", "batch=16", "--set", "steps=2", "--steps=1"}),
            expected);
}

TEST_F(Arguments, ArraysRepeatTheOption) {
  const std::string file = write("quantizer = ['a', 'b']\n");
  const Words expected = {"evaluate", "--quantizer=a", "--quantizer=b"};
  EXPECT_EQ(expand_configuration({"evaluate", "--config", file}), expected);
}

TEST_F(Arguments, ValuesMayStandAfterAnEqualsSign) {
  const std::string file = write("steps = 7\n");
  const Words expected = {"train", "--batch=3", "--steps=7"};
  EXPECT_EQ(expand_configuration({"train", "--config=" + file, "--set=batch=3"}), expected);
}

TEST_F(Arguments, ATypedDatasetWinsOverTheFiles) {
  const std::string file = write("data = 'old.hdf5'\n");
  const Words expected = {"train", "new.hdf5"};
  EXPECT_EQ(expand_configuration({"train", "new.hdf5", "--config", file}), expected);
}

TEST_F(Arguments, AResumedRunBringsItsConfiguration) {
  std::filesystem::create_directories(path("run"));
  std::ofstream(path("run") + "/config.toml") << "steps = 7\n";
  const Words expected = {"train", "--steps=7", "--resume", "-o", path("run")};
  EXPECT_EQ(expand_configuration({"train", "--resume", "-o", path("run")}), expected);
}

TEST_F(Arguments, TablesThatSetNothingAreRefused) {
  EXPECT_THROW(expand_configuration({"train", "--config", write("[train]\nsteps = 7\n")}), DataError);
}

TEST_F(Arguments, BadInputNamesFileAndLine) {
  const std::string file = write("steps = 7\nbatch = = 8\n");
  try {
    expand_configuration({"train", "--config", file});
    FAIL() << "not refused";
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("c.toml, line 2"), std::string::npos) << error.what();
  }
  EXPECT_THROW(expand_configuration({"train", "--config", path("missing.toml")}), DataError);
  EXPECT_THROW(expand_configuration({"train", "--set", "steps"}), UsageError);
}

}  // namespace
}  // namespace pianola::cli
