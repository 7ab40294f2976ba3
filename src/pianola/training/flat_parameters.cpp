#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/training/flat_parameters_internal.hpp"

namespace pianola {
namespace {

constexpr std::int64_t kAlignment = 16;  // floats in 64 bytes

std::int64_t count(const ParameterSpec& spec) {
  return std::accumulate(spec.shape.begin(), spec.shape.end(), std::int64_t{1}, std::multiplies<>());
}

float first_value(const FirstValues& first, const NoiseKey& stream, std::uint64_t j) {
  switch (first.law) {
    case FirstValues::Law::normal:
      return static_cast<float>(first.scale * normal(stream, j, 0));
    case FirstValues::Law::constant:
      return static_cast<float>(first.scale);
    default:
      return static_cast<float>(first.scale * (2.0 * uniform(stream, j, 0) - 1.0));
  }
}

}  // namespace

FlatParameters::FlatParameters(std::vector<ParameterSpec> specs) : specs_(std::move(specs)) {
  for (const ParameterSpec& spec : specs_) {
    offsets_.push_back(size_);
    size_ += (count(spec) + kAlignment - 1) / kAlignment * kAlignment;
  }
}

std::vector<torch::Tensor> FlatParameters::views(const torch::Tensor& flat) const {
  std::vector<torch::Tensor> out;
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    out.push_back(flat.narrow(0, offsets_[i], count(specs_[i])).view(specs_[i].shape));
  }
  return out;
}

torch::Tensor FlatParameters::initial(const NoiseKey& key) const {
  torch::Tensor flat = torch::zeros({size_});
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    const NoiseKey stream = key.child("parameter", i);
    float* values = flat.data_ptr<float>() + offsets_[i];
    for (std::int64_t j = 0; j < count(specs_[i]); ++j) {
      values[j] = first_value(specs_[i].first, stream, static_cast<std::uint64_t>(j));
    }
  }
  return flat;
}

TensorFile FlatParameters::file(const torch::Tensor& flat) const {
  TensorFile out;
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    const auto values = std::span<const float>(flat.data_ptr<float>() + offsets_[i], count(specs_[i]));
    out.tensors[specs_[i].name] =
        Tensor::of(std::vector<std::size_t>(specs_[i].shape.begin(), specs_[i].shape.end()), values);
  }
  return out;
}

torch::Tensor FlatParameters::flat(const TensorFile& file, const std::string& where) const {
  torch::Tensor out = torch::zeros({size_});
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    const Tensor& tensor = file.at(specs_[i].name, where);
    if (!std::equal(tensor.shape.begin(), tensor.shape.end(), specs_[i].shape.begin(), specs_[i].shape.end())) {
      throw DataError(where + ": tensor '" + specs_[i].name +
                      "' has another shape than the policy's; is it of this run?");
    }
    const std::vector<float> values = tensor.floats(specs_[i].name);
    std::copy(values.begin(), values.end(), out.data_ptr<float>() + offsets_[i]);
  }
  return out;
}

}  // namespace pianola
