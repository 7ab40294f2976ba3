#include "pianola/experts/mlp.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>

#include "counted_allocations.hpp"
#include "experts/conformance.hpp"
#include "experts/hdf5_writer.hpp"
#include "experts/npz_writer.hpp"
#include "experts/plain_system.hpp"
#include "pianola/base/error.hpp"
#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/hdf5_file.hpp"
#endif

namespace pianola {
namespace {

using Arrays = std::map<std::string, NamedArray>;

NamedArray transposed(const NamedArray& array) {
  NamedArray out{{array.shape[1], array.shape[0]}, std::vector<double>(array.values.size())};
  for (std::size_t i = 0; i < array.shape[0]; ++i) {
    for (std::size_t j = 0; j < array.shape[1]; ++j) {
      out.values[j * array.shape[0] + i] = array.values[i * array.shape[1] + j];
    }
  }
  return out;
}

/// 3 → 4 → 4 → 2, weights [in × out].
Arrays network() {
  Arrays arrays{{"obs_mean", {{3}, {0.5, -1.0, 2.0}}}, {"obs_std", {{1, 3}, {2.0, 0.5, 1.5}}},
                {"logstd", {{2}, {-1.0, 0.5}}},        {"W0", {{3, 4}, std::vector<double>(12)}},
                {"b0", {{4}, {0.1, -0.2, 0.3, 0.0}}},  {"W1", {{4, 4}, std::vector<double>(16)}},
                {"b1", {{4}, {0.0, 0.2, -0.1, 0.4}}},  {"W2", {{4, 2}, std::vector<double>(8)}},
                {"b2", {{1, 2}, {1.0, -1.0}}}};
  for (const char* key : {"W0", "W1", "W2"}) normals(NoiseKey(5).child(key), 0, 0, arrays[key].values);
  return arrays;
}

/// The slow, obvious way, in double: x W + b.
std::vector<double> reference(const Arrays& arrays, const std::vector<double>& x, bool relu = false) {
  std::vector<double> y(x.size());
  for (std::size_t i = 0; i < x.size(); ++i)
    y[i] = (x[i] - arrays.at("obs_mean").values[i]) / arrays.at("obs_std").values[i];
  for (int layer = 0; layer < 3; ++layer) {
    const NamedArray& w = arrays.at("W" + std::to_string(layer));
    std::vector<double> z = arrays.at("b" + std::to_string(layer)).values;
    for (std::size_t o = 0; o < z.size(); ++o) {
      for (std::size_t i = 0; i < y.size(); ++i) z[o] += y[i] * w.values[i * z.size() + o];
      if (layer < 2) z[o] = relu ? std::max(z[o], 0.0) : std::tanh(z[o]);
    }
    y = z;
  }
  return y;
}

class MlpExpertTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = (std::filesystem::temp_directory_path() / ("pianola_mlp_" + std::to_string(::getpid()))).string();
    npz_writer::write(path_, arrays_);
  }
  void TearDown() override { std::filesystem::remove(path_); }

  MlpExpert made(const Arrays& arrays, MlpExpertConfig config = {}) {
    npz_writer::write(path_, arrays);
    config.path = path_;
    return MlpExpert(config);
  }
  template <class E = DataError>
  std::string error_of(const Arrays& arrays, const MlpExpertConfig& config = {}) {
    try {
      static_cast<void>(made(arrays, config));
    } catch (const E& error) {
      return error.what();
    }
    ADD_FAILURE() << "no error";
    return "";
  }
  void expect_close(const std::vector<double>& a, const std::vector<double>& b, double tolerance = 2e-6) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], tolerance);
  }

  Arrays arrays_ = network();
  std::vector<double> x_{0.3, -1.2, 4.0};
  std::string path_;
};

TEST_F(MlpExpertTest, Conforms) {
  const auto system = std::make_shared<PlainSystem>(3, 2);
  conformance::check_expert_conformance("mlp:" + path_, system);
  conformance::check_expert_conformance("mlp:" + path_ + ",sample=true", system);
}

TEST_F(MlpExpertTest, IsTheNetworkOfTheFile) {
  expect_close(actions_on(made(arrays_), x_), reference(arrays_, x_));
  expect_close(actions_on(made(arrays_, {.activation = "relu"}), x_), reference(arrays_, x_, true), 1e-5);
}

TEST_F(MlpExpertTest, EitherLayoutIsFoundFromTheShapes) {
  Arrays turned = arrays_;
  for (const char* key : {"W0", "W1", "W2"}) turned[key] = transposed(arrays_[key]);
  expect_close(actions_on(made(turned), x_), reference(arrays_, x_));
  Arrays mixed = arrays_;
  mixed["W2"] = transposed(arrays_["W2"]);
  EXPECT_NE(error_of(mixed).find("key 'W2': lies the other way round"), std::string::npos);
}

TEST_F(MlpExpertTest, SquareLayersAreTakenAsInOutUnlessToldOtherwise) {
  Arrays square{
      {"obs_mean", {{2}, {0, 0}}}, {"obs_std", {{2}, {1, 1}}}, {"W0", {{2, 2}, {0, 1, 0, 0}}}, {"b0", {{2}, {0, 0}}}};
  expect_close(actions_on(made(square), {3, 5}), {0, 3});
  expect_close(actions_on(made(square, {.weights = "out_in"}), {3, 5}), {5, 0});
  EXPECT_NE(error_of(arrays_, {.weights = "out_in"}).find("lies the other way round"), std::string::npos);
}

TEST_F(MlpExpertTest, SampledActionsHaveTheFilesLaw) {
  const MlpExpert expert = made(arrays_, {.sample = true});
  EXPECT_FALSE(expert.info().deterministic);
  EXPECT_FALSE(expert.info().lipschitz.has_value());
  constexpr std::size_t kLanes = 20000;
  std::vector<double> observations;
  for (std::size_t i = 0; i < kLanes; ++i) observations.insert(observations.end(), x_.begin(), x_.end());
  const auto u = actions_on(expert, observations);
  const auto mean = reference(arrays_, x_);
  for (std::size_t d = 0; d < 2; ++d) {
    double sum = 0.0, squares = 0.0;
    for (std::size_t i = 0; i < kLanes; ++i)
      sum += u[2 * i + d] - mean[d], squares += std::pow(u[2 * i + d] - mean[d], 2);
    const double std = std::exp(arrays_["logstd"].values[d]);
    EXPECT_NEAR(sum / kLanes, 0.0, 5 * std / std::sqrt(kLanes));
    EXPECT_NEAR(squares / kLanes, std * std, 5 * std * std * std::sqrt(2.0 / kLanes));
  }
  EXPECT_NE(actions_on(expert, x_, 0, NoiseKey(1)), actions_on(expert, x_, 0, NoiseKey(2)));
  EXPECT_NE(actions_on(expert, x_, 0), actions_on(expert, x_, 1));
}

TEST_F(MlpExpertTest, CallsAllocateNothingAfterTheFirst) {
  const std::vector<std::uint64_t> ids{0, 1, 2, 3};
  const std::vector<std::uint32_t> h(4, 0);
  const std::vector<Outcome> outcomes(4, Outcome::running);
  std::vector<double> observations(12, 0.5), actions(8);
  for (const bool sample : {false, true}) {
    const MlpExpert expert = made(arrays_, {.sample = sample});
    const auto act = [&] { expert.act(NoiseKey(1), {ids, h, observations, outcomes, nullptr}, actions); };
    act();
    const std::size_t before = allocations;
    for (int i = 0; i < 10; ++i) act();
    EXPECT_EQ(allocations - before, 0U) << "sample = " << sample;
  }
  const std::size_t before = allocations;
  ::operator delete(::operator new(4));
  EXPECT_EQ(allocations - before, 1U) << "the counter does count";
}

TEST_F(MlpExpertTest, ScratchOfOneExpertIsNotSeenByAnother) {
  const MlpExpert wide = made(arrays_);
  const MlpExpert narrow =
      made({{"obs_mean", {{2}, {0, 0}}}, {"obs_std", {{2}, {1, 1}}}, {"W0", {{2, 1}, {1, 2}}}, {"b0", {{1}, {0.5}}}});
  const auto first = actions_on(wide, x_);
  EXPECT_EQ(actions_on(narrow, {3, 5}), std::vector{13.5});
  EXPECT_EQ(actions_on(wide, {9, 9, 9, 9, 9, 9}).size(), 4U);
  EXPECT_EQ(actions_on(narrow, {3, 5}), std::vector{13.5});
  EXPECT_EQ(actions_on(wide, x_), first);
}

TEST_F(MlpExpertTest, LipschitzBoundIsTheProductOfNorms) {
  const Arrays line{{"obs_mean", {{1}, {0}}}, {"obs_std", {{1}, {0.5}}}, {"W0", {{1, 1}, {3}}}, {"b0", {{1}, {0}}}};
  EXPECT_NEAR(*made(line).info().lipschitz, 6.0, 1e-10);
  EXPECT_GE(*made(line).info().lipschitz, 6.0);
}

TEST_F(MlpExpertTest, DimensionsOfFileAndSystemAreBothNamed) {
  try {
    static_cast<void>(make_expert("mlp:" + path_, std::make_shared<PlainSystem>(11, 2)));
    ADD_FAILURE();
  } catch (const UsageError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("reads observations of dimension 3"), std::string::npos) << message;
    EXPECT_NE(message.find("system 'plain' has observations of dimension 11"), std::string::npos) << message;
  }
}

TEST_F(MlpExpertTest, WeightsThatAreNotFiniteAreNamedByKey) {
  for (const double bad : {std::nan(""), HUGE_VAL, 1e39}) {  // 1e39 overflows float32
    Arrays broken = arrays_;
    broken["W1"].values[5] = bad;
    const std::string message = error_of(broken);
    EXPECT_NE(message.find(path_ + ", key 'W1': element 5 of [4, 4]"), std::string::npos) << message;
  }
  Arrays broken = arrays_;
  broken["obs_mean"].values[2] = std::nan("");
  EXPECT_NE(error_of(broken).find("key 'obs_mean': element 2"), std::string::npos);
}

TEST_F(MlpExpertTest, AStandardDeviationOutOfRangeIsNamed) {
  for (const double bad : {800.0, -800.0}) {
    Arrays broken = arrays_;
    broken["logstd"].values[1] = bad;
    const std::string message = error_of(broken, {.sample = true});
    EXPECT_NE(message.find(path_ + ", key 'logstd': element 1 is " + (bad > 0 ? "800" : "-800")), std::string::npos)
        << message;
  }
}

TEST_F(MlpExpertTest, MissingKeysAreNamed) {
  for (const char* key : {"obs_mean", "obs_std", "W0", "b0", "b1", "W1"}) {
    Arrays broken = arrays_;
    broken.erase(key);
    const std::string message = error_of(broken);
    EXPECT_NE(message.find(std::string("no array named '") + key + "'"), std::string::npos) << message;
    EXPECT_NE(message.find(path_), std::string::npos) << message;
  }
  Arrays deterministic = arrays_;
  deterministic.erase("logstd");
  EXPECT_TRUE(made(deterministic).info().deterministic);
  EXPECT_NE(error_of(deterministic, {.sample = true}).find("'logstd'"), std::string::npos);
}

TEST_F(MlpExpertTest, ShapesThatDoNotFitAreNamed) {
  const auto broken = [&](const char* key, NamedArray array) {
    Arrays arrays = arrays_;
    arrays[key] = std::move(array);
    return error_of(arrays, {.sample = true});
  };
  EXPECT_NE(broken("W0", {{2, 4}, std::vector<double>(8)})
                .find("key 'W0': has shape [2, 4], but 3 inputs and 4 biases need [3, 4] or [4, 3]"),
            std::string::npos);
  EXPECT_NE(broken("b0", {{2, 2}, std::vector<double>(4)}).find("key 'b0': must be a vector, not [2, 2]"),
            std::string::npos);
  EXPECT_NE(broken("obs_std", {{2}, {1, 1}}).find("key 'obs_std': has 2 numbers, but 'obs_mean' has 3"),
            std::string::npos);
  EXPECT_NE(broken("obs_std", {{3}, {1, 0, 1}}).find("key 'obs_std': element 1 is 0; it must be positive"),
            std::string::npos);
  EXPECT_NE(broken("logstd", {{3}, {1, 0, 1}}).find("key 'logstd': has 3 numbers"), std::string::npos);
}

TEST_F(MlpExpertTest, BadOptionsAreNamed) {
  EXPECT_NE(error_of<UsageError>(arrays_, {.activation = "tahn"}).find("did you mean 'tanh'"), std::string::npos);
  EXPECT_NE(error_of<UsageError>(arrays_, {.weights = "in-out"}).find("did you mean 'in_out'"), std::string::npos);
  EXPECT_THROW(static_cast<void>(make_expert("mlp", std::make_shared<PlainSystem>(3, 2))), UsageError);
}

#ifdef PIANOLA_WITH_HDF5
TEST_F(MlpExpertTest, Hdf5AndNpzOfTheSameArraysAreTheSameExpert) {
  const auto from_npz = actions_on(made(arrays_), x_);
  hdf5_writer::write(path_, arrays_);
  EXPECT_EQ(actions_on(MlpExpert({.path = path_}), x_), from_npz);
}

// The recorded actions of both tasks are the means of these experts, not samples: they agree to float32 rounding of
// networks with actions to ±5 (a sample would differ by exp(logstd), 0.13 … 0.39).
TEST(MlpExpertOnRealData, PlaysTheRecordedDemonstrations) {
  const char* data = std::getenv("PIANOLA_DATA");
  if (data == nullptr) GTEST_SKIP() << "PIANOLA_DATA is not set: no recorded experts to compare with";
  const std::string folder = std::string(data) + "/gymnasium/";
  for (const std::string task : {"Hopper", "HalfCheetah"}) {
    const MlpExpert expert({.path = folder + "experts/" + task + ".hdf5"});
    const Hdf5File file(folder + "demonstrations/" + task + "-v4.hdf5");
    for (const std::string& demo : file.children("/data")) {
      const auto expected = file.read("/data/" + demo + "/actions");
      const auto played = actions_on(expert, file.read("/data/" + demo + "/obs"));
      ASSERT_EQ(played.size(), expected.size());
      for (std::size_t i = 0; i < played.size(); ++i) ASSERT_NEAR(played[i], expected[i], 1e-5) << task << " " << i;
    }
  }
}
#endif

}  // namespace
}  // namespace pianola
