#include "pianola/data/field_choice.hpp"

#include <gtest/gtest.h>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;
using Names = std::vector<std::string>;
using Numbers = std::vector<std::size_t>;

TEST(FieldChoice, FieldsByNameGroupOrAll) {
  const Names stored{"a", "deep/x", "deep/y"};
  EXPECT_EQ(choose_fields("f", stored, Names{}), stored);
  EXPECT_EQ(choose_fields("f", stored, Names{"deep", "a"}), (Names{"deep/x", "deep/y", "a"}));
  expect_parts(message_of<UsageError>([&] { (void)choose_fields("f: field", stored, Names{"deep/z"}); }),
               {"f: no field named 'deep/z'", "did you mean"});
  expect_parts(message_of<UsageError>([&] {
                 (void)choose_fields("f: field", stored, Names{"deep", "deep/x"});
               }),
               {"'deep/x' is named twice"});
}

// Found by the fuzzer: a dataset of no rows backs any claim about its columns.
TEST(FieldChoice, HostileShapesAreRefusedBeforeMemoryIsTaken) {
  EXPECT_EQ(numbers_a_step({"a", {}}, "f"), 1u);
  EXPECT_EQ(numbers_a_step({"a", {7, 3}}, "f"), 21u);
  EXPECT_EQ(numbers_a_step({"image", {8000, 8000, 3}}, "f"), 192'000'000u);
  for (const Numbers& shape : {Numbers{std::size_t{1} << 21}, Numbers{std::size_t{1} << 55},
                               Numbers{std::size_t{1} << 40, std::size_t{1} << 40}, Numbers{1u << 20, 1u << 10}}) {
    expect_parts(message_of<DataError>([&] { (void)numbers_a_step({"a", shape}, "f"); }), {"f: field 'a'", "damaged"});
  }
}

TEST(FieldChoice, ImagesAreRefusedLeftOutOrAskedFor) {
  DatasetInfo info;
  info.path = "a.zarr";
  const StoredField image{"image", {4, 5}, "uint8"};
  const Names known{"image", "state"};
  expect_parts(message_of<DataError>([&] { append_observation(info, image, {}, known); }),
               {"a.zarr", "'image' [steps, 4, 5]", "image, state"});
  append_observation(info, image, {.leave_out_images = true}, known);
  EXPECT_EQ(info.left_out_fields, (std::vector<ObservationField>{{"image", 0, 20}}));
  info.observation_bits = 32;
  append_observation(info, image, {.observation = {"image"}}, known);
  append_observation(info, {"state", {3}, "float64"}, {}, known);
  EXPECT_EQ(info.observation_fields, (std::vector<ObservationField>{{"image", 0, 20}, {"state", 20, 3}}));
  EXPECT_EQ(info.observation_bits, 64);
  const StoredField hostile{"x", {std::size_t{1} << 40, std::size_t{1} << 40}};
  EXPECT_THROW(append_observation(info, hostile, {.observation = {"x"}}, known), DataError);
}

TEST(FieldChoice, ColumnsOfAMatrix) {
  const std::vector<double> matrix{1, 2, 3, 4, 5, 6};
  EXPECT_EQ(columns_of(matrix, 3, {"f", 1, 2}), (std::vector<double>{2, 3, 5, 6}));
}

TEST(FieldChoice, SubsetsAreRenumbered) {
  DatasetInfo info;
  info.path = "a.hdf5";
  info.subsets = {{"train", {0, 2, 3}}, {"valid", {1}}, {"few", {3}}};
  EXPECT_EQ(choose_trajectories(info, 4, {}), (Numbers{0, 1, 2, 3}));
  EXPECT_EQ(choose_trajectories(info, 4, {.subset = "train"}), (Numbers{0, 2, 3}));
  EXPECT_EQ(info.subsets.at("train"), (Numbers{0, 1, 2}));
  EXPECT_EQ(info.subsets.at("few"), Numbers{2});
  EXPECT_TRUE(info.subsets.at("valid").empty());
  expect_parts(message_of<DataError>([&] { (void)choose_trajectories(info, 4, {.subset = "valid"}); }), {"empty"});
  expect_parts(message_of<UsageError>([&] { (void)choose_trajectories(info, 4, {.subset = "trian"}); }),
               {"a.hdf5: no subset named", "did you mean 'train'?"});
  EXPECT_THROW((void)choose_trajectories(info, 2, {}), DataError) << "train names trajectory 2";
  DatasetInfo none;
  EXPECT_THROW((void)choose_trajectories(none, 2, {.subset = "train"}), UsageError);
}

}  // namespace
}  // namespace pianola
