#include "pianola/data/flat_writer.hpp"

#include <gtest/gtest.h>

#include "data/golden_episodes.hpp"
#include "data/toy_columns.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

/// Keeps what it is given.
class ToySink final : public FlatSink {
 public:
  struct Kept {
    std::vector<FlatColumn> columns;
    std::vector<std::vector<double>> values;
    std::vector<std::size_t> ends;
    std::string note;
  };
  explicit ToySink(Kept& kept) : kept_(kept) {}
  void open(std::span<const FlatColumn> columns) override {
    kept_.columns.assign(columns.begin(), columns.end());
    kept_.values.resize(columns.size());
  }
  void append(std::span<const std::span<const double>> values, std::size_t) override {
    for (std::size_t i = 0; i < values.size(); ++i) {
      kept_.values[i].insert(kept_.values[i].end(), values[i].begin(), values[i].end());
    }
  }
  void finish(std::span<const std::size_t> ends, const std::string& note) override {
    kept_.ends.assign(ends.begin(), ends.end());
    kept_.note = note;
  }

 private:
  Kept& kept_;
};

std::string plain_name(FieldRole role, const std::string& field, bool) {
  return std::string(role_name(role)) + "/" + field;
}

TEST(FlatWriter, EverythingComesBackThroughTheReader) {
  ToySink::Kept kept;
  const auto writer = write_flat(std::make_unique<ToySink>(kept), "a", test::rich_info(), {plain_name});
  test::write_rich(*writer);
  EXPECT_TRUE(writer->lost().empty());
  EXPECT_EQ(kept.ends, (std::vector<std::size_t>{4, 10, 15}));
  auto columns = std::make_unique<test::ToyColumns>();
  for (std::size_t i = 0; i < kept.columns.size(); ++i) {
    columns->add(kept.columns[i].name, kept.values[i], kept.columns[i].scalar ? 0 : kept.columns[i].dim);
  }
  columns->add("episode_ends", {4, 10, 15});
  const auto reader = read_flat(std::move(columns), {}, {}, kept.note);
  test::expect_rich(*reader);
}

TEST(FlatWriter, FlagsEndEveryEpisodeAndLossesAreTold) {
  ToySink::Kept kept;
  const auto writer =
      write_flat(std::make_unique<ToySink>(kept), "a", test::rich_info(), {plain_name, true, true, false});
  Trajectory t = test::rich_trajectory(1);  // diverged: no flag says so
  t.attributes["seed"] = "3";
  writer->write(t);
  writer->finish();
  for (std::size_t i = 0; i < kept.columns.size(); ++i) {
    if (kept.columns[i].role == FieldRole::truncated) {
      EXPECT_EQ(kept.values[i].back(), 1.0);
    }
  }
  EXPECT_EQ(writer->lost().size(), 8u);
  EXPECT_EQ(kept.columns.front().dim, 4u) << "one observation";
}

TEST(FlatWriter, BadTrajectories) {
  ToySink::Kept kept;
  const auto same = [](FieldRole, const std::string&, bool) { return std::string("a"); };
  EXPECT_THROW(
      write_flat(std::make_unique<ToySink>(kept), "a", test::rich_info(), {same})->write(test::rich_trajectory(0)),
      DataError);
  const auto writer = write_flat(std::make_unique<ToySink>(kept), "a", test::rich_info(), {plain_name});
  EXPECT_THROW(writer->finish(), DataError) << "none";
  writer->write(test::rich_trajectory(0));
  Trajectory other = test::rich_trajectory(1);
  other.rewards.clear();
  EXPECT_THROW(writer->write(other), DataError);
}

}  // namespace
}  // namespace pianola
