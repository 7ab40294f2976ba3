// Images of the real-time runtime: what a robot maps from a file. Each input is tried twice, as it is and with size and
// checksum made right, since else the checksum would refuse all that is damaged.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "fuzz/fuzz_target.hpp"
#include "pianola/policies/model_runtime.hpp"
#include "pianola/policies/runtime.hpp"
#include "policies/hand_made_code.hpp"
#include "policies/hand_made_image.hpp"
#include "policies/hand_made_model.hpp"
#include "policies/hand_made_transformer.hpp"

namespace pianola::fuzz {
namespace {

using testing_runtime::Block;

constexpr std::size_t kMostMemory = std::size_t{1} << 28;  // of what is played; a larger image is only checked

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Block block_of(std::string_view input) {
  return testing_runtime::copy_of(std::as_bytes(std::span(input.data(), input.size())));
}

/// With the size and the checksum that its bytes ask for; policies and models have both at the same place.
Block sealed(std::string_view input) {
  std::string bytes(input);
  bytes.resize(image::aligned(bytes.size()));
  Block block = block_of(bytes);
  if (bytes.size() < sizeof(model_image::Header)) return block;
  static_assert(offsetof(model_image::Header, total_size) == offsetof(image::Header, total_size));
  const std::uint64_t size = bytes.size();
  std::memcpy(block.span().data() + offsetof(image::Header, total_size), &size, sizeof size);
  image::seal(block.span());
  return block;
}

/// Bound to memory of its own; nothing if the image is refused, or asks for more than is worth playing.
template <class Object, class Play>
void bind_and(const Block& image, const Play& play) {
  const std::size_t needed = Object::required_bytes(image.span());
  if (needed > kMostMemory) return;
  const Block memory(needed);
  Object bound;
  const Status status = Object::bind(image.span(), memory.span(), bound);
  if ((needed != 0) != (status == Status::ok)) finding("an image that is bound in no memory, or refused in enough");
  if (status == Status::ok) play(bound);
}

bool is_answer(Status status) {
  return status == Status::ok || status == Status::not_finite || status == Status::no_token;
}

void play_policy(Runtime& runtime) {
  const std::size_t values = runtime.chunk() * runtime.action_dim();
  const std::vector<float> x(runtime.observation_dim(), 1.0F);
  std::vector<float> action(values), logits(runtime.logits_size());
  for (const RuntimeDecode decode : {RuntimeDecode::sample, RuntimeDecode::argmax, RuntimeDecode::mean}) {
    if (runtime.configure(decode, 0.7F, OnError::hold) != Status::ok && decode != RuntimeDecode::mean) {
      finding("a mode that every policy has was refused");
    }
    if (!is_answer(runtime.act(x, 1, action))) finding("a decision without an answer");
  }
  const std::vector<float> committed(values - runtime.action_dim(), 0.5F);
  if (!is_answer(runtime.act(x, committed, 2, action))) finding("a decision behind others without an answer");
  if (!is_answer(runtime.observe(x))) finding("an observation without an answer");
  if (!is_answer(runtime.logits(x, logits))) finding("logits without an answer");
}

void play_model(ModelRuntime& model) {
  const std::vector<float> x(model.observation_dim(), 0.5F), action(model.action_dim(), 0.5F);
  if (model.start(x) != Status::ok) finding("a model that cannot be started");
  for (int i = 0; i < 4; ++i) {
    if (!is_answer(model.step(action))) finding("a step without an answer");
    if (std::isnan(model.disagreement())) finding("a disagreement that is no number");
    if (!std::ranges::all_of(model.state(), [](float s) { return std::isfinite(s); })) {
      finding("a state that is not finite");
    }
    if (!std::isfinite(model.distance(x))) finding("a state that is nowhere");
  }
}

class ImageTarget final : public FuzzTarget {
 public:
  explicit ImageTarget(bool model) : model_(model) {}

  [[nodiscard]] std::vector<std::string> seeds() const override { return model_ ? models() : policies(); }

  void run(std::string_view input) override {
    play(block_of(input));
    play(sealed(input));
  }

 private:
  static std::vector<std::string> models() {
    std::vector<std::string> all;
    for (const std::size_t members : {1U, 3U}) {
      for (const std::uint32_t components : {1U, 2U}) {
        all.push_back(text_of(testing_runtime::HandMadeModel(members, components).image().span()));
      }
    }
    return all;
  }

  static std::vector<std::string> policies() {
    using testing_runtime::CodedPolicy;
    using testing_runtime::HandMade;
    testing_runtime::Shape small, represented;
    small.history = small.chunk = 2;
    small.hidden = {4};
    represented.action_dim = 9;
    represented.hidden = {4};
    represented.vocabulary = 2;
    std::vector<std::string> all{text_of(HandMade(small, 13).image().span()),
                                 text_of(testing_runtime::RepresentedActions().image(HandMade(represented, 3)).span())};
    for (const ChunkCodeKind kind :
         {ChunkCodeKind::fast, ChunkCodeKind::beast, ChunkCodeKind::joint, ChunkCodeKind::residual}) {
      for (const bool with_frames : {false, true})
        all.push_back(text_of(CodedPolicy(kind, with_frames).image().span()));
    }
    using hand_made::Toy;
    for (const WeightFormat format : {WeightFormat::float32, WeightFormat::bfloat16, WeightFormat::int8}) {
      all.push_back(text_of(Toy(format).image()));
    }
    all.push_back(text_of(Toy(WeightFormat::float32, true).image()));
    all.push_back(text_of(Toy(WeightFormat::float32, false, true).image()));
    return all;
  }

  void play(const Block& image) const {
    if (model_) {
      bind_and<ModelRuntime>(image, play_model);
    } else {
      bind_and<Runtime>(image, play_policy);
    }
  }

  bool model_;
};

}  // namespace

std::unique_ptr<FuzzTarget> fuzz_target_image(const std::string& name) {
  return std::make_unique<ImageTarget>(name == "model_image");
}

}  // namespace pianola::fuzz
