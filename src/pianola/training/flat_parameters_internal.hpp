// All parameters of a network in one buffer, so that an optimiser, a norm or an average is one vector operation.
// Each parameter begins at a multiple of 64 bytes, as memory that LibTorch allocates does (MKL's bits depend on it).
#pragma once

#include <span>
#include <vector>

#include "pianola/training/network_internal.hpp"

namespace pianola {

class FlatParameters {
 public:
  explicit FlatParameters(std::vector<ParameterSpec> specs);

  [[nodiscard]] std::int64_t size() const { return size_; }  ///< floats, gaps included
  [[nodiscard]] const std::vector<ParameterSpec>& specs() const { return specs_; }

  /// The parameters as views of `flat`, [size()] float32.
  [[nodiscard]] std::vector<torch::Tensor> views(const torch::Tensor& flat) const;
  /// First values: number j of parameter i comes from draw j of key.child("parameter", i). Gaps are 0.
  [[nodiscard]] torch::Tensor initial(const NoiseKey& key) const;
  /// The parameters under their names.
  [[nodiscard]] TensorFile file(const torch::Tensor& flat) const;
  /// Inverse of file(). @throws DataError naming `where` and a tensor that is missing or of another shape.
  [[nodiscard]] torch::Tensor flat(const TensorFile& file, const std::string& where) const;

 private:
  std::vector<ParameterSpec> specs_;
  std::vector<std::int64_t> offsets_;
  std::int64_t size_ = 0;
};

}  // namespace pianola
