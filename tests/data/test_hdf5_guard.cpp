#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/hdf5_guard.hpp"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

namespace pianola {
namespace {

int closed = 0;
int count_close(std::int64_t id) {
  closed += static_cast<int>(id);
  return id == 7 ? -1 : 0;
}

TEST(Hdf5Guard, OneThreadAtATimeAndNested) {
  std::atomic<int> inside{0}, most{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 200; ++k) {
        const Hdf5Guard outer, inner;
        most = std::max(most.load(), ++inside);
        --inside;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(most, 1);
}

TEST(Hdf5Guard, PutsThePrinterBack) {
  H5E_auto2_t before = nullptr, within = nullptr, after = nullptr;
  void* argument = nullptr;
  H5Eget_auto2(H5E_DEFAULT, &before, &argument);
  {
    const Hdf5Guard guard;
    H5Eget_auto2(H5E_DEFAULT, &within, &argument);
  }
  H5Eget_auto2(H5E_DEFAULT, &after, &argument);
  EXPECT_NE(before, nullptr);
  EXPECT_EQ(within, nullptr);
  EXPECT_EQ(after, before);
}

TEST(Hdf5Guard, ReasonIsTheInnermost) {
  const Hdf5Guard guard;
  EXPECT_LT(H5Fopen("/no/such/file", H5F_ACC_RDONLY, H5P_DEFAULT), 0);
  EXPECT_EQ(hdf5_reason(), "No such file or directory");
}

TEST(Hdf5Id, ClosesOnceAndSaysIfItCouldNot) {
  closed = 0;
  {
    Hdf5Id a(1, count_close);
    Hdf5Id b(std::move(a));
    EXPECT_FALSE(a.ok());
    a = std::move(b);
    EXPECT_EQ(a.get(), 1);
  }
  EXPECT_EQ(closed, 1);
  Hdf5Id bad(7, count_close), none(-1, count_close);
  EXPECT_FALSE(bad.reset());
  EXPECT_TRUE(bad.reset()) << "closed already";
  EXPECT_TRUE(none.reset());
  EXPECT_EQ(closed, 8);
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
