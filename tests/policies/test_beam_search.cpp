#include "pianola/policies/beam_search.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "pianola/base/error.hpp"
#include "pianola/policies/mlp_policy.hpp"
#include "pianola/policies/transformer_policy.hpp"
#include "policies/toys.hpp"
#include "property.hpp"
#include "toy_mlp.hpp"
#include "toy_transformer.hpp"

namespace pianola {
namespace {

using toys::GrammarQuantizer;
using toys::ToyPolicy;
using toys::ToyQuantizer;

struct Found {
  std::vector<Token> tokens;
  std::uint32_t length = 0;
  std::vector<float> log_probabilities;
  std::uint8_t lawless = 0;
  [[nodiscard]] double score() const {
    double sum = 0.0;
    for (const float value : log_probabilities) sum += static_cast<double>(value);
    return sum;
  }
};

std::vector<Found> search(const Policy& policy, const Quantizer& quantizer, std::size_t beams,
                          const std::vector<float>& histories, double temperature = 1.0) {
  const std::size_t lanes = histories.size() / (policy.info().history * policy.info().observation_dim);
  const std::size_t most = quantizer.info().max_tokens;
  std::vector<Token> tokens(lanes * most);
  std::vector<std::uint32_t> lengths(lanes);
  std::vector<float> log_probabilities(tokens.size());
  std::vector<std::uint8_t> lawless(lanes);
  BeamSearch beam(policy, quantizer, beams, lanes);
  const toys::Moment moment(std::vector<double>(lanes, 0.25));
  for (int twice = 0; twice < 2; ++twice) {  // a second search begins anew
    beam.search(NoiseKey(3), moment.at(), histories, temperature, {tokens, lengths, log_probabilities, lawless});
  }
  std::vector<Found> found;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    const auto begin = static_cast<std::ptrdiff_t>(lane * most), end = begin + static_cast<std::ptrdiff_t>(most);
    found.push_back({{tokens.begin() + begin, tokens.begin() + end},
                     lengths[lane],
                     {log_probabilities.begin() + begin, log_probabilities.begin() + end},
                     lawless[lane]});
  }
  return found;
}

/// log P of a whole sequence, in double, from a session.
double log_probability(const Policy& policy, const std::vector<float>& history, const std::vector<Token>& tokens) {
  const auto session = policy.session(1);
  session->begin({}, history);
  double sum = 0.0;
  Token previous = 0;
  for (std::size_t p = 0; p < tokens.size(); ++p) {
    std::vector<float> logits(policy.info().vocabularies[p]);
    session->logits(std::span(&previous, 1), logits);
    double total = 0.0;
    for (const float l : logits) total += std::exp(static_cast<double>(l));
    sum += static_cast<double>(logits[tokens[p]]) - std::log(total);
    previous = tokens[p];
  }
  return sum;
}

toy_transformer::Shape three_by_three() {
  return {2, 1, 12, 1, 2, {3, 3, 3}, false, false, TransformerInput::observations};
}

TEST(BeamSearch, WithAllSequencesItFindsTheMostLikely) {
  test::property("27 beams over 3 × 3 × 3 tokens", [] {
    const auto weights = toy_transformer::random_weights(three_by_three(), *rc::gen::arbitrary<std::uint64_t>(), 3.0);
    const TransformerPolicy policy(weights);
    const std::vector<float> history{0.3F, -1.0F};
    const ToyQuantizer quantizer(3, 3);
    const Found found = search(policy, quantizer, 27, history).front();
    double best = -1e300;
    for (Token a = 0; a < 3; ++a) {
      for (Token b = 0; b < 3; ++b) {
        for (Token c = 0; c < 3; ++c) best = std::max(best, log_probability(policy, history, {a, b, c}));
      }
    }
    RC_ASSERT(std::abs(log_probability(policy, history, found.tokens) - best) < 1e-5);
    RC_ASSERT(std::abs(found.score() - best) < 1e-4);
  });
}

std::vector<Token> most_likely_tokens(const Policy& policy, const std::vector<float>& history) {
  const auto session = policy.session(1);
  session->begin({}, history);
  std::vector<Token> tokens;
  Token previous = 0;
  for (const std::uint32_t vocabulary : policy.info().vocabularies) {
    std::vector<float> logits(vocabulary);
    session->logits(std::span(&previous, 1), logits);
    tokens.push_back(previous = static_cast<Token>(std::ranges::max_element(logits) - logits.begin()));
  }
  return tokens;
}

TEST(BeamSearch, OneBeamIsArgmaxAndMoreAreNoWorse) {
  const ToyQuantizer quantizer(3, 3);
  const std::vector<float> history{0.7F, -1.5F};
  bool better = false;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const TransformerPolicy policy(toy_transformer::random_weights(three_by_three(), seed, 3.0));
    const Found greedy = search(policy, quantizer, 1, history).front();
    const Found wide = search(policy, quantizer, 9, history).front();
    EXPECT_EQ(greedy.tokens, most_likely_tokens(policy, history));
    EXPECT_GE(wide.score(), greedy.score() - 1e-6);
    better = better || wide.score() > greedy.score() + 1e-3;
  }
  EXPECT_TRUE(better) << "no policy where looking ahead pays: the test shows nothing";
}

TEST(BeamSearch, LanesDoNotMeet) {
  const TransformerPolicy policy(toy_transformer::random_weights(three_by_three(), 5, 3.0));
  const ToyQuantizer quantizer(3, 3);
  const std::vector<float> histories{0.1F, 0.2F, -1.0F, 2.0F, 3.0F, 0.0F};
  const auto together = search(policy, quantizer, 4, histories);
  for (std::size_t lane = 0; lane < 3; ++lane) {
    const auto alone = search(policy, quantizer, 4, {histories[2 * lane], histories[2 * lane + 1]}).front();
    EXPECT_EQ(alone.tokens, together[lane].tokens);
    EXPECT_EQ(alone.log_probabilities, together[lane].log_probabilities);
  }
}

/// Notes what its session is told.
class ListeningPolicy final : public Policy {
 public:
  struct Heard {
    NoiseKey key;
    std::vector<std::uint64_t> ids;
    std::vector<double> observations;
  };
  ListeningPolicy() { info_.observation_dim = 1, info_.vocabularies = {3}; }
  [[nodiscard]] const PolicyInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<PolicySession> session(std::size_t) const override {
    return std::make_unique<Session>(heard);
  }
  std::shared_ptr<Heard> heard = std::make_shared<Heard>();

 private:
  class Session final : public PolicySession {
   public:
    explicit Session(std::shared_ptr<Heard> heard) : heard_(std::move(heard)) {}
    void noise(const NoiseKey& key) override { heard_->key = key; }
    void begin(const Situation& situation, std::span<const float>) override {
      heard_->ids.assign(situation.ids.begin(), situation.ids.end());
      heard_->observations.assign(situation.observations.begin(), situation.observations.end());
    }
    void logits(std::span<const Token>, std::span<float> out) override { std::ranges::fill(out, 0.0F); }
    [[nodiscard]] bool can_branch() const override { return true; }
    void branch(std::span<const std::uint32_t>) override {}

   private:
    std::shared_ptr<Heard> heard_;
  };
  PolicyInfo info_;
};

TEST(BeamSearch, TellsTheSessionItsNoiseAndWhatEachHypothesisSees) {
  const ListeningPolicy policy;
  const ToyQuantizer quantizer(3, 1);
  BeamSearch beam(policy, quantizer, 2, 2);
  std::vector<Token> tokens(2);
  std::vector<std::uint32_t> lengths(2);
  std::vector<std::uint8_t> lawless(2);
  const toys::Moment moment({0.5, -0.5});
  beam.search(NoiseKey(9), moment.at(), std::vector<float>{0.5F, -0.5F}, 1.0, {tokens, lengths, {}, lawless});
  EXPECT_EQ(policy.heard->key, NoiseKey(9));
  EXPECT_EQ(policy.heard->ids, (std::vector<std::uint64_t>{0, 0, 1, 1}));
  EXPECT_EQ(policy.heard->observations, (std::vector<double>{0.5, 0.5, -0.5, -0.5}));
}

TEST(BeamSearch, SessionsThatCannotBranchSaySo) {
  const ToyPolicy policy({3}, 1, [](std::size_t, Token, std::span<const float>, std::span<float>) {});
  const auto session = policy.session(1);
  EXPECT_FALSE(session->can_branch());
  EXPECT_THROW(session->branch(std::vector<std::uint32_t>{0}), UsageError);
}

TEST(BeamSearch, FactoredPoliciesNeedNoSearch) {
  const MlpPolicy policy(toy_mlp::random_weights({2, 1, {8}, {3, 3}, Activation::relu}));
  const std::vector<float> histories{0.5F, -0.5F, 1.0F, 2.0F};
  const ToyQuantizer quantizer(3, 2);
  const auto one = search(policy, quantizer, 1, histories), many = search(policy, quantizer, 9, histories);
  for (std::size_t lane = 0; lane < 2; ++lane) EXPECT_EQ(one[lane].tokens, many[lane].tokens);
}

/// Of all complete sequences of the grammar behind `prefix`: the largest log-probability.
double best_completion(const Policy& policy, const Quantizer& quantizer, const std::vector<Token>& prefix,
                       const std::vector<float>& history, double score) {
  const std::size_t p = prefix.size();
  if (p == quantizer.info().max_tokens) return score;
  bool mask[3] = {};
  quantizer.allowed(prefix, mask);
  if (!mask[0] && !mask[1] && !mask[2]) return score;
  const auto session = policy.session(1);
  session->begin({}, history);
  std::vector<float> logits(3);
  Token previous = 0;
  for (std::size_t q = 0; q <= p; ++q) {
    session->logits(std::span(&previous, 1), logits);
    if (q < p) previous = prefix[q];
  }
  double total = 0.0, best = -1e300;
  for (Token k = 0; k < 3; ++k) total += mask[k] ? std::exp(static_cast<double>(logits[k])) : 0.0;
  for (Token k = 0; k < 3; ++k) {
    if (!mask[k]) continue;
    std::vector<Token> longer = prefix;
    longer.push_back(k);
    const double own = score + static_cast<double>(logits[k]) - std::log(total);
    best = std::max(best, best_completion(policy, quantizer, longer, history, own));
  }
  return best;
}

TEST(BeamSearch, SequencesOfAnyLengthCompete) {
  const GrammarQuantizer quantizer;
  bool shorter = false, longer = false;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const TransformerPolicy policy(toy_transformer::random_weights(
        {1, 1, 12, 1, 2, {3, 3, 3, 3}, false, false, TransformerInput::observations}, seed, 3.0));
    const Found found = search(policy, quantizer, 81, {0.5F}).front();
    EXPECT_NEAR(found.score(), best_completion(policy, quantizer, {}, {0.5F}, 0.0), 1e-4);
    EXPECT_TRUE(found.length == 4 || found.tokens[found.length - 1] == 0) << "complete";
    shorter = shorter || found.length < 4;
    longer = longer || found.length == 4;
  }
  EXPECT_TRUE(shorter && longer);
}

TEST(BeamSearch, PoliciesThatCannotBranchAreRefused) {
  const ToyPolicy policy(
      {3}, 1, [](std::size_t, Token, std::span<const float>, std::span<float> out) { std::ranges::fill(out, 0.0F); });
  EXPECT_THROW(BeamSearch(policy, ToyQuantizer(3), 2, 1), UsageError);
}

TEST(BeamSearch, RanksEverySequenceThatItEndsWith) {
  const MlpPolicy policy(toy_mlp::random_weights({1, 1, {8}, {3, 3}, Activation::relu}));
  const ToyQuantizer quantizer(3, 2);
  const std::vector<float> histories{0.5F, -0.5F};
  BeamSearch search(policy, quantizer, 12, 2);
  const toys::Moment moment({0.5, -0.5});
  std::vector<Token> tokens(4);
  std::vector<std::uint32_t> lengths(2);
  std::vector<std::uint8_t> lawless(2);
  search.search(NoiseKey(1), moment.at(), histories, 1.0, {tokens, lengths, {}, lawless});
  for (std::size_t lane = 0; lane < 2; ++lane) {
    std::set<std::vector<Token>> seen;
    double total = 0.0, last = 0.0;
    for (std::size_t rank = 0; rank < 9; ++rank) {
      const auto found = search.ranked(lane, rank);
      ASSERT_TRUE(found.has_value());
      EXPECT_EQ(found->length, 2U);
      EXPECT_LE(found->log_probability, last);
      last = found->log_probability;
      total += std::exp(last);
      seen.emplace(found->tokens.begin(), found->tokens.end());
      if (rank == 0) {
        EXPECT_TRUE(std::ranges::equal(found->tokens, std::span(tokens).subspan(lane * 2, 2)));
      }
    }
    EXPECT_EQ(seen.size(), 9U) << "all that there are";
    EXPECT_NEAR(total, 1.0, 1e-5);
    EXPECT_FALSE(search.ranked(lane, 9).has_value());
  }
}

}  // namespace
}  // namespace pianola
