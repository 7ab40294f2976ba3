#include "pianola/cli/session.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "pianola/base/error.hpp"

namespace pianola::cli {
namespace {

TEST(Session, PrintsTextOrOneJsonObjectOnStdout) {
  std::ostringstream out, err;
  Session session({out, err, false});
  session.begin();
  session.print("verb", {{"x", 1}}, "text\n");
  EXPECT_EQ(out.str(), "text\n");
  out.str("");
  session.json = true;
  session.print("verb", {{"x", 1}}, "text\n");
  const Json json = Json::parse(out.str());
  EXPECT_EQ(json["x"], 1);
  EXPECT_EQ(json["verb"], "verb");
  EXPECT_TRUE(err.str().empty());
}

TEST(Session, ResultsThatCannotBeWrittenAreAnError) {
  std::ostringstream err;
  std::ofstream full("/dev/full");
  if (!full) GTEST_SKIP() << "this system has no /dev/full";
  Session session({full, err, false});
  EXPECT_THROW(session.print("verb", {{"x", 1}}, "text\n"), ResourceError);
}

TEST(Session, JsonIsWhateverBytesAPathHas) {
  std::ostringstream out, err;
  Session session({out, err, false});
  session.json = true;
  session.print("verb", {{"path", "a\xFF.hdf5"}}, "");
  EXPECT_EQ(Json::parse(out.str())["path"], "a\uFFFD.hdf5");
}

TEST(Session, QuietSilencesRemarksAndProgress) {
  std::ostringstream out, err;
  Session session({out, err, true});
  session.quiet = true;
  session.begin();
  session.say("remark");
  session.progress().begin("work", 10, "units");
  session.progress().advance(5);
  session.progress().end();
  EXPECT_TRUE(err.str().empty());
}

TEST(Session, ProgressIsDrawnOnATerminalOnly) {
  std::ostringstream out, err, plain;
  Session session({out, err, true});
  session.begin();
  session.progress().begin("rollouts", 10, "rollouts");
  session.progress().advance(10);
  session.progress().end();
  EXPECT_FALSE(err.str().empty());
  Session pipe({out, plain, false});
  pipe.begin();
  pipe.progress().begin("rollouts", 10, "rollouts");
  pipe.progress().advance(10);
  pipe.progress().end();
  EXPECT_TRUE(plain.str().empty());
}

}  // namespace
}  // namespace pianola::cli
