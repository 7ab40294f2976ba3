// What `pianola advise` finds: candidates with their numbers, levers with what each brings, and a recommendation.
//
// A lever is a change of one thing, tried in closed loop: representatives, resolution, another scheme, dithering,
// chunks, augmentation, more data, noise-injected data. Its gain is the paired difference of regrets before and after.
// The lever that is named is the one of the largest gain among those that pay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "pianola/audits/action_profile.hpp"
#include "pianola/audits/advice_candidates.hpp"
#include "pianola/audits/data_rate.hpp"

namespace pianola {

/// One quantizer under one controller that deploys q#π*.
struct AdviceCandidate {
  QuantizerCandidate quantizer;
  std::string controller;  ///< spec
  std::size_t chunk = 1;
  double bits = 0.0;    ///< an action
  bool random = false;  ///< draws noise
  bool memory = false;  ///< carries a scale that a policy has to see beside the state, and a robot has to keep
  double epsilon_sup = std::numeric_limits<double>::infinity();
  Estimate epsilon_in;                           ///< on the dataset's actions
  Estimate executed_error;                       ///< along the expert, what of the error the plant does not clip away
  Estimate persistent_error;                     ///< what of that lasts (persistent_error.hpp)
  std::vector<CertificateFinding> certificates;  ///< issued with gains that nobody verified
  std::vector<double> regrets;                   ///< [rollouts], paired with the expert
  Estimate regret, total_return;
  std::size_t ended = 0;  ///< rollouts that ended early or diverged
  /// By the rule of advice_choice.hpp, over the rollouts that all judged ones have.
  bool judged = false, as_good = false;
  Estimate above_least;  ///< paired difference to the least regret; n = 0 where it was not judged

  /// One action at a time, each decided on the real state.
  [[nodiscard]] bool plain() const { return chunk == 1 && controller == "quantized"; }
  /// Recommended only if nothing else is as good.
  [[nodiscard]] bool second_choice() const { return random || memory; }
};

struct Lever {
  enum class Verdict { pays, indifferent, loses, undecided };
  std::string name;
  std::string from, to;    ///< what is compared
  std::string controller;  ///< spec of what plays `to`
  double from_bits = 0.0, to_bits = 0.0;
  Estimate from_regret, to_regret, gain;  ///< gain: paired, from − to
  Verdict verdict = Verdict::undecided;
  std::string text;  ///< one sentence
};
std::string to_text(Lever::Verdict verdict);

/// A trained policy in closed loop.
struct AdviceLearner {
  std::string name;              ///< its folder, or what was trained
  std::string quantizer;         ///< spec; "" if it plays no tokens
  double bits = 0.0;             ///< an action; 0 if it plays no tokens
  std::string controller;        ///< spec
  std::size_t trajectories = 0;  ///< n that it learned from; 0: not known
  bool noise_injected = false;   ///< of demonstrations executed with noise
  std::size_t steps = 0;         ///< gradient steps; 0: not known
  std::optional<double> validation_nll;
  std::vector<double> regrets;         ///< [rollouts]
  Estimate total_return, total;        ///< regret against the raw expert
  Estimate quantization, statistical;  ///< its two parts, paired with q#π* of the same quantizer
};

/// K*(n): the coarsest quantizer whose policy, learned from n trajectories, is as good as the best of them.
struct BestResolution {
  std::size_t trajectories = 0;
  std::string quantizer, controller;  ///< specs
  double bits = 0.0;                  ///< an action
  Estimate total, total_return;       ///< regret against the raw expert
  Estimate above_least;               ///< paired difference to the policy of least regret
  std::size_t quantizers = 0;         ///< how many were compared
};

struct Advice {
  ActionProfile profile;
  std::vector<AdviceCandidate> candidates;  ///< the recommended one first, then as judge() orders them
  std::string least;                        ///< spec of the least regret, which the others are compared with
  std::size_t judged_rollouts = 0;          ///< that all judged candidates have
  bool provisional = false;                 ///< they are fewer than a difference takes
  std::vector<std::string> unplayed;        ///< specs that the rollouts did not suffice for
  std::string deploy;                       ///< spec of the controller that a policy should be played by
  std::string lever;                        ///< name, or "none"
  std::vector<Lever> levers;
  std::vector<AdviceLearner> learners;
  std::vector<BestResolution> best_resolutions;
  std::optional<DataRate> rate;
  std::optional<double> growth;  ///< largest modulus of the plant's eigenvalues, where it could be linearised
  StartSet starts;
  Estimate expert_return;
  double most = 0.0;       ///< all there is to lose: H × reward range, or the expert's |mean return|
  double tolerated = 0.0;  ///< regret
  double slack = 0.0;      ///< regrets this close count as equal
  std::size_t rollouts = 0, budget = 0;
  std::uint32_t horizon = 0;
  std::vector<std::string> reasons;  ///< the recommendation's first
  std::vector<std::string> notes;

  [[nodiscard]] const AdviceCandidate& recommended() const { return candidates.front(); }
  /// K*(n) of the most trajectories, where two quantizers at least were learned from them; else null. It is then what
  /// to use: recommended() is what would be, had a policy nothing left to learn.
  [[nodiscard]] const BestResolution* learned() const {
    return best_resolutions.empty() || best_resolutions.back().quantizers < 2 ? nullptr : &best_resolutions.back();
  }
  /// Spec and bits of what to use.
  [[nodiscard]] const std::string& use() const {
    return learned() != nullptr ? learned()->quantizer : recommended().quantizer.spec;
  }
  [[nodiscard]] double use_bits() const { return learned() != nullptr ? learned()->bits : recommended().bits; }
  /// What to use has fewer bits than any code needs that holds the plant: nothing tried holds it.
  [[nodiscard]] bool below_necessary_rate() const { return rate && use_bits() < rate->bits - kBitSlack; }
};

}  // namespace pianola
