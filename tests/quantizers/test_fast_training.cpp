#include "pianola/quantizers/fast_training.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/base/parallel.hpp"
#include "quantizers/action_samples.hpp"

namespace pianola::testing {
namespace {

FastTokenizer train(const MemoryActions& data, std::size_t chunk, FastTraining training) {
  const std::size_t dim = data.action_dim();
  const FastTransform transform({std::vector<double>(dim, -2.0), std::vector<double>(dim, 2.0)}, chunk, training.scale);
  return train_fast(data, transform, training, "test");
}

std::string failure(const MemoryActions& data, std::size_t chunk, FastTraining training) {
  try {
    train(data, chunk, training);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST(FastTraining, ThreadsChangeNothing) {
  const MemoryActions data = make_sample("walk").actions;
  set_threads(1);
  const FastTokenizer one = train(data, 5, {});
  set_threads(3);
  EXPECT_EQ(train(data, 5, {}), one);
  set_threads(0);
  EXPECT_EQ(one.chunk, 5U);
  EXPECT_EQ(one.action_dim, 3U);
  EXPECT_LT(one.min_token, 0);
}

TEST(FastTraining, FewerWindowsAreSpreadEvenly) {
  // Of 9 windows in trajectories of 4, 3 and 2 steps, every third is taken: rows 0 and 3 of the first, row 2 of the
  // second.
  const MemoryActions data(1, {{0.0, 2.0, 2.0, 0.4}, {2.0, 2.0, 0.8}, {2.0, 2.0}});
  FastTraining training;
  training.windows = 3;
  const FastTokenizer few = train(data, 1, training);
  EXPECT_EQ(few.min_token, 0);
  EXPECT_EQ(few.bpe.tokens.size(), 8U);  // characters 0 … 4, and those that stand for the bytes 0, 2 and 4
  EXPECT_EQ(train(data, 1, {}).min_token, 0);
}

TEST(FastTraining, ErrorsSayWhatToDo) {
  const MemoryActions data(1, {{0, 1, 2}, {0, 1}});
  EXPECT_NE(failure(data, 4, {}).find("the longest has 3; take a smaller --chunk"), std::string::npos);
  FastTraining training;
  training.scale = 5000.0;
  EXPECT_NE(failure(data, 2, training).find("take a smaller scale= or a larger vocabulary="), std::string::npos);
  const MemoryActions bad(1, {{0, 1, 2}, {0, std::nan("")}});
  EXPECT_NE(failure(bad, 2, {}).find("trajectory 1, row 1, dimension 0"), std::string::npos);
  EXPECT_NE(failure(MemoryActions(1, {}), 1, {}), "");
}

}  // namespace
}  // namespace pianola::testing
