#include "pianola/policies/policy_log_loss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "pianola/base/dense.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/random_subset.hpp"
#include "pianola/policies/recorded_history.hpp"

namespace pianola {
namespace {

constexpr std::size_t kLanes = 64;

void check(const PolicyInfo& policy, const QuantizerInfo& quantizer, const DatasetInfo& data) {
  if (quantizer.memory_size != 0) {
    throw UsageError(fmt::format(
        "log-loss: quantizer '{}' has a moving scale, and recorded steps do not say where it stands; its training "
        "reports the log-loss, and the closed loop (pianola evaluate --run) what it costs",
        quantizer.spec));
  }
  if (data.observation_dim != policy.observation_dim || data.action_dim != quantizer.action_dim) {
    throw UsageError(fmt::format(
        "log-loss: dataset '{}' has {} observations and {} action dimensions, but the policy sees {} and its "
        "quantizer decodes {}; use the data of its training",
        data.path, data.observation_dim, data.action_dim, policy.observation_dim, quantizer.action_dim));
  }
  if (policy.vocabularies != quantizer.vocabularies) {
    throw UsageError(
        fmt::format("log-loss: policy '{}' and quantizer '{}' must have the same vocabularies; use the quantizer that "
                    "the policy was trained with",
                    policy.spec, quantizer.spec));
  }
}

/// A step with a whole chunk ahead.
struct Start {
  std::size_t trajectory, begin, row;
};

std::vector<Start> starts_of(const Dataset& dataset, std::size_t chunk, std::size_t most, const NoiseKey& key) {
  std::vector<Start> all;
  for (std::size_t i = 0; i < dataset.size(); ++i) {
    const std::size_t begin = dataset.offsets()[i], end = dataset.offsets()[i + 1];
    for (std::size_t row = begin; row + chunk <= end; ++row) all.push_back({i, begin, row});
  }
  if (all.empty()) {
    throw DataError(fmt::format("log-loss: dataset '{}' has no trajectory of {} steps, a chunk of the policy",
                                dataset.info().path, chunk));
  }
  if (most == 0 || all.size() <= most) return all;
  std::vector<Start> chosen;
  for (const std::size_t i : random_subset(all.size(), most, key)) chosen.push_back(all[i]);
  return chosen;
}

/// Up to kLanes decisions of the data.
struct Batch {
  std::vector<float> histories, chunks;
  std::vector<double> observations;
  std::vector<std::uint64_t> ids;
  std::vector<std::uint32_t> h, lengths;
  std::vector<Token> tokens;
};

Batch gather(const Dataset& dataset, const PolicyInfo& policy, const QuantizerInfo& quantizer,
             std::span<const Start> starts) {
  Batch batch;
  const std::size_t dim = policy.observation_dim, values = quantizer.chunk * quantizer.action_dim;
  for (const Start& start : starts) {
    const auto recorded = dataset.observations().subspan(start.begin * dim, (start.row - start.begin + 1) * dim);
    batch.histories.resize(batch.histories.size() + policy.history * dim);
    recorded_history(recorded, start.row - start.begin, policy, std::span(batch.histories).last(policy.history * dim));
    batch.observations.insert(batch.observations.end(), recorded.end() - static_cast<std::ptrdiff_t>(dim),
                              recorded.end());
    for (const double u : dataset.actions().subspan(start.row * quantizer.action_dim, values)) {
      batch.chunks.push_back(static_cast<float>(u));
    }
    batch.ids.push_back(start.trajectory);
    batch.h.push_back(static_cast<std::uint32_t>(start.row - start.begin));
  }
  batch.tokens.resize(starts.size() * quantizer.max_tokens);
  batch.lengths.resize(starts.size());
  return batch;
}

/// Σ −log P over the batch's tokens.
double loss_of(PolicySession& session, const Batch& batch, const QuantizerInfo& info) {
  const std::size_t lanes = batch.ids.size();
  const std::vector<Outcome> outcomes(lanes, Outcome::running);
  session.begin({batch.ids, batch.h, batch.observations, outcomes}, batch.histories);
  std::vector<Token> previous(lanes);
  std::vector<float> logits;
  double sum = 0.0;
  const std::size_t longest = *std::ranges::max_element(batch.lengths);
  for (std::size_t p = 0; p < longest; ++p) {
    const std::size_t vocabulary = info.vocabularies[p];
    logits.resize(lanes * vocabulary);
    session.logits(previous, logits);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      previous[lane] = batch.tokens[lane * info.max_tokens + p];
      if (p >= batch.lengths[lane]) continue;
      const std::span<const float> row(&logits[lane * vocabulary], vocabulary);
      sum += log_sum_exp(row) - static_cast<double>(row[previous[lane]]);
    }
  }
  return sum;
}

}  // namespace

PolicyLogLoss policy_log_loss(const Policy& policy, const Quantizer& quantizer, const Dataset& dataset,
                              const NoiseKey& key, std::size_t most) {
  const QuantizerInfo& info = quantizer.info();
  check(policy.info(), info, dataset.info());
  const std::vector<Start> starts = starts_of(dataset, info.chunk, most, key.child("chunks"));
  const NoiseKey dither = key.child("dither");
  double sum = 0.0;
  std::unique_ptr<PolicySession> session;
  for (std::size_t first = 0; first < starts.size(); first += kLanes) {
    const std::size_t lanes = std::min(kLanes, starts.size() - first);
    Batch batch = gather(dataset, policy.info(), info, std::span(starts).subspan(first, lanes));
    quantizer.encode(batch.chunks, {&dither, batch.ids, batch.h, {}, batch.observations},
                     {batch.tokens, batch.lengths});
    if (first == 0 || lanes < kLanes) session = policy.session(lanes);
    sum += loss_of(*session, batch, info);
  }
  return {sum / static_cast<double>(starts.size() * info.chunk), starts.size()};
}

}  // namespace pianola
