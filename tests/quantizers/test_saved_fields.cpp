#include "pianola/quantizers/saved_fields.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

std::string failure(const std::function<void()>& read) {
  try {
    read();
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST(SavedFields, WhatEverySchemeBeginsWith) {
  QuantizerInfo info;
  info.spec = "x:y=1";
  info.action_dim = 3;
  info.chunk = 2;
  EXPECT_EQ(saved_with(info).dump(), R"({"format_version":1,"spec":"x:y=1","action_dim":3,"chunk":2})");
  EXPECT_EQ(saved_with(info, {{"low", {0.5}}}).dump(),
            R"({"format_version":1,"spec":"x:y=1","action_dim":3,"chunk":2,"low":[0.5]})");
}

TEST(SavedFields, ReadsWhatIsThere) {
  const Json saved{{"name", "x"}, {"count", 7}, {"numbers", {1, 2.5}}, {"counts", {3, 4}}};
  const SavedFields fields(saved);
  EXPECT_EQ(fields.text("name"), "x");
  EXPECT_EQ(fields.count("count", 0, 7), 7U);
  EXPECT_EQ(fields.numbers("numbers", 2), (std::vector<double>{1.0, 2.5}));
  EXPECT_EQ(fields.counts("counts", 2, 3, 4), (std::vector<std::uint32_t>{3, 4}));
}

TEST(SavedFields, NamesKeyAndValue) {
  const Json saved{{"name", 3}, {"count", -1}, {"numbers", {1.0, nullptr}}, {"counts", {2, 9}}, {"half", 0.5}};
  const SavedFields fields(saved);
  EXPECT_EQ(failure([&] { static_cast<void>(fields.text("name")); }), "key 'name' must be a text, not 3");
  EXPECT_EQ(failure([&] { static_cast<void>(fields.text("nome")); }), "key 'nome' is missing");
  EXPECT_EQ(failure([&] { static_cast<void>(fields.count("count", 0, 5)); }),
            "key 'count' must be a whole number in 0 … 5, not -1");
  EXPECT_EQ(failure([&] { static_cast<void>(fields.count("half", 0, 5)); }),
            "key 'half' must be a whole number in 0 … 5, not 0.5");
  EXPECT_EQ(failure([&] { static_cast<void>(fields.numbers("numbers", 2)); }),
            "key 'numbers[1]' must be a finite number, not null");
  EXPECT_EQ(failure([&] { static_cast<void>(fields.numbers("numbers", 3)); }),
            "key 'numbers' must be an array of 3, not an array of 2");
  EXPECT_EQ(failure([&] { static_cast<void>(fields.counts("counts", 2, 2, 8)); }),
            "key 'counts[1]' must be a whole number in 2 … 8, not 9");
}

TEST(SavedFields, ShapeOfAChunkIsBoundedBeforeItIsMultiplied) {
  const Json saved{{"action_dim", 3}, {"chunk", 2}}, large{{"action_dim", 1 << 10}, {"chunk", 1 << 10}};
  const auto [dim, chunk] = SavedFields(saved).chunk_shape();
  EXPECT_EQ(dim, 3U);
  EXPECT_EQ(chunk, 2U);
  EXPECT_EQ(SavedFields(large).chunk_shape().chunk, 1024U);
  EXPECT_EQ(failure([&] { static_cast<void>(SavedFields(large).chunk_shape(8)); }),
            "key 'chunk' must be a whole number in 1 … 128, not 1024");
  const Json beyond{{"action_dim", (1 << 20) + 1}, {"chunk", 1}};
  EXPECT_NE(failure([&] { static_cast<void>(SavedFields(beyond).chunk_shape()); }).find("'action_dim'"),
            std::string::npos);
}

TEST(SavedFields, LongAndBrokenTextsAreCut) {
  const Json saved{{"n", std::string(1000, 'a')}, {"m", std::string("\xff\xfe")}};
  const SavedFields fields(saved);
  EXPECT_LT(failure([&] { static_cast<void>(fields.count("n", 0, 1)); }).size(), 120U);
  EXPECT_NE(failure([&] { static_cast<void>(fields.count("m", 0, 1)); }), "");
}

TEST(SavedFields, WantsAnObject) {
  for (const Json& saved : {Json(nullptr), Json(3), Json::array({1})}) EXPECT_THROW(SavedFields{saved}, DataError);
}

}  // namespace
}  // namespace pianola
