#include "pianola/training/learner.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/training/adamw_internal.hpp"
#include "pianola/training/flat_parameters_internal.hpp"
#include "pianola/training/log_loss_internal.hpp"

namespace pianola {
namespace {

constexpr std::size_t kScoreBlock = 4096;  // rows scored at a time

/// LibTorch's errors (memory, mostly) as ours.
template <class F>
auto guarded(F&& body) {
  try {
    return body();
  } catch (const c10::Error& error) {
    throw ResourceError(std::string("training: LibTorch failed: ") + error.what_without_backtrace() +
                        "; a smaller --batch or policy needs less memory");
  }
}

std::vector<float> floats_of(const torch::Tensor& tensor) {
  if (!tensor.defined()) return {};
  const float* data = tensor.data_ptr<float>();
  return {data, data + tensor.numel()};
}

/// A view of memory that the caller keeps. LibTorch takes no pointer to const; nothing writes through it.
template <class T>
torch::Tensor view_of(std::span<const T> values, std::vector<std::int64_t> shape, torch::ScalarType type) {
  return torch::from_blob(const_cast<T*>(values.data()), shape, type);
}

NetworkShape shape_of(const Samples& samples) { return {samples.input_dim, samples.history, samples.vocabularies}; }

}  // namespace

struct Learner::Parts {
  Parts(const Samples& data, const LearnerOptions& options)
      : samples(data),
        network(make_network(options.policy, shape_of(data))),
        layout(network->parameters()),
        groups(group_vocabularies(data.vocabularies)),
        adamw_options{options.weight_decay, options.gradient_clip, options.average} {
    const auto n = static_cast<std::int64_t>(samples.size());
    inputs = view_of(std::span(samples.inputs), {n, static_cast<std::int64_t>(samples.input_dim)}, torch::kFloat);
    tokens = view_of(std::span(samples.tokens), {n, static_cast<std::int64_t>(samples.positions)}, torch::kLong);
    logits_size = std::accumulate(samples.vocabularies.begin(), samples.vocabularies.end(), std::int64_t{0});
    start(AdamW(layout, layout.initial(options.key.child("init")), adamw_options));
  }

  /// Binds the trained views to an optimiser's state.
  void start(AdamW from) {
    adamw.emplace(std::move(from));
    trained = layout.views(adamw->state().parameters);
    for (torch::Tensor& parameter : trained) parameter = parameter.detach().requires_grad_(true);
  }

  [[nodiscard]] const torch::Tensor& flat(Weights which) const {
    if (which == Weights::chosen && chosen.defined()) return chosen;
    const AdamWState& state = adamw->state();
    return which != Weights::raw && state.average.defined() ? state.average : state.parameters;
  }

  /// Soft targets of these rows, [rows × Σ vocabularies].
  [[nodiscard]] torch::Tensor soft_targets(std::span<const std::int64_t> rows) const {
    torch::Tensor targets = torch::zeros({static_cast<std::int64_t>(rows.size()), logits_size});
    float* out = targets.data_ptr<float>();
    for (const std::int64_t row : rows) {
      const auto chunk =
          std::span(samples.chunks).subspan(static_cast<std::size_t>(row) * samples.chunk_values, samples.chunk_values);
      const CodecContext context{.observations = samples.starts_of(static_cast<std::size_t>(row), 1)};
      for (std::size_t position = 0; position < samples.positions; ++position) {
        samples.soft->targets_at(context, chunk, position, {out, samples.vocabularies[position]});
        out += samples.vocabularies[position];
      }
    }
    return targets;
  }

  StepReport step(std::span<const std::int64_t> rows, double learning_rate, double ema_decay) {
    const torch::Tensor index = view_of(rows, {static_cast<std::int64_t>(rows.size())}, torch::kLong);
    const torch::Tensor batch_tokens = tokens.index_select(0, index);
    const torch::Tensor predicted = network->logits(trained, inputs.index_select(0, index), batch_tokens);
    const torch::Tensor loss = samples.soft != nullptr ? soft_log_loss(predicted, soft_targets(rows), groups)
                                                       : log_loss(predicted, batch_tokens, groups);
    const double value = loss.item<double>();
    if (!std::isfinite(value)) return {value, value};
    // Fresh gradients: nothing to zero, nothing to add to.
    return {value, adamw->update(torch::autograd::grad({loss}, trained), learning_rate, ema_decay)};
  }

  /// Calls visit(logits, tokens, first) for blocks of these rows.
  template <class F>
  void for_each_block(std::span<const std::int64_t> rows, Weights which, F&& visit) const {
    const torch::NoGradGuard no_grad;
    const std::vector<torch::Tensor> p = layout.views(flat(which));
    for (std::size_t first = 0; first < rows.size(); first += kScoreBlock) {
      const auto block = rows.subspan(first, std::min(kScoreBlock, rows.size() - first));
      const torch::Tensor index = view_of(block, {static_cast<std::int64_t>(block.size())}, torch::kLong);
      const torch::Tensor block_tokens = tokens.index_select(0, index);
      visit(network->logits(p, inputs.index_select(0, index), block_tokens), block_tokens);
    }
  }

  const Samples& samples;
  std::unique_ptr<Network> network;
  FlatParameters layout;
  std::vector<VocabularyGroup> groups;
  AdamWOptions adamw_options;
  std::int64_t logits_size = 0;
  torch::Tensor inputs, tokens, chosen;
  std::optional<AdamW> adamw;
  std::vector<torch::Tensor> trained;
};

Learner::Learner(const Samples& samples, const LearnerOptions& options)
    : parts_(guarded([&] { return std::make_unique<Parts>(samples, options); })) {}

Learner::~Learner() = default;

const std::string& Learner::policy_spec() const { return parts_->network->spec(); }

std::size_t Learner::parameters() const { return static_cast<std::size_t>(parts_->layout.size()); }

StepReport Learner::step(std::span<const std::int64_t> rows, double learning_rate, double ema_decay) {
  return guarded([&] { return parts_->step(rows, learning_rate, ema_decay); });
}

RowScores Learner::score(std::span<const std::int64_t> rows, Weights which) const {
  RowScores scores;
  const auto append = [&](const torch::Tensor& logits, const torch::Tensor& tokens) {
    const PositionScores block = score_positions(logits, tokens, parts_->groups);
    const float* nll = block.nll.data_ptr<float>();
    const std::int64_t* likely = block.most_likely.data_ptr<std::int64_t>();
    scores.nll.insert(scores.nll.end(), nll, nll + block.nll.numel());
    std::transform(likely, likely + block.most_likely.numel(), std::back_inserter(scores.most_likely),
                   [](std::int64_t token) { return static_cast<std::uint32_t>(token); });
  };
  guarded([&] { parts_->for_each_block(rows, which, append); });
  return scores;
}

std::vector<float> Learner::logits(std::span<const std::int64_t> rows, Weights which) const {
  std::vector<float> out;
  const auto append = [&](const torch::Tensor& logits, const torch::Tensor&) {
    const float* data = logits.data_ptr<float>();
    out.insert(out.end(), data, data + logits.numel());
  };
  guarded([&] { parts_->for_each_block(rows, which, append); });
  return out;
}

LearnerState Learner::state() const {
  const AdamWState& state = parts_->adamw->state();
  return {floats_of(state.parameters), floats_of(state.average), floats_of(state.first_moment),
          floats_of(state.second_moment), state.steps};
}

void Learner::restore(const LearnerState& saved) {
  const auto size = static_cast<std::size_t>(parts_->layout.size());
  const std::size_t averages = parts_->adamw_options.average ? size : 0;
  if (saved.parameters.size() != size || saved.average.size() != averages || saved.first_moment.size() != size ||
      saved.second_moment.size() != size) {
    throw DataError("training: the saved state has " + std::to_string(saved.parameters.size()) +
                    " numbers, this policy has " + std::to_string(size) + "; resume with the policy that it is of");
  }
  const auto copy = [&](const std::vector<float>& values) {
    return view_of(std::span(values), {parts_->layout.size()}, torch::kFloat).clone();
  };
  AdamWState state{copy(saved.parameters), {}, copy(saved.first_moment), copy(saved.second_moment), saved.steps};
  if (parts_->adamw_options.average) state.average = copy(saved.average);
  parts_->start(AdamW(parts_->layout, std::move(state), parts_->adamw_options));
}

TensorFile Learner::weights(Weights which) const {
  TensorFile file = parts_->layout.file(parts_->flat(which));
  const Normalisation& scale = parts_->samples.normalisation;
  file.tensors["observation_mean"] = Tensor::of({scale.mean.size()}, std::span<const float>(scale.mean));
  file.tensors["observation_inverse_std"] =
      Tensor::of({scale.inverse_std.size()}, std::span<const float>(scale.inverse_std));
  file.metadata = parts_->network->metadata();
  return file;
}

void Learner::choose(const TensorFile& file, const std::string& where) {
  parts_->chosen = parts_->layout.flat(file, where);
}

}  // namespace pianola
