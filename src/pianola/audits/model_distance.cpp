#include "pianola/audits/model_distance.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pianola/base/spec.hpp"
#include "pianola/control/augmented.hpp"

namespace pianola {
namespace {

std::string obstacle(const AuditPlan& plan) {
  if (parse_spec(plan.controller).name != "augmented") return "the controller keeps no auxiliary state";
  if (plan.deployment.quantizer == nullptr) return "there are no tokens";
  if (plan.recorded != nullptr) return "the expert's trajectories were played before: no model is rolled beside them";
  if (!plan.deployment.system->info().deterministic && plan.deployment.quantizer->info().chunk > 1) {
    return "the plant has process noise within a chunk, which the expert's tokens know and no policy can: the form is "
           "for decisions of one action each";
  }
  return "";
}

double distance(std::span<const double> a, std::span<const double> b) {
  double square = 0.0;
  for (std::size_t d = 0; d < a.size(); ++d) square += (a[d] - b[d]) * (a[d] - b[d]);
  return std::isfinite(square) ? std::sqrt(square) : std::numeric_limits<double>::infinity();
}

}  // namespace

std::vector<double> largest_of_last(std::span<const double> values, std::size_t window) {
  std::vector<double> out(values.begin(), values.end());
  for (std::size_t h = 0; h < values.size(); ++h) {
    for (std::size_t back = 1; back < std::min(window, h + 1); ++back) out[h] = std::max(out[h], values[h - back]);
  }
  return out;
}

ModelDistance::ModelDistance(const AuditPlan& plan) : plan_(plan), why_not_(obstacle(plan)) {
  if (!known()) return;
  const Deployment& deployment = plan.deployment;
  model_ = augmented_model(plan.controller, deployment);
  session_ = model_->session(1);
  plant_ = deployment.system->simulate(1);
  follows_tokens_ = !(model_->info().needs_plant && deployment.expert->info().deterministic);
  if (deployment.policy) history_ = deployment.policy->info().history;
  auxiliary_.resize(deployment.system->info().observation_dim);
}

void ModelDistance::start(const ExpertTrajectory& t) {
  const std::uint32_t first = 0;
  const Outcome running = Outcome::running;
  plant_->reset(plan_.key, {&t.id, 1});
  plant_->observe(auxiliary_);
  session_->start(plan_.key, {{&t.id, 1}, {&first, 1}, auxiliary_, {&running, 1}, plant_.get()});
  memory_.assign(plan_.deployment.quantizer->info().memory_size, 0.0);
}

/// Of the chunk that begins at `step`, where the model reads tokens.
void ModelDistance::encode(const ExpertTrajectory& t, std::size_t step) {
  const Quantizer& quantizer = *plan_.deployment.quantizer;
  const std::size_t m = quantizer.info().action_dim, n = auxiliary_.size();
  if (!model_->info().reads_tokens) return;
  const auto raw = t.actions.subspan(step * m, quantizer.info().chunk * m);
  chunk_.resize(raw.size());
  std::ranges::transform(raw, chunk_.begin(), [](double u) { return static_cast<float>(u); });
  tokens_.assign(quantizer.info().max_tokens, 0);
  std::uint32_t length = 0;
  const auto h = static_cast<std::uint32_t>(step);
  const NoiseKey dither = plan_.key.child("dither");
  quantizer.encode(chunk_, {&dither, {&t.id, 1}, {&h, 1}, memory_, t.observations.subspan(step * n, n)},
                   {tokens_, {&length, 1}});
}

std::vector<double> ModelDistance::of(const ExpertTrajectory& t) {
  if (!known()) return {};
  const std::size_t n = auxiliary_.size(), m = plan_.deployment.quantizer->info().action_dim;
  const std::size_t chunk = plan_.deployment.quantizer->info().chunk, steps = t.quantized.size() / m;
  std::vector<double> away(plan_.horizon, 0.0);
  start(t);
  for (std::size_t step = 0; step < steps; ++step) {
    if (step % chunk == 0) encode(t, step);
    session_->observe(auxiliary_);
    away[step] = distance(auxiliary_, t.observations.subspan(step * n, n));
    const auto h = static_cast<std::uint32_t>(step);
    session_->step({{&t.id, 1}, {&h, 1}, tokens_, t.quantized.subspan(step * m, m)});
  }
  away = largest_of_last(away, history_);
  for (std::size_t h = 0; h < away.size(); ++h) {
    if (h % chunk != 0 || h >= steps) away[h] = 0.0;
  }
  return away;
}

}  // namespace pianola
