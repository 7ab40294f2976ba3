#include "pianola/quantizers/saved.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/data/action_declaration.hpp"
#include "pianola/quantizers/registry.hpp"
#include "quantizers/action_samples.hpp"

namespace pianola {
namespace {

class Saved : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ("pianola_saved_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name = "q.json") const { return (folder_ / name).string(); }

  /// Fits, writes, and returns the spec that names the file.
  [[nodiscard]] std::string save(const std::string& spec, const FitContext& context) const {
    write_file(path(), make_quantizer(spec, context)->save().dump(2) + "\n");
    return "saved:" + path();
  }

  [[nodiscard]] static FitContext context_of(const ActionSource& data, std::size_t chunk = 1) {
    FitContext context;
    context.action_dim = data.action_dim();
    context.chunk = chunk;
    context.data = &data;
    return context;
  }

  static std::string refusal(const std::string& spec, const FitContext& context) {
    try {
      make_quantizer(spec, context);
    } catch (const UsageError& error) {
      return error.what();
    }
    return "";
  }

  std::filesystem::path folder_;
  testing::MemoryActions data_{2, {{0.0, 1.0, 0.5, 2.0, 1.0, 4.0, 0.25, 3.0}}};
  testing::MemoryActions others_{2, {{7.0, 7.0, -8.0, 9.0}}};
};

TEST_F(Saved, IsTheQuantizerThatWasWrittenAndLooksAtNoData) {
  for (const char* spec : {"uniform:bins=5", "quantile:bins=3", "dither:bins=9", "kmeans:k=2"}) {
    const std::string saved = save(spec, context_of(data_));
    const auto fitted = make_quantizer(spec, context_of(data_)), read = make_quantizer(saved, context_of(others_));
    EXPECT_EQ(read->fingerprint(), fitted->fingerprint()) << spec;
    EXPECT_EQ(read->info().spec, fitted->info().spec) << "and not the path";
    FitContext without = context_of(data_);
    without.data = nullptr;
    EXPECT_EQ(make_quantizer(saved, without)->fingerprint(), fitted->fingerprint()) << spec;
  }
}

TEST_F(Saved, BringsItsRepresentation) {
  DatasetInfo info;
  info.action_dim = 2;
  const ActionRepresentation angles = represent({"linear,angle", "", ""}, info);
  FitContext context = context_of(data_);
  context.representation = &angles;
  const std::string saved = save("uniform:bins=5", context);
  const auto read = make_quantizer(saved, context);
  ASSERT_NE(read->representation(), nullptr);
  EXPECT_EQ(*read->representation(), angles);
  EXPECT_EQ(read->fingerprint(), make_quantizer("uniform:bins=5", context)->fingerprint()) << "not wrapped twice";
  const std::string refused = refusal(saved, context_of(data_));
  EXPECT_NE(refused.find("--kinds"), std::string::npos) << refused;
  EXPECT_NE(refused.find("angle"), std::string::npos) << refused;
}

TEST_F(Saved, APlainOneIsNoneOfOtherActions) {
  DatasetInfo info;
  info.action_dim = 2;
  const ActionRepresentation angles = represent({"linear,angle", "", ""}, info);
  const std::string saved = save("uniform:bins=5", context_of(data_));
  FitContext context = context_of(data_);
  context.representation = &angles;
  EXPECT_NE(refusal(saved, context).find("linear and absolute in every dimension"), std::string::npos);
}

TEST_F(Saved, ValuesOfABinaryDimensionAreTheFiles) {
  DatasetInfo info;
  info.action_dim = 2;
  const ActionRepresentation open = represent({"linear,binary", "", ""}, info);
  const testing::MemoryActions grips(2, {{0.0, -1.0, 0.5, 1.0}}), closed(2, {{0.0, 1.0, 0.5, 1.0}});
  FitContext context = context_of(grips);
  context.representation = &open;
  const std::string saved = save("uniform:bins=5", context);
  FitContext later = context_of(closed);  // only one of the two values occurs here
  later.representation = &open;
  EXPECT_EQ(make_quantizer(saved, later)->fingerprint(), make_quantizer(saved, context)->fingerprint());
  const ActionRepresentation other = represent({"linear,binary(0,1)", "", ""}, info);
  later.representation = &other;
  EXPECT_NE(refusal(saved, later), "");
}

TEST_F(Saved, OtherSizesAreRefusedWithTheRemedy) {
  const std::string saved = save("uniform:bins=5", context_of(data_, 2));
  EXPECT_NE(refusal(saved, context_of(data_)).find("give --chunk 2"), std::string::npos);
  const testing::MemoryActions wide(3, {{0.0, 1.0, 2.0, 3.0, 4.0, 5.0}});
  EXPECT_NE(refusal(saved, context_of(wide, 2)).find("has 2 action dimensions, and here there are 3"),
            std::string::npos);
}

TEST_F(Saved, FilesThatAreNoneAreNamed) {
  EXPECT_NE(refusal("saved", context_of(data_)).find("which file?"), std::string::npos);
  EXPECT_THROW(make_quantizer("saved:" + path("missing.json"), context_of(data_)), DataError);
  for (const char* text :
       {"", "{", "[1, 2]", "{\"format_version\": 1}", "{\"format_version\": 1, \"spec\": \"saved\"}"}) {
    write_file(path(), text);
    try {
      make_quantizer("saved:" + path(), context_of(data_));
      ADD_FAILURE() << text;
    } catch (const DataError& error) {
      EXPECT_NE(std::string(error.what()).find(path()), std::string::npos) << error.what();
    }
  }
  EXPECT_THROW(make_quantizer("saved:path=a,bins=3", context_of(data_)), UsageError);
}

TEST_F(Saved, PathsAreKnown) {
  EXPECT_EQ(saved_path("saved:runs/a.json"), "runs/a.json");
  EXPECT_EQ(saved_path("saved:path=runs/a.json"), "runs/a.json");
  EXPECT_EQ(saved_path("uniform:bins=3"), "");
}

}  // namespace
}  // namespace pianola
