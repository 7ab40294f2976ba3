#include "pianola/cli/result_folder.hpp"

#include <fstream>

#include "cli/command.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola::cli {
namespace {

class ResultFolders : public Scratch {};

TEST_F(ResultFolders, IsMadeWithThoseAboveItAndKeepsWhatItHolds) {
  const ResultFolder folder(path("a/b/"));
  EXPECT_EQ(folder.write("x.json", {{"number", 1}}), folder.path() / "x.json");
  const ResultFolder again(path("a/b"));
  again.write("y.json", {{"text", "\xff"}});
  EXPECT_EQ(Json::parse(read_file(path("a/b/x.json"))), (Json{{"number", 1}}));
  EXPECT_TRUE(Json::parse(read_file(path("a/b/y.json"))).contains("text")) << "no UTF-8 is no reason to fail";
}

TEST_F(ResultFolders, AFileIsNoFolder) {
  std::ofstream(path("taken")) << "a result";
  EXPECT_THROW(ResultFolder folder(path("taken")), ResourceError);
  EXPECT_THROW(ResultFolder folder(path("taken/below")), ResourceError);
}

}  // namespace
}  // namespace pianola::cli
