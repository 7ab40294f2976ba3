// The controller of everything that decides in chunks: asks a decider for one, plays the first m of its actions, asks
// again. Which decider that is makes the difference between the controllers `feedback` and `quantized`.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pianola/control/chunk_decider.hpp"
#include "pianola/control/chunk_memory.hpp"
#include "pianola/control/controller.hpp"

namespace pianola {

/// What is played of each chunk.
struct ChunkPlay {
  std::size_t execute = 1;  ///< actions of a chunk that are played, 1 … chunk
};

class ChunkPlayer final : public Controller {
 public:
  /// quantizer: whose chunks the decider decides.
  ChunkPlayer(std::unique_ptr<ChunkDecider> decider, const QuantizerInfo& quantizer, const ChunkPlay& play,
              std::size_t lanes);
  [[nodiscard]] std::unique_ptr<Controller> clone() const override;
  void reset(const NoiseKey& key, Ids ids) override;
  void act(const Situation& situation, std::span<double> actions, ControlTrace* trace) override;

 private:
  ChunkPlayer(const ChunkPlayer& other);

  std::unique_ptr<ChunkDecider> decider_;
  ChunkMemory playing_;
  std::vector<double> decided_;
  std::vector<Token> tokens_;  // of the chunk being played
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
