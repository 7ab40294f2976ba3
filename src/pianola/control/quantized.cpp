// The quantized expert q#π* itself, in closed loop: plays the decoded tokens of the expert's own actions
// (expert_decider.hpp).
#include <memory>
#include <optional>
#include <string>

#include "pianola/control/chunk_player.hpp"
#include "pianola/control/controller.hpp"
#include "pianola/control/expert_decider.hpp"
#include "pianola/control/requirements.hpp"

namespace pianola {
namespace {

struct QuantizedConfig {
  std::optional<std::uint64_t> execute;
  template <class V>
  void visit(V&& v) {
    v("execute", execute, "actions of each chunk that are played before the next decision; auto: all");
  }
};

std::shared_ptr<const ControllerRecipe> make(const Spec& spec, const Deployment& deployment) {
  const std::string who = "controller 'quantized'";
  const auto config = read_options<QuantizedConfig>(spec, who);
  require_expert(who, deployment);
  require_quantizer(who, deployment);
  const auto parts =
      std::make_shared<const ExpertDeciderParts>(ExpertDeciderParts{deployment.expert, deployment.quantizer});
  return chunk_player_recipe(
      {.spec = write_spec("quantized", config).text(),
       .quantizer = deployment.quantizer,
       .play = {checked_execute(who, config.execute, deployment.quantizer->info().chunk)},
       .decider = [parts](std::size_t lanes) { return std::make_unique<ExpertDecider>(parts, lanes); }});
}

}  // namespace

ControllerEntry controller_entry_quantized() {
  return {"quantized", "the quantized expert: plays the decoded tokens of the expert's own actions",
          describe_options<QuantizedConfig>(), make};
}

}  // namespace pianola
