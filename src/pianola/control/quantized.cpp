// The quantized expert q#π* itself, in closed loop: plays the decoded tokens of the expert's own actions
// (expert_decider.hpp).
#include <memory>
#include <string>

#include "pianola/control/chunk_player.hpp"
#include "pianola/control/controller.hpp"
#include "pianola/control/expert_decider.hpp"
#include "pianola/control/requirements.hpp"

namespace pianola {
namespace {

std::shared_ptr<const ControllerRecipe> make(const Spec& spec, const Deployment& deployment) {
  const std::string who = "controller '" + spec.name + "'";  // chunked is one of these too
  const auto config = read_options<ChunkPlayConfig>(spec, who);
  require_expert(who, deployment);
  require_quantizer(who, deployment);
  const ChunkPlay play = checked_play(who, config, *deployment.quantizer);
  const auto parts =
      std::make_shared<const ExpertDeciderParts>(ExpertDeciderParts{deployment.expert, deployment.quantizer});
  return chunk_player_recipe(
      {.spec = write_spec("quantized", config).text(),
       .quantizer = deployment.quantizer,
       .play = play,
       .decider = [parts](std::size_t lanes) { return std::make_unique<ExpertDecider>(parts, lanes); }});
}

}  // namespace

ControllerEntry controller_entry_quantized() {
  return {"quantized", "the quantized expert: plays the decoded tokens of the expert's own actions",
          describe_options<ChunkPlayConfig>(), make};
}

}  // namespace pianola
