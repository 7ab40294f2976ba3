#include "pianola/audits/token_bounds.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "pianola/audits/finite_law.hpp"
#include "pianola/audits/token_laws.hpp"

namespace pianola {
namespace {

constexpr std::size_t kDraws = 64;
constexpr LawGap kUnknown{0.0, 1.0, 0.0, 1.0, std::numeric_limits<double>::quiet_NaN(), false};

/// How far a mean of kDraws numbers in [0, 1] may lie on one side of its expectation, 95 %: √(ln 20 / 2n).
double hoeffding() { return std::sqrt(std::log(20.0) / (2.0 * static_cast<double>(kDraws))); }

/// Whether the tokens of this position stand for numbers of the action itself.
bool is_number(const Quantizer& quantizer, std::size_t position) {
  return quantizer.representation() == nullptr && !quantizer.levels(position).empty();
}

FiniteLaw law_of_numbers(std::span<const float> levels, std::span<const double> probabilities) {
  FiniteLaw law{1, {levels.begin(), levels.end()}, {probabilities.begin(), probabilities.end()}};
  const bool merged = std::ranges::adjacent_find(levels, std::greater_equal<>()) == levels.end() &&
                      std::ranges::find(probabilities, 0.0) == probabilities.end();
  if (!merged) merge_atoms(law);
  return law;
}

/// Position by position.
class FactoredComparison final : public LawComparison {
 public:
  FactoredComparison(std::shared_ptr<const Policy> policy, std::shared_ptr<const Quantizer> quantizer,
                     const DecodeOptions& options, std::size_t lanes)
      : policy_(std::move(policy)),
        quantizer_(std::move(quantizer)),
        here_(policy_->session(lanes)),
        there_(policy_->session(lanes)),
        next_(*quantizer_, options),
        previous_(lanes),
        together_(lanes) {}

  void compare(const LawQuery& a, const LawQuery& b, double tolerance, std::span<LawGap> out) override {
    begin(*here_, a), begin(*there_, b);
    const std::size_t positions = quantizer_->info().max_tokens;
    for (Together& so_far : together_) so_far = {};
    for (std::size_t p = 0; p < positions; ++p) {
      const std::size_t vocabulary = quantizer_->info().vocabularies[p];
      first_.resize(out.size() * vocabulary), second_.resize(first_.size());
      here_->logits(previous_, first_), there_->logits(previous_, second_);
      for (std::size_t lane = 0; lane < out.size(); ++lane) {
        add(together_[lane], p, {&first_[lane * vocabulary], vocabulary}, {&second_[lane * vocabulary], vocabulary},
            tolerance);
      }
    }
    for (std::size_t lane = 0; lane < out.size(); ++lane) out[lane] = gap_of(together_[lane]);
  }

 private:
  struct Together {
    double tv = 0.0, low = 0.0, agree = 1.0, near = 1.0, square = 0.0;
    bool numbers = true, known = true;
  };

  static void begin(PolicySession& session, const LawQuery& query) {
    session.noise(query.key);
    session.begin(query.situation, query.histories);
  }

  void add(Together& so_far, std::size_t p, std::span<const float> first, std::span<const float> second,
           double tolerance) {
    const std::vector<Token> prefix(p, 0);  // any: of a fixed length without grammar
    if (next_.set(first, prefix) != NextToken::State::law) so_far.known = false;
    const auto one = so_far.known ? next_.probabilities() : std::vector<double>{};
    if (so_far.known && next_.set(second, prefix) != NextToken::State::law) so_far.known = false;
    if (!so_far.known) return;
    const auto other = next_.probabilities();
    const double tv = std::min(total_variation(one, other), 1.0);
    so_far.tv = std::max(so_far.tv, tv);
    so_far.agree *= 1.0 - tv;
    if (!is_number(*quantizer_, p)) {
      so_far.numbers = false;
      return;
    }
    const auto here = law_of_numbers(quantizer_->levels(p), one), there = law_of_numbers(quantizer_->levels(p), other);
    const double root = std::sqrt(static_cast<double>(quantizer_->info().max_tokens));
    const double alone = transport(here.view(), there.view(), 1, tolerance).distance;
    so_far.low = std::max(so_far.low, alone);
    so_far.near *= 1.0 - (root > 1.0 ? transport(here.view(), there.view(), 1, tolerance / root).distance : alone);
    so_far.square += std::pow(quantile_distance(here, there), 2);
  }

  static LawGap gap_of(const Together& all) {
    if (!all.known) return kUnknown;
    LawGap gap{all.tv, 1.0 - all.agree, 0.0, 1.0 - all.agree, std::numeric_limits<double>::quiet_NaN(), true};
    if (!all.numbers) return gap;
    gap.low = all.low;
    gap.high = std::min(gap.tv_high, 1.0 - all.near);
    gap.action_distance = std::sqrt(all.square);
    return gap;
  }

  std::shared_ptr<const Policy> policy_;
  std::shared_ptr<const Quantizer> quantizer_;
  std::unique_ptr<PolicySession> here_, there_;
  NextToken next_;
  std::vector<Token> previous_;
  std::vector<Together> together_;
  std::vector<float> first_, second_;
};

/// Lanes of its session: draws at x; the same sequences at x'; draws at x' by the same uniforms.
class ChainComparison final : public LawComparison {
 public:
  ChainComparison(std::shared_ptr<const Policy> policy, std::shared_ptr<const Quantizer> quantizer,
                  const DecodeOptions& options)
      : policy_(std::move(policy)),
        quantizer_(std::move(quantizer)),
        session_(policy_->session(3 * kDraws)),
        here_(*quantizer_, options),
        there_(*quantizer_, options),
        previous_(3 * kDraws),
        tokens_(3 * kDraws * quantizer_->info().max_tokens),
        lengths_(3 * kDraws),
        keep_(kDraws),
        ratio_(kDraws) {}

  void compare(const LawQuery& a, const LawQuery& b, double tolerance, std::span<LawGap> out) override {
    for (std::size_t lane = 0; lane < out.size(); ++lane) {
      at_.set(3 * kDraws, 0, kDraws, a, lane);
      at_.set(3 * kDraws, kDraws, 2 * kDraws, b, lane);
      out[lane] = follow(a.key, tolerance) ? gap_of(a, b, lane) : kUnknown;
    }
  }

 private:
  bool follow(const NoiseKey& key, double tolerance) {
    session_->noise(key);
    session_->begin(at_.situation(), at_.histories());
    std::ranges::fill(tokens_, Token{0});
    std::ranges::fill(previous_, Token{0});
    std::ranges::fill(lengths_, 0U);
    std::ranges::fill(keep_, 1.0);
    std::ranges::fill(ratio_, 1.0);
    const NoiseKey stream = key.child("chain");
    for (std::size_t p = 0; p < quantizer_->info().max_tokens; ++p) {
      const std::size_t vocabulary = quantizer_->info().vocabularies[p];
      logits_.resize(3 * kDraws * vocabulary);
      session_->logits(previous_, logits_);
      if (p == 0 && !compare_first(tolerance)) return false;
      for (std::size_t i = 0; i < kDraws; ++i) {
        const double u = uniform(stream, i, static_cast<std::uint32_t>(p));
        if (!draw_here(i, p, vocabulary, u) || !draw_there(i, p, vocabulary, u)) return false;
      }
    }
    return true;
  }

  [[nodiscard]] std::span<const float> logits(std::size_t lane, std::size_t vocabulary) const {
    return {&logits_[lane * vocabulary], vocabulary};
  }
  std::span<Token> prefix(std::size_t lane, std::size_t p) {
    return {&tokens_[lane * quantizer_->info().max_tokens], p};
  }

  /// The exact laws of the first token.
  bool compare_first(double tolerance) {
    const std::size_t vocabulary = quantizer_->info().vocabularies[0];
    if (here_.set(logits(0, vocabulary), {}) != NextToken::State::law) return false;
    if (there_.set(logits(kDraws, vocabulary), {}) != NextToken::State::law) return false;
    const auto one = here_.probabilities(), other = there_.probabilities();
    first_tv_ = std::min(total_variation(one, other), 1.0);
    first_low_ = 0.0;
    if (!is_number(*quantizer_, 0)) return true;
    const auto a = law_of_numbers(quantizer_->levels(0), one), b = law_of_numbers(quantizer_->levels(0), other);
    first_low_ = transport(a.view(), b.view(), 1, tolerance).distance;
    return true;
  }

  /// Draw i at x, and how likely it is at x'. False where there is no law.
  bool draw_here(std::size_t i, std::size_t p, std::size_t vocabulary, double u) {
    previous_[i] = previous_[kDraws + i] = 0;
    if (lengths_[i] < p) return true;
    const auto state = here_.set(logits(i, vocabulary), prefix(i, p));
    if (state == NextToken::State::ended) return true;
    if (state == NextToken::State::lawless) return false;
    if (there_.set(logits(kDraws + i, vocabulary), prefix(i, p)) != NextToken::State::law) return false;
    const Token token = here_.law().at_quantile(u);
    const double ratio = there_.probability(token) / here_.probability(token);
    keep_[i] *= std::min(1.0, ratio);
    ratio_[i] *= ratio;
    take(i, p, token);
    previous_[kDraws + i] = token;
    return true;
  }

  /// Draw i at x' by the same uniforms, for the distance of actions.
  bool draw_there(std::size_t i, std::size_t p, std::size_t vocabulary, double u) {
    const std::size_t lane = 2 * kDraws + i;
    previous_[lane] = 0;
    if (lengths_[lane] < p) return true;
    const auto state = there_.set(logits(lane, vocabulary), prefix(lane, p));
    if (state == NextToken::State::law) take(lane, p, there_.law().at_quantile(u));
    return state != NextToken::State::lawless;
  }

  void take(std::size_t lane, std::size_t p, Token token) {
    tokens_[lane * quantizer_->info().max_tokens + p] = previous_[lane] = token;
    ++lengths_[lane];
  }

  LawGap gap_of(const LawQuery& a, const LawQuery& b, std::size_t lane) {
    double broken = 0.0, variation = 0.0;
    for (std::size_t i = 0; i < kDraws; ++i) {
      broken += (1.0 - keep_[i]) / static_cast<double>(kDraws);
      variation += std::max(0.0, 1.0 - ratio_[i]) / static_cast<double>(kDraws);
    }
    LawGap gap{.known = true};
    gap.tv_low = std::max(first_tv_, variation - hoeffding());
    gap.tv_high = std::max(gap.tv_low, std::min(1.0, std::min(broken, variation) + hoeffding()));
    if (std::ranges::all_of(ratio_, [](double ratio) { return ratio == 1.0; }) && first_tv_ == 0.0) gap.tv_high = 0.0;
    gap.low = std::min(first_low_, gap.tv_high);
    gap.high = gap.tv_high;
    gap.action_distance = mean_distance(a, b, lane);
    return gap;
  }

  double mean_distance(const LawQuery& a, const LawQuery& b, std::size_t lane) {
    const std::size_t width = quantizer_->info().max_tokens, last = 2 * kDraws;
    const auto here = decoded_actions(*quantizer_, std::span(tokens_).first(kDraws * width),
                                      std::span(lengths_).first(kDraws), a, lane);
    const auto there = decoded_actions(*quantizer_, std::span(tokens_).subspan(last * width),
                                       std::span(lengths_).subspan(last), b, lane);
    const std::size_t dim = here.size() / kDraws;
    double sum = 0.0;
    for (std::size_t i = 0; i < kDraws; ++i) {
      double square = 0.0;
      for (std::size_t d = i * dim; d < (i + 1) * dim; ++d) square += (here[d] - there[d]) * (here[d] - there[d]);
      sum += std::sqrt(square);
    }
    return sum / static_cast<double>(kDraws);
  }

  std::shared_ptr<const Policy> policy_;
  std::shared_ptr<const Quantizer> quantizer_;
  std::unique_ptr<PolicySession> session_;
  NextToken here_, there_;
  std::vector<Token> previous_, tokens_;
  std::vector<std::uint32_t> lengths_;
  std::vector<double> keep_, ratio_;
  std::vector<float> logits_;
  RepeatedSituation at_;
  double first_tv_ = 0.0, first_low_ = 0.0;
};

class BoundedLaw final : public DeployedLaw {
 public:
  BoundedLaw(std::shared_ptr<const Policy> policy, std::shared_ptr<const Quantizer> quantizer,
             const DecodeOptions& options)
      : policy_(std::move(policy)), quantizer_(std::move(quantizer)), options_(options) {
    const QuantizerInfo& codec = quantizer_->info();
    factored_ = policy_->info().factored && codec.fixed_length;
    info_.dim = codec.chunk * codec.action_dim;
    info_.history = policy_->info().history;
    info_.reads_floats = true;
    info_.exact = false;
    for (const std::uint32_t vocabulary : codec.vocabularies) info_.atoms += vocabulary;
    if (!factored_) info_.atoms *= kDraws;
    info_.how = factored_
                    ? "positions are independent: certified bounds from their laws"
                    : "too many sequences to enumerate: bounds along the chain from 64 draws, as 95 % limits, and "
                      "from the exact law of the first token";
  }
  [[nodiscard]] const DeployedLawInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<LawComparison> session(std::size_t lanes) const override {
    if (factored_) return std::make_unique<FactoredComparison>(policy_, quantizer_, options_, lanes);
    return std::make_unique<ChainComparison>(policy_, quantizer_, options_);
  }

 private:
  std::shared_ptr<const Policy> policy_;
  std::shared_ptr<const Quantizer> quantizer_;
  DecodeOptions options_;
  DeployedLawInfo info_;
  bool factored_ = false;
};

}  // namespace

std::shared_ptr<const DeployedLaw> bounded_token_law(std::shared_ptr<const Policy> policy,
                                                     std::shared_ptr<const Quantizer> quantizer,
                                                     const DecodeOptions& options) {
  return std::make_shared<BoundedLaw>(std::move(policy), std::move(quantizer), options);
}

}  // namespace pianola
