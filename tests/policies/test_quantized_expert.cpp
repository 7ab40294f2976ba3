#include "pianola/policies/quantized_expert.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "pianola/base/error.hpp"
#include "policies/toys.hpp"

namespace pianola {
namespace {

using toys::Moment;
using toys::ToyExpert;
using toys::ToyQuantizer;
using toys::ToySystem;

constexpr float kNever = -std::numeric_limits<float>::infinity();

std::vector<float> next_logits(PolicySession& session, const std::vector<Token>& previous, std::size_t vocabulary) {
  std::vector<float> out(previous.size() * vocabulary, 7.0F);
  session.logits(previous, out);
  return out;
}

TEST(QuantizedExpert, ADeterministicExpertIsAPointMass) {
  const auto expert = std::make_shared<ToyExpert>(0.5);
  const auto quantizer = std::make_shared<ToyQuantizer>(4);
  const auto policy = make_quantized_expert(expert, quantizer);
  EXPECT_EQ(policy->info().spec, "quantized");
  EXPECT_TRUE(policy->info().factored);
  EXPECT_EQ(policy->info().vocabularies, (std::vector<std::uint32_t>{4}));
  const auto session = policy->session(3);
  session->begin(Moment({1.8, 0.2, -9.0}).at(), {});  // actions −0.9, −0.1, 4.5: bins 0, 1, 3
  const auto logits = next_logits(*session, {0, 0, 0}, 4);
  EXPECT_EQ(logits,
            (std::vector<float>{0, kNever, kNever, kNever, kNever, 0, kNever, kNever, kNever, kNever, kNever, 0}));
}

TEST(QuantizedExpert, ChunksAreThoseOfTheExpertOnACopyOfThePlant) {
  const ToySystem system({.a = 1.2, .start = 1.0, .spread = 0.0});
  const auto expert = std::make_shared<ToyExpert>(0.5);
  const auto quantizer = std::make_shared<ToyQuantizer>(100, 3);
  const auto policy = make_quantized_expert(expert, quantizer);
  const auto plant = system.simulate(1);
  Moment moment({0.0});
  plant->reset(NoiseKey(2), moment.ids);
  plant->observe(moment.observations);
  const auto session = policy->session(1);
  session->noise(NoiseKey(2));
  session->begin(moment.at(plant.get()), {});
  double x = 1.0;
  for (std::size_t k = 0; k < 3; ++k) {
    const auto logits = next_logits(*session, {0}, 100);
    const auto token = static_cast<std::size_t>(std::floor((-0.5 * x + 1.0) * 50.0));
    EXPECT_EQ(logits[token], 0.0F) << k;
    EXPECT_EQ(std::ranges::count(logits, 0.0F), 1) << k;
    x = 0.7 * x;
  }
}

TEST(QuantizedExpert, AStochasticExpertHasTheExactLawOfItsAtoms) {
  const auto expert = std::make_shared<ToyExpert>(0.5, 0.5);
  const auto policy = make_quantized_expert(expert, std::make_shared<ToyQuantizer>(4));
  const auto session = policy->session(2);
  session->begin(Moment({0.2, 3.0}).at(), {});  // −0.6 or 0.4: bins 0, 2; −2 or −1: both bin 0
  const auto logits = next_logits(*session, {0, 0}, 4);
  EXPECT_FLOAT_EQ(logits[0], std::log(0.5F));
  EXPECT_EQ(logits[1], kNever);
  EXPECT_FLOAT_EQ(logits[2], std::log(0.5F));
  EXPECT_FLOAT_EQ(logits[4], 0.0F);
  EXPECT_EQ(logits[5], kNever);
}

/// Two dimensions that move together: (−½, −½) with probability ¼, (½, ½) with ¾.
class CorrelatedExpert final : public Expert {
 public:
  CorrelatedExpert() {
    info_.spec = "correlated";
    info_.observation_dim = 1;
    info_.action_dim = 2;
    info_.deterministic = false;
  }
  [[nodiscard]] const ExpertInfo& info() const override { return info_; }
  void act(const NoiseKey&, const Situation&, std::span<double>) const override {}
  bool law(const Situation&, std::span<ActionLaw> laws) const override {
    for (auto& law : laws) law = {2, {0.25, 0.75}, {-0.5, -0.5, 0.5, 0.5}, stds};
    return known;
  }
  bool known = true;
  std::vector<double> stds;

 private:
  ExpertInfo info_;
};

TEST(QuantizedExpert, TheLawOfLaterTokensIsConditionalOnEarlierOnes) {
  const auto policy =
      make_quantized_expert(std::make_shared<CorrelatedExpert>(), std::make_shared<ToyQuantizer>(2, 1, 2));
  EXPECT_FALSE(policy->info().factored);
  const auto session = policy->session(2);
  session->begin(Moment({0.0, 0.0}).at(), {});
  const auto first = next_logits(*session, {0, 0}, 2);
  EXPECT_FLOAT_EQ(first[0], std::log(0.25F));
  EXPECT_FLOAT_EQ(first[1], std::log(0.75F));
  const auto second = next_logits(*session, {0, 1}, 2);
  EXPECT_FLOAT_EQ(second[0], std::log(0.25F));  // unnormalised
  EXPECT_EQ(second[1], kNever);
  EXPECT_EQ(second[2], kNever);
  EXPECT_FLOAT_EQ(second[3], std::log(0.75F));
}

void expect_refused(const std::function<void()>& make, const std::string& words) {
  try {
    make();
    ADD_FAILURE() << "expected a UsageError about " << words;
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
  }
}

TEST(QuantizedExpert, RefusesWhatHasNoTokenLaw) {
  const auto expert = std::make_shared<ToyExpert>(0.5);
  const auto broken = [](auto change) {
    auto quantizer = std::make_shared<ToyQuantizer>(4);
    change(quantizer->info_);
    return quantizer;
  };
  expect_refused([&] { make_quantized_expert(expert, broken([](auto& i) { i.random = true; })); }, "draws noise");
  expect_refused([&] { make_quantized_expert(expert, broken([](auto& i) { i.memory_size = 1; })); }, "moving scale");
  expect_refused([&] { make_quantized_expert(expert, broken([](auto& i) { i.finite_codebook = false; })); },
                 "codebook");
  expect_refused([&] { make_quantized_expert(expert, std::make_shared<ToyQuantizer>(4, 1, 2)); }, "2");
  expect_refused(
      [&] { make_quantized_expert(std::make_shared<ToyExpert>(0.5, 0.1), std::make_shared<ToyQuantizer>(4, 2)); },
      "--chunk 1");
}

TEST(QuantizedExpert, SaysWhatAStochasticExpertMustKnow) {
  const auto expert = std::make_shared<CorrelatedExpert>();
  const auto session = make_quantized_expert(expert, std::make_shared<ToyQuantizer>(2, 1, 2))->session(1);
  const Moment moment({0.0});
  expert->known = false;
  expect_refused([&] { session->begin(moment.at(), {}); }, "does not know");
  expert->known = true;
  expert->stds = {1.0, 1.0, 1.0, 1.0};
  expect_refused([&] { session->begin(moment.at(), {}); }, "density");
}

TEST(QuantizedExpert, AnActionThatIsNotFiniteHasNoLaw) {
  const auto policy =
      make_quantized_expert(std::make_shared<ToyExpert>(0.5, 0.0, 10.0), std::make_shared<ToyQuantizer>(2));
  const auto session = policy->session(2);
  session->begin(Moment({11.0, 1.0}).at(), {});
  EXPECT_EQ(next_logits(*session, {0, 0}, 2), (std::vector<float>{kNever, kNever, 0.0F, kNever}));
}

}  // namespace
}  // namespace pianola
