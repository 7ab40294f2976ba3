// Policies whose law is over continuous actions: what the quantized ones are compared with.
//
// A session decides whole chunks. How an action is taken from the law is DecodeOptions' (policy.hpp):
//
//   sample: a draw, with uniforms and normals of (key.child("controller"), id, h, draw)
//   argmax: the mode, by the approximation that the policy documents
//   mean:   the expectation (of autoregressive ones: each coordinate's, given those before it)
//
// A temperature T takes the law p to one proportional to p^{1/T}, component by component.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "pianola/policies/policy.hpp"

namespace pianola {

struct ActionPolicyInfo {
  std::string spec;  ///< "mixture:components=5,hidden=256x2"
  std::size_t observation_dim = 0, history = 1;
  std::size_t chunk = 1, action_dim = 0;
  bool density = false;  ///< whether the law has one
};

/// One thread's state of a policy, for a number of lanes fixed when it was made.
class ActionSession {
 public:
  virtual ~ActionSession() = default;
  /// A chunk in every lane. histories: [lanes × history × observation_dim]; actions: [lanes × chunk × action_dim],
  /// action units, NaN where the network's outputs are not finite. Cost: no allocation.
  virtual void decide(const NoiseKey& key, const Situation& situation, std::span<const float> histories,
                      const DecodeOptions& options, std::span<double> actions) = 0;
};

class ActionPolicy {
 public:
  virtual ~ActionPolicy() = default;
  [[nodiscard]] virtual const ActionPolicyInfo& info() const = 0;
  [[nodiscard]] virtual std::unique_ptr<ActionSession> session(std::size_t lanes) const = 0;
};

}  // namespace pianola
