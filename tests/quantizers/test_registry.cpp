#include "pianola/quantizers/registry.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/quantizer_lookup.hpp"
#include "quantizers/fitting.hpp"

namespace pianola::testing {
namespace {

TEST(QuantizerRegistry, EveryEntryIsDescribed) {
  ASSERT_EQ(quantizers().size(), quantizer_names().size());
  for (std::size_t i = 0; i < quantizers().size(); ++i) {
    EXPECT_EQ(quantizers()[i].name, quantizer_names()[i]);
    EXPECT_FALSE(quantizers()[i].summary.empty());
    for (const OptionHelp& option : quantizers()[i].options) EXPECT_FALSE(option.help.empty()) << option.name;
  }
}

TEST(QuantizerRegistry, UnknownNamesGetASuggestion) {
  const std::string message = failure("unifrom:bins=3");
  EXPECT_NE(message.find("no quantizer named 'unifrom'; did you mean 'uniform'?"), std::string::npos) << message;
}

TEST(QuantizerRegistry, UnknownOptionsGetASuggestion) {
  const std::string message = failure("uniform:bin=3");
  EXPECT_NE(message.find("quantizer 'uniform'"), std::string::npos) << message;
  EXPECT_NE(message.find("did you mean 'bins'?"), std::string::npos) << message;
}

TEST(QuantizerRegistry, OptionsOfEveryModeAreSuggested) {
  const std::string message = failure("uniform:mod=rt1");
  EXPECT_NE(message.find("did you mean 'mode'?"), std::string::npos) << message;
  EXPECT_NE(message.find("vocab, mask"), std::string::npos) << message;
  EXPECT_NE(failure("uniform:mask=1").find("'mask' goes with mode="), std::string::npos);
  EXPECT_NE(failure("uniform:mode=rt1,atoms=true").find("does not go with mode=rt1"), std::string::npos);
}

TEST(QuantizerRegistry, WhatMayHaveBeenMeantIsSaid) {
  EXPECT_NE(failure("runs/q.json").find("did you mean saved:runs/q.json?"), std::string::npos);
  EXPECT_NE(failure("uniform,bins=3").find("did you mean uniform:bins=3?"), std::string::npos);
  EXPECT_EQ(quantizer_entry("fast").name, "fast");
}

TEST(QuantizerRegistry, DimensionsAndChunksAreChecked) {
  EXPECT_NE(failure("uniform", unit_context(0)), "");
  FitContext context = unit_context(2);
  context.chunk = 0;
  EXPECT_NE(failure("uniform", context).find("not 0 × 2"), std::string::npos);
  context.chunk = std::size_t{1} << 60;
  EXPECT_NE(failure("uniform", context), "");
  const MemoryActions data(3, {{0.0, 1.0, 2.0}});
  context = unit_context(2);
  context.data = &data;
  EXPECT_NE(failure("uniform", context).find("the data have 3 action dimensions, 2 are asked for"), std::string::npos);
}

TEST(QuantizerRegistry, DimensionMayComeFromTheData) {
  const MemoryActions data(3, {{0.0, 1.0, 2.0, 3.0, 4.0, 5.0}});
  FitContext context;
  context.data = &data;
  EXPECT_EQ(make_quantizer("uniform:4", context)->info().max_tokens, 3U);
}

TEST(QuantizerRegistry, LoadNamesFileAndScheme) {
  auto saved = make_quantizer("uniform:bins=4", unit_context())->save();
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
  auto saved = make_quantizer("uniform:bins=4", unit_context())->save();
  saved["spec"] = "uniform:bins=04";  // the same options, not as save() writes them
  EXPECT_THROW(load_quantizer(saved, "x"), DataError);
}

}  // namespace
}  // namespace pianola::testing
