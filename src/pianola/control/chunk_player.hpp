// The controller of everything that decides in chunks: asks a decider for one, plays m of its actions, asks again, with
// what ChunkPlay says of delay, ensembles and velocity limits. Which decider that is makes the difference between the
// controllers `feedback` and `quantized`.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pianola/control/chunk_decider.hpp"
#include "pianola/control/chunk_ensemble.hpp"
#include "pianola/control/chunk_memory.hpp"
#include "pianola/control/chunk_play.hpp"
#include "pianola/control/controller.hpp"

namespace pianola {

class ChunkPlayer final : public Controller {
 public:
  /// quantizer: whose chunks the decider decides. Keeps a reference to it.
  ChunkPlayer(std::unique_ptr<ChunkDecider> decider, const Quantizer& quantizer, const ChunkPlay& play,
              std::size_t lanes);
  [[nodiscard]] std::unique_ptr<Controller> clone() const override;
  void reset(const NoiseKey& key, Ids ids) override;
  void act(const Situation& situation, std::span<double> actions, ControlTrace* trace) override;

 private:
  ChunkPlayer(const ChunkPlayer& other);
  void decide(const Situation& situation, bool traced);

  const Quantizer& quantizer_;
  ChunkPlay play_;
  std::unique_ptr<ChunkDecider> decider_;
  ChunkMemory playing_;
  std::optional<ChunkEnsemble> ensemble_;
  bool fresh_ = true;  // nothing decided since reset
  std::vector<double> decided_, committed_;
  std::vector<Token> tokens_;  // of the newest chunk
  std::vector<float> log_probabilities_;
};

/// The recipe of such a controller.
struct ChunkPlayerParts {
  std::string spec;  ///< canonical
  std::shared_ptr<const Quantizer> quantizer;
  ChunkPlay play;
  bool log_probabilities = false;  ///< whether the decider has them
  std::function<std::unique_ptr<ChunkDecider>(std::size_t lanes)> decider;
};
std::shared_ptr<const ControllerRecipe> chunk_player_recipe(ChunkPlayerParts parts);

}  // namespace pianola
