// From a chunk of actions to a latent vector and back: what rvq and fsq quantize.
//
//   identity   z = x, the flattened chunk; x̂ = z
//   pca        z = V(x − μ), the leading principal components; x̂ = μ + Vᵀz
//   mlp        z = E((x − m)/s), x̂ = m + s·D(z); m and s are mean and standard deviation of each action dimension,
//              E and D perceptrons with ReLU after each hidden layer, trained by training/ (autoencoder.hpp)
//
// Everything is float32, in base/dense.hpp's kernels: a row's bits do not depend on its batch.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "pianola/quantizers/saved_fields.hpp"

namespace pianola {

enum class EncoderKind { identity, pca, mlp };

/// @throws UsageError naming the nearest known one. who: the scheme.
EncoderKind encoder_kind(const std::string& name, const std::string& who);

struct EncoderShape {
  EncoderKind kind = EncoderKind::identity;
  std::size_t action_dim = 0, chunk = 1;
  std::size_t latent = 0;               ///< identity: chunk × action_dim
  std::size_t hidden = 128, depth = 2;  ///< mlp: width and number of hidden layers on either side
  [[nodiscard]] std::size_t width() const { return chunk * action_dim; }
};

struct DenseShape {
  std::size_t in, out;
};
/// Layers from `in` over `depth` hidden ones to `out`.
std::vector<DenseShape> perceptron_layers(std::size_t in, std::size_t hidden, std::size_t depth, std::size_t out);

/// Weights and biases of all layers, each [out × in] and then [out].
std::size_t parameter_count(std::span<const DenseShape> layers);

class ChunkEncoder {
 public:
  static constexpr std::size_t kMostParameters = std::size_t{1} << 25;  ///< of encoder and decoder together

  /// All numbers finite, within ±10¹⁵.
  struct Weights {
    std::vector<float> offset;   ///< pca: μ [width]; mlp: m [action_dim]; identity: empty
    std::vector<float> scale;    ///< mlp: s [action_dim], > 0, or 0 for a constant dimension; else empty
    std::vector<float> encoder;  ///< pca: V [latent × width]; mlp: layers as in AutoencoderWeights; identity: empty
    std::vector<float> decoder;  ///< mlp: layers; else empty
  };

  /// @throws UsageError naming `who` for sizes that are none, too large or do not fit the shape.
  ChunkEncoder(const EncoderShape& shape, Weights weights, const std::string& who);

  [[nodiscard]] const EncoderShape& shape() const { return shape_; }
  [[nodiscard]] const Weights& weights() const { return weights_; }

  /// chunks: [n × width]; latents: [n × latent]. Cost: the products; allocates two blocks of activations.
  void encode(std::span<const float> chunks, std::span<float> latents) const;
  /// The inverse direction. Where a product overflows the value is the offset: always finite for finite latents.
  void decode(std::span<const float> latents, std::span<float> chunks) const noexcept;

  /// The mlp's input: (x − m)/s, 0 along constant dimensions. In place over [n × width].
  void standardise(std::span<float> chunks) const;

  /// Adds "mean", "components", "scale", "encoder", "decoder" where the kind has them.
  void save(nlohmann::ordered_json& to) const;
  /// @throws DataError naming the key; UsageError as the constructor.
  static ChunkEncoder load(const EncoderShape& shape, const SavedFields& fields, const std::string& who);

  /// Sizes of a shape, before anything is allocated for it. @throws UsageError as the constructor.
  static void check(const EncoderShape& shape, const std::string& who);

 private:
  struct Layer {
    DenseShape shape;
    std::vector<float> packed;
  };
  using Stack = std::vector<Layer>;
  [[nodiscard]] static Stack pack(std::span<const DenseShape> shapes, std::span<const float> parameters);
  void pack_components();
  static void run(const Stack& stack, std::span<const float> in, std::size_t n, std::span<float> out);

  EncoderShape shape_;
  Weights weights_;
  Stack encoder_, decoder_;
};

}  // namespace pianola
