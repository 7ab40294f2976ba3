#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/hdf5_fields.hpp"

#include <gtest/gtest.h>

#include "data/raw_hdf5.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

TEST(Hdf5Fields, NestedDatasetsAreListedWithShapeAndType) {
  const test::TemporaryFolder folder;
  {
    test::RawHdf5 raw(folder.file("a.hdf5"));
    raw.doubles("/d/b/y", {2, 3, 4}, test::halves(24), H5T_IEEE_F32LE);
    raw.doubles("/d/b/x", {2}, {1, 2}, H5T_STD_I16LE);
    raw.doubles("/d/a", {2, 2}, {1, 2, 3, 4}, H5T_STD_U8LE);
    raw.doubles("/d/once", {5}, {1, 2, 3, 4, 5});
  }
  const Hdf5File file(folder.file("a.hdf5"));
  EXPECT_EQ(datasets_below(file, "/d"), (std::vector<std::string>{"a", "b/x", "b/y", "once"}));
  EXPECT_EQ(datasets_below(file.below("/d"), ""), datasets_below(file, "/d"));
  EXPECT_EQ(datasets_below(file.below("/d"), "b"), (std::vector<std::string>{"x", "y"}));
  const StoredField field = stored_field(file.dataset("/d/b/y"), "y");
  EXPECT_EQ(field.shape, (std::vector<std::size_t>{3, 4}));
  EXPECT_EQ(field.type, "float32");
  DatasetInfo info;
  list_extras(file.below("/d"), datasets_below(file, "/d"), 2, info);
  EXPECT_EQ(info.extra_fields, (std::vector<ExtraField>{{"a", 2, "uint8"}, {"b/x", 1, "int16"}}));
  EXPECT_EQ(info.unread, (std::vector<std::string>{"b/y: no vector a step", "once: not one row a step"}));
}

TEST(Hdf5Fields, ListsOfTextsAreJson) {
  const test::TemporaryFolder folder;
  {
    test::RawHdf5 raw(folder.file("a.hdf5"));
    raw.group("/g");
    raw.text("/g", "names", R"(["x", "y z"])");
    raw.text("/g", "wrong", R"(["x", 1])");
  }
  const Hdf5File file(folder.file("a.hdf5"));
  EXPECT_EQ(text_list(file, "/g", "names"), (std::vector<std::string>{"x", "y z"}));
  EXPECT_TRUE(text_list(file, "/g", "none").empty());
  test::expect_parts(test::message_of<DataError>([&] { (void)text_list(file, "/g", "wrong"); }),
                     {"a.hdf5", "wrong of /g", "JSON list of strings"});
}

TEST(Hdf5Fields, TheRootIsListed) {
  const test::TemporaryFolder folder;
  { const test::RawHdf5 raw(folder.file("empty.hdf5")); }
  EXPECT_EQ(root_listing(Hdf5File(folder.file("empty.hdf5"))), "it is empty");
  {
    test::RawHdf5 raw(folder.file("a.hdf5"));
    for (int i = 0; i < 14; ++i) raw.group("/g" + std::to_string(i));
  }
  EXPECT_EQ(root_listing(Hdf5File(folder.file("a.hdf5"))),
            "it holds: g0, g1, g2, g3, g4, g5, g6, g7, g8, g9, g10, g11, … (14 in all)");
}

TEST(Hdf5Fields, TheLastDatasetStaysOpen) {
  const test::TemporaryFolder folder;
  {
    test::RawHdf5 raw(folder.file("a.hdf5"));
    raw.doubles("/x", {2}, {1, 2});
    raw.doubles("/y", {3}, {1, 2, 3});
  }
  const Hdf5File file(folder.file("a.hdf5"));
  LastDataset last;
  const Hdf5Dataset* const x = &last.get(file, "/x");
  EXPECT_EQ(x->rows(), 2u);
  EXPECT_EQ(&last.get(file, "/x"), x);
  EXPECT_EQ(last.get(file, "/y").rows(), 3u);
  EXPECT_THROW((void)last.get(file, "/z"), DataError);
  EXPECT_EQ(last.get(file, "/y").rows(), 3u) << "after one that is absent";
}

TEST(Hdf5Fields, ACircleOfLinksIsAnError) {
  const test::TemporaryFolder folder;
  {
    test::RawHdf5 raw(folder.file("a.hdf5"));
    raw.group("/d");
    H5Lcreate_hard(raw.id(), "/d", raw.id(), "/d/again", H5P_DEFAULT, H5P_DEFAULT);
  }
  const Hdf5File file(folder.file("a.hdf5"));
  EXPECT_THROW((void)datasets_below(file, "/d"), DataError);
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
