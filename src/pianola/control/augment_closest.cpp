// Closest-token closed-loop fine-tuning data. The policy is rolled out from the demonstration's initial state under the
// noise that it was collected under; of its k most likely tokens the one is executed that leads closest to the
// demonstration's next state, so the rollout stays near it and visits states as the policy does:
//
//   executed  argmin over ũ ∈ top_k π̂(· | x_h) of ‖f(x_h, decode ũ, ω_h) − x*_{h+1}‖
//   label     the same over those and the demonstration's own token
//
// Distances in units of the demonstrations' own standard deviations, angles the short way round; candidates are tried
// on saved and restored copies of the plant. The k most likely tokens are those that a beam search of k beams ends
// with; of policies that cannot branch, k draws. A rollout ends with the demonstration that it follows, or before,
// where the plant does. Demonstrations that were executed with noise are not followed: they do not show where the
// expert goes. Source: Zhang et al., Closed-Loop Supervised Fine-Tuning of Tokenized Traffic Models, arXiv:2412.05334,
// §4. Differs: there the label is the closest of all tokens, and the reference a log; here the plant is asked for each
// candidate, so only k + 1 are tried.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pianola/base/rows.hpp"
#include "pianola/control/augmentation.hpp"
#include "pianola/control/demonstration_replay.hpp"
#include "pianola/control/history.hpp"
#include "pianola/data/normalisation.hpp"
#include "pianola/policies/beam_search.hpp"
#include "pianola/policies/expert_chunk.hpp"
#include "pianola/policies/transition_data.hpp"
#include "pianola/systems/observation_geometry.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "augmentation 'closest'";
constexpr double kFar = std::numeric_limits<double>::infinity();

struct ClosestConfig {
  std::uint64_t k = 8;
  template <class V>
  void visit(V&& v) {
    v("k", k, "most likely tokens of the policy that are tried at each step, 1 … 1,024");
  }
};

/// The tokens that a policy would play, decoded: k candidates a lane.
class Candidates {
 public:
  Candidates(const Policy& policy, const Quantizer& quantizer, std::size_t k, std::size_t lanes)
      : quantizer_(quantizer),
        k_(k),
        lanes_(lanes),
        tokens_(lanes * quantizer.info().max_tokens),
        lengths_(lanes),
        decoded_(lanes * quantizer.info().action_dim),
        status_(lanes),
        actions_(k, std::vector<double>(decoded_.size())) {
    if (policy.session(1)->can_branch()) {
      beams_ = std::make_unique<BeamSearch>(policy, quantizer, k, lanes);
      lawless_.resize(lanes);
    } else {
      draws_ = std::make_unique<Decoder>(policy, quantizer, DecodeOptions{}, lanes);
    }
  }

  void find(const NoiseKey& key, const Situation& situation, std::span<const float> histories) {
    if (draws_ != nullptr) {
      for (std::size_t c = 0; c < k_; ++c) draws_->decide(key.child("draw", c), situation, histories, actions_[c]);
      return;
    }
    beams_->search(key, situation, histories, 1.0, {tokens_, lengths_, {}, lawless_});
    for (std::size_t c = 0; c < k_; ++c) decode(key, situation, c);
  }

  /// [lanes × action_dim] of candidate c; NaN where a lane has not so many.
  [[nodiscard]] std::span<const double> actions(std::size_t c) const { return actions_[c]; }

 private:
  void decode(const NoiseKey& key, const Situation& situation, std::size_t c) {
    const std::size_t width = quantizer_.info().max_tokens, dim = quantizer_.info().action_dim;
    std::ranges::fill(tokens_, Token{0});
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      const auto found = beams_->ranked(lane, c);
      lengths_[lane] = found ? found->length : 0;
      if (found) std::ranges::copy(found->tokens, tokens_.begin() + static_cast<std::ptrdiff_t>(lane * width));
    }
    const NoiseKey dither = key.child("dither");
    const CodecContext context{&dither, situation.ids, situation.h, {}, situation.observations};
    quantizer_.decode(TokenBatch{tokens_, lengths_}, context, decoded_, status_);
    std::ranges::copy(decoded_, actions_[c].begin());
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      if (beams_->ranked(lane, c)) continue;
      std::ranges::fill(std::span(actions_[c]).subspan(lane * dim, dim), std::numeric_limits<double>::quiet_NaN());
    }
  }

  const Quantizer& quantizer_;
  std::size_t k_, lanes_;
  std::unique_ptr<BeamSearch> beams_;
  std::unique_ptr<Decoder> draws_;  // where the policy cannot branch
  std::vector<Token> tokens_;
  std::vector<std::uint32_t> lengths_;
  std::vector<std::uint8_t> lawless_;
  std::vector<float> decoded_;
  std::vector<DecodeStatus> status_;
  std::vector<std::vector<double>> actions_;  // [k][lanes × action_dim]
};

class ClosestAugmentation final : public Augmentation {
 public:
  ClosestAugmentation(const ClosestConfig& config, const AugmentPlan& plan)
      : plan_(plan),
        k_(static_cast<std::size_t>(config.k)),
        spec_(write_spec("closest", config).text()),
        scale_(fit_normalisation(*plan.demonstrations).inverse_std),
        geometry_(observation_geometry(*plan.deployment.system)) {}

  [[nodiscard]] const std::string& spec() const override { return spec_; }

  [[nodiscard]] std::vector<Relabelled> relabel(const Block& block) const override {
    Rollouts rollouts(*this, block);
    while (rollouts.step()) {
    }
    return rollouts.take();
  }

 private:
  /// The coupled rollouts of one block.
  class Rollouts {
   public:
    Rollouts(const ClosestAugmentation& owner, const Block& block)
        : owner_(owner),
          system_(owner.plan_.deployment.system->info()),
          lanes_(block.end - block.begin),
          reference_(kWho, *owner.plan_.deployment.system, *owner.plan_.demonstrations, block),
          plant_(owner.plan_.deployment.system->simulate(lanes_)),
          candidates_(*owner.plan_.deployment.policy, *owner.plan_.deployment.quantizer, owner.k_, lanes_),
          history_(lanes_, owner.plan_.deployment.policy->info()),
          outcomes_(lanes_),
          observations_(lanes_ * system_.observation_dim),
          own_(lanes_ * system_.action_dim),
          played_(own_.size()),
          label_(own_.size()),
          saved_(lanes_ * system_.state_size),
          rewards_(lanes_),
          chunks_(own_.size()),
          tokens_(lanes_ * owner.plan_.deployment.quantizer->info().max_tokens),
          lengths_(lanes_),
          status_(lanes_),
          difference_(system_.observation_dim),
          away_(owner.k_ + 1, std::vector<double>(lanes_)),
          made_(lanes_) {
      const Situation start = reference_.situation();
      plant_->reset(collected_key(kWho, owner.plan_.demonstrations->info()), start.ids);
      plant_->observe(observations_);
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        const Trajectory& t = reference_.demonstration(lane);
        outcomes_[lane] = Outcome::running;
        for (std::size_t row = 0; row < t.steps; ++row) {
          if (!executed_as_labelled(t, row, system_.action_dim)) outcomes_[lane] = Outcome::truncated;
        }
        made_[lane].name = t.name + "_closest";
        followed_.push_back(outcomes_[lane] == Outcome::running);
      }
    }

    /// False once all have ended.
    bool step() {
      if (std::ranges::find(outcomes_, Outcome::running) == outcomes_.end()) return false;
      const Situation at = reference_.situation();
      ids_.assign(at.ids.begin(), at.ids.end());
      h_.assign(at.h.begin(), at.h.end());
      const Situation seen{ids_, h_, observations_, outcomes_, plant_.get()};
      history_.observe(observations_);
      candidates_.find(owner_.plan_.key.child("closest"), seen, history_.values());
      decode_own(at, seen);
      reference_.advance();
      plant_->save(saved_);
      for (std::size_t c = 0; c <= owner_.k_; ++c) try_candidate(c);
      choose();
      play();
      return true;
    }

    std::vector<Relabelled> take() {
      std::vector<Relabelled> out(lanes_);
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        if (!followed_[lane]) continue;
        out[lane].cut_short = made_[lane].steps < reference_.demonstration(lane).steps ? 1 : 0;
        if (made_[lane].steps > 0) out[lane].trajectories.push_back(std::move(made_[lane]));
      }
      return out;
    }

   private:
    /// Candidates 0 … k − 1 are the policy's, candidate k is the demonstration's own.
    [[nodiscard]] std::span<const double> actions_of(std::size_t c) const {
      return c < owner_.k_ ? candidates_.actions(c) : std::span<const double>(own_);
    }

    /// The demonstration's tokens, of what was seen there, decoded where this rollout is.
    void decode_own(const Situation& there, const Situation& here) {
      const Quantizer& quantizer = *owner_.plan_.deployment.quantizer;
      const std::size_t dim = system_.action_dim;
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        const auto raw = row_of(reference_.demonstration(lane).actions, reference_.row(lane), dim);
        std::ranges::transform(raw, chunks_.begin() + static_cast<std::ptrdiff_t>(lane * dim),
                               [](double u) { return static_cast<float>(u); });
      }
      const TokenBatch batch{tokens_, lengths_};
      quantizer.encode(chunks_, CodecContext{nullptr, there.ids, there.h, {}, there.observations}, batch);
      quantizer.decode(batch, CodecContext{nullptr, here.ids, here.h, {}, here.observations}, chunks_, status_);
      std::ranges::copy(chunks_, own_.begin());
    }

    /// How far its next state is from the demonstration's.
    void try_candidate(std::size_t c) {
      const auto actions = actions_of(c);
      step_plant(actions);
      plant_->observe(observations_next_);
      const std::size_t dim = system_.observation_dim;
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        const bool there = outcomes_next_[lane] != Outcome::diverged;
        away_[c][lane] =
            there ? owner_.distance(std::span<const double>(observations_next_).subspan(lane * dim, dim),
                                    reference_.situation().observations.subspan(lane * dim, dim), difference_)
                  : kFar;
      }
    }

    /// From the saved state; outcomes_next_ are the outcomes.
    void step_plant(std::span<const double> actions) {
      plant_->restore(saved_);
      observations_next_.resize(observations_.size());
      outcomes_next_ = outcomes_;
      diverge_where_not_finite(actions, outcomes_next_);
      plant_->step(h_, actions, rewards_, outcomes_next_);
    }

    void choose() {
      const std::size_t dim = system_.action_dim;
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        std::size_t best = 0;
        for (std::size_t c = 1; c < owner_.k_; ++c) {
          if (away_[c][lane] < away_[best][lane]) best = c;
        }
        const std::size_t label = away_[owner_.k_][lane] <= away_[best][lane] ? owner_.k_ : best;
        if (away_[best][lane] == kFar && outcomes_[lane] == Outcome::running) outcomes_[lane] = Outcome::diverged;
        const auto place = static_cast<std::ptrdiff_t>(lane * dim);
        std::ranges::copy(actions_of(best).subspan(lane * dim, dim), played_.begin() + place);
        std::ranges::copy(actions_of(label).subspan(lane * dim, dim), label_.begin() + place);
      }
    }

    void play() {
      step_plant(played_);
      plant_->observe(observations_next_);
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        if (outcomes_[lane] != Outcome::running) continue;
        Trajectory& t = made_[lane];
        append_row(t.observations, observations_, lane, system_.observation_dim);
        append_row(t.next_observations, observations_next_, lane, system_.observation_dim);
        append_row(t.actions, label_, lane, system_.action_dim);
        append_row(t.executed_actions, played_, lane, system_.action_dim);
        ++t.steps;
        outcomes_[lane] = outcomes_next_[lane];
        if (outcomes_[lane] == Outcome::running && t.steps == reference_.demonstration(lane).steps) {
          outcomes_[lane] = Outcome::truncated;
        }
        t.outcome = outcomes_[lane];
      }
      observations_.swap(observations_next_);
    }

    const ClosestAugmentation& owner_;
    const SystemInfo& system_;
    std::size_t lanes_;
    DemonstrationReplay reference_;
    std::unique_ptr<Simulation> plant_;
    Candidates candidates_;
    ObservationHistory history_;
    std::vector<std::uint64_t> ids_;
    std::vector<std::uint32_t> h_;
    std::vector<Outcome> outcomes_, outcomes_next_;
    std::vector<double> observations_, observations_next_;
    std::vector<double> own_, played_, label_;  // [lanes × action_dim]
    std::vector<double> saved_, rewards_;
    std::vector<float> chunks_;  // [lanes × action_dim], the demonstrations' own
    std::vector<Token> tokens_;
    std::vector<std::uint32_t> lengths_;
    std::vector<DecodeStatus> status_;
    std::vector<double> difference_;
    std::vector<std::vector<double>> away_;  // [k + 1][lanes]
    std::vector<Trajectory> made_;
    std::vector<bool> followed_;
  };

  /// In units of standard deviations of the demonstrations. difference: scratch, [observation_dim].
  [[nodiscard]] double distance(std::span<const double> from, std::span<const double> to,
                                std::span<double> difference) const {
    observation_difference(geometry_, from, to, difference);
    double sum = 0.0;
    for (std::size_t d = 0; d < difference.size(); ++d) {
      const double z = difference[d] * static_cast<double>(scale_[d]);
      sum += z * z;
    }
    return std::isfinite(sum) ? std::sqrt(sum) : kFar;
  }

  const AugmentPlan& plan_;
  std::size_t k_;
  std::string spec_;
  std::vector<float> scale_;  // [observation_dim]; 0 of a constant one
  ObservationGeometry geometry_;
};

void check(const ClosestConfig& config, const AugmentPlan& plan) {
  if (config.k < 1 || config.k > 1024) {
    throw UsageError(fmt::format("{}: k must be from 1 to 1024, but is {}", kWho, config.k));
  }
  const Deployment& deployed = plan.deployment;
  if (deployed.system == nullptr) {
    throw UsageError(fmt::format("{}: candidates are tried on the plant, and no system is named; give --system", kWho));
  }
  if (deployed.policy == nullptr) {
    throw UsageError(
        fmt::format("{}: a trained policy has to say which tokens are likely; give the run of one (--run)", kWho));
  }
  if (deployed.policy->info().sees_tokens) {
    throw UsageError(
        fmt::format("{}: policy '{}' sees tokens, between which there is no distance; it is for policies "
                    "that see observations",
                    kWho, deployed.policy->info().spec));
  }
  const QuantizerInfo& quantizer = deployed.quantizer->info();
  if (quantizer.random || !quantizer.projection) {
    throw UsageError(
        fmt::format("{}: labels are decoded tokens, which quantizer '{}' does not encode to themselves "
                    "again{}; use one such as uniform",
                    kWho, quantizer.spec, quantizer.random ? " (it draws noise)" : ""));
  }
  static_cast<void>(collected_key(kWho, plan.demonstrations->info()));
}

std::unique_ptr<const Augmentation> make(const Spec& spec, const AugmentPlan& plan) {
  const auto config = read_options<ClosestConfig>(spec, kWho);
  check(config, plan);
  return std::make_unique<ClosestAugmentation>(config, plan);
}

}  // namespace

AugmentationEntry augmentation_entry_closest() {
  return {"closest", "rollouts of the policy that are kept near the demonstrations by the closest of its likely tokens",
          describe_options<ClosestConfig>(), make};
}

}  // namespace pianola
