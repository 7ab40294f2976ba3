#include "pianola/data/relabelled.hpp"

#include <gtest/gtest.h>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using Numbers = std::vector<std::size_t>;

DatasetInfo with(const std::string& text) {
  DatasetInfo info;
  info.path = "more.npz";
  info.attributes[kRelabelled] = text;
  return info;
}

std::string refusal(const std::string& text, std::size_t trajectories) {
  try {
    demonstrations_of(with(text), trajectories);
  } catch (const DataError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(Relabelled, WithoutTheAttributeAllAreDemonstrations) {
  EXPECT_EQ(demonstrations_of({}, 3), (Numbers{0, 1, 2}));
  EXPECT_EQ(demonstrations_of({}, 0), Numbers{});
}

TEST(Relabelled, DemonstrationsComeFirstThenWhatWasMadeOfEach) {
  const Numbers counts{3, 0, 2};
  EXPECT_EQ(relabelled_text(counts), "3,0,2");
  EXPECT_EQ(demonstrations_of(with(relabelled_text(counts)), 8), (Numbers{0, 1, 2, 0, 0, 0, 2, 2}));
}

TEST(Relabelled, SaysWhatDoesNotFit) {
  EXPECT_NE(refusal("3,0,2", 5).find("8 trajectories (3 demonstrations), but there are 5"), std::string::npos)
      << refusal("3,0,2", 5);
  for (const char* text : {"", "3,", "a", "3;2", "-1", "99999999999999999999", "2000000000"}) {
    EXPECT_NE(refusal(text, 5).find("more.npz"), std::string::npos) << text;
    EXPECT_NE(refusal(text, 5).find("no list of counts"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace pianola
