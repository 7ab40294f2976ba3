// Laws of all token sequences of a policy with few: each lane of a session follows one sequence (token_bounds.hpp).
#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include "pianola/audits/atom_law.hpp"
#include "pianola/audits/token_bounds.hpp"
#include "pianola/audits/token_laws.hpp"

namespace pianola {
namespace {

std::size_t count_of(std::span<const std::uint32_t> vocabularies) {
  std::size_t count = 1;
  for (const std::uint32_t vocabulary : vocabularies) count *= vocabulary;
  return count;
}

/// All sequences, the first position slowest: [count × positions].
std::vector<Token> all_sequences(std::span<const std::uint32_t> vocabularies) {
  const std::size_t count = count_of(vocabularies);
  std::vector<Token> out(count * vocabularies.size());
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t rest = i;
    for (std::size_t p = vocabularies.size(); p-- > 0; rest /= vocabularies[p]) {
      out[i * vocabularies.size() + p] = static_cast<Token>(rest % vocabularies[p]);
    }
  }
  return out;
}

class EnumeratedSource final : public AtomSource {
 public:
  EnumeratedSource(std::shared_ptr<const Policy> policy, std::shared_ptr<const Quantizer> quantizer,
                   const DecodeOptions& options)
      : policy_(std::move(policy)),
        quantizer_(std::move(quantizer)),
        next_(*quantizer_, options),
        positions_(quantizer_->info().max_tokens),
        count_(count_of(quantizer_->info().vocabularies)),
        session_(policy_->session(count_)),
        sequences_(all_sequences(quantizer_->info().vocabularies)),
        previous_(count_),
        lengths_(count_),
        weights_(count_) {}

  void laws(const LawQuery& query, std::span<FiniteLaw> laws) override {
    for (std::size_t lane = 0; lane < laws.size(); ++lane) {
      laws[lane] = {quantizer_->info().chunk * quantizer_->info().action_dim, {}, {}};
      if (!follow(query, lane)) continue;
      laws[lane].atoms = decoded_actions(*quantizer_, sequences_, lengths_, query, lane);
      laws[lane].weights = weights_;
    }
  }

 private:
  /// weights_ ← the probability of each sequence; false if somewhere there is no law.
  bool follow(const LawQuery& query, std::size_t lane) {
    at_.set(count_, 0, count_, query, lane);
    session_->noise(query.key);
    session_->begin(at_.situation(), at_.histories());
    std::ranges::fill(weights_, 1.0);
    std::ranges::fill(lengths_, 0U);
    for (std::size_t p = 0; p < positions_; ++p) {
      const std::size_t vocabulary = quantizer_->info().vocabularies[p];
      for (std::size_t i = 0; i < count_; ++i) previous_[i] = p == 0 ? 0 : sequences_[i * positions_ + p - 1];
      logits_.resize(count_ * vocabulary);
      session_->logits(previous_, logits_);
      for (std::size_t i = 0; i < count_; ++i) {
        if (weights_[i] > 0.0 && !advance(i, p, {&logits_[i * vocabulary], vocabulary})) return false;
      }
    }
    return true;
  }

  bool advance(std::size_t i, std::size_t p, std::span<const float> logits) {
    const Token token = sequences_[i * positions_ + p];
    switch (lengths_[i] < p ? NextToken::State::ended : next_.set(logits, {&sequences_[i * positions_], p})) {
      case NextToken::State::lawless:
        return false;
      case NextToken::State::ended:  // of all that differ behind the end, the one with zeros stands for the sequence
        if (token != 0) weights_[i] = 0.0;
        return true;
      case NextToken::State::law:
        break;
    }
    weights_[i] *= next_.probability(token);
    ++lengths_[i];
    return true;
  }

  std::shared_ptr<const Policy> policy_;
  std::shared_ptr<const Quantizer> quantizer_;
  NextToken next_;
  std::size_t positions_, count_;
  std::unique_ptr<PolicySession> session_;
  std::vector<Token> sequences_, previous_;
  std::vector<std::uint32_t> lengths_;
  std::vector<double> weights_;
  std::vector<float> logits_;
  RepeatedSituation at_;
};

}  // namespace

std::shared_ptr<const DeployedLaw> enumerated_token_law(std::shared_ptr<const Policy> policy,
                                                        std::shared_ptr<const Quantizer> quantizer,
                                                        const DecodeOptions& options) {
  assert(count_of(quantizer->info().vocabularies) <= kMostSequences);
  const DeployedLawInfo info{.dim = quantizer->info().chunk * quantizer->info().action_dim,
                             .history = policy->info().history,
                             .reads_floats = true,
                             .how = "all token sequences are enumerated and compared exactly"};
  return std::make_shared<AtomLaw>(info, [policy, quantizer, options](std::size_t) {
    return std::make_unique<EnumeratedSource>(policy, quantizer, options);
  });
}

}  // namespace pianola
