// A learned transition model: an ensemble of laws of the observation's increment (increment_law.hpp),
//
//   M̂(x' | x, ũ) = 1/J Σ_j p_j(Δ(x, x') | φ(x), ψ(ũ))
//
//   φ   the observation, angles as cosine and sine (systems/observation_geometry.hpp)
//   ψ   the decoded action of this step, or its token one-hot
//
// Residual: the law is of the increment, so a model that has learned nothing stays where it is. A draw takes a member,
// then of it an increment; noise is that of the stream "plan", as of every model. The density is over increments: of a
// circle's two coordinates it is that of the plane they lie in.
//
// What leaves the training range (training_range.hpp) is still followed, for no law is known to end there, but it is
// said (TransitionSession::left_range). A next state that is not finite, or lies beyond the range by more than its
// width, is not taken: the auxiliary state stays where it is, so that what acts on it is never fed numbers of no size.
// Dimensions that never moved in training are held.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pianola/policies/increment_law.hpp"
#include "pianola/policies/transition_model.hpp"

namespace pianola {

inline constexpr std::size_t kMostMembers = 1024;  ///< of an ensemble

struct LearnedModelParts {
  std::string spec;
  std::size_t action_dim = 0;
  std::vector<std::uint32_t> vocabularies;  ///< of each token, where tokens are seen; empty: decoded actions are
  ObservationGeometry geometry;
  std::vector<double> low, high;  ///< [observation_dim], training range
  std::vector<std::shared_ptr<const IncrementLaw>> members;

  [[nodiscard]] std::size_t observation_dim() const { return low.size(); }
  /// Numbers that a law sees.
  [[nodiscard]] std::size_t inputs() const;
};

/// What a law sees of a state [observation_dim], and of an action [action_dim] or tokens [max_tokens]; out: [inputs].
void model_inputs(const LearnedModelParts& parts, std::span<const double> state, std::span<const double> action,
                  std::span<const Token> tokens, std::span<double> out);

/// @throws UsageError if there is no member, or their inputs and dimensions are not these.
std::shared_ptr<const TransitionModel> make_learned_model(LearnedModelParts parts);

}  // namespace pianola
