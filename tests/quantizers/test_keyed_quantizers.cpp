#include "pianola/quantizers/keyed_quantizers.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "data/memory_reader.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/data/selected_trajectories.hpp"
#include "pianola/quantizers/saved.hpp"
#include "quantizers/fitting.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;
using test::expect_parts;
using test::message_of;

/// Robot a moves in [0, 1], b in [10, 30].
test::MemoryReader two_robots() {
  DatasetInfo info;
  info.path = "mixed.hdf5";
  info.action_dim = 1;
  const auto trajectory = [](const std::string& robot, std::vector<double> actions) {
    Trajectory t;
    t.name = "of " + robot;
    t.steps = actions.size();
    t.actions = std::move(actions);
    t.attributes["robot"] = robot;
    return t;
  };
  return {info, {trajectory("b", {10, 30}), trajectory("a", {0, 0.5, 1}), trajectory("b", {20})}};
}

std::shared_ptr<const Quantizer> four_bins(TrajectoryReader& reader) {
  const auto actions = action_source(reader);
  return make_quantizer("uniform:bins=4", testing::context_of(*actions));
}

TEST(KeyedQuantizers, EachPartHasARangeOfItsOwn) {
  auto reader = two_robots();
  const KeyedQuantizers keyed = fit_keyed(reader, "robot", four_bins);
  EXPECT_EQ(keyed.key, "robot");
  ASSERT_EQ(keyed.parts.size(), 2U);
  const KeyedQuantizer &a = keyed.parts[0], &b = keyed.parts[1];
  EXPECT_EQ(a.value, "a");
  EXPECT_EQ(a.trajectories, std::vector<std::size_t>{1});
  EXPECT_EQ(a.steps, 3U);
  EXPECT_EQ(b.value, "b");
  EXPECT_EQ(b.trajectories, (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(b.steps, 3U);
  // Bins of 1/4 and of 5: the first centre is half a bin above the least action.
  EXPECT_NEAR(testing::q(*a.quantizer, 0.0), 0.125, 1e-6);
  EXPECT_NEAR(testing::q(*b.quantizer, 10.0), 12.5, 1e-5);
}

TEST(KeyedQuantizers, EachComesBackByItsPart) {
  auto reader = two_robots();
  const KeyedQuantizers keyed = fit_keyed(reader, "robot", four_bins);
  const Json saved = Json::parse(save_keyed(keyed).dump());
  EXPECT_TRUE(is_keyed(saved));
  EXPECT_FALSE(is_keyed(keyed.parts[0].quantizer->save()));
  EXPECT_FALSE(is_keyed(Json::array()));
  for (const KeyedQuantizer& part : keyed.parts) {
    EXPECT_EQ(load_part(saved, "robot=" + part.value, "q.json")->fingerprint(), part.quantizer->fingerprint());
  }
  EXPECT_EQ(saved["parts"][1]["trajectories"], 2);
  EXPECT_EQ(saved["parts"][1]["steps"], 3);
}

TEST(KeyedQuantizers, WhichPartIsNeverGuessed) {
  auto reader = two_robots();
  const Json saved = save_keyed(fit_keyed(reader, "robot", four_bins));
  const auto refusal = [&](const std::string& part) {
    return message_of<UsageError>([&] { (void)load_part(saved, part, "q.json"); });
  };
  expect_parts(refusal(""), {"'q.json' holds one quantizer for each robot", "none is named",
                             "saved:q.json,part='robot=a'", "known: a, b"});
  expect_parts(refusal("robot=c"), {"none for 'c'", "known: a, b"});
  expect_parts(refusal("a"), {"'a' is not of the form robot=VALUE", "known: a, b"});
  expect_parts(refusal("task=a"), {"'task=a' is not of the form robot=VALUE"});
}

TEST(KeyedQuantizers, APartThatCannotBeFittedIsNamed) {
  auto reader = two_robots();
  const auto refuse = [](TrajectoryReader& part) -> std::shared_ptr<const Quantizer> {
    if (part.size() == 2) throw DataError("no");
    return four_bins(part);
  };
  expect_parts(message_of<DataError>([&] { (void)fit_keyed(reader, "robot", refuse); }), {"robot 'b': no"});
  expect_parts(message_of<UsageError>([&] { (void)fit_keyed(reader, "robt", four_bins); }),
               {"mixed.hdf5", "did you mean 'robot'?"});
}

TEST(KeyedQuantizers, DamagedFilesAreNamed) {
  auto reader = two_robots();
  const Json good = save_keyed(fit_keyed(reader, "robot", four_bins));
  std::vector<Json> bad(6, good);
  bad[0]["format_version"] = 99;
  bad[1].erase("by");
  bad[2]["parts"] = Json::array();
  bad[3]["parts"][1]["value"] = "a";
  bad[4]["parts"][0].erase("quantizer");
  bad[5]["parts"][0]["quantizer"]["spec"] = "no_scheme";
  const std::vector<std::string> named{
      "format_version", "'by'", "'parts'", "two quantizers of the value 'a'", "'quantizer' of part 'a'", "no_scheme"};
  for (std::size_t i = 0; i < bad.size(); ++i) {
    expect_parts(message_of<DataError>([&] { (void)load_part(bad[i], "robot=a", "q.json"); }), {"q.json", named[i]});
  }
  EXPECT_THROW((void)load_part(Json::array(), "robot=a", "q.json"), DataError);
}

TEST(KeyedQuantizers, SavedTakesAPartOfAFile) {
  auto reader = two_robots();
  const KeyedQuantizers keyed = fit_keyed(reader, "robot", four_bins);
  const test::TemporaryFolder folder;
  const std::string path = folder.file("q.json"), one = folder.file("one.json");
  write_file(path, save_keyed(keyed).dump());
  write_file(one, keyed.parts[0].quantizer->save().dump());
  const FitContext context = testing::unit_context();
  EXPECT_EQ(make_quantizer("saved:" + path + ",part=robot=b", context)->fingerprint(),
            keyed.parts[1].quantizer->fingerprint());
  expect_parts(testing::failure("saved:" + path), {path, "none is named"});
  expect_parts(testing::failure("saved:" + one + ",part=robot=b"), {one, "no parts", "leave out part=robot=b"});
}

TEST(KeyedQuantizers, ActionsOfAnotherPartAreNoted) {
  auto reader = two_robots();
  expect_parts(other_part_note("saved:q.json,part=robot=b", reader),
               {"1 of the 3 trajectories of 'mixed.hdf5'", "another robot than 'b'", "--subset robot=b"});
  EXPECT_EQ(other_part_note("saved:q.json,part=operator=ada", reader), "") << "nobody says who drove";
  EXPECT_EQ(other_part_note("saved:q.json", reader), "");
  EXPECT_EQ(other_part_note("uniform:bins=4", reader), "");
  const auto own = select_trajectories(reader, {1});
  EXPECT_EQ(other_part_note("saved:q.json,part=robot=a", *own), "");
}

}  // namespace
}  // namespace pianola
