#include "pianola/training/tabular_trainer.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/policies/run_folder.hpp"
#include "pianola/policies/tabular_policy.hpp"
#include "pianola/training/memory_columns.hpp"
#include "pianola/training/metrics.hpp"
#include "pianola/training/run_start.hpp"
#include "pianola/training/samples.hpp"

namespace pianola {
namespace {

struct NoTabularOptions {
  template <class V>
  void visit(V&&) {}
};

constexpr std::size_t kLanes = 256;  // rows scored at a time

/// Histories as a deployed policy sees them, not normalised, one for each row of the samples.
std::vector<float> raw_histories(const Dataset& data, std::size_t history, std::size_t chunk) {
  const std::size_t dim = data.info().observation_dim;
  std::vector<float> out;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const std::size_t begin = data.offsets()[i], end = data.offsets()[i + 1];
    for (std::size_t now = begin; now + chunk <= end; ++now) {
      for (std::size_t back = history; back-- > 0;) {
        const std::size_t row = now >= begin + back ? now - back : begin;
        for (std::size_t d = 0; d < dim; ++d) out.push_back(static_cast<float>(data.observations()[row * dim + d]));
      }
    }
  }
  return out;
}

/// The rows of a matrix, as another type.
template <class To, class From>
std::vector<To> rows_of(std::span<const From> values, std::size_t width, std::span<const std::int64_t> rows) {
  std::vector<To> out;
  out.reserve(rows.size() * width);
  for (const std::int64_t row : rows) {
    const auto from = values.subspan(static_cast<std::size_t>(row) * width, width);
    std::ranges::transform(from, std::back_inserter(out), [](From x) { return static_cast<To>(x); });
  }
  return out;
}

/// The same of what a policy sees where tokens move a scale.
std::vector<float> seen_histories(const TrainPlan& plan) {
  const auto history = static_cast<std::size_t>(plan.config.history),
             chunk = static_cast<std::size_t>(plan.config.chunk);
  if (plan.quantizer->info().memory_size == 0) return raw_histories(*plan.data, history, chunk);
  return raw_histories(with_memory_columns(*plan.data, *plan.quantizer).data, history, chunk);
}

/// What of the data a block of rows needs.
struct Block {
  std::vector<float> inputs;
  std::vector<Token> tokens;
  std::vector<double> chunks, starts, memory;
  std::vector<std::uint64_t> ids;
  std::vector<std::uint32_t> h;
  std::vector<Outcome> outcomes;

  Block(const Samples& samples, std::span<const float> histories, std::span<const std::int64_t> rows)
      : inputs(rows_of<float, float>(histories, histories.size() / samples.size(), rows)),
        tokens(rows_of<Token, std::int64_t>(samples.tokens, samples.positions, rows)),
        chunks(rows_of<double, float>(samples.chunks, samples.chunk_values, rows)),
        memory(samples.memory_of(rows)),
        ids(rows.size()),
        h(rows.size()),
        outcomes(rows.size(), Outcome::running) {
    for (const std::int64_t row : rows) {
      const auto start = samples.starts_of(static_cast<std::size_t>(row), 1);
      starts.insert(starts.end(), start.begin(), start.end());
    }
  }
  [[nodiscard]] Situation situation() const { return {ids, h, starts, outcomes, nullptr}; }
};

/// log of the softmax of `logits` at k.
double log_probability(std::span<const float> logits, std::size_t k) {
  double sum = 0.0;
  for (const float l : logits) sum += std::exp(static_cast<double>(l) - static_cast<double>(std::ranges::max(logits)));
  return static_cast<double>(logits[k]) - static_cast<double>(std::ranges::max(logits)) - std::log(sum);
}

/// −Σ log π̂ of the tokens of a block, nats.
double block_nll(const Policy& policy, const Block& block) {
  const auto& vocabularies = policy.info().vocabularies;
  const std::size_t lanes = block.ids.size();
  const auto session = policy.session(lanes);
  session->begin(block.situation(), block.inputs);
  std::vector<Token> previous(lanes);
  std::vector<float> logits;
  double sum = 0.0;
  for (std::size_t p = 0; p < vocabularies.size(); ++p) {
    logits.resize(lanes * vocabularies[p]);
    session->logits(previous, logits);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      previous[lane] = block.tokens[lane * vocabularies.size() + p];
      sum -= log_probability(std::span(logits).subspan(lane * vocabularies[p], vocabularies[p]), previous[lane]);
    }
  }
  return sum;
}

template <class Visit>
void for_each_block(std::span<const std::int64_t> rows, Visit visit) {
  for (std::size_t first = 0; first < rows.size(); first += kLanes) {
    visit(rows.subspan(first, std::min(kLanes, rows.size() - first)));
  }
}

/// Nats per action.
double mean_nll(const Policy& policy, const Samples& samples, std::span<const float> histories,
                std::span<const std::int64_t> rows, int chunk) {
  double sum = 0.0;
  for_each_block(
      rows, [&](std::span<const std::int64_t> part) { sum += block_nll(policy, Block(samples, histories, part)); });
  return sum / static_cast<double>(rows.size()) / chunk;
}

std::vector<double> decoded_rmse(const Policy& policy, const Quantizer& quantizer, const Samples& samples,
                                 std::span<const float> histories, std::span<const std::int64_t> rows) {
  const std::size_t dim = quantizer.info().action_dim;
  std::vector<double> squares(dim, 0.0);
  for_each_block(rows, [&](std::span<const std::int64_t> part) {
    Block block(samples, histories, part);
    Decoder decoder(policy, quantizer, {DecodeMode::argmax}, part.size());
    std::vector<double> decoded(block.chunks.size()), errors(decoded.size());
    decoder.decide(NoiseKey(), block.situation(), block.inputs, decoded, {}, {}, block.memory);
    action_errors(quantizer, block.chunks, decoded, errors);
    for (std::size_t i = 0; i < errors.size(); ++i) squares[i % dim] += errors[i] * errors[i];
  });
  const double count = static_cast<double>(rows.size() * samples.chunk_values / dim);
  for (double& square : squares) square = std::sqrt(square / count);
  return squares;
}

Samples checked_samples(const TrainPlan& plan) {
  if (plan.config.context > 0) {
    throw UsageError("policy 'tabular' sees observations, not a context of tokens; use --policy transformer");
  }
  Samples samples = make_samples(*plan.data, *plan.quantizer,
                                 {.history = static_cast<std::size_t>(plan.config.history),
                                  .validation = plan.config.validation,
                                  .key = NoiseKey(plan.config.seed)});
  if (!samples.lengths.empty()) {
    throw UsageError("train: quantizer '" + plan.quantizer->info().spec +
                     "' has token sequences of varying length, which a table does not count; use --policy transformer, "
                     "or a quantizer such as uniform");
  }
  if (samples.soft == nullptr) return samples;
  throw UsageError("train: quantizer '" + plan.quantizer->info().spec +
                   "' has soft targets, and a table counts tokens; use --policy mlp, or a quantizer such as uniform");
}

void write_tabular(const TrainPlan& plan, const std::string& spec, const TabularCounts& counts) {
  const Identity identity = identity_of(plan, spec);
  write_policy(plan.run / "policy.safetensors", to_tensors(counts),
               {spec, plan.system != nullptr ? plan.system->info().spec : "", identity.at("dataset_fingerprint"),
                identity.at("quantizer_fingerprint"), "counts", "", memory_columns(*plan.quantizer)});
}

}  // namespace

TrainResult train_tabular(const TrainPlan& plan) {
  const TrainConfig& config = plan.config;
  const auto options = read_options<NoTabularOptions>(parse_spec(config.policy), "policy 'tabular'");
  const std::string spec = write_spec("tabular", options).text();
  const Samples samples = checked_samples(plan);
  const auto history = static_cast<std::size_t>(config.history);
  const std::vector<float> histories = seen_histories(plan);
  static_cast<void>(start_run(plan, spec));
  const TabularCounts counts =
      count_sequences(history, samples.vocabularies, rows_of<float, float>(histories, samples.input_dim, samples.train),
                      rows_of<Token, std::int64_t>(samples.tokens, samples.positions, samples.train));
  write_tabular(plan, spec, counts);
  const auto policy = make_tabular_policy(counts);
  TrainResult result;
  result.run = plan.run;
  result.chosen = "counts";
  result.train_nll = mean_nll(*policy, samples, histories, samples.train, config.chunk);
  if (!samples.validation.empty()) {
    result.validation_nll = mean_nll(*policy, samples, histories, samples.validation, config.chunk);
  }
  const auto& rows = samples.validation.empty() ? samples.train : samples.validation;
  result.decoded_rmse_per_dimension = decoded_rmse(*policy, *plan.quantizer, samples, histories, rows);
  MetricsFile metrics(plan.run / "metrics.jsonl", 0);
  metrics.write(0, {{"loss", *result.train_nll}, {"validation_nll", result.validation_nll.value_or(std::nan(""))}});
  metrics.sync();
  return result;
}

}  // namespace pianola
