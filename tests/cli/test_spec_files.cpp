#include "pianola/cli/spec_files.hpp"

#include <filesystem>
#include <fstream>

#include "cli/command.hpp"
#include "pianola/base/spec.hpp"

namespace pianola::cli {
namespace {

class SpecFiles : public Scratch {
 protected:
  void SetUp() override {
    Scratch::SetUp();
    std::ofstream(path("in")) << "x";
  }
};

TEST_F(SpecFiles, AreThoseThatExist) {
  EXPECT_EQ(files_of_spec("mlp:path='" + path("in") + "',activation=tanh"), std::vector<std::string>{path("in")});
  EXPECT_TRUE(files_of_spec("mlp:" + path("missing")).empty());
  EXPECT_TRUE(files_of_spec("").empty());
  EXPECT_TRUE(files_of_spec("mlp:'open").empty());
}

TEST_F(SpecFiles, BecomeAbsolute) {
  const auto relative = std::filesystem::relative(path("in"));
  const std::string wanted = std::filesystem::absolute(path("in")).lexically_normal().string();
  const Spec spec = parse_spec(with_absolute_files("mlp:" + Spec{"x", {{"", relative.string()}}}.text().substr(2)));
  EXPECT_EQ(spec.options.at(0).second, wanted);
  EXPECT_EQ(with_absolute_files("mlp:missing,activation=tanh"), "mlp:missing,activation=tanh");
  EXPECT_EQ(with_absolute_files(""), "");
  EXPECT_EQ(with_absolute_files("mlp:'open"), "mlp:'open");
}

}  // namespace
}  // namespace pianola::cli
