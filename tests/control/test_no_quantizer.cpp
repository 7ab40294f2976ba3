#include "pianola/control/no_quantizer.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pianola {
namespace {

TEST(NoQuantizer, IsTheIdentityWithoutTokens) {
  const NoQuantizer none(3, 2);
  EXPECT_EQ(none.info().chunk, 3U);
  EXPECT_EQ(none.info().action_dim, 2U);
  EXPECT_EQ(none.info().max_tokens, 0U);
  EXPECT_EQ(none.info().spec, "");
  const std::vector<double> actions{1, 2, 3, 4, 5, 6};
  std::vector<double> out(6);
  none.quantize(actions, {}, out);
  EXPECT_EQ(out, actions);
  std::vector<std::uint32_t> lengths{9};
  none.encode(std::vector<float>(6, 1.0F), {}, TokenBatch{{}, lengths});
  EXPECT_EQ(lengths[0], 0U);
  std::vector<float> decoded(6, 7.0F);
  std::vector<DecodeStatus> status(1);
  none.decode(TokenBatch{{}, lengths}, {}, decoded, status);
  EXPECT_EQ(decoded, std::vector<float>(6, 0.0F));
  EXPECT_EQ(status[0], DecodeStatus::repaired);
}

}  // namespace
}  // namespace pianola
