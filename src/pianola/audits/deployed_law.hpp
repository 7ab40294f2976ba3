// What a controller plays in a situation, as a law, and how far its laws in two situations are apart.
//
//   W_ε'(π(·|x), π(·|x')) between laws of decoded actions (docs/theory.md §4), after temperature, truncation, argmax
//   and grammar: smoothness is asked of the policy that is deployed.
//
// * Laws with few atoms are compared exactly (FiniteLaw): the quantized expert, deterministic or with a known law (one
//   dimension of a Gaussian mixture is cut into cells of 1/32 standard deviation); policies with at most kMostSequences
//   token sequences; decode=argmax, mean and beam, which are points; policies over actions where they play a point.
// * Factored policies with more: certified bounds from the laws of the positions (token_bounds.hpp).
// * Autoregressive policies with more: bounds along the chain, sampled ones with their 95 % limits (token_bounds.hpp).
// * A quantizer that draws noise, or an expert whose law is not known: 256 draws, the same for x and x'.
//
// With chunks a law is over the whole chunk's actions, and distances are Euclidean over all of them: no smaller than at
// any one step, so that W_ε' is never too small.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "pianola/audits/finite_law.hpp"
#include "pianola/control/controller.hpp"

namespace pianola {

/// Where laws are asked for: a key, and a situation with the observations before it.
struct LawQuery {
  NoiseKey key;
  Situation situation;
  std::span<const float> histories;  ///< [lanes × history × observation_dim]
};

/// How far two laws are apart. Bounds: low = high where it is exact; a sampled bound is a 95 % limit.
struct LawGap {
  double tv_low = 0.0, tv_high = 0.0;  ///< W_0
  double low = 0.0, high = 0.0;        ///< W_ε'
  double action_distance = 0.0;  ///< mean distance of the actions under one uniform (finite_law.hpp); NaN: unknown
  bool known = false;            ///< both laws exist
};

/// One thread's workspace, for a fixed number of lanes.
class LawComparison {
 public:
  virtual ~LawComparison() = default;
  /// Lane by lane, the laws in `a` and in `b`. out: [lanes].
  virtual void compare(const LawQuery& a, const LawQuery& b, double tolerance, std::span<LawGap> out) = 0;
};

struct DeployedLawInfo {
  std::size_t dim = 0;        ///< numbers of a decision: chunk × action_dim
  std::size_t history = 1;    ///< observations that a decision sees
  bool needs_plant = false;   ///< Situation::plant must be set: chunks of an expert, or one that plans
  bool reads_floats = false;  ///< observations are rounded to float32 first: closer pairs are the same
  bool exact = true;          ///< no bounds, no draws
  std::size_t atoms = 1;      ///< numbers that a comparison looks at, roughly: what it costs
  std::string how;            ///< one sentence on how laws are compared
};

class DeployedLaw {
 public:
  virtual ~DeployedLaw() = default;
  [[nodiscard]] virtual const DeployedLawInfo& info() const = 0;
  [[nodiscard]] virtual std::unique_ptr<LawComparison> session(std::size_t lanes) const = 0;
};

inline constexpr std::size_t kMostSequences = 512;

/// The law of `controller`'s decisions: of the trained policy, else of q#π*; of the raw expert for the controller
/// `expert`. For `augmented` it is that of the policy inside, which its auxiliary state meets.
/// @throws UsageError as make_controller does, and where there is no fixed law: a quantizer with a moving scale, or a
/// policy over actions that is sampled (use decode=mean).
std::shared_ptr<const DeployedLaw> make_deployed_law(const Deployment& deployment, const std::string& controller);

}  // namespace pianola
