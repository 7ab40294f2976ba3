// Mixtures of Gaussians over a chunk of actions, from the MLP's outputs. All baselines are one of them:
//
//   p(u | x) = Σ_j w_j Π_d N(u_d; m_jd, σ_jd²),   w = softmax(a),   u: the chunk, normalised, D = chunk · action_dim
//
//   mse        one component, no σ: the conditional mean, learned by squared error
//   gaussian   one component
//   mixture    k components (a mixture-density network; the heads of BC-RNN-GMM)
//   bet        k atoms c_j + m_j: c_j the codes of k-means, m_j a predicted offset (Behavior Transformers)
//   armixture  each coordinate a mixture of k given the coordinates before it: autoregressive, and not quantized
//
// Outputs of a row: a [k] if k > 1, then m [k × D'], then s [k × D'] with σ = 0.01 + log(1 + e^s), where there are σ;
// D' = D, and 1 for armixture, whose row for coordinate p sees [z, u_1 … u_{p−1}, 0 …, one-hot(p)]. The floor of σ, a
// hundredth of an action's deviation, keeps densities finite where actions saturate.
//
// policy.safetensors: as mlp_weights.hpp (vocabularies: the number of outputs), action_mean and action_inverse_std
// [D], of bet codes [k × D] normalised; metadata "law", "components", "chunk".
// Sources: Bishop, "Mixture density networks", 1994; Mandlekar et al., arXiv:2108.03298 (GMM heads); Shafiullah et al.,
// arXiv:2206.11251 (BeT). Differs: BeT's focal loss is plain log-loss here, as everywhere in Pianola.
#pragma once

#include <string>
#include <vector>

#include "pianola/base/spec.hpp"
#include "pianola/policies/mixture_deviation.hpp"
#include "pianola/policies/mlp_weights.hpp"

namespace pianola {

enum class MixtureKind { mse, gaussian, mixture, bet, armixture };

/// Names in the order of MixtureKind.
const std::vector<std::string>& mixture_names();

/// Options of `mixture` and `armixture`.
struct MixtureConfig : MlpConfig {
  int components = 5;
  template <class V>
  void visit(V&& v) {
    v("components", components, "Gaussians of a mixture, 1 … 1024");
    MlpConfig::visit(v);
  }
};

/// Options of `bet`.
struct BetConfig : MlpConfig {
  int k = 64;
  template <class V>
  void visit(V&& v) {
    v("k", k, "codes of k-means, 1 … 1024");
    MlpConfig::visit(v);
  }
};

struct MixtureShape {
  MixtureKind kind = MixtureKind::mse;
  std::size_t components = 1;
  std::size_t coordinates = 0;  ///< D
  [[nodiscard]] bool autoregressive() const { return kind == MixtureKind::armixture; }
  [[nodiscard]] bool density() const { return kind != MixtureKind::mse && kind != MixtureKind::bet; }
  [[nodiscard]] std::size_t width() const { return autoregressive() ? 1 : coordinates; }  ///< D'
  [[nodiscard]] std::size_t extra_inputs() const { return autoregressive() ? 2 * coordinates : 0; }
  [[nodiscard]] std::size_t weights() const { return components > 1 ? components : 0; }  ///< of a
  [[nodiscard]] std::size_t outputs() const { return weights() + components * width() * (density() ? 2 : 1); }
};

struct MixtureWeights {
  MixtureShape shape;
  std::size_t chunk = 1, history = 1;
  Normalisation actions;     ///< of chunks, [D]
  std::vector<float> codes;  ///< of bet: [components × D], normalised
  MlpWeights trunk;          ///< with the normalisation of its inputs, extra ones as they are; history 1
};

/// "mixture:components=5,hidden=256x2". trunk: its hidden layers and activation.
std::string mixture_spec(const MixtureShape& shape, const MlpWeights& trunk);

/// Metadata of policy.safetensors beside the trunk's.
std::map<std::string, std::string> mixture_metadata(const MixtureShape& shape, std::size_t chunk);

/// @throws DataError naming `where` and the tensor or metadata that is missing, of another shape, or not finite.
MixtureWeights mixture_weights_from_tensors(const TensorFile& file, const std::string& where);

}  // namespace pianola
