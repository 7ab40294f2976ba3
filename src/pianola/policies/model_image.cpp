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
using model_image::MemberRecord;

static_assert(model_image::kMostMembers == kMostMembers, "every ensemble has an image");

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

std::vector<float> narrowed(const std::vector<double>& values) { return {values.begin(), values.end()}; }

std::vector<std::uint32_t> columns(const std::vector<std::size_t>& of) { return {of.begin(), of.end()}; }

MemberRecord put(Writer& writer, const Network& network) {
  MemberRecord record;
  record.mean = put(writer, network.mean);
  record.inverse_std = put(writer, network.inverse_std);
  record.shift = put(writer, network.shift);
  record.scale = put(writer, network.scale);
  record.components = network.components;
  record.deviations = network.deviations;
  record.activation = network.activation;
  std::vector<image::LayerRecord> layers;
  for (const DenseLayer& layer : network.layers) {
    const image::Section section = put(writer, packed(layer));
    layers.push_back({static_cast<std::uint32_t>(layer.in), static_cast<std::uint32_t>(layer.out), section.offset});
  }
  record.layers = put(writer, layers);
  return record;
}

AlignedBytes assemble(const LearnedModelParts& parts, const std::vector<Network>& members,
                      std::uint64_t policy_checksum) {
  Writer writer(sizeof(Header));
  Header header;
  header.policy_checksum = policy_checksum;
  header.observation_dim = static_cast<std::uint32_t>(parts.observation_dim());
  header.action_dim = static_cast<std::uint32_t>(parts.action_dim);
  header.low = put(writer, narrowed(parts.low));
  header.high = put(writer, narrowed(parts.high));
  header.angles = put(writer, columns(parts.geometry.angles));
  header.circles = put(writer, columns(parts.geometry.circles));
  std::vector<MemberRecord> records;
  records.reserve(members.size());
  for (const Network& member : members) records.push_back(put(writer, member));
  header.members = put(writer, records);
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
  if (!contents.parts.vocabularies.empty()) return "the runtime's model sees decoded actions, not input=tokens";
  return "";
}

AlignedBytes make_model_image(const ModelContents& contents, std::span<const std::byte> policy_image,
                              const std::string& where) {
  if (const std::string why = no_model_image(contents); !why.empty()) {
    throw UsageError(fmt::format("model image of '{}': {}", contents.parts.spec, why));
  }
  const bool linear = parse_spec(contents.parts.spec).name == "linear";
  std::vector<Network> members;
  members.reserve(contents.members.size());
  for (const TensorFile& member : contents.members) {
    members.push_back(linear ? linear_network(member, where) : mixture_network(member, where));
  }
  return assemble(contents.parts, members, image::checksum(policy_image));
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
