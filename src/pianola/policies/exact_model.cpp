#include "pianola/policies/exact_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/policies/expert_chunk.hpp"

namespace pianola {
namespace {

/// Decoders work in float32, the quantized expert in double: the same token is the same float.
bool same_token(std::span<const double> a, std::span<const double> b) {
  return std::ranges::equal(a, b, [](double x, double y) { return static_cast<float>(x) == static_cast<float>(y); });
}

/// The raw actions of a stochastic expert that its tokens may have been.
class ActionsInBins {
 public:
  ActionsInBins(const ExactModelParts& parts, std::size_t lanes)
      : parts_(parts),
        dim_(parts.expert->info().action_dim),
        drawn_(lanes * dim_),
        decoded_(drawn_),
        wrong_(lanes),
        pending_(lanes) {}

  /// key: of the controller; model: of the tries. actions: [lanes × dim].
  void draw(const NoiseKey& key, const NoiseKey& model, const Situation& situation, const TokenStep& played,
            std::span<double> actions) {
    std::ranges::copy(played.actions, actions.begin());
    for (std::size_t lane = 0; lane < pending_.size(); ++lane) {
      pending_[lane] = situation.outcomes[lane] == Outcome::running ? 1 : 0;
    }
    for (std::uint32_t t = 0; t < parts_.tries && any_pending(); ++t) {
      parts_.expert->act(model.child("try", t), situation, drawn_);
      accept(key, situation, played, actions);
    }
    if (any_pending()) choose_atoms(key, model, situation, played, actions);
  }

 private:
  [[nodiscard]] bool any_pending() const { return std::ranges::find(pending_, 1) != pending_.end(); }

  void accept(const NoiseKey& key, const Situation& situation, const TokenStep& played, std::span<double> actions) {
    make_finite(drawn_, wrong_);
    quantize(key, situation.ids, situation.h, situation.observations, drawn_, decoded_);
    for (std::size_t lane = 0; lane < pending_.size(); ++lane) {
      if (pending_[lane] == 0 || wrong_[lane] != 0) continue;
      if (!same_token(row(decoded_, lane), row(played.actions, lane))) continue;
      std::ranges::copy(row(drawn_, lane), actions.subspan(lane * dim_, dim_).begin());
      pending_[lane] = 0;
    }
  }

  void quantize(const NoiseKey& key, Ids ids, std::span<const std::uint32_t> h, std::span<const double> observations,
                std::span<const double> raw, std::span<double> out) const {
    const NoiseKey dither = key.child("dither");
    parts_.quantizer->quantize(raw, CodecContext{&dither, ids, h, {}, observations}, out);
  }

  /// Exact, where the law has atoms; a lane none of whose atoms is in the bin keeps the decoded action.
  void choose_atoms(const NoiseKey& key, const NoiseKey& model, const Situation& situation, const TokenStep& played,
                    std::span<double> actions) {
    laws_.resize(pending_.size());
    if (!parts_.expert->law(situation, laws_)) return;
    for (std::size_t lane = 0; lane < pending_.size(); ++lane) {
      const ActionLaw& law = laws_[lane];
      if (pending_[lane] == 0 || !law.stds.empty()) continue;
      weigh_atoms(key, situation, lane, row(played.actions, lane));
      double total = 0.0;
      for (const double weight : weights_) total += weight;
      if (total <= 0.0) continue;
      double left = total * uniform(model.child("atom"), situation.ids[lane], situation.h[lane]);
      std::size_t atom = 0;
      for (std::size_t i = 0; i < weights_.size() && left >= 0.0; ++i) {
        if (weights_[i] > 0.0) atom = i;
        left -= weights_[i];
      }
      std::ranges::copy(row(law.means, atom), actions.subspan(lane * dim_, dim_).begin());
    }
  }

  /// weights_: those of the law's atoms, 0 outside the bin of `token`.
  void weigh_atoms(const NoiseKey& key, const Situation& situation, std::size_t lane, std::span<const double> token) {
    const ActionLaw& law = laws_[lane];
    const std::size_t width = situation.observations.size() / pending_.size();
    weights_ = law.weights;
    atom_.resize(dim_);
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      quantize(key, situation.ids.subspan(lane, 1), situation.h.subspan(lane, 1),
               situation.observations.subspan(lane * width, width), row(law.means, i), atom_);
      if (!same_token(atom_, token)) weights_[i] = 0.0;
    }
  }

  [[nodiscard]] std::span<const double> row(std::span<const double> values, std::size_t i) const {
    return values.subspan(i * dim_, dim_);
  }

  const ExactModelParts& parts_;
  std::size_t dim_;
  std::vector<double> drawn_, decoded_, weights_, atom_;
  std::vector<std::uint8_t> wrong_, pending_;
  std::vector<ActionLaw> laws_;
};

class ExactSession final : public TransitionSession {
 public:
  ExactSession(const ExactModelParts& parts, std::size_t lanes)
      : parts_(parts),
        plant_(parts.system->simulate(lanes)),
        bins_(parts, lanes),
        h_(lanes),
        outcomes_(lanes),
        observations_(lanes * parts.system->info().observation_dim),
        raw_(lanes * parts.system->info().action_dim),
        rewards_(lanes),
        saved_(lanes * parts.system->info().state_size) {}

  [[nodiscard]] std::unique_ptr<TransitionSession> clone() const override {
    auto copy = std::make_unique<ExactSession>(parts_, outcomes_.size());
    copy->key_ = key_;
    copy->ids_ = ids_;
    copy->h_ = h_;
    copy->outcomes_ = outcomes_;
    copy->observations_ = observations_;
    if (!ids_.empty()) copy->plant_->reset(model_key(), ids_);
    plant_->save(copy->saved_);
    copy->plant_->restore(copy->saved_);
    return copy;
  }

  void start(const NoiseKey& key, const Situation& situation) override {
    require_plant(situation);
    // The state comes from restore(); reset() only names the noise, so it is called where that changed.
    if (ids_.empty() || key != key_ || !std::ranges::equal(ids_, situation.ids)) {
      key_ = key;
      ids_.assign(situation.ids.begin(), situation.ids.end());
      plant_->reset(model_key(), ids_);
    }
    situation.plant->save(saved_);
    plant_->restore(saved_);
    plant_->observe(observations_);
    outcomes_.assign(situation.outcomes.begin(), situation.outcomes.end());
  }

  void restart(const Situation& situation, std::span<const std::uint8_t> which) override {
    require_plant(situation);
    const std::size_t size = parts_.system->info().state_size;
    real_.resize(saved_.size());
    situation.plant->save(real_);
    plant_->save(saved_);
    for (std::size_t lane = 0; lane < which.size(); ++lane) {
      if (which[lane] == 0) continue;
      std::copy_n(&real_[lane * size], size, &saved_[lane * size]);
      outcomes_[lane] = situation.outcomes[lane];
    }
    plant_->restore(saved_);
    plant_->observe(observations_);
  }

  void step(const TokenStep& played) override {
    std::ranges::copy(played.h, h_.begin());
    const Situation here{ids_, h_, observations_, outcomes_, plant_.get()};
    if (parts_.expert->info().deterministic) {
      parts_.expert->act(key_, here, raw_);
    } else {
      bins_.draw(key_, model_key(), here, played, raw_);
    }
    diverge_where_not_finite(raw_, outcomes_);
    plant_->step(h_, raw_, rewards_, outcomes_);
    plant_->observe(observations_);
  }

  void observe(std::span<double> out) const override { std::ranges::copy(observations_, out.begin()); }
  [[nodiscard]] std::span<const Outcome> outcomes() const override { return outcomes_; }
  [[nodiscard]] const Simulation* plant() const override { return plant_.get(); }

  bool log_density(const TokenStep& played, std::span<const double> next, std::span<double> out) override {
    if (!parts_.expert->info().deterministic || !parts_.system->info().deterministic) return false;
    const auto ahead = clone();
    ahead->step(played);
    std::vector<double> certain(observations_.size());
    ahead->observe(certain);
    const std::size_t dim = certain.size() / std::max<std::size_t>(out.size(), 1);
    for (std::size_t lane = 0; lane < out.size(); ++lane) {
      const bool equal = std::equal(&certain[lane * dim], &certain[lane * dim] + dim, &next[lane * dim]);
      out[lane] = equal ? 0.0 : -std::numeric_limits<double>::infinity();
    }
    return true;
  }

 private:
  void require_plant(const Situation& situation) const {
    if (situation.plant != nullptr && &situation.plant->system() == parts_.system.get()) return;
    throw UsageError(
        fmt::format("transition model 'exact': has to be started from a simulated plant of '{}', whose state it "
                    "copies; use a learned model where there is none",
                    parts_.system->info().spec));
  }
  [[nodiscard]] NoiseKey model_key() const { return key_.child("plan").child("model"); }

  const ExactModelParts& parts_;
  std::unique_ptr<Simulation> plant_;  // in the auxiliary state
  ActionsInBins bins_;
  NoiseKey key_;
  std::vector<std::uint64_t> ids_;
  std::vector<std::uint32_t> h_;
  std::vector<Outcome> outcomes_;
  std::vector<double> observations_, raw_, rewards_, saved_, real_;
};

void check(const ExactModelParts& parts) {
  assert(parts.system && parts.expert && parts.quantizer && parts.tries >= 1);
  const auto& codec = parts.quantizer->info();
  if (parts.expert->info().deterministic || (codec.chunk == 1 && codec.memory_size == 0)) return;
  throw UsageError(fmt::format(
      "transition model 'exact': the law of the actions of the stochastic expert '{}' given their tokens is known for "
      "one action at a time and quantizers without memory, not for '{}' with chunks of {}; use --chunk 1 and another "
      "quantizer, or a learned model",
      parts.expert->info().spec, codec.spec, codec.chunk));
}

class ExactModel final : public TransitionModel {
 public:
  explicit ExactModel(ExactModelParts parts) : parts_(std::move(parts)) {
    check(parts_);
    info_.spec = "exact";
    info_.observation_dim = parts_.system->info().observation_dim;
    info_.action_dim = parts_.system->info().action_dim;
    info_.deterministic = parts_.expert->info().deterministic && parts_.system->info().deterministic;
    info_.needs_plant = true;
    info_.geometry = pianola::observation_geometry(*parts_.system);
  }
  [[nodiscard]] const TransitionInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<TransitionSession> session(std::size_t lanes) const override {
    return std::make_unique<ExactSession>(parts_, lanes);
  }

 private:
  ExactModelParts parts_;
  TransitionInfo info_;
};

}  // namespace

std::shared_ptr<const TransitionModel> make_exact_model(ExactModelParts parts) {
  return std::make_shared<ExactModel>(std::move(parts));
}

}  // namespace pianola
