#include "pianola/cli/failure.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <new>
#include <sstream>
#include <stdexcept>

#include "pianola/base/error.hpp"

namespace pianola::cli {
namespace {

struct Reported {
  int code;
  std::string text;
};

template <class E>
Reported report(const E& error) {
  std::ostringstream err;
  const int code = report_failure(std::make_exception_ptr(error), err);
  return {code, err.str()};
}

TEST(Failure, OurErrorsSayTheirCode) {
  EXPECT_EQ(report(UsageError("a")).code, 2);
  EXPECT_EQ(report(DataError("a")).code, 3);
  EXPECT_EQ(report(ResourceError("a")).code, 4);
  EXPECT_EQ(report(Interrupted("a")).code, 130);
  EXPECT_EQ(report(UsageError("what and why")).text, "pianola: what and why\n");
}

TEST(Failure, WhatTheSystemRefusesIsAResource) {
  const Reported memory = report(std::bad_alloc());
  EXPECT_EQ(memory.code, 4);
  EXPECT_NE(memory.text.find("out of memory"), std::string::npos) << memory.text;
  EXPECT_EQ(report(std::length_error("vector::reserve")).text, memory.text);
  const Reported file = report(
      std::filesystem::filesystem_error("cannot copy", "/a/b", std::make_error_code(std::errc::permission_denied)));
  EXPECT_EQ(file.code, 4);
  EXPECT_NE(file.text.find("/a/b"), std::string::npos) << file.text;
  EXPECT_EQ(file.text.find("internal"), std::string::npos) << file.text;
}

TEST(Failure, AnyOtherExceptionIsCalledOurMistake) {
  const Reported ran = report(std::logic_error("index 7 of 5"));
  EXPECT_EQ(ran.code, 4);
  EXPECT_EQ(ran.text,
            "pianola: internal error: index 7 of 5; this is a mistake of pianola, not yours: please report it with the "
            "command line\n");
  EXPECT_NE(report(7).text.find("internal error"), std::string::npos);
}

}  // namespace
}  // namespace pianola::cli
