// Controllers: who acts in closed loop. A controller has memory (chunks, auxiliary states); clone() copies it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/experts/expert.hpp"
#include "pianola/policies/policy.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

/// What a controller did, for recorders that ask.
struct ControlTrace {
  std::span<Token> tokens;             ///< [lanes × max_tokens]
  std::span<float> log_probabilities;  ///< [lanes × max_tokens]
  std::span<double> auxiliary;         ///< [lanes × observation_dim], where there is an auxiliary state
  std::span<std::uint32_t> age;        ///< [lanes], steps since the chunk being played was decided
};

class Controller {
 public:
  virtual ~Controller() = default;
  /// Memory included, for branching.
  [[nodiscard]] virtual std::unique_ptr<Controller> clone() const = 0;
  virtual void reset(const NoiseKey& key, Ids ids) = 0;
  /// actions: [lanes × action_dim].
  virtual void act(const Situation& situation, std::span<double> actions, ControlTrace* trace = nullptr) = 0;
};

/// What controllers may be made of. Null: not there.
struct Deployment {
  std::shared_ptr<const System> system;
  std::shared_ptr<const Expert> expert;
  std::shared_ptr<const Quantizer> quantizer;
  std::shared_ptr<const Policy> policy;  ///< a trained one; null: q#π* is deployed
};

/// An immutable recipe that makes one controller per block of lanes; shared by threads.
class ControllerRecipe {
 public:
  virtual ~ControllerRecipe() = default;
  [[nodiscard]] virtual const std::string& spec() const = 0;  ///< canonical, full
  [[nodiscard]] virtual std::unique_ptr<Controller> make(std::size_t lanes) const = 0;
};

struct ControllerEntry {
  std::string name, summary;
  std::vector<OptionHelp> options;
  std::shared_ptr<const ControllerRecipe> (*make)(const Spec&, const Deployment&);
};

/// Known controllers: expert, quantized, feedback. Adding one: a source file that defines `ControllerEntry entry_NAME()`,
/// one line in registry.cpp, a test.
std::span<const ControllerEntry> controllers();

/// @throws UsageError for an unknown name or option, or if the deployment lacks what the controller needs (says which
/// option supplies it).
std::shared_ptr<const ControllerRecipe> make_controller(const std::string& spec, const Deployment& deployment);

}  // namespace pianola
