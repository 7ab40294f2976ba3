// Experts: whom the demonstrations come from. Immutable, shared by threads.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

/// Law of an action: atoms, or a mixture of Gaussians with diagonal covariance.
struct ActionLaw {
  std::size_t action_dim = 0;
  std::vector<double> weights;  ///< [k], sum 1
  std::vector<double> means;    ///< [k × action_dim]; the atoms
  std::vector<double> stds;     ///< [k × action_dim]; empty: atoms
};

struct ExpertInfo {
  std::string spec;  ///< canonical
  std::size_t observation_dim = 0, action_dim = 0;
  bool deterministic = true;
  bool needs_plant = false;         ///< Situation::plant must be set
  std::optional<double> lipschitz;  ///< ‖π(x) − π(x')‖ ≤ L ‖x − x'‖, if proven
};

class Expert {
 public:
  virtual ~Expert() = default;
  [[nodiscard]] virtual const ExpertInfo& info() const = 0;
  /// actions: [lanes × action_dim], action units, not clipped. Noise: key.child("expert"). Cost: allocates but once.
  virtual void act(const NoiseKey& key, const Situation& situation, std::span<double> actions) const = 0;
  /// The law of the action in each lane, if known. laws: [lanes].
  virtual bool law(const Situation& situation, std::span<ActionLaw> laws) const {
    static_cast<void>(situation), static_cast<void>(laws);
    return false;
  }
};

struct ExpertEntry {
  std::string name, summary;
  std::vector<OptionHelp> options;
  std::shared_ptr<const Expert> (*make)(const Spec&, std::shared_ptr<const System>);
};

/// Known experts. Adding one: a source file that defines `ExpertEntry entry_NAME()`, one line in registry.cpp, a test.
std::span<const ExpertEntry> experts();

/// The expert of this spec for `system`; the system's own if the spec is empty.
/// @throws UsageError for an unknown name, a bad option, dimensions that do not match, or a system without an expert.
std::shared_ptr<const Expert> make_expert(const std::string& spec, std::shared_ptr<const System> system);

}  // namespace pianola
