#include "pianola/data/field_table.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

/// Element j of row r of field f is 100 f + 10 r + j, but for flags, which are as given.
class ToyTable final : public FieldTable {
 public:
  explicit ToyTable(std::vector<TableField> fields) : fields_(std::move(fields)) { info_.path = "toy"; }
  [[nodiscard]] const DatasetInfo& base_info() const override { return info_; }
  [[nodiscard]] const std::vector<TableField>& fields() const override { return fields_; }
  [[nodiscard]] std::size_t size() const override { return 2; }
  [[nodiscard]] std::size_t rows(std::size_t i) const override { return rows_[i]; }
  [[nodiscard]] std::string name(std::size_t i) const override { return "t" + std::to_string(i); }
  void read(std::size_t, std::size_t f, std::size_t first, std::span<double> out) override {
    const std::size_t dim = numbers_a_step(fields_[f].stored, "toy");
    for (std::size_t k = 0; k < out.size(); ++k) {
      const std::size_t row = first + k / dim;
      const bool flag = fields_[f].role == FieldRole::terminated || fields_[f].role == FieldRole::truncated;
      out[k] = flag ? (row == flagged_ ? 1.0 : 0.0) : static_cast<double>(100 * f + 10 * row + k % dim);
    }
  }
  DatasetInfo info_;
  std::vector<TableField> fields_;
  std::size_t rows_[2] = {2, 3}, flagged_ = 2;
};

std::vector<TableField> toy_fields() {
  return {{{"a", {2}}, FieldRole::observation},        {{"u", {}, "float32"}, FieldRole::action},
          {{"b", {}}, FieldRole::observation},         {{"a", {2}}, FieldRole::next_observation},
          {{"b", {}}, FieldRole::next_observation},    {{"end", {}, "bool"}, FieldRole::terminated},
          {{"cut", {}, "bool"}, FieldRole::truncated}, {{"x", {2}, "int8"}, FieldRole::extra},
          {{"grid", {2, 2}}, FieldRole::extra}};
}

std::unique_ptr<TrajectoryReader> open(const ReadOptions& options = {}, std::vector<TableField> fields = toy_fields()) {
  return read_table(std::make_unique<ToyTable>(std::move(fields)), options);
}

TEST(FieldTable, FieldsAreConcatenated) {
  const auto reader = open();
  EXPECT_EQ(reader->info().observation_fields, (std::vector<ObservationField>{{"a", 0, 2}, {"b", 2, 1}}));
  EXPECT_EQ(reader->info().action_bits, 32);
  EXPECT_EQ(reader->info().extra_fields, (std::vector<ExtraField>{{"x", 2, "int8"}}));
  EXPECT_EQ(reader->info().unread, std::vector<std::string>{"grid: no vector a step"});
  const Trajectory t = reader->read(0);
  EXPECT_EQ(t.observations, (std::vector<double>{0, 1, 200, 10, 11, 210}));
  EXPECT_EQ(t.next_observations, (std::vector<double>{300, 301, 400, 310, 311, 410}));
  EXPECT_EQ(t.actions, (std::vector<double>{100, 110}));
  EXPECT_EQ(t.extras, (std::vector<std::vector<double>>{{700, 701, 710, 711}}));
  EXPECT_EQ(t.outcome, Outcome::running) << "neither flag";
  EXPECT_EQ(reader->read(1).outcome, Outcome::terminated);
  EXPECT_THROW((void)reader->read(2), UsageError);
}

TEST(FieldTable, FieldsByName) {
  const auto reader = open({.observation = {"x", "b"}, .action = "a"});
  EXPECT_EQ(reader->info().observation_fields, (std::vector<ObservationField>{{"x", 0, 2}, {"b", 2, 1}}));
  EXPECT_EQ(reader->info().action_dim, 2u);
  EXPECT_EQ(reader->info().extra_fields, (std::vector<ExtraField>{{"u", 1, "float32"}}));
  const Trajectory t = reader->read(0);
  EXPECT_EQ(t.observations, (std::vector<double>{700, 701, 200, 710, 711, 210}));
  EXPECT_TRUE(t.next_observations.empty()) << "x has none";
  EXPECT_THROW((void)open({.observation = {"z"}}), UsageError);
  EXPECT_THROW((void)open({.action = "z"}), UsageError);
  EXPECT_TRUE(open({.actions_only = true})->read(0).observations.empty());
  const Trajectory learning = open({.learning_only = true})->read(1);
  EXPECT_TRUE(learning.dones.empty() && learning.extras.empty() && learning.next_observations.empty());
  EXPECT_EQ(learning.outcome, Outcome::truncated);
}

TEST(FieldTable, WhatIsMissingIsSaid) {
  const TableField observation{{"a", {2}}, FieldRole::observation}, action{{"u", {}}, FieldRole::action};
  expect_parts(message_of<DataError>([&] { (void)open({}, {observation}); }), {"toy", "--action", "of: a"});
  expect_parts(message_of<DataError>([&] { (void)open({}, {action}); }), {"toy", "--observation"});
  expect_parts(message_of<DataError>([&] {
                 (void)open({}, {observation, {{"u", {2, 2}}, FieldRole::action}});
               }),
               {"'u' [steps, 2, 2]"});
}

TEST(FieldTable, OnlyTheLastStepMayBeTruncated) {
  auto table = std::make_unique<ToyTable>(toy_fields());
  table->flagged_ = 1;
  const auto reader = read_table(std::move(table), {});
  expect_parts(message_of<DataError>([&] { (void)reader->read(1); }), {"'t1'", "cut, row 1", "last of the 3 steps"});
  auto empty = std::make_unique<ToyTable>(toy_fields());
  empty->rows_[0] = 0;
  expect_parts(message_of<DataError>([&] { (void)read_table(std::move(empty), {})->read(0); }), {"'t0' is empty"});
}

}  // namespace
}  // namespace pianola
