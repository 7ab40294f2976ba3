#include "pianola/training/learner.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/training/adamw_internal.hpp"
#include "pianola/training/flat_parameters_internal.hpp"
#include "pianola/training/network_internal.hpp"

namespace pianola {
namespace {

constexpr std::size_t kScoreBlock = 4096;       // rows scored at a time, at most
constexpr std::size_t kScorePlaces = 1U << 14;  // places of a network that sees them together

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

void append_to(std::vector<float>& values, const torch::Tensor& tensor) {
  const float* data = tensor.data_ptr<float>();
  values.insert(values.end(), data, data + tensor.numel());
}

/// A view of memory that the caller keeps. LibTorch takes no pointer to const; nothing writes through it.
template <class T>
torch::Tensor view_of(std::span<const T> values, std::vector<std::int64_t> shape, torch::ScalarType type) {
  return torch::from_blob(const_cast<T*>(values.data()), shape, type);
}

NetworkShape shape_of(const Samples& samples) {
  NetworkShape shape;
  shape.inputs = samples.input_dim;
  shape.history = samples.history;
  shape.context = samples.context;
  shape.vocabularies = samples.vocabularies;
  if (samples.context > 0) shape.vocabularies.resize(1);
  shape.fixed_length = samples.lengths.empty() || samples.context > 0;
  shape.chunk = samples.chunk;
  shape.chunk_values = samples.chunk_values;
  shape.codes = samples.codes;
  return shape;
}

}  // namespace

struct Learner::Parts {
  Parts(const Samples& data, const LearnerOptions& options)
      : samples(data),
        network(make_network(options.policy, shape_of(data))),
        layout(network->parameters()),
        adamw_options{options.weight_decay, options.gradient_clip, options.average} {
    const auto n = static_cast<std::int64_t>(samples.size()), width = static_cast<std::int64_t>(samples.positions);
    const std::vector<std::int64_t> strides{samples.context > 0 ? 1 : width, 1};  // windows overlap
    const auto rows_of = [&](std::span<const std::int64_t> values) {
      return view_of(values, {static_cast<std::int64_t>(values.size())}, torch::kLong).as_strided({n, width}, strides);
    };
    if (samples.positions > 0) tokens = rows_of(samples.tokens);
    inputs = samples.context > 0
                 ? rows_of(samples.contexts)
                 : view_of(std::span(samples.inputs), {n, static_cast<std::int64_t>(samples.input_dim)}, torch::kFloat);
    if (network->continuous()) {
      const auto values = static_cast<std::int64_t>(samples.chunk_values);
      actions = (view_of(std::span(samples.chunks), {n, values}, torch::kFloat) -
                 view_of(std::span(samples.action_scale.mean), {values}, torch::kFloat)) *
                view_of(std::span(samples.action_scale.inverse_std), {values}, torch::kFloat);
    }
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
        if (position < samples.length(static_cast<std::size_t>(row))) {
          samples.soft->targets_at(context, chunk, position, {out, samples.vocabularies[position]});
        }
        out += samples.vocabularies[position];
      }
    }
    return targets;
  }

  /// 1 at the places of these rows that count, in a step or in a score; undefined: all do.
  [[nodiscard]] torch::Tensor counted(std::span<const std::int64_t> rows, bool scoring) const {
    if (samples.lengths.empty()) return {};
    torch::Tensor out =
        torch::zeros({static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(samples.positions)});
    float* row_out = out.data_ptr<float>();
    for (const std::int64_t row : rows) {
      const auto r = static_cast<std::size_t>(row);
      std::fill(row_out + (scoring ? samples.first(r) : 0), row_out + samples.length(r), 1.0F);
      row_out += samples.positions;
    }
    return out;
  }

  [[nodiscard]] TrainingBatch batch_of(std::span<const std::int64_t> rows, bool scoring) const {
    const torch::Tensor index = view_of(rows, {static_cast<std::int64_t>(rows.size())}, torch::kLong);
    TrainingBatch batch;
    batch.inputs = inputs.index_select(0, index);
    if (tokens.defined()) batch.tokens = tokens.index_select(0, index);
    batch.counted = counted(rows, scoring);
    if (samples.soft != nullptr && !scoring) batch.targets = soft_targets(rows);
    if (actions.defined()) batch.actions = actions.index_select(0, index);
    return batch;
  }

  /// The same up to the end of the longest of its sequences: what stands behind it is nobody's input and counts
  /// nowhere.
  [[nodiscard]] TrainingBatch trimmed_batch_of(std::span<const std::int64_t> rows, bool scoring) const {
    TrainingBatch batch = batch_of(rows, scoring);
    if (samples.lengths.empty() || samples.context > 0 || samples.soft != nullptr) return batch;
    std::size_t longest = 1;
    for (const std::int64_t row : rows) longest = std::max(longest, samples.length(static_cast<std::size_t>(row)));
    batch.tokens = batch.tokens.narrow(1, 0, static_cast<std::int64_t>(longest));
    batch.counted = batch.counted.narrow(1, 0, static_cast<std::int64_t>(longest));
    return batch;
  }

  /// [rows × positions] of what a trimmed batch's positions have: 0 behind them.
  [[nodiscard]] torch::Tensor of_all_positions(const torch::Tensor& scores, const TrainingBatch& batch) const {
    if (!batch.tokens.defined()) return scores.contiguous();
    const std::int64_t absent = static_cast<std::int64_t>(samples.positions) - batch.tokens.size(1);
    return absent == 0 ? scores.contiguous() : torch::constant_pad_nd(scores, {0, absent}).contiguous();
  }

  StepReport step(std::span<const std::int64_t> rows, double learning_rate, double ema_decay) {
    const TrainingBatch batch = trimmed_batch_of(rows, false);
    torch::Tensor loss = network->loss(network->outputs(trained, batch), batch);
    if (samples.context > 0) loss = loss / static_cast<double>(samples.context);
    const double value = loss.item<double>();
    if (!std::isfinite(value)) return {value, value};
    return {value, adamw->update(gradients(loss), learning_rate, ema_decay)};
  }

  /// Fresh ones: nothing to zero, nothing to add to. What the loss does not depend on (embeddings where only one token
  /// is predicted) has zeros.
  [[nodiscard]] std::vector<torch::Tensor> gradients(const torch::Tensor& loss) const {
    std::vector<torch::Tensor> out =
        torch::autograd::grad({loss}, trained, {}, std::nullopt, false, /*allow_unused=*/true);
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (!out[i].defined()) out[i] = torch::zeros_like(trained[i]);
    }
    return out;
  }

  /// Calls visit(parameters, rows of a block) for blocks of these rows.
  template <class F>
  void for_each_block(std::span<const std::int64_t> rows, Weights which, F&& visit) const {
    const torch::NoGradGuard no_grad;
    const std::vector<torch::Tensor> p = layout.views(flat(which));
    const std::size_t places = samples.positions + samples.history;
    const std::size_t most = network->autoregressive() ? std::max<std::size_t>(1, kScorePlaces / places) : kScoreBlock;
    for (std::size_t first = 0; first < rows.size(); first += most) {
      visit(p, rows.subspan(first, std::min(most, rows.size() - first)));
    }
  }

  const Samples& samples;
  std::unique_ptr<Network> network;
  FlatParameters layout;
  AdamWOptions adamw_options;
  std::int64_t logits_size = 0;
  torch::Tensor inputs, tokens, actions, chosen;
  std::optional<AdamW> adamw;
  std::vector<torch::Tensor> trained;
};

void check_policy(const Samples& samples, const std::string& policy) {
  static_cast<void>(make_network(policy, shape_of(samples)));
}

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
  const auto append = [&](const std::vector<torch::Tensor>& p, std::span<const std::int64_t> block_rows) {
    const TrainingBatch batch = parts_->trimmed_batch_of(block_rows, true);
    const NetworkScores block = parts_->network->score(parts_->network->outputs(p, batch), batch);
    if (block.nll.defined()) append_to(scores.nll, parts_->of_all_positions(block.nll, batch));
    if (!block.most_likely.defined()) return;
    const torch::Tensor tokens = parts_->of_all_positions(block.most_likely, batch);
    const std::int64_t* likely = tokens.data_ptr<std::int64_t>();
    std::transform(likely, likely + tokens.numel(), std::back_inserter(scores.most_likely),
                   [](std::int64_t token) { return static_cast<std::uint32_t>(token); });
  };
  guarded([&] { parts_->for_each_block(rows, which, append); });
  return scores;
}

std::vector<float> Learner::outputs(std::span<const std::int64_t> rows, Weights which) const {
  std::vector<float> out;
  const auto append = [&](const std::vector<torch::Tensor>& p, std::span<const std::int64_t> block_rows) {
    append_to(out, parts_->network->outputs(p, parts_->batch_of(block_rows, true)).contiguous());
  };
  guarded([&] { parts_->for_each_block(rows, which, append); });
  return out;
}

bool Learner::autoregressive() const { return parts_->network->autoregressive(); }

bool Learner::continuous() const { return parts_->network->continuous(); }

bool Learner::scored() const { return parts_->network->measure() != Measure::none; }

bool Learner::density() const { return parts_->network->measure() == Measure::density; }

void Learner::start_from(const TensorFile& file, const std::string& where) {
  guarded([&] { parts_->start(AdamW(parts_->layout, parts_->layout.flat(file, where), parts_->adamw_options)); });
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
  const auto put = [&](const std::string& name, const std::vector<float>& values) {
    if (!values.empty()) file.tensors[name] = Tensor::of({values.size()}, std::span<const float>(values));
  };
  put("observation_mean", scale.mean);
  put("observation_inverse_std", scale.inverse_std);
  if (continuous()) {
    put("action_mean", parts_->samples.action_scale.mean);
    put("action_inverse_std", parts_->samples.action_scale.inverse_std);
    const std::vector<float>& codes = parts_->samples.codes;
    const std::size_t width = parts_->samples.chunk_values;
    if (!codes.empty())
      file.tensors["codes"] = Tensor::of({codes.size() / width, width}, std::span<const float>(codes));
  }
  file.metadata = parts_->network->metadata();
  return file;
}

void Learner::choose(const TensorFile& file, const std::string& where) {
  parts_->chosen = parts_->layout.flat(file, where);
}

}  // namespace pianola
