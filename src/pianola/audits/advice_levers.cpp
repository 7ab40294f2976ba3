#include "pianola/audits/advice_levers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "pianola/audits/advice_choice.hpp"
#include "pianola/audits/replay_ledger.hpp"
#include "pianola/data/listed.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola {
namespace {

using Candidates = std::span<const AdviceCandidate>;

const AdviceCandidate* find_bins(Candidates all, const std::string& family, std::size_t bins) {
  const auto found = std::ranges::find_if(all, [&](const AdviceCandidate& c) {
    return c.plain() && c.quantizer.family == family && c.quantizer.bins == bins && !c.regrets.empty();
  });
  return found == all.end() ? nullptr : &*found;
}

double mean_of(const AdviceCandidate& c) { return std::isfinite(c.regret.value) ? c.regret.value : HUGE_VAL; }

/// The played one of least mean regret that fulfils `condition`; one with too few rollouts only if there is no other.
template <class Condition>
const AdviceCandidate* best_of(Candidates all, Condition condition) {
  const auto place = [](const AdviceCandidate& c) { return std::pair(c.regrets.size() < kLeastJudged, mean_of(c)); };
  const AdviceCandidate* best = nullptr;
  for (const AdviceCandidate& c : all) {
    if (c.regrets.empty() || !condition(c)) continue;
    if (best == nullptr || place(c) < place(*best)) best = &c;
  }
  return best;
}

/// The largest number of bins below, or the smallest above, that the family was played with; null: none.
const AdviceCandidate* neighbour(Candidates all, const std::string& family, std::size_t bins, bool finer) {
  const AdviceCandidate* next = nullptr;
  for (const AdviceCandidate& c : all) {
    if (!c.plain() || c.quantizer.family != family || c.regrets.empty() || c.quantizer.bins == 0) continue;
    if (finer ? c.quantizer.bins <= bins : c.quantizer.bins >= bins) continue;
    const bool closer =
        next == nullptr || (finer ? c.quantizer.bins < next->quantizer.bins : c.quantizer.bins > next->quantizer.bins);
    if (closer) next = &c;
  }
  return next;
}

std::size_t equal_bins(const Advice& advice) {
  return equal_bins(advice.recommended().quantizer, advice.recommended().bits, advice.profile.dim);
}

/// Middles with as many bins, or the nearest coarser ones that were played.
const AdviceCandidate* middles(const Advice& advice) {
  const std::size_t bins = equal_bins(advice);
  const AdviceCandidate* same = find_bins(advice.candidates, "centre", bins);
  return same != nullptr ? same : neighbour(advice.candidates, "centre", bins + 1, false);
}

void add(std::vector<Lever>& levers, const Advice& advice, const std::string& name, const AdviceCandidate* from,
         const AdviceCandidate* to) {
  if (from != nullptr && to != nullptr && from != to) levers.push_back(judged_lever(name, *from, *to, advice.slack));
}

const AdviceCandidate* other_representatives(const Advice& advice) {
  static const std::array<std::string, 3> reaching{"ends", "atoms", "mean"};
  const auto reaches = [](const AdviceCandidate& c) {
    return c.plain() && std::ranges::find(reaching, c.quantizer.family) != reaching.end();
  };
  if (reaches(advice.recommended())) return &advice.recommended();
  const std::size_t bins = equal_bins(advice);
  return best_of(advice.candidates, [&](const AdviceCandidate& c) { return reaches(c) && c.quantizer.bins <= bins; });
}

const AdviceCandidate* other_scheme(const Advice& advice) {
  static const std::array<std::string, 5> schemes{"quantile", "kmeans", "log", "log a=", "given"};
  const double bits = advice.recommended().bits + kBitSlack;
  return best_of(advice.candidates, [&](const AdviceCandidate& c) {
    return c.plain() && !c.second_choice() && c.bits <= bits &&
           std::ranges::find(schemes, c.quantizer.family) != schemes.end();
  });
}

/// The same quantizer, played otherwise.
const AdviceCandidate* deployed(const Advice& advice, const std::string& controller) {
  return best_of(advice.candidates, [&](const AdviceCandidate& c) {
    return !c.plain() && c.controller.starts_with(controller) && c.quantizer == advice.recommended().quantizer;
  });
}

std::string named(const AdviceCandidate& c) {
  return c.plain() ? c.quantizer.spec : fmt::format("{} played by {}", c.quantizer.spec, c.controller);
}

/// Of a difference that nothing is concluded from.
std::string too_few(const Estimate& gain) {
  if (gain.n >= kLeastJudged) return "";
  return fmt::format(" over {} rollouts, where a difference takes {}", gain.n, kLeastJudged);
}

std::string sentence(const Lever& lever) {
  const char* const verb = lever.verdict == Lever::Verdict::pays          ? "gains"
                           : lever.verdict == Lever::Verdict::loses       ? "loses"
                           : lever.verdict == Lever::Verdict::indifferent ? "makes no difference that counts:"
                                                                          : "is undecided:";
  Estimate gain = lever.gain;
  if (lever.verdict == Lever::Verdict::loses) gain = {-gain.value, -gain.high, -gain.low, gain.n};
  return fmt::format("from {} ({} bits an action) to {} ({} bits) {} {}{}", lever.from,
                     format_number(lever.from_bits, 3), lever.to, format_number(lever.to_bits, 3), verb,
                     format_estimate(gain), too_few(gain));
}

Lever::Verdict verdict_of(const Estimate& gain, double slack) {
  if (gain.n < kLeastJudged) return Lever::Verdict::undecided;
  if (gain.low >= -slack && gain.high <= slack) return Lever::Verdict::indifferent;
  if (gain.value > slack && gain.low > 0.0) return Lever::Verdict::pays;
  return gain.value < -slack && gain.high < 0.0 ? Lever::Verdict::loses : Lever::Verdict::undecided;
}

Lever between_learners(const std::string& name, const AdviceLearner& from, const AdviceLearner& to, double slack) {
  Lever lever;
  lever.name = name;
  lever.from = fmt::format("{} trajectories", from.trajectories);
  lever.to = fmt::format("{}{} trajectories", to.trajectories, to.noise_injected ? " noise-injected" : "");
  lever.controller = to.controller;
  lever.from_regret = from.total, lever.to_regret = to.total;
  lever.gain = paired_gain(from.regrets, to.regrets);
  lever.verdict = verdict_of(lever.gain, slack);
  const char* const verb = lever.verdict == Lever::Verdict::pays    ? "gain"
                           : lever.verdict == Lever::Verdict::loses ? "lose, as a gain of"
                                                                    : "show no clear difference:";
  lever.text = fmt::format("policies of {}, from {} to {}, {} {}{}", to.quantizer, lever.from, lever.to, verb,
                           format_estimate(lever.gain), too_few(lever.gain));
  return lever;
}

bool learning_costs_most(const Advice& advice) {
  const AdviceLearner* const now = present_learner(advice.learners);
  return now != nullptr && now->statistical.low > 0.0 &&
         now->statistical.value > std::max(now->quantization.value, advice.slack);
}

bool is_learning(const Lever& lever) { return lever.name == "more data" || lever.name == "noise-injected data"; }

}  // namespace

std::string to_text(Lever::Verdict verdict) {
  switch (verdict) {
    case Lever::Verdict::pays:
      return "pays";
    case Lever::Verdict::indifferent:
      return "indifferent";
    case Lever::Verdict::loses:
      return "loses";
    case Lever::Verdict::undecided:
      break;
  }
  return "undecided";
}

Lever judged_lever(std::string name, const AdviceCandidate& from, const AdviceCandidate& to, double slack) {
  Lever lever;
  lever.name = std::move(name);
  lever.from = named(from), lever.to = named(to);
  lever.controller = to.controller;
  lever.from_bits = from.bits, lever.to_bits = to.bits;
  lever.from_regret = from.regret, lever.to_regret = to.regret;
  lever.gain = paired_gain(from.regrets, to.regrets);
  lever.verdict = verdict_of(lever.gain, slack);
  lever.text = sentence(lever);
  return lever;
}

std::vector<Lever> quantization_levers(const Advice& advice) {
  std::vector<Lever> levers;
  const AdviceCandidate& best = advice.recommended();
  const AdviceCandidate* const centre = middles(advice);
  add(levers, advice, "representatives", centre, other_representatives(advice));
  if (best.quantizer.bins != 0) {
    add(levers, advice, "resolution", neighbour(advice.candidates, best.quantizer.family, best.quantizer.bins, false),
        &best);
  }
  if (centre != nullptr) {
    add(levers, advice, "resolution", centre, neighbour(advice.candidates, "centre", centre->quantizer.bins, true));
  }
  add(levers, advice, "scheme", centre, other_scheme(advice));
  const std::size_t bins = equal_bins(advice);
  const AdviceCandidate* const plain_bins = best.quantizer.bins != 0 ? &best : centre;
  add(levers, advice, "dithering", plain_bins, find_bins(advice.candidates, "dither", bins));
  add(levers, advice, "chunking", &best, deployed(advice, "chunked"));
  add(levers, advice, "augmentation", &best, deployed(advice, "augmented"));
  return levers;
}

std::vector<Lever> learning_levers(const Advice& advice) {
  std::vector<Lever> levers;
  for (const AdviceLearner& to : advice.learners) {
    const AdviceLearner* from = nullptr;
    for (const AdviceLearner& other : advice.learners) {
      const bool same = other.quantizer == to.quantizer && other.controller == to.controller && !other.noise_injected;
      if (!same || &other == &to || other.trajectories == 0) continue;
      if (to.noise_injected ? other.trajectories != to.trajectories : other.trajectories >= to.trajectories) continue;
      if (from == nullptr || other.trajectories > from->trajectories) from = &other;
    }
    if (from == nullptr) continue;
    levers.push_back(
        between_learners(to.noise_injected ? "noise-injected data" : "more data", *from, to, advice.slack));
  }
  return levers;
}

const AdviceLearner* present_learner(std::span<const AdviceLearner> learners) {
  const AdviceLearner* best = nullptr;
  for (const AdviceLearner& learner : learners) {
    const bool better = best == nullptr || (best->noise_injected && !learner.noise_injected) ||
                        (best->noise_injected == learner.noise_injected && (learner.total.value < best->total.value));
    if (better && (best == nullptr || best->noise_injected || !learner.noise_injected)) best = &learner;
  }
  return best;
}

const Lever* best_lever(const Advice& advice) {
  const bool learning = learning_costs_most(advice);
  const auto leads_there = [&](const Lever& lever) { return lever.to == named(advice.recommended()); };
  const Lever* best = nullptr;
  for (const Lever& lever : advice.levers) {
    if (lever.verdict != Lever::Verdict::pays || is_learning(lever) != learning) continue;
    const bool better = best == nullptr || (leads_there(lever) && !leads_there(*best)) ||
                        (leads_there(lever) == leads_there(*best) && lever.gain.value > best->gain.value);
    if (better) best = &lever;
  }
  return best;
}

std::string no_lever_text(const Advice& advice) {
  std::vector<std::string> undecided;
  for (const Lever& lever : advice.levers) {
    const bool named = std::ranges::find(undecided, lever.name) != undecided.end();
    if (lever.verdict == Lever::Verdict::undecided && !named) undecided.push_back(lever.name);
  }
  if (undecided.empty()) return "no lever pays: nothing that was compared gains more than the margin";
  return fmt::format("no lever is shown to pay; undecided: {} (--rollouts N)", list_names(undecided, undecided.size()));
}

std::string lever_to_pull(const Advice& advice) {
  if (const Lever* const best = best_lever(advice)) return best->name;
  return learning_costs_most(advice) ? "data" : "none";
}

}  // namespace pianola
