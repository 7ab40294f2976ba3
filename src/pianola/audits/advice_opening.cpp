#include "pianola/audits/advice_opening.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pianola/audits/advice_choice.hpp"
#include "pianola/audits/advice_levers.hpp"
#include "pianola/audits/advice_plant.hpp"
#include "pianola/data/listed.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola {
namespace {

const Estimate& regret_of(const Advice& advice) {
  return advice.learned() != nullptr ? advice.learned()->total : advice.recommended().regret;
}

/// The best policy of noise-injected demonstrations, where it is good and what is recommended is not.
const AdviceLearner* noise_that_helps(const Advice& advice) {
  if (advice.learned() == nullptr || regret_of(advice).value <= advice.tolerated) return nullptr;
  const AdviceLearner* best = nullptr;
  for (const AdviceLearner& learner : advice.learners) {
    if (!learner.noise_injected || !(learner.total.value <= advice.tolerated)) continue;
    if (best == nullptr || learner.total.value < best->total.value) best = &learner;
  }
  return best;
}

std::string warning(const Advice& advice) {
  if (advice.below_necessary_rate()) {
    return "WARNING: nothing that was tried holds this plant, and this has fewer bits than any code needs that does. ";
  }
  if (const AdviceLearner* const rescue = noise_that_helps(advice); rescue != nullptr) {
    return fmt::format(
        "WARNING: what was learned from the demonstrations alone loses more than the {} to put up with, but with "
        "noise-injected ones (collect --perturb) {} loses {}. ",
        format_number(advice.tolerated, 3), rescue->quantizer, format_estimate(rescue->total, 3));
  }
  if (!(regret_of(advice).value <= advice.tolerated)) {
    return fmt::format("WARNING: {} loses more than the {} to put up with. ",
                       advice.learned() != nullptr ? "even the best policy that was learned"
                                                   : "no candidate is good, and even this one",
                       format_number(advice.tolerated, 3));
  }
  return "";
}

/// Schemes of second choice that are as good, by the rule, with fewer bits than the recommended one: the coarsest of
/// each kind. None where nothing is good.
std::string passed_over(const Advice& advice) {
  const AdviceCandidate& best = advice.recommended();
  const auto coarsest = [&](bool memory) {
    const AdviceCandidate* found = nullptr;
    for (const AdviceCandidate& c : advice.candidates) {
      if (!c.plain() || !c.second_choice() || c.memory != memory || c.bits >= best.bits - kBitSlack) continue;
      if (!c.as_good || !(c.regret.value <= advice.tolerated)) continue;
      if (found == nullptr || c.bits < found->bits) found = &c;
    }
    return found;
  };
  std::string text;
  const auto add = [&](const AdviceCandidate* c, const char* why) {
    if (c == nullptr) return;
    text += fmt::format("; {} would do with {} bits (regret {} over {} rollouts), but {}", c->quantizer.spec,
                        format_number(c->bits, 3), format_number(c->regret.value, 3), c->regrets.size(), why);
  };
  add(coarsest(true), "it moves a scale, which the policy has to see and a lost token spoils");
  add(coarsest(false), "it draws noise");
  return text;
}

std::string what_to_use(const Advice& advice) {
  std::string text = fmt::format("{}Use {}, played by {}", warning(advice), advice.use(), advice.deploy);
  const BestResolution* const learned = advice.learned();
  if (learned == nullptr) return text + passed_over(advice);
  text += fmt::format(
      ": K*({}), the coarsest of {} whose policy, learned from {} trajectories, is as good as the best of them",
      learned->trajectories, learned->quantizers, learned->trajectories);
  const std::string& replayed = advice.recommended().quantizer.spec;
  return replayed == learned->quantizer
             ? text + "; so it is with nothing left to learn"
             : text + fmt::format("; with nothing left to learn it would be {} ({} bits, regret {})", replayed,
                                  format_number(advice.recommended().bits, 3),
                                  format_estimate(advice.recommended().regret, 3));
}

std::string what_it_costs(const Advice& advice) {
  const Estimate& regret = regret_of(advice);
  const char* const whose = advice.learned() != nullptr ? "the learned policy" : "the quantized expert";
  return fmt::format(
      "It costs {} bits an action and a regret of {} over {} rollouts and {} steps, by {}; {} would be put "
      "up with{}",
      format_number(advice.use_bits(), 3), format_estimate(regret, 3), regret.n, advice.horizon, whose,
      format_number(advice.tolerated, 3),
      regret.n < kLeastJudged ? ". Provisional: so few rollouts settle nothing (--rollouts N)" : "");
}

std::string why(const Advice& advice) {
  if (const Lever* const lever = best_lever(advice)) {
    return fmt::format("Why: the lever is {}; {}", lever->name, lever->text);
  }
  return advice.lever == "none"
             ? "Why: " + no_lever_text(advice)
             : "Why: what the policy has yet to learn costs more than quantizing does; the lever is data";
}

/// Levers that nothing was compared for.
std::vector<std::string> levers_not_compared(const Advice& advice) {
  static const std::array<std::string, 6> all{"representatives", "resolution", "scheme",
                                              "dithering",       "chunking",   "augmentation"};
  std::vector<std::string> out;
  for (const std::string& name : all) {
    const bool compared = std::ranges::any_of(
        advice.levers, [&](const Lever& lever) { return lever.name == name && lever.gain.n >= kLeastJudged; });
    if (!compared) out.push_back(name);
  }
  return out;
}

std::string what_was_not_tried(const Advice& advice) {
  std::vector<std::string> parts;
  if (advice.learners.empty())
    parts.emplace_back("a learned policy (--run DIR, --budget M)");
  else if (advice.learned() == nullptr)
    parts.emplace_back("policies of several resolutions (--budget M)");
  if (!advice.unplayed.empty()) {
    parts.push_back(fmt::format("for want of rollouts {} (--rollouts N)", list_names(advice.unplayed)));
  }
  if (const auto levers = levers_not_compared(advice); !levers.empty()) {
    parts.push_back(fmt::format("over {} rollouts the {} {}", kLeastJudged, levers.size() == 1 ? "lever" : "levers",
                                list_names(levers, levers.size())));
  }
  if (!advice.growth) {
    parts.emplace_back("log and zoom cells, for want of a linear model of the plant (--quantizer zoom:bins=15)");
  } else if (!keeps_errors(*advice.growth)) {
    parts.emplace_back("log and zoom cells, since the plant is stable in open loop (--quantizer zoom:bins=15)");
  }
  parts.emplace_back("tokens of several actions, but this one's in chunks, and learned encoders (--quantizer SPEC)");
  std::string text = "Not tried: ";
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : "; ") + parts[i];
  return text;
}

}  // namespace

std::vector<std::string> opening_of(const Advice& advice) {
  return {what_to_use(advice), what_it_costs(advice), why(advice), what_was_not_tried(advice)};
}

}  // namespace pianola
