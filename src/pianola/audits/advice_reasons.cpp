#include "pianola/audits/advice_reasons.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/audits/advice_choice.hpp"
#include "pianola/audits/advice_levers.hpp"
#include "pianola/audits/advice_plant.hpp"
#include "pianola/audits/advice_resync.hpp"
#include "pianola/audits/certificate_forms.hpp"
#include "pianola/audits/certification.hpp"
#include "pianola/data/listed.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola {
namespace {

std::string bits_text(double bits) { return format_number(bits, 3) + " bits an action"; }

std::string recommendation(const Advice& advice) {
  const AdviceCandidate& best = advice.recommended();
  return fmt::format("{} ({}) returns {}, the expert {}: a regret of {} over {} rollouts. {}{}", best.quantizer.spec,
                     bits_text(best.bits), format_plus_minus(best.total_return),
                     format_plus_minus(advice.expert_return), format_plus_minus(best.regret), best.regrets.size(),
                     rule_text(advice),
                     best.second_choice() ? "" : "; schemes that draw noise or move a scale were left aside");
}

std::string too_few_bits(const Advice& advice) {
  return fmt::format(
      "warning: {} are below the {} bits a step that are necessary to hold this plant: {} is the cheapest of what "
      "loses it, and nothing to deploy. The demonstrations must be this plant's own: collect them on it; or allow more "
      "bits (--most-bits), or name a quantizer that holds its actions (--quantizer uniform:bins=65,low=X,high=Y)",
      bits_text(advice.use_bits()), format_number(advice.rate->bits, 3), advice.use());
}

std::string intolerable(const Advice& advice) {
  return fmt::format(
      "no candidate is good: even this one loses more than {}, {} of all there is to lose. The loop itself is what is "
      "hard here: pianola audit says where it amplifies errors",
      format_number(advice.tolerated, 3), format_percent(advice.tolerated / advice.most));
}

/// Which bins cannot reach what, and what going finer would have brought instead.
std::string saturation(const Advice& advice) {
  const ActionProfile& profile = advice.profile;
  std::string text = fmt::format(
      "saturation: {} of the action values lie on the bounds of their range or beyond ({} by dimension), which the "
      "middles of bins cannot reach",
      format_percent(profile.saturated_fraction(), 2), list_shares(profile.saturated));
  const auto reach = std::ranges::find(advice.levers, std::string("representatives"), &Lever::name);
  if (reach == advice.levers.end()) return text;
  text += fmt::format("; {}, with {}, loses {} and {}, with {}, loses {}", reach->from, bits_text(reach->from_bits),
                      format_number(reach->from_regret.value), reach->to, bits_text(reach->to_bits),
                      format_number(reach->to_regret.value));
  for (const Lever& lever : advice.levers) {
    if (lever.name != "resolution" || lever.from != reach->from || reach->verdict != Lever::Verdict::pays) continue;
    text += fmt::format(". It is not the resolution: {}, with {}, still loses {}", lever.to, bits_text(lever.to_bits),
                        format_number(lever.to_regret.value));
  }
  return text;
}

std::string lever_sentence(const Advice& advice) {
  const Lever* const best = best_lever(advice);
  if (best == nullptr && advice.lever == "none") {
    return no_lever_text(advice);
  }
  if (best == nullptr) {
    return "the lever is data: what the policy has yet to learn costs more than quantizing does; more data and "
           "noise-injected data were not compared, or neither shows a gain (--budget M trains on both)";
  }
  const bool saturated = best->name == "representatives" && advice.profile.saturates();
  return fmt::format("the lever is {}{}: {}", best->name, saturated ? ", because actions saturate" : "", best->text);
}

/// What the two offline errors would have recommended at no more bits, where that is worse.
std::vector<std::string> misranked(const Advice& advice) {
  std::vector<std::string> out;
  const AdviceCandidate& best = advice.recommended();
  const auto choice = [&](auto error) {
    const AdviceCandidate* least = nullptr;
    for (const AdviceCandidate& c : advice.candidates) {
      if (c.regrets.empty() || !c.plain() || c.bits > best.bits + kBitSlack || !std::isfinite(error(c))) continue;
      if (least == nullptr || error(c) < error(*least)) least = &c;
    }
    return least;
  };
  const auto add = [&](const char* name, const AdviceCandidate* chosen, auto error) {
    if (chosen == nullptr || !(chosen->regret.value > best.regret.value + advice.slack)) return;
    const std::size_t n = chosen->regrets.size();
    out.push_back(fmt::format("{} alone would choose {} ({}; here {}), which loses {} over {} rollouts{}", name,
                              chosen->quantizer.spec, format_number(error(*chosen), 3), format_number(error(best), 3),
                              format_plus_minus(chosen->regret), n, n < kLeastJudged ? ", too few to be sure" : ""));
  };
  const auto inside = [](const AdviceCandidate& c) {
    return c.executed_error.n > 0 ? c.executed_error.value : c.epsilon_in.value;
  };
  const auto sup = [](const AdviceCandidate& c) { return c.epsilon_sup; };
  add("the mean error that reaches the plant", choice(inside), inside);
  add("the largest error ε_sup", choice(sup), sup);
  return out;
}

std::string promise(const Advice& advice) {
  const CertificateFinding* const least = smallest_covering(advice.recommended().certificates);
  if (least == nullptr) return "no certificate or estimate that covers the recommended controller could be issued";
  const char* const kind =
      least->basis == Basis::sampled ? "an estimate, from gains that no fresh perturbation verified" : "a certificate";
  return least->vacuous ? fmt::format("the {} form ({}) is {}", form_name(*least), kind, bound_text(*least))
                        : fmt::format("the {} form bounds its regret by {} ({})", form_name(*least),
                                      format_number(least->value), kind);
}

std::string starts_text(const StartSet& starts) {
  std::string text;
  const std::size_t shown = std::min<std::size_t>(starts.low.size(), 6);
  for (std::size_t d = 0; d < shown; ++d) {
    text += fmt::format("{}[{}, {}]", d == 0 ? "" : " × ", format_number(starts.low[d], 3),
                        format_number(starts.high[d], 3));
  }
  return text + (starts.low.size() > shown ? " × …" : "");
}

/// The rate that is necessary to hold the plant, beside the least at which no rollout cost more than is put up with.
std::string rate_sentence(const Advice& advice) {
  const DataRate& rate = *advice.rate;
  const std::string about = rate.about.empty() ? "" : fmt::format(" (linearised {})", rate.about);
  if (rate.unstable.empty()) {
    const bool marginal = advice.growth && keeps_errors(*advice.growth);
    return fmt::format(
        "no eigenvalue of the plant lies outside the unit circle{}: no rate is necessary to keep it bounded{}", about,
        marginal ? "; but the largest lies on it, and an error of its action never fades without feedback: schemes for "
                   "unstable plants were tried too"
                 : "");
  }
  const AdviceCandidate* least = nullptr;
  const AdviceCandidate* lost = nullptr;
  for (const AdviceCandidate& c : advice.candidates) {
    if (c.regrets.empty() || !c.plain()) continue;
    const bool holds = c.judged && std::ranges::all_of(c.regrets, [&](double r) { return r <= advice.tolerated; });
    const bool loses = c.regret.low > advice.tolerated;
    if (holds && (least == nullptr || c.bits < least->bits)) least = &c;
    if (loses && (lost == nullptr || c.bits > lost->bits)) lost = &c;
  }
  std::string text = fmt::format("the plant is unstable{}: {} bits a step are necessary, Σ max(0, log₂|λ|)", about,
                                 format_number(rate.bits, 3));
  if (least != nullptr) {
    const std::size_t n = least->regrets.size();
    text += fmt::format(
        "; {} ({}) cost no more than {} in any of {} rollouts, from starts drawn as those of the {} demonstrations, in "
        "{}: at most "
        "{} of such starts cost more (95 %)",
        bits_text(least->bits), least->quantizer.spec, format_number(advice.tolerated, 3), n,
        advice.starts.trajectories, starts_text(advice.starts), format_percent(clopper_pearson(0, n, 0.9).high));
  }
  if (lost != nullptr) {
    text += fmt::format("; the finest that cost more is {} ({})", lost->quantizer.spec, bits_text(lost->bits));
  }
  return text;
}

void add_learning(std::vector<std::string>& out, const Advice& advice) {
  const AdviceLearner* const now = present_learner(advice.learners);
  if (now == nullptr) {
    out.emplace_back(
        "what a policy has yet to learn was not measured: --run DIR looks at trained ones, --budget M trains for M "
        "minutes");
    return;
  }
  out.push_back(fmt::format("{} ({}), learned: regret {} = {} from quantizing + {} from what it has yet to learn",
                            now->name, now->quantizer.empty() ? "no tokens" : now->quantizer,
                            format_plus_minus(now->total), format_plus_minus(now->quantization),
                            format_plus_minus(now->statistical)));
  for (const BestResolution& best : advice.best_resolutions) {
    out.push_back(
        fmt::format("K*({}), the coarsest of {} that is as good as the best, learned from {} trajectories: {} ({}), "
                    "regret {} over {} rollouts, {} above the least{}",
                    best.trajectories, best.quantizers, best.trajectories, best.quantizer, bits_text(best.bits),
                    format_plus_minus(best.total), best.total.n, format_estimate(best.above_least, 3),
                    best.total.n < kLeastJudged ? "; provisional, of so few rollouts" : ""));
  }
}

}  // namespace

std::vector<std::string> reasons_of(const Advice& advice) {
  std::vector<std::string> out{recommendation(advice)};
  if (advice.below_necessary_rate()) out.push_back(too_few_bits(advice));
  if (advice.recommended().regret.value > advice.tolerated) out.push_back(intolerable(advice));
  out.push_back(lever_sentence(advice));
  if (advice.profile.saturates()) out.push_back(saturation(advice));
  for (const Lever& lever : advice.levers) {
    if (&lever != best_lever(advice)) out.push_back(lever.name + ": " + lever.text);
  }
  if (std::string text = resync_sentence(advice); !text.empty()) out.push_back(std::move(text));
  for (std::string& text : misranked(advice)) out.push_back(std::move(text));
  out.push_back(promise(advice));
  if (advice.rate) out.push_back(rate_sentence(advice));
  add_learning(out, advice);
  return out;
}

}  // namespace pianola
