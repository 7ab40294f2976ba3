#include "pianola/base/spec.hpp"
#include "property.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace pianola {
namespace {

struct Example {
  int bins = 256;
  double quantile = 0.0;
  bool clip = false;
  std::string representatives = "centre";
  std::vector<double> low = {};
  std::optional<std::uint64_t> seed = std::nullopt;
  template <class V>
  void visit(V&& v) {
    v("bins", bins, "per action dimension");
    v("quantile", quantile, "range from this quantile");
    v("clip", clip, "clip");
    v("representatives", representatives, "centre, ends or mean");
    v("low", low, "lower ends");
    v("seed", seed, "of the fit");
  }
};

Example read(const std::string& text) { return read_options<Example>(parse_spec(text), "quantizer 'uniform'"); }

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Spec, ParsesNameOptionsAndQuotes) {
  EXPECT_EQ(parse_spec("trap"), (Spec{"trap", {}}));
  EXPECT_EQ(parse_spec("uniform:bins=17,representatives=ends"),
            (Spec{"uniform", {{"bins", "17"}, {"representatives", "ends"}}}));
  EXPECT_EQ(parse_spec("gymnasium:Hopper-v4"), (Spec{"gymnasium", {{"", "Hopper-v4"}}}));
  EXPECT_EQ(parse_spec("mlp:'a,b:c=d.hdf5',scale=2"), (Spec{"mlp", {{"", "a,b:c=d.hdf5"}, {"scale", "2"}}}));
  EXPECT_EQ(parse_spec("linear:a='it''s'"), (Spec{"linear", {{"a", "it's"}}}));
  EXPECT_EQ(parse_spec("mujoco:file=C:/x.xml"), (Spec{"mujoco", {{"file", "C:/x.xml"}}}));
}

TEST(Spec, RejectsWhatItCannotRead) {
  EXPECT_THROW(parse_spec(""), UsageError);
  EXPECT_THROW(parse_spec(":bins=3"), UsageError);
  EXPECT_THROW(parse_spec("uniform:bins='3"), UsageError);
  EXPECT_THROW(parse_spec("uniform:bins=3,bins=4"), UsageError);
  EXPECT_THROW(parse_spec("uniform:bins=3,ends"), UsageError);
}

TEST(Spec, TextReadsBackToTheSameSpec) {
  test::property("parse_spec(spec.text()) == spec", [] {
    Spec spec{"name", {}};
    const auto values = *rc::gen::container<std::vector<std::string>>(
        rc::gen::container<std::string>(rc::gen::element('a', 'Z', '0', ',', ':', '=', '\'', ' ', '-', '.')));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool bare = i == 0 && *rc::gen::arbitrary<bool>();
      spec.options.emplace_back(bare ? "" : "key" + std::to_string(i), values[i]);
    }
    RC_ASSERT(parse_spec(spec.text()) == spec);
  });
}

TEST(Spec, AnyTextIsReadOrRejectedAsUsage) {
  test::property([](const std::string& text) {
    try {
      parse_spec(text);
    } catch (const UsageError&) {
    }
  });
}

TEST(Spec, SplitsListsWhereAKnownNameBegins) {
  const std::vector<std::string> known = {"uniform", "kmeans", "trap"};
  EXPECT_EQ(split_specs("uniform:bins=17,representatives=ends,kmeans:k=64,trap", known),
            (std::vector<std::string>{"uniform:bins=17,representatives=ends", "kmeans:k=64", "trap"}));
  EXPECT_EQ(split_specs("uniform", known), (std::vector<std::string>{"uniform"}));
  EXPECT_EQ(split_specs("uniform:low='-1,trap',bins=3,kmeans", known),
            (std::vector<std::string>{"uniform:low='-1,trap',bins=3", "kmeans"}));
  // A misspelt name starts a spec of its own, so that the registry can say what is wrong with it.
  EXPECT_EQ(split_specs("uniform:bins=3,kmean:k=4", known), (std::vector<std::string>{"uniform:bins=3", "kmean:k=4"}));
}

TEST(Spec, ReadsOptionsOverDefaults) {
  const Example example = read("uniform:bins=17,quantile=0.01,clip=true,representatives=ends,low='-1,0;2 3',seed=7");
  EXPECT_EQ(example.bins, 17);
  EXPECT_EQ(example.quantile, 0.01);
  EXPECT_TRUE(example.clip);
  EXPECT_EQ(example.representatives, "ends");
  EXPECT_EQ(example.low, (std::vector<double>{-1, 0, 2, 3}));
  EXPECT_EQ(example.seed, 7U);
  EXPECT_EQ(read("uniform").bins, 256);
  EXPECT_EQ(read("uniform:9").bins, 9) << "the first value may stand without its key";
}

TEST(Spec, BadOptionsAreNamedWithTheNearestKnownOne) {
  EXPECT_EQ(message_of([] { read("uniform:bin=3"); }),
            "quantizer 'uniform': no option named 'bin'; did you mean 'bins'? known: bins, quantile, clip, "
            "representatives, low, seed");
  EXPECT_EQ(message_of([] { read("uniform:bins=many"); }),
            "quantizer 'uniform': option 'bins' takes a whole number, not 'many'");
  for (const char* bad : {"uniform:bins=3.5", "uniform:bins=", "uniform:bins=99999999999", "uniform:quantile=x",
                          "uniform:quantile=nan", "uniform:clip=yes", "uniform:low='1,b'", "uniform:seed=-1"}) {
    EXPECT_THROW(read(bad), UsageError) << bad;
  }
}

TEST(Spec, AnOptionGivenWithAndWithoutItsKeyIsAnError) {
  EXPECT_EQ(message_of([] { read("uniform:9,bins=3"); }),
            "quantizer 'uniform': option 'bins' is given twice, once without its key");
}

TEST(Spec, WritesOnlyWhatDiffersFromTheDefaults) {
  Example example;
  EXPECT_EQ(write_spec("uniform", example).text(), "uniform");
  example.bins = 17;
  example.low = {-1.0, 0.5};
  EXPECT_EQ(write_spec("uniform", example).text(), "uniform:bins=17,low=-1;0.5");
}

TEST(Spec, WrittenOptionsReadBackToTheSameValues) {
  test::property([](int bins, double quantile, bool clip, const std::vector<double>& low) {
    Example example;
    example.bins = bins;
    example.quantile = quantile;
    example.clip = clip;
    example.low = low;
    const Example back = read(write_spec("uniform", example).text());
    RC_ASSERT(back.bins == bins);
    RC_ASSERT(back.quantile == quantile);
    RC_ASSERT(back.clip == clip);
    RC_ASSERT(back.low == low);
  });
}

TEST(Spec, HelpShowsEveryOptionWithItsDefault) {
  const auto rows = describe_options<Example>();
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_EQ(rows[0].name, "bins");
  EXPECT_EQ(rows[0].default_value, "256");
  EXPECT_EQ(rows[0].help, "per action dimension");
  EXPECT_EQ(rows[5].default_value, "auto");
}

}  // namespace
}  // namespace pianola
