#include "pianola/data/info_json.hpp"

#include <gtest/gtest.h>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

TEST(InfoJson, EverythingComesBack) {
  DatasetInfo info;
  info.observation_fields = {{"z/far", 0, 1}, {"object", 1, 2}};
  info.action_names = {"left, upper", "\"right\""};
  info.action_kinds = {ActionKind::linear, ActionKind::angle};
  info.action_range = {{-1.0, -3.2}, {1.0, 0.1}};
  info.attributes = {{"seed", "18446744073709551615"}};
  info.subsets = {{"train", {0, 2}}};
  const std::string text = info_to_json(info, {{"a", "b"}, {Outcome::diverged, Outcome::running}}, "a.npz");
  DatasetInfo out;
  const TrajectoryNotes notes = info_from_json(text, out, "a.npz");
  EXPECT_EQ(out.observation_fields, info.observation_fields);
  EXPECT_EQ(out.observation_dim, 3u);
  EXPECT_EQ(out.action_names, info.action_names);
  EXPECT_EQ(out.action_kinds, info.action_kinds);
  EXPECT_EQ(out.action_range, info.action_range);
  EXPECT_EQ(out.attributes, info.attributes);
  EXPECT_EQ(out.subsets, info.subsets);
  EXPECT_EQ(notes.names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(notes.outcomes, (std::vector<Outcome>{Outcome::diverged, Outcome::running}));
}

TEST(InfoJson, DamageIsAnErrorThatNamesTheFile) {
  const auto refusal = [](const char* text) {
    return message_of<DataError>([&] {
      DatasetInfo info;
      (void)info_from_json(text, info, "a.npz");
    });
  };
  for (const char* text :
       {"", "{", "[]", "{}", "{\"format_version\": 1, \"names\": 3}",
        "{\"format_version\": 1, \"outcomes\": [\"won\"]}", "{\"format_version\": 1, \"action_kinds\": [\"lineer\"]}",
        "{\"format_version\": 1, \"observation_fields\": [[\"a\", 0]]}",
        "{\"format_version\": 1, \"observation_fields\": [[\"a\"]]}"}) {
    EXPECT_TRUE(refusal(text).starts_with("a.npz")) << text << ": " << refusal(text);
  }
  expect_parts(refusal("{\"format_version\": 7}"), {"a.npz", "7", "newer"});
  DatasetInfo bad;
  bad.action_names = {"\xff"};
  expect_parts(message_of<DataError>([&] { (void)info_to_json(bad, {}, "a.npz"); }), {"a.npz", "UTF-8"});
}

}  // namespace
}  // namespace pianola
