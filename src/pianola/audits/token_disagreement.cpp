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

/// Whether the expert knows its law as atoms, asked in the first state of the first rollout.
bool has_atoms(const AuditPlan& plan) {
  const Expert& expert = *plan.deployment.expert;
  if (expert.info().needs_plant || plan.deployment.quantizer->info().chunk > 1) return false;
  const auto plant = plan.deployment.system->simulate(1);
  const std::uint64_t id = 0;
  const std::uint32_t h = 0;
  const Outcome running = Outcome::running;
  std::vector<double> seen(expert.info().observation_dim);
  plant->reset(plan.key, {&id, 1});
  plant->observe(seen);
  ActionLaw law;
  return expert.law({{&id, 1}, {&h, 1}, seen, {&running, 1}}, {&law, 1}) && law.stds.empty();
}

std::string obstacle(const AuditPlan& plan, const LawOptions& options) {
  const QuantizerInfo& quantizer = plan.deployment.quantizer->info();
  if (plan.deployment.action_policy != nullptr) return "the policy plays no tokens";
  if (options.decode != "sample" && options.decode != "argmax") {
    return "decode=" + options.decode +
           " has no law over tokens, so that s_h is not known; audit decode=sample or argmax";
  }
  if (!plan.deployment.expert->info().deterministic && !has_atoms(plan)) {
    return "the expert is stochastic and its law is not known as atoms (of one action at a time): s_h takes it; "
           "held-out "
           "log-loss alone bounds it vacuously";
  }
  if (quantizer.random || quantizer.memory_size > 0) {
    return "the quantizer draws noise or has a moving scale: q#π* is no point mass";
  }
  return "";
}

}  // namespace

struct TokenDisagreement::Work {
  /// A token sequence of q#π* in one state of a trajectory.
  struct Asked {
    std::size_t step = 0;
    double weight = 1.0;  ///< its probability
    std::vector<double> actions;
  };

  Work(const AuditPlan& plan, LawOptions asked)
      : policy(plan.deployment.policy),
        expert(plan.deployment.expert),
        quantizer(plan.deployment.quantizer),
        options(std::move(asked)),
        session(policy->session(kBatch)),
        law(*std::ranges::max_element(quantizer->info().vocabularies)),
        width(quantizer->info().max_tokens) {
    free = quantizer->info().fixed_length;
    for (std::size_t p = 0; p < width; ++p) free = free && !quantizer->levels(p).empty();
  }

  std::shared_ptr<const Policy> policy;
  std::shared_ptr<const Expert> expert;
  std::shared_ptr<const Quantizer> quantizer;
  LawOptions options;
  std::unique_ptr<PolicySession> session;
  TokenLaw law;
  std::size_t width;
  bool free = true;  // any combination of tokens is admitted
  std::vector<Asked> all;
  std::vector<float> chunks, histories, logits;
  std::vector<double> rows;
  std::vector<Token> tokens, previous;  // [all × width], [lanes]
  std::vector<std::uint32_t> lengths, h;
  std::vector<std::uint64_t> ids;
  std::vector<double> agreement;

  /// What q#π* may play in each state that is decided in, one after the other.
  void ask(const ExpertTrajectory& t) {
    const std::size_t c = quantizer->info().chunk, m = quantizer->info().action_dim, n = policy->info().observation_dim;
    all.clear();
    for (std::size_t step = 0; step + c <= t.steps; step += c) {
      if (expert->info().deterministic) {
        const auto actions = t.actions.subspan(step * m, c * m);
        all.push_back({step, 1.0, {actions.begin(), actions.end()}});
        continue;
      }
      const auto at = static_cast<std::uint32_t>(step);
      const Outcome running = Outcome::running;
      ActionLaw atoms;
      const auto seen = t.observations.subspan(step * n, n);
      if (!expert->law({{&t.id, 1}, {&at, 1}, seen, {&running, 1}}, {&atoms, 1}) || !atoms.stds.empty()) {
        all.push_back({step, 0.0, std::vector<double>(m, 0.0)});  // not known here: all of it may differ
        continue;
      }
      for (std::size_t i = 0; i < atoms.weights.size(); ++i) {
        const auto first = atoms.means.begin() + static_cast<std::ptrdiff_t>(i * m);
        all.push_back({step, atoms.weights[i], {first, first + static_cast<std::ptrdiff_t>(m)}});
      }
    }
  }

  /// Tokens of all, and those that are the same in one state counted once.
  void encode(const ExpertTrajectory& t, const NoiseKey& key) {
    const std::size_t n = policy->info().observation_dim;
    chunks.clear(), rows.clear(), h.clear();
    for (const Asked& one : all) {
      for (const double u : one.actions) chunks.push_back(static_cast<float>(u));
      const auto seen = t.observations.subspan(one.step * n, n);
      rows.insert(rows.end(), seen.begin(), seen.end());
      h.push_back(static_cast<std::uint32_t>(one.step));
    }
    ids.assign(all.size(), t.id);
    tokens.assign(all.size() * width, 0), lengths.assign(all.size(), 0);
    quantizer->encode(chunks, CodecContext{&key, ids, h, {}, rows}, {tokens, lengths});
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (std::size_t j = i + 1; j < all.size() && all[j].step == all[i].step; ++j) {
        if (!same(i, j)) continue;
        all[i].weight += all[j].weight;
        all[j].weight = 0.0;
      }
    }
  }
  [[nodiscard]] bool same(std::size_t i, std::size_t j) const {
    return lengths[i] == lengths[j] &&
           std::equal(&tokens[i * width], &tokens[i * width] + lengths[i], &tokens[j * width]);
  }

  /// π̂ of the tokens first … first + count − 1, into `agreement`; lanes that are left over repeat the last.
  void follow(const ExpertTrajectory& t, const NoiseKey& key, std::size_t first, std::size_t count) {
    const std::size_t n = policy->info().observation_dim, back = policy->info().history;
    ids.assign(kBatch, t.id), h.resize(kBatch), rows.resize(kBatch * n), histories.resize(kBatch * back * n);
    for (std::size_t lane = 0; lane < kBatch; ++lane) {
      const std::size_t step = all[at(first, count, lane)].step;
      h[lane] = static_cast<std::uint32_t>(step);
      std::copy_n(&t.observations[step * n], n, &rows[lane * n]);
      recorded_history(t.observations, step, policy->info(), std::span(histories).subspan(lane * back * n, back * n));
    }
    const std::vector<Outcome> outcomes(kBatch, Outcome::running);
    session->noise(key);
    session->begin({ids, h, rows, outcomes}, histories);
    agreement.assign(kBatch, 1.0), previous.assign(kBatch, 0);
    for (std::size_t p = 0; p < width; ++p) {
      const std::size_t vocabulary = quantizer->info().vocabularies[p];
      logits.resize(kBatch * vocabulary);
      session->logits(previous, logits);
      for (std::size_t lane = 0; lane < kBatch; ++lane) {
        const std::size_t i = at(first, count, lane);
        previous[lane] = tokens[i * width + p];
        if (p < lengths[i]) agreement[lane] *= probability(lane, i, p, vocabulary);
      }
    }
  }
  static std::size_t at(std::size_t first, std::size_t count, std::size_t lane) {
    return first + std::min(lane, count - 1);
  }

  double probability(std::size_t lane, std::size_t i, std::size_t p, std::size_t vocabulary) {
    const std::span<const Token> prefix{&tokens[i * width], p};
    if (!free) quantizer->allowed(prefix, law.mask(vocabulary));
    if (!law.set({&logits[lane * vocabulary], vocabulary}, options.temperature, !free)) return 0.0;
    const Token token = tokens[i * width + p];
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
  work_->ask(t);
  work_->encode(t, key);
  for (const Work::Asked& one : work_->all) out[one.step] = 1.0;
  for (std::size_t first = 0; first < work_->all.size(); first += kBatch) {
    const std::size_t count = std::min(kBatch, work_->all.size() - first);
    work_->follow(t, key, first, count);
    for (std::size_t i = 0; i < count; ++i) {
      const Work::Asked& one = work_->all[first + i];
      out[one.step] -= std::min(one.weight, work_->agreement[i]);
    }
  }
  for (double& s : out) s = std::clamp(s, 0.0, 1.0);
  return out;
}

}  // namespace pianola
