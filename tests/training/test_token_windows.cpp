#include "pianola/training/token_windows.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "pianola/base/error.hpp"
#include "pianola/control/collect.hpp"
#include "pianola/systems/sequence.hpp"
#include "pianola/training/batches.hpp"
#include "pianola/training/final_report.hpp"
#include "pianola/training/learner.hpp"
#include "toy_training.hpp"

namespace pianola {
namespace {

using toy_training::fitted;
using toy_training::message_of;

/// Tokens (i + h) mod 5 after each other, of trajectories of these lengths.
Dataset cycles(const std::vector<std::size_t>& lengths) {
  DatasetInfo info;
  info.path = "cycles";
  info.observation_dim = info.action_dim = 1;
  Dataset data(info);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    Trajectory t;
    t.name = "text_" + std::to_string(i);
    t.steps = lengths[i];
    for (std::size_t h = 0; h < t.steps; ++h) {
      t.observations.push_back(static_cast<double>((i + h) % 5));
      t.actions.push_back(static_cast<double>((i + h + 1) % 5));
    }
    data.append(t);
  }
  return data;
}

/// How often scoring counts each step of the data.
std::vector<int> counts(const Samples& samples, std::size_t steps) {
  std::vector<int> counted(steps);
  for (const auto& rows : {samples.train_scored, samples.validation}) {
    for (const std::int64_t r : rows) {
      const auto row = static_cast<std::size_t>(r);
      for (std::size_t p = samples.first(row); p < samples.length(row); ++p) ++counted[row + p];
    }
  }
  return counted;
}

TEST(TokenWindows, ScoringCountsEveryTokenOnce) {
  for (const std::size_t context : {1U, 2U, 7U, 64U}) {
    for (const auto& lengths : {std::vector<std::size_t>{100}, {40, 3, 65, 8}, {5, 64, 63}}) {
      const Dataset data = cycles(lengths);
      const Samples samples = make_samples(data, *fitted(data), {1, 0.1, NoiseKey(3), context});
      EXPECT_EQ(counts(samples, data.steps()), std::vector<int>(data.steps(), 1)) << context;
      EXPECT_EQ(samples.actions_in(samples.train_scored) + samples.actions_in(samples.validation), data.steps());
    }
  }
}

TEST(TokenWindows, TheLastTenthOfATextIsHeldOut) {
  const Dataset data = cycles({200});
  const Samples samples = make_samples(data, *fitted(data), {1, 0.1, NoiseKey(3), 16});
  EXPECT_EQ(samples.actions_in(samples.validation), 20U);
  EXPECT_EQ(samples.validation.front(), 180);
  EXPECT_EQ(samples.train.size(), 180U - 16U + 1U);  // windows that begin anywhere and end before
  EXPECT_EQ(samples.train.back() + 16, 180);
  EXPECT_EQ(samples.size(), 200U);
}

TEST(TokenWindows, ContextsAreWhatWasSeenBeforeEachTarget) {
  const Dataset data = cycles({30, 30});
  const Samples samples = make_samples(data, *fitted(data), {1, 0.0, NoiseKey(3), 8});
  for (std::size_t step = 0; step < data.steps(); ++step) {
    EXPECT_EQ(samples.tokens[step], (samples.contexts[step] + 1) % 5);
  }
  EXPECT_TRUE(samples.validation.empty());
}

/// Sequences that the source of system `sequence` writes, and its own log-loss on them, nats a token.
struct Written {
  explicit Written(const char* spec, std::size_t sequences, std::size_t steps) : system(make_system(spec)) {
    CollectPlan plan;
    plan.system = system;
    plan.expert = make_expert("", system);
    plan.trajectories = sequences;
    plan.horizon = static_cast<std::uint32_t>(steps);
    plan.key = NoiseKey(11);
    DatasetInfo info;
    info.observation_dim = info.action_dim = 1;
    data = Dataset(info);
    collect(plan, [&](const Trajectory& t) { data.append(t); });
  }
  [[nodiscard]] const Sequence& source() const { return dynamic_cast<const Sequence&>(*system); }
  std::shared_ptr<const System> system;
  Dataset data;
};

/// The source's own log-loss on the held-out sequences, from their second token on: then all of its state is seen.
double source_loss(const Written& written, const Samples& samples) {
  double sum = 0.0;
  std::size_t count = 0;
  for (const std::int64_t r : samples.validation) {
    const auto row = static_cast<std::size_t>(r);
    for (std::size_t p = std::max<std::size_t>(1, samples.first(row)); p < samples.length(row); ++p, ++count) {
      const double state[] = {static_cast<double>(samples.contexts[row + p - 1]),
                              static_cast<double>(samples.contexts[row + p])};
      sum -= std::log(written.source().law(state)[static_cast<std::size_t>(samples.tokens[row + p])]);
    }
  }
  return sum / static_cast<double>(count);
}

TEST(TokenWindows, ATransformerLearnsASourceToItsEntropyRate) {
  set_training_threads(1);
  const Written written("sequence:order=2,vocabulary=4,seed=1", 120, 256);
  const auto quantizer = fitted(written.data, "discrete:vocabulary=4");
  const Samples samples = make_samples(written.data, *quantizer, {1, 0.1, NoiseKey(3), 16});
  LearnerOptions options;
  options.policy = "transformer:width=32,layers=2,heads=2";
  options.average = false;
  Learner learner(samples, options);
  Batches batches(samples.train, 32, NoiseKey(5));
  for (std::uint64_t step = 0; step < 500; ++step) {
    learner.step(batches.rows(step), step < 350 ? 0.004 : 0.001, 0.0);
  }
  const double learned = total_nll(learner, samples.validation, Weights::raw) /
                         static_cast<double>(samples.actions_in(samples.validation));
  const double entropy = written.source().entropy_rate(), own = source_loss(written, samples);
  EXPECT_NEAR(own, entropy, 0.03 * entropy);  // 3,072 held-out tokens
  EXPECT_NEAR(learned, own, 0.02 * own);
  EXPECT_GT(std::log(4.0), 1.2 * own);  // there is something to learn
}

TEST(TokenWindows, RefusesWhatIsNoSequenceOfTokens) {
  const Dataset wide = toy_training::categorical_data(2, 20);
  EXPECT_NE(message_of<UsageError>([&] {
              make_samples(wide, *fitted(wide), {1, 0.1, NoiseKey(0), 8});
            }).find("--history"),
            std::string::npos);
  Dataset data = cycles({30});
  EXPECT_NE(message_of<UsageError>([&] {
              make_samples(data, *fitted(data, "uniform:bins=256"), {1, 0.1, NoiseKey(0), 8});
            }).find("--quantizer discrete"),
            std::string::npos);
  DatasetInfo info = data.info();
  Dataset strange(info);
  Trajectory t = data.trajectory(0);
  t.observations[7] = 5.0;
  strange.append(t);
  EXPECT_NE(message_of<DataError>([&] {
              make_samples(strange, *fitted(strange), {1, 0.1, NoiseKey(0), 8});
            }).find("step 7"),
            std::string::npos);
}

}  // namespace
}  // namespace pianola
