#include "pianola/policies/model_image.hpp"

#include <gtest/gtest.h>

#include "model_images.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using toys::linear_contents;

TEST(ModelImage, IsTheSameBytesEachTime) {
  const AlignedBytes policy(256);
  EXPECT_EQ(make_model_image(linear_contents(), policy, "memory"),
            make_model_image(linear_contents(), policy, "memory"));
}

TEST(ModelImage, SaysWhatTheRuntimeDoesNotPlay) {
  ModelContents contents = linear_contents();
  EXPECT_EQ(no_model_image(contents), "");
  contents.parts.vocabularies = {3, 3};
  EXPECT_NE(no_model_image(contents).find("tokens"), std::string::npos);
  EXPECT_THROW(make_model_image(contents, AlignedBytes(256), "memory"), UsageError);
  contents = linear_contents();
  contents.parts.spec = "autoregressive";
  EXPECT_NE(no_model_image(contents).find("autoregressive"), std::string::npos);
  contents = linear_contents();
  contents.members.push_back(contents.members[0]);
  EXPECT_EQ(no_model_image(contents), "") << "an ensemble";
  contents.members[1].tensors.erase("linear.bias");
  EXPECT_THROW(make_model_image(contents, AlignedBytes(256), "memory"), DataError);
  EXPECT_THROW(write_model_image("/nowhere/model.pianola", AlignedBytes(256)), UsageError) << "no image";
}

}  // namespace
}  // namespace pianola
