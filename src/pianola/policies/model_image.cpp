#include "pianola/policies/model_image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/policies/linear_law.hpp"
#include "pianola/policies/mixture_weights.hpp"
#include "pianola/policies/model_layout.hpp"
#include "pianola/policies/model_runtime.hpp"

namespace pianola {
namespace {

using model_image::Header;

/// The network of a model, and what its outputs mean.
struct Network {
  std::vector<float> mean, inverse_std, shift, scale;
  std::vector<DenseLayer> layers;
  Activation activation = Activation::none;
  std::uint32_t components = 1, deviations = 0;
};

Network linear_network(const TensorFile& member, const std::string& where) {
  const LinearLawWeights law = linear_law_from_tensors(member, where);
  Network out;
  out.mean.assign(law.inputs, 0.0F);
  out.inverse_std.assign(law.inputs, 1.0F);
  out.shift.assign(law.dim, 0.0F);
  out.scale.assign(law.dim, 1.0F);
  out.layers = {{law.inputs, law.dim, {law.weight.begin(), law.weight.end()}, {law.bias.begin(), law.bias.end()}}};
  return out;
}

Network mixture_network(const TensorFile& member, const std::string& where) {
  MixtureWeights law = mixture_weights_from_tensors(member, where);
  Network out;
  out.mean = std::move(law.trunk.normalisation.mean);
  out.inverse_std = std::move(law.trunk.normalisation.inverse_std);
  out.shift = law.actions.mean;
  for (const float inverse : law.actions.inverse_std) out.scale.push_back(1.0F / inverse);
  out.layers = std::move(law.trunk.layers);
  out.activation = law.trunk.activation;
  out.components = static_cast<std::uint32_t>(law.shape.components);
  out.deviations = 1;
  return out;
}

/// Bytes one section after the other, each aligned.
class Writer {
 public:
  explicit Writer(std::size_t header) : bytes_(image::aligned(header)) {}

  template <class T>
  image::Section put(std::span<const T> values) {
    const image::Section section{bytes_.size(), values.size_bytes()};
    bytes_.resize(image::aligned(bytes_.size() + values.size_bytes()));
    if (!values.empty()) std::memcpy(bytes_.data() + section.offset, values.data(), values.size_bytes());
    return section;
  }
  [[nodiscard]] std::vector<std::byte>& bytes() { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

template <class T>
image::Section put(Writer& writer, const std::vector<T>& values) {
  return writer.put(std::span<const T>(values));
}

std::vector<float> packed(const DenseLayer& layer) {
  std::vector<float, AlignedAllocator<float>> out(packed_dense_size(layer.in, layer.out));
  pack_dense(layer.weights, layer.bias, layer.in, layer.out, out);
  return {out.begin(), out.end()};
}

AlignedBytes assemble(const LearnedModelParts& parts, const Network& network, std::uint64_t policy_checksum) {
  Writer writer(sizeof(Header));
  Header header;
  header.policy_checksum = policy_checksum;
  header.observation_dim = static_cast<std::uint32_t>(parts.observation_dim());
  header.action_dim = static_cast<std::uint32_t>(parts.action_dim);
  header.components = network.components;
  header.deviations = network.deviations;
  header.layers = static_cast<std::uint32_t>(network.layers.size());
  header.activation = network.activation;
  header.mean = put(writer, network.mean);
  header.inverse_std = put(writer, network.inverse_std);
  header.shift = put(writer, network.shift);
  header.scale = put(writer, network.scale);
  header.low = put(writer, std::vector<float>(parts.low.begin(), parts.low.end()));
  header.high = put(writer, std::vector<float>(parts.high.begin(), parts.high.end()));
  header.angles = put(writer, std::vector<std::uint32_t>(parts.geometry.angles.begin(), parts.geometry.angles.end()));
  header.circles =
      put(writer, std::vector<std::uint32_t>(parts.geometry.circles.begin(), parts.geometry.circles.end()));
  std::vector<image::LayerRecord> records;
  for (const DenseLayer& layer : network.layers) {
    const image::Section section = put(writer, packed(layer));
    records.push_back({static_cast<std::uint32_t>(layer.in), static_cast<std::uint32_t>(layer.out), section.offset});
  }
  header.records = put(writer, records);
  header.total_size = writer.bytes().size();
  std::memcpy(writer.bytes().data(), &header, sizeof header);
  AlignedBytes out(writer.bytes().size());
  std::ranges::copy(writer.bytes(), out.begin());
  image::seal(out);
  return out;
}

}  // namespace

std::string no_model_image(const ModelContents& contents) {
  const std::string name = parse_spec(contents.parts.spec).name;
  if (name != "linear" && name != "mixture") return "the runtime plays the models linear and mixture, not " + name;
  if (contents.members.size() != 1) return "the runtime plays one model, not an ensemble; train it without members";
  if (!contents.parts.vocabularies.empty()) return "the runtime's model sees decoded actions, not input=tokens";
  return "";
}

AlignedBytes make_model_image(const ModelContents& contents, std::span<const std::byte> policy_image,
                              const std::string& where) {
  if (const std::string why = no_model_image(contents); !why.empty()) {
    throw UsageError(fmt::format("model image of '{}': {}", contents.parts.spec, why));
  }
  const bool linear = parse_spec(contents.parts.spec).name == "linear";
  const Network network =
      linear ? linear_network(contents.members[0], where) : mixture_network(contents.members[0], where);
  return assemble(contents.parts, network, image::checksum(policy_image));
}

void write_model_image(const std::filesystem::path& path, const AlignedBytes& image) {
  if (ModelRuntime::required_bytes(image) == 0) {
    throw UsageError(
        fmt::format("model image for {}: {} bytes that no runtime would bind; make them with "
                    "make_model_image",
                    path.string(), image.size()));
  }
  write_file(path, {reinterpret_cast<const char*>(image.data()), image.size()});
}

}  // namespace pianola
