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
#include "pianola/policies/action_policy.hpp"
#include "pianola/policies/policy.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

class TransitionModel;  // policies/transition_model.hpp

/// What a controller did, for recorders that ask. Spans may be empty: then nobody asks. Whoever wants tokens or
/// log-probabilities asks at every step: between decisions they are those of the chunk being played; with a delay,
/// those of the newest chunk.
struct ControlTrace {
  std::span<Token> tokens;             ///< [lanes × max_tokens]
  std::span<float> log_probabilities;  ///< [lanes × max_tokens], nats
  std::span<double> auxiliary;         ///< [lanes × observation_dim], where there is an auxiliary state
  /// [lanes], steps since the chunk being played was decided. At or beyond the chunk's length it has expired: the
  /// action was meant for a time that has passed. The largest number: nobody decided it (a start action).
  std::span<std::uint32_t> age;
};

/// Doubles, tokens and so on that a lane of a controller's trace needs; 0 for what it does not have.
struct TraceShape {
  std::size_t tokens = 0, log_probabilities = 0, auxiliary = 0;
};

class Controller {
 public:
  virtual ~Controller() = default;
  /// Memory included, for branching.
  [[nodiscard]] virtual std::unique_ptr<Controller> clone() const = 0;
  /// Starts each lane anew: nothing that came before may be seen afterwards, since blocks reuse controllers.
  virtual void reset(const NoiseKey& key, Ids ids) = 0;
  /// actions: [lanes × action_dim], action units, not clipped: the plant clips to what its actuators accept.
  /// Cost: no allocation once every buffer has been used.
  virtual void act(const Situation& situation, std::span<double> actions, ControlTrace* trace = nullptr) = 0;
};

/// What controllers may be made of. Null: not there. Whoever makes a controller keeps these alive.
struct Deployment {
  std::shared_ptr<const System> system;
  std::shared_ptr<const Expert> expert;
  std::shared_ptr<const Quantizer> quantizer;
  std::shared_ptr<const Policy> policy;                    ///< a trained one; null: q#π* is deployed
  std::shared_ptr<const TransitionModel> model = {};       ///< a trained one; null: system and expert are the exact one
  std::shared_ptr<const ActionPolicy> action_policy = {};  ///< a trained one without tokens; then no quantizer
};

/// An immutable recipe that makes one controller per block of lanes; shared by threads.
class ControllerRecipe {
 public:
  virtual ~ControllerRecipe() = default;
  [[nodiscard]] virtual const std::string& spec() const = 0;          ///< canonical, full
  [[nodiscard]] virtual std::string quantizer() const { return {}; }  ///< spec of the quantizer it plays; "" for none
  [[nodiscard]] virtual TraceShape trace_shape() const { return {}; }
  [[nodiscard]] virtual std::unique_ptr<Controller> make(std::size_t lanes) const = 0;
};

struct ControllerEntry {
  std::string name, summary;
  std::vector<OptionHelp> options;
  std::shared_ptr<const ControllerRecipe> (*make)(const Spec&, const Deployment&);
};

/// Known controllers: expert, quantized, feedback, chunked, augmented. Adding one: a source file that defines
/// `ControllerEntry entry_NAME()`, one line in registry.cpp, a test.
std::span<const ControllerEntry> controllers();

/// @throws UsageError for an unknown name or option, or if the deployment lacks what the controller needs (says which
/// option supplies it).
std::shared_ptr<const ControllerRecipe> make_controller(const std::string& spec, const Deployment& deployment);

}  // namespace pianola
