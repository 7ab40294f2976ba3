#include "pianola/training/autoencoder_trainer.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/quantizers/chunk_encoder.hpp"
#include "pianola/quantizers/moving_codebooks.hpp"
#include "pianola/training/adamw_internal.hpp"
#include "pianola/training/batches.hpp"

namespace pianola {
namespace {

constexpr double kWeightDecay = 1e-4;
constexpr std::size_t kSeedRows = 4096;  // whose first latents codebooks are seeded with

/// LibTorch on one thread while it lives.
class OneThread {
 public:
  OneThread() : before_(at::get_num_threads()) { at::set_num_threads(1); }
  ~OneThread() { at::set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

std::vector<ParameterSpec> parameter_specs(const std::vector<DenseShape>& encoder,
                                           const std::vector<DenseShape>& decoder) {
  std::vector<ParameterSpec> specs;
  for (const auto* layers : {&encoder, &decoder}) {
    for (const DenseShape& layer : *layers) {
      const auto in = static_cast<std::int64_t>(layer.in), out = static_cast<std::int64_t>(layer.out);
      const double bound = 1.0 / std::sqrt(static_cast<double>(layer.in));
      const std::string name = std::to_string(specs.size() / 2);
      specs.push_back({name + ".weight", {out, in}, {.scale = bound}});
      specs.push_back({name + ".bias", {out}, {.scale = bound}});
    }
  }
  return specs;
}

torch::Tensor perceptron(const std::vector<torch::Tensor>& p, std::size_t first, std::size_t end, torch::Tensor y) {
  for (std::size_t l = first; l < end; l += 2) {
    y = torch::linear(l == first ? y : torch::relu(y), p[l], p[l + 1]);
  }
  return y;
}

/// What stands between encoder and decoder: ẑ with z's gradient, and what is added to the loss.
struct Passed {
  torch::Tensor latents, penalty;
};

class TorchBottleneck {
 public:
  virtual ~TorchBottleneck() = default;
  virtual Passed pass(const torch::Tensor& z, std::uint64_t step) = 0;
  [[nodiscard]] virtual std::vector<float> codebooks() const { return {}; }
};

class ResidualPass final : public TorchBottleneck {
 public:
  ResidualPass(const ResidualBottleneck& bottleneck, const MovingPlan& plan, const torch::Tensor& first)
      : commitment_(bottleneck.commitment),
        layers_(static_cast<std::int64_t>(plan.layers)),
        books_(plan, {first.data_ptr<float>(), static_cast<std::size_t>(first.numel())}) {}

  Passed pass(const torch::Tensor& z, std::uint64_t step) override {
    const torch::Tensor fixed = z.detach().contiguous();
    torch::Tensor left = torch::empty({layers_, z.size(0), z.size(1)});
    books_.step({fixed.data_ptr<float>(), static_cast<std::size_t>(fixed.numel())}, step,
                {left.data_ptr<float>(), static_cast<std::size_t>(left.numel())});
    torch::Tensor penalty = torch::zeros({});
    for (std::int64_t l = 0; l < layers_; ++l) penalty = penalty + torch::mse_loss(z, fixed - left[l]);
    return {z - left[layers_ - 1], commitment_ * penalty};  // z + (ẑ − z), the bracket without gradient
  }
  [[nodiscard]] std::vector<float> codebooks() const override { return books_.codes(); }

 private:
  double commitment_;
  std::int64_t layers_;
  MovingCodebooks books_;
};

class ScalarPass final : public TorchBottleneck {
 public:
  explicit ScalarPass(const ScalarBottleneck& bottleneck) {
    std::vector<float> half, offset, shift, origin, unit;
    for (const FsqCode& code : bottleneck.codes) {
      const bool openpi = code.variant() == FsqVariant::openpi;
      half.push_back(static_cast<float>(code.half()));
      offset.push_back(static_cast<float>(code.offset()));
      shift.push_back(static_cast<float>(code.shift()));
      origin.push_back(openpi ? static_cast<float>(code.half()) : 0.0F);
      unit.push_back(openpi ? static_cast<float>(code.half()) : static_cast<float>(code.levels() / 2));
    }
    half_ = torch::tensor(half);
    offset_ = torch::tensor(offset);
    shift_ = torch::tensor(shift);
    origin_ = torch::tensor(origin);
    unit_ = torch::tensor(unit);
  }

  Passed pass(const torch::Tensor& z, std::uint64_t) override {
    const torch::Tensor bounded = torch::tanh(z + shift_) * half_ - offset_;
    const torch::Tensor rounded = torch::round(bounded + origin_) - origin_;
    return {(bounded + (rounded - bounded).detach()) / unit_, torch::zeros({})};
  }

 private:
  torch::Tensor half_, offset_, shift_, origin_, unit_;
};

std::unique_ptr<TorchBottleneck> make_bottleneck(const AutoencoderRequest& request, const torch::Tensor& first) {
  if (const auto* scalar = std::get_if<ScalarBottleneck>(&request.bottleneck)) {
    return std::make_unique<ScalarPass>(*scalar);
  }
  const auto& residual = std::get<ResidualBottleneck>(request.bottleneck);
  const MovingPlan plan{residual.layers, residual.codes,   request.latent,
                        residual.decay,  residual.epsilon, request.key.child("codebooks")};
  return std::make_unique<ResidualPass>(residual, plan, first);
}

class Training {
 public:
  explicit Training(const AutoencoderRequest& request)
      : request_(request),
        encoder_(perceptron_layers(request.inputs, request.hidden, request.depth, request.latent)),
        decoder_(perceptron_layers(request.latent, request.hidden, request.depth, request.inputs)),
        layout_(parameter_specs(encoder_, decoder_)),
        adamw_(layout_, layout_.initial(request.key.child("init")), {kWeightDecay, 0.0, false}),
        trained_(layout_.views(adamw_.state().parameters)) {
    for (torch::Tensor& parameter : trained_) parameter = parameter.detach().requires_grad_(true);
    const auto n = static_cast<std::int64_t>(request.samples.size() / request.inputs);
    // LibTorch takes no pointer to const; nothing writes through it.
    samples_ = torch::from_blob(const_cast<float*>(request.samples.data()),
                                {n, static_cast<std::int64_t>(request.inputs)}, torch::kFloat);
    rows_.resize(static_cast<std::size_t>(n));
    std::iota(rows_.begin(), rows_.end(), std::int64_t{0});
  }

  AutoencoderWeights run() {
    Batches batches(rows_, request_.batch, request_.key.child("batches"));
    const std::unique_ptr<TorchBottleneck> bottleneck = make_bottleneck(request_, first_latents());
    for (std::uint64_t step = 0; step < request_.steps; ++step) {
      throw_if_interrupted();
      const double loss = one_step(batches.rows(step), *bottleneck, step);
      if (std::isfinite(loss)) continue;
      throw DataError("training an encoder: the loss at step " + std::to_string(step) +
                      " is not finite; take a smaller learning_rate");
    }
    const std::size_t split = 2 * encoder_.size();
    return {flat(0, split), flat(split, trained_.size()), bottleneck->codebooks()};
  }

 private:
  [[nodiscard]] torch::Tensor encode(const torch::Tensor& x) const {
    return perceptron(trained_, 0, 2 * encoder_.size(), x);
  }

  [[nodiscard]] torch::Tensor batch_of(std::span<const std::int64_t> rows) const {
    const torch::Tensor index = torch::from_blob(const_cast<std::int64_t*>(rows.data()),
                                                 {static_cast<std::int64_t>(rows.size())}, torch::kLong);
    return samples_.index_select(0, index);
  }

  [[nodiscard]] torch::Tensor first_latents() const {
    const torch::NoGradGuard no_grad;
    const std::size_t n = rows_.size(), kept = std::min(n, kSeedRows);
    std::vector<std::int64_t> some(kept);
    for (std::size_t j = 0; j < kept; ++j) some[j] = static_cast<std::int64_t>(j * n / kept);
    return encode(batch_of(some)).contiguous();
  }

  double one_step(std::span<const std::int64_t> rows, TorchBottleneck& bottleneck, std::uint64_t step) {
    const torch::Tensor x = batch_of(rows);
    const Passed passed = bottleneck.pass(encode(x), step);
    const torch::Tensor decoded = perceptron(trained_, 2 * encoder_.size(), trained_.size(), passed.latents);
    const torch::Tensor loss = torch::l1_loss(decoded, x) + passed.penalty;
    const double value = loss.item<double>();
    if (!std::isfinite(value)) return value;
    const double norm = adamw_.update(torch::autograd::grad({loss}, trained_), request_.learning_rate, 0.0);
    return std::isfinite(norm) ? value : norm;
  }

  [[nodiscard]] std::vector<float> flat(std::size_t first, std::size_t end) const {
    std::vector<float> out;
    for (std::size_t i = first; i < end; ++i) {
      const float* const values = trained_[i].data_ptr<float>();
      out.insert(out.end(), values, values + trained_[i].numel());
    }
    return out;
  }

  const AutoencoderRequest& request_;
  std::vector<DenseShape> encoder_, decoder_;
  FlatParameters layout_;
  AdamW adamw_;
  std::vector<torch::Tensor> trained_;
  torch::Tensor samples_;
  std::vector<std::int64_t> rows_;
};

}  // namespace

AutoencoderWeights AutoencoderByTorch::train(const AutoencoderRequest& request) const {
  const OneThread one;
  try {
    return Training(request).run();
  } catch (const c10::Error& error) {
    throw ResourceError(std::string("training an encoder: LibTorch failed: ") + error.what_without_backtrace() +
                        "; a smaller batch or hidden needs less memory");
  }
}

}  // namespace pianola
