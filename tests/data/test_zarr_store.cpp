#include "pianola/data/zarr_store.hpp"

#include <gtest/gtest.h>

#include "data/golden_episodes.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

TEST(ZarrStore, AFolderAndItsArchiveHoldTheSame) {
  const auto folder = open_zarr_store(test::golden("zarr/zstd.zarr")),
             packed = open_zarr_store(test::golden("zarr/packed.zarr.zip"));
  EXPECT_EQ(folder->arrays("data"), (std::vector<std::string>{"action", "img", "n_contacts", "state"}));
  EXPECT_EQ(packed->arrays("data"), folder->arrays("data"));
  EXPECT_EQ(packed->get("data/action/0.0", 1000), folder->get("data/action/0.0", 1000));
  for (const auto* store : {folder.get(), packed.get()}) {
    EXPECT_TRUE(store->has("meta/episode_ends/0"));
    EXPECT_FALSE(store->has("meta/episode_ends/1"));
    EXPECT_FALSE(store->get("meta/nothing", 10));
    EXPECT_THROW((void)store->get("data/action/.zarray", 10), DataError) << "too large";
  }
  EXPECT_THROW((void)open_zarr_store("/no/such/file"), DataError);
}

}  // namespace
}  // namespace pianola
