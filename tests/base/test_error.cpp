#include "pianola/base/error.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pianola {
namespace {

const std::vector<std::string> kNames = {"uniform", "quantile", "kmeans", "trap"};

TEST(Error, ExitCodesAreThoseOfTheCommandLine) {
  EXPECT_EQ(UsageError("").exit_code(), 2);
  EXPECT_EQ(DataError("").exit_code(), 3);
  EXPECT_EQ(ResourceError("").exit_code(), 4);
  EXPECT_EQ(Interrupted("").exit_code(), 130);
}

TEST(Error, SuggestsTheNearestNameAfterEachKindOfSlip) {
  EXPECT_EQ(nearest_name("kmean", kNames), "kmeans");       // deletion
  EXPECT_EQ(nearest_name("unifform", kNames), "uniform");   // insertion
  EXPECT_EQ(nearest_name("quantilo", kNames), "quantile");  // substitution
  EXPECT_EQ(nearest_name("tarp", kNames), "trap");          // transposition
}

TEST(Error, ATranspositionCountsOnce) {
  // "ab" is one transposition from "ba" but two substitutions from "cd".
  const std::vector<std::string> names = {"cdef", "bacd"};
  EXPECT_EQ(nearest_name("abcd", names), "bacd");
}

TEST(Error, SuggestsNothingWhenNothingIsNear) {
  EXPECT_EQ(nearest_name("transformer", kNames), "");
  EXPECT_EQ(nearest_name("uniform", {}), "");
  EXPECT_EQ(nearest_name("foo", std::vector<std::string>{"low"}), "") << "two of three letters are wrong";
}

TEST(Error, TheMessageNamesWhatCameAndWhatIsKnown) {
  EXPECT_EQ(unknown_name_message("quantizer", "kmean", kNames),
            "no quantizer named 'kmean'; did you mean 'kmeans'? known: uniform, quantile, kmeans, trap");
  EXPECT_EQ(unknown_name_message("quantizer", "zzzzzz", {}), "no quantizer named 'zzzzzz'; known: none");
  EXPECT_THROW(throw_unknown_name("quantizer", "kmean", kNames), UsageError);
}

}  // namespace
}  // namespace pianola
