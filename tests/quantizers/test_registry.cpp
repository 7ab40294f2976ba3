#include "pianola/quantizers/registry.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/quantizer_lookup.hpp"
#include "quantizers/action_samples.hpp"

namespace pianola {
namespace {

FitContext context_of(std::size_t dim) {
  FitContext context;
  context.action_dim = dim;
  context.range = {std::vector<double>(dim, -1.0), std::vector<double>(dim, 1.0)};
  return context;
}

std::string message_of(const std::string& spec, const FitContext& context) {
  try {
    make_quantizer(spec, context);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(QuantizerRegistry, EveryEntryIsDescribed) {
  ASSERT_EQ(quantizers().size(), quantizer_names().size());
  for (std::size_t i = 0; i < quantizers().size(); ++i) {
    EXPECT_EQ(quantizers()[i].name, quantizer_names()[i]);
    EXPECT_FALSE(quantizers()[i].summary.empty());
    for (const OptionHelp& option : quantizers()[i].options) EXPECT_FALSE(option.help.empty()) << option.name;
  }
}

TEST(QuantizerRegistry, UnknownNamesGetASuggestion) {
  const std::string message = message_of("unifrom:bins=3", context_of(1));
  EXPECT_NE(message.find("no quantizer named 'unifrom'; did you mean 'uniform'?"), std::string::npos) << message;
}

TEST(QuantizerRegistry, UnknownOptionsGetASuggestion) {
  const std::string message = message_of("uniform:bin=3", context_of(1));
  EXPECT_NE(message.find("quantizer 'uniform'"), std::string::npos) << message;
  EXPECT_NE(message.find("did you mean 'bins'?"), std::string::npos) << message;
}

TEST(QuantizerRegistry, OptionsOfEveryModeAreSuggested) {
  const std::string message = message_of("uniform:mod=rt1", context_of(1));
  EXPECT_NE(message.find("did you mean 'mode'?"), std::string::npos) << message;
  EXPECT_NE(message.find("vocab, mask"), std::string::npos) << message;
  EXPECT_NE(message_of("uniform:mask=1", context_of(1)).find("'mask' goes with mode="), std::string::npos);
  EXPECT_NE(message_of("uniform:mode=rt1,atoms=true", context_of(1)).find("does not go with mode=rt1"),
            std::string::npos);
}

TEST(QuantizerRegistry, WhatMayHaveBeenMeantIsSaid) {
  EXPECT_NE(message_of("runs/q.json", context_of(1)).find("did you mean saved:runs/q.json?"), std::string::npos);
  EXPECT_NE(message_of("uniform,bins=3", context_of(1)).find("did you mean uniform:bins=3?"), std::string::npos);
  EXPECT_EQ(quantizer_entry("fast").name, "fast");
}

TEST(QuantizerRegistry, DimensionsAndChunksAreChecked) {
  EXPECT_NE(message_of("uniform", context_of(0)), "");
  FitContext context = context_of(2);
  context.chunk = 0;
  EXPECT_NE(message_of("uniform", context).find("not 0 × 2"), std::string::npos);
  context.chunk = std::size_t{1} << 60;
  EXPECT_NE(message_of("uniform", context), "");
  const testing::MemoryActions data(3, {{0.0, 1.0, 2.0}});
  context = context_of(2);
  context.data = &data;
  EXPECT_NE(message_of("uniform", context).find("the data have 3 action dimensions, 2 are asked for"),
            std::string::npos);
}

TEST(QuantizerRegistry, DimensionMayComeFromTheData) {
  const testing::MemoryActions data(3, {{0.0, 1.0, 2.0, 3.0, 4.0, 5.0}});
  FitContext context;
  context.data = &data;
  EXPECT_EQ(make_quantizer("uniform:4", context)->info().max_tokens, 3U);
}

TEST(QuantizerRegistry, LoadNamesFileAndScheme) {
  auto saved = make_quantizer("uniform:bins=4", context_of(1))->save();
  saved["spec"] = "unifrm:bins=4";
  try {
    load_quantizer(saved, "runs/a/quantizer.json");
    FAIL();
  } catch (const DataError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("'runs/a/quantizer.json' is no saved quantizer"), std::string::npos) << message;
    EXPECT_NE(message.find("did you mean 'uniform'?"), std::string::npos) << message;
  }
}

TEST(QuantizerRegistry, LoadRejectsWhatSaveWouldNotWrite) {
  auto saved = make_quantizer("uniform:bins=4", context_of(1))->save();
  saved["spec"] = "uniform:bins=04";  // the same options, not as save() writes them
  EXPECT_THROW(load_quantizer(saved, "x"), DataError);
}

}  // namespace
}  // namespace pianola
