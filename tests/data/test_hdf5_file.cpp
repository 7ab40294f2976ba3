#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/hdf5_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "data/raw_hdf5.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;
using test::RawHdf5;

TEST(Hdf5File, MissingFolderEmptyAndForeignFiles) {
  const test::TemporaryFolder folder;
  const auto refusal = [](const std::string& path) {
    return message_of<DataError>([&] { const Hdf5File file(path); });
  };
  expect_parts(refusal(folder.file("none.hdf5")), {"none.hdf5", "no such file"});
  expect_parts(refusal(folder.file("")), {"no regular file"});
  std::ofstream(folder.file("empty.hdf5")).flush();
  expect_parts(refusal(folder.file("empty.hdf5")), {"empty.hdf5", "no HDF5 file", "it is empty"});
  std::ofstream(folder.file("text.hdf5")) << "hello, this is no HDF5";
  expect_parts(refusal(folder.file("text.hdf5")), {"text.hdf5", "signature is missing"});
}

TEST(Hdf5File, TruncatedFile) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.hdf5");
  {
    RawHdf5 raw(path);
    test::plain_trajectory(raw, "/data/demo_0", 100);
  }
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  expect_parts(message_of<DataError>([&] { const Hdf5File file(path); }),
               {"a.hdf5", "truncated", "copy or make it again"});
}

TEST(Hdf5File, NodesChildrenAndAttributes) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.hdf5");
  {
    RawHdf5 raw(path);
    for (const char* name : {"/data/demo_10", "/data/demo_2", "/data/demo_1"}) raw.group(name);
    raw.doubles("/data/x", {2}, {1.0, 2.0});
    H5Lcreate_soft("/nowhere", raw.id(), "/data/dangling", H5P_DEFAULT, H5P_DEFAULT);
    raw.text("/data", "env", "Hopper-v4");
    raw.integer("/data", "seed", 9007199254740993LL);
    const double range[] = {-1.0, 0.5};
    const hsize_t two = 2;
    const hid_t space = H5Screate_simple(1, &two, nullptr);
    raw.attribute("/data", "low", H5T_IEEE_F64LE, space, H5T_NATIVE_DOUBLE, range);
    H5Sclose(space);
  }
  const Hdf5File file(path);
  EXPECT_EQ(file.node("/data"), Hdf5Node::group);
  EXPECT_EQ(file.node("/data/x"), Hdf5Node::dataset);
  EXPECT_EQ(file.node("/data/none/deeper"), Hdf5Node::absent);
  EXPECT_EQ(file.node("/data/dangling"), Hdf5Node::absent);
  EXPECT_EQ(file.children("/data"), (std::vector<std::string>{"dangling", "demo_1", "demo_2", "demo_10", "x"}));
  EXPECT_EQ(file.attributes("/data"),
            (std::map<std::string, std::string>{{"env", "Hopper-v4"}, {"seed", "9007199254740993"}}));
  EXPECT_EQ(file.attribute("/data", "env"), "Hopper-v4");
  EXPECT_FALSE(file.attribute("/data", "none"));
  EXPECT_EQ(file.numbers("/data", "low"), (std::vector<double>{-1.0, 0.5}));
  EXPECT_FALSE(file.numbers("/data", "env"));
  EXPECT_FALSE(file.numbers("/none", "low"));
  EXPECT_THROW((void)file.children("/none"), DataError);
  EXPECT_THROW((void)file.attributes("/none"), DataError);
}

TEST(Hdf5File, SeenFromAGroup) {
  const test::TemporaryFolder folder;
  {
    RawHdf5 raw(folder.file("a.hdf5"));
    raw.doubles("/data/demo_0/obs/x", {2}, {1.0, 2.0});
    raw.doubles("/data/demo_0/obs/y", {2}, {3.0, 4.0});
    raw.integer("/data/demo_0", "num_samples", 2);
    raw.text("/data/demo_0", "name", "first");
  }
  std::unique_ptr<Hdf5File> file = std::make_unique<Hdf5File>(folder.file("a.hdf5"));
  EXPECT_EQ(file->whole("/data"), "/data");
  const Hdf5File demo = file->below("/data").below("demo_0");
  file.reset();  // the group keeps the file open
  EXPECT_EQ(demo.whole(""), "/data/demo_0");
  EXPECT_EQ(demo.whole("obs/x"), "/data/demo_0/obs/x");
  EXPECT_EQ(demo.node(""), Hdf5Node::group);
  EXPECT_EQ(demo.node("obs"), Hdf5Node::group);
  EXPECT_EQ(demo.node("obs/x"), Hdf5Node::dataset);
  EXPECT_EQ(demo.node("actions"), Hdf5Node::absent);
  EXPECT_EQ(demo.children(""), (std::vector<std::string>{"obs"}));
  EXPECT_EQ(demo.links("obs"), 2u);
  EXPECT_EQ(demo.links("obs/x"), 0u) << "no group";
  EXPECT_EQ(demo.links("none"), 0u);
  EXPECT_EQ(demo.read("obs/y"), (std::vector<double>{3.0, 4.0}));
  EXPECT_EQ(demo.attribute("", "name"), "first");
  EXPECT_EQ(demo.numbers("", "num_samples"), (std::vector<double>{2.0}));
  EXPECT_EQ(demo.attributes("").size(), 2u);
  expect_parts(message_of<DataError>([&] { (void)demo.dataset("none"); }), {"a.hdf5", "'/data/demo_0/none'"});
  expect_parts(message_of<DataError>([&] { (void)demo.below("none"); }), {"a.hdf5", "'/data/demo_0/none'"});
}

TEST(Hdf5File, TextsTakeSoMuchMemoryAndNoMore) {
  const test::TemporaryFolder folder;
  const std::string mebibyte((std::size_t{1} << 20) - 1, 'x');
  {
    RawHdf5 raw(folder.file("a.hdf5"));
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    const std::vector<const char*> few{"one", "", "three"}, many(65, mebibyte.c_str());
    raw.dataset("few", {few.size()}, type, type, few.data());
    raw.dataset("many", {many.size()}, type, type, many.data());
    H5Tclose(type);
  }
  const Hdf5File file(folder.file("a.hdf5"));
  EXPECT_EQ(file.texts("few"), (std::vector<std::string>{"one", "", "three"}));
  expect_parts(message_of<DataError>([&] { (void)file.texts("many"); }), {"a.hdf5", "'many'", "list of names"});
}

TEST(Hdf5File, ThreadsMayShareAFile) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.hdf5");
  const std::vector<double> values = test::halves(1000);
  {
    RawHdf5 raw(path);
    raw.doubles("x", {1000}, values);
  }
  const Hdf5File file(path);
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) wrong[t] += file.read("x") != values || file.node("y") != Hdf5Node::absent;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST(Hdf5File, Signature) {
  const test::TemporaryFolder folder;
  { const RawHdf5 raw(folder.file("a.hdf5")); }
  EXPECT_TRUE(has_hdf5_signature(folder.file("a.hdf5")));
  EXPECT_FALSE(has_hdf5_signature(folder.file("b.hdf5")));
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
