#include "pianola/audits/token_disagreement.hpp"

#include <algorithm>
#include <cmath>

#include "pianola/base/spec.hpp"
#include "pianola/policies/policy.hpp"
#include "pianola/policies/recorded_history.hpp"
#include "pianola/policies/token_law.hpp"

namespace pianola {
namespace {

constexpr std::size_t kBatch = 64;

/// Decoding options of the controller's spec that change the law.
struct LawOptions {
  std::string decode = "sample";
  double temperature = 1.0, top_p = 1.0;
  std::uint64_t top_k = 0;
};

LawOptions law_options(const std::string& controller) {
  LawOptions options;
  for (const auto& [key, value] : parse_spec(controller).options) {
    if (key == "decode" || key.empty()) options.decode = value;
    if (key == "temperature") options.temperature = std::stod(value);
    if (key == "top_p") options.top_p = std::stod(value);
    if (key == "top_k") options.top_k = std::stoull(value);
  }
  return options;
}

std::string obstacle(const AuditPlan& plan, const LawOptions& options) {
  const QuantizerInfo& quantizer = plan.deployment.quantizer->info();
  if (plan.deployment.action_policy != nullptr) return "the policy plays no tokens";
  if (options.decode != "sample" && options.decode != "argmax") {
    return "decode=" + options.decode +
           " has no law over tokens, so that s_h is not known; audit decode=sample or argmax";
  }
  if (!plan.deployment.expert->info().deterministic) {
    return "the expert is stochastic: s_h takes its law; held-out log-loss alone bounds it vacuously";
  }
  if (quantizer.random || quantizer.memory_size > 0) {
    return "the quantizer draws noise or has a moving scale: q#π* is no point mass";
  }
  return "";
}

}  // namespace

struct TokenDisagreement::Work {
  Work(const AuditPlan& plan, LawOptions asked)
      : policy(plan.deployment.policy),
        quantizer(plan.deployment.quantizer),
        options(std::move(asked)),
        session(policy->session(kBatch)),
        law(*std::ranges::max_element(quantizer->info().vocabularies)) {
    free = quantizer->info().fixed_length;
    for (std::size_t p = 0; p < quantizer->info().max_tokens; ++p) free = free && !quantizer->levels(p).empty();
  }

  std::shared_ptr<const Policy> policy;
  std::shared_ptr<const Quantizer> quantizer;
  LawOptions options;
  std::unique_ptr<PolicySession> session;
  TokenLaw law;
  bool free = true;  // any combination of tokens is admitted
  std::vector<float> chunks, histories, logits;
  std::vector<double> rows;
  std::vector<Token> tokens, previous;
  std::vector<std::uint32_t> lengths, h;
  std::vector<std::uint64_t> ids;
  std::vector<double> agreement;

  /// Chunks first … first + count − 1 of the trajectory, and as many of the last again as fill the batch.
  void begin(const ExpertTrajectory& t, const NoiseKey& key, std::size_t first, std::size_t count) {
    const std::size_t c = quantizer->info().chunk, m = quantizer->info().action_dim;
    const std::size_t n = policy->info().observation_dim, back = policy->info().history;
    ids.assign(kBatch, t.id), h.resize(kBatch), rows.resize(kBatch * n);
    chunks.resize(kBatch * c * m), histories.resize(kBatch * back * n);
    for (std::size_t lane = 0; lane < kBatch; ++lane) {
      const std::size_t step = (first + std::min(lane, count - 1)) * c;
      h[lane] = static_cast<std::uint32_t>(step);
      std::copy_n(&t.observations[step * n], n, &rows[lane * n]);
      for (std::size_t i = 0; i < c * m; ++i) chunks[lane * c * m + i] = static_cast<float>(t.actions[step * m + i]);
      recorded_history(t.observations, step, policy->info(), std::span(histories).subspan(lane * back * n, back * n));
    }
    tokens.assign(kBatch * quantizer->info().max_tokens, 0), lengths.assign(kBatch, 0);
    const CodecContext context{&key, ids, h, {}, rows};
    quantizer->encode(chunks, context, {tokens, lengths});
    const std::vector<Outcome> outcomes(kBatch, Outcome::running);
    session->noise(key);
    session->begin({ids, h, rows, outcomes}, histories);
  }

  /// π̂ of each lane's own tokens, into `agreement`.
  void follow() {
    const std::size_t width = quantizer->info().max_tokens;
    agreement.assign(kBatch, 1.0), previous.assign(kBatch, 0);
    for (std::size_t p = 0; p < width; ++p) {
      const std::size_t vocabulary = quantizer->info().vocabularies[p];
      logits.resize(kBatch * vocabulary);
      session->logits(previous, logits);
      for (std::size_t lane = 0; lane < kBatch; ++lane) {
        previous[lane] = tokens[lane * width + p];
        if (p < lengths[lane]) agreement[lane] *= probability(lane, p, vocabulary);
      }
    }
  }

  double probability(std::size_t lane, std::size_t p, std::size_t vocabulary) {
    const std::size_t width = quantizer->info().max_tokens;
    const std::span<const Token> prefix{&tokens[lane * width], p};
    if (!free) quantizer->allowed(prefix, law.mask(vocabulary));
    if (!law.set({&logits[lane * vocabulary], vocabulary}, options.temperature, !free)) return 0.0;
    const Token token = tokens[lane * width + p];
    if (options.decode == "argmax") return law.most_likely() == token ? 1.0 : 0.0;
    if (options.top_k > 0 || options.top_p < 1.0) law.truncate(options.top_k, options.top_p);
    return law.has(token) ? std::exp(law.log_probability(token)) : 0.0;
  }
};

TokenDisagreement::TokenDisagreement(const AuditPlan& plan)
    : needed_(plan.deployment.policy != nullptr || plan.deployment.action_policy != nullptr) {
  if (!needed_) return;
  const LawOptions options = law_options(plan.controller);
  why_not_ = obstacle(plan, options);
  if (why_not_.empty()) work_ = std::make_unique<Work>(plan, options);
}

TokenDisagreement::~TokenDisagreement() = default;

std::vector<double> TokenDisagreement::of(const ExpertTrajectory& t, const NoiseKey& key, std::size_t horizon) {
  if (work_ == nullptr) return {};
  std::vector<double> out(horizon, 0.0);
  const std::size_t chunk = work_->quantizer->info().chunk, chunks = t.steps / chunk;
  for (std::size_t first = 0; first < chunks; first += kBatch) {
    const std::size_t count = std::min(kBatch, chunks - first);
    work_->begin(t, key, first, count);
    work_->follow();
    for (std::size_t i = 0; i < count; ++i) out[(first + i) * chunk] = 1.0 - std::min(1.0, work_->agreement[i]);
  }
  return out;
}

}  // namespace pianola
