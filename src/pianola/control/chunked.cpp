// Action chunking by its own name: `feedback` with a trained policy, else `quantized`, with the options of both
// (chunk_play.hpp), so that one spec fits a run and a bare quantizer. A chunk is decoded at the length it was encoded
// with; execute=m of its actions are played (docs/theory.md §12).
#include <memory>
#include <string>
#include <utility>

#include "pianola/control/controller.hpp"

namespace pianola {

ControllerEntry controller_entry_feedback();
ControllerEntry controller_entry_quantized();

namespace {

/// Another recipe by the name `chunked`.
class ChunkedRecipe final : public ControllerRecipe {
 public:
  explicit ChunkedRecipe(std::shared_ptr<const ControllerRecipe> inner) : inner_(std::move(inner)) {
    Spec spec = parse_spec(inner_->spec());
    spec.name = "chunked";
    spec_ = spec.text();
  }
  [[nodiscard]] const std::string& spec() const override { return spec_; }
  [[nodiscard]] std::string quantizer() const override { return inner_->quantizer(); }
  [[nodiscard]] TraceShape trace_shape() const override { return inner_->trace_shape(); }
  [[nodiscard]] std::unique_ptr<Controller> make(std::size_t lanes) const override { return inner_->make(lanes); }

 private:
  std::shared_ptr<const ControllerRecipe> inner_;
  std::string spec_;
};

std::shared_ptr<const ControllerRecipe> make(const Spec& spec, const Deployment& deployment) {
  const bool trained = deployment.policy != nullptr || deployment.action_policy != nullptr;
  const ControllerEntry inner = trained ? controller_entry_feedback() : controller_entry_quantized();
  return std::make_shared<ChunkedRecipe>(inner.make(spec, deployment));
}

}  // namespace

ControllerEntry controller_entry_chunked() {
  return {"chunked", "plays m actions of each chunk (execute=m): feedback with a run, else quantized; options of both",
          controller_entry_feedback().options, make};
}

}  // namespace pianola
