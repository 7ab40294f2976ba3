#include "pianola/audits/perturbed_pairs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "pianola/base/interrupt.hpp"
#include "pianola/control/ordered_blocks.hpp"
#include "pianola/control/rollout.hpp"
#include "pianola/policies/expert_chunk.hpp"

namespace pianola {
namespace {

constexpr double kLeastDifference = 1e-7;  // below, a difference of rewards is rounding

double distance(const double* a, const double* b, std::size_t dim) {
  double sum = 0.0;
  for (std::size_t d = 0; d < dim; ++d) sum += (a[d] - b[d]) * (a[d] - b[d]);
  return std::sqrt(sum);
}

/// One trajectory in each lane.
struct Track {
  Track(const System& system, std::size_t lanes)
      : plant(system.simulate(lanes)),
        x(lanes * system.info().observation_dim),
        u(lanes * system.info().action_dim),
        rewards(lanes),
        before(lanes),
        after(lanes) {}

  void reset(const NoiseKey& key, Ids ids) {
    plant->reset(key, ids);
    plant->observe(x);
    std::ranges::fill(after, Outcome::running);
  }
  void step(std::span<const std::uint32_t> h) {
    before = after;
    diverge_where_not_finite(u, after);
    plant->step(h, u, rewards, after);
    plant->observe(x);
  }
  [[nodiscard]] bool ended() const { return std::ranges::find(after, Outcome::running) == after.end(); }

  std::unique_ptr<Simulation> plant;
  std::vector<double> x, u, rewards;
  std::vector<Outcome> before, after;
};

class PairBlock {
 public:
  PairBlock(const PerturbedPairPlan& plan, const Block& block)
      : plan_(plan),
        lanes_(block.end - block.begin),
        n_(plan.system->info().observation_dim),
        m_(plan.system->info().action_dim),
        expert_track_(*plan.system, lanes_),
        ids_(lanes_),
        h_(lanes_),
        pairs_(lanes_ * plan.branches),
        sizes_(pairs_ * plan.horizon),
        distances_(pairs_ * plan.horizon),
        slopes_(pairs_),
        action_slopes_(pairs_),
        stopped_(pairs_),
        perturbations_(pairs_),
        deltas_(pairs_ * m_),
        before_x_(lanes_ * n_) {
    for (std::size_t lane = 0; lane < lanes_; ++lane) ids_[lane] = plan.first_id + block.begin + lane;
    for (std::size_t b = 0; b < plan.branches; ++b) branches_.emplace_back(*plan.system, lanes_);
    for (std::size_t pair = 0; pair < pairs_; ++pair) {
      perturbations_[pair] = plan.perturbation(ids_[pair / plan.branches], pair % plan.branches);
      draw(pair, 0);
    }
  }

  void run() {
    expert_track_.reset(plan_.key, ids_);
    for (Track& track : branches_) track.reset(plan_.key, ids_);
    std::uint32_t h = 0;
    for (; h < plan_.horizon; ++h) {
      throw_if_interrupted();
      if (all_ended()) break;
      step(h);
    }
    for (std::size_t pair = 0; pair < pairs_; ++pair) {  // frozen from there on
      const auto row = distances_.begin() + static_cast<std::ptrdiff_t>(pair * plan_.horizon);
      std::fill(row + h, row + plan_.horizon, h == 0 ? 0.0 : row[h - 1]);
    }
    if (plan_.progress != nullptr) plan_.progress->advance(std::uint64_t{lanes_} * plan_.horizon);
  }

  void visit(const std::function<void(const PerturbedPair&)>& visit) const {
    const std::size_t horizon = plan_.horizon;
    for (std::size_t pair = 0; pair < pairs_; ++pair) {
      visit({ids_[pair / plan_.branches],
             pair % plan_.branches,
             {&sizes_[pair * horizon], horizon},
             {&distances_[pair * horizon], horizon},
             slopes_[pair],
             action_slopes_[pair],
             stopped_[pair] != 0});
    }
  }

 private:
  [[nodiscard]] bool all_ended() const {
    return expert_track_.ended() && std::ranges::all_of(branches_, [](const Track& track) { return track.ended(); });
  }

  void ask_expert(Track& track) const {
    plan_.expert->act(plan_.key, Situation{ids_, h_, track.x, track.after, track.plant.get()}, track.u);
  }

  void step(std::uint32_t h) {
    std::ranges::fill(h_, h);
    ask_expert(expert_track_);
    for (std::size_t b = 0; b < branches_.size(); ++b) {
      if (plan_.closed_loop) {
        ask_expert(branches_[b]);
        record_actions(b);
      } else {
        std::ranges::copy(expert_track_.u, branches_[b].u.begin());
      }
      perturb(b, h);
    }
    before_x_ = expert_track_.x;
    expert_track_.step(h_);
    for (std::size_t b = 0; b < branches_.size(); ++b) {
      branch_x_ = branches_[b].x;
      branches_[b].step(h_);
      record(b, h);
    }
  }

  /// Before they are disturbed.
  void record_actions(std::size_t b) {
    const Track& track = branches_[b];
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      if (track.after[lane] != Outcome::running || expert_track_.after[lane] != Outcome::running) continue;
      const double apart = distance(&track.x[lane * n_], &expert_track_.x[lane * n_], n_);
      const double change = distance(&track.u[lane * m_], &expert_track_.u[lane * m_], m_);
      double& slope = action_slopes_[lane * plan_.branches + b];
      if (apart > kLeastDifference && std::isfinite(change)) slope = std::max(slope, change / apart);
    }
  }

  /// A uniform direction of the pair's size.
  void draw(std::size_t pair, std::uint32_t h) {
    const Perturbation& perturbation = perturbations_[pair];
    const std::span<double> delta(&deltas_[pair * m_], m_);
    normals(perturbation.direction, ids_[pair / plan_.branches], h, delta);
    for (std::size_t d = 0; perturbation.dimension && d < m_; ++d) delta[d] *= d == *perturbation.dimension ? 1.0 : 0.0;
    double square = 0.0;
    for (const double x : delta) square += x * x;
    const double scale = square > 0.0 ? perturbation.size / std::sqrt(square) : 0.0;
    for (double& x : delta) x *= scale;
  }

  void perturb(std::size_t b, std::uint32_t h) {
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      const std::size_t pair = lane * plan_.branches + b;
      const Perturbation& perturbation = perturbations_[pair];
      if (perturbation.kind == Perturbation::Kind::impulse && h != perturbation.step) continue;
      if (perturbation.kind == Perturbation::Kind::random) draw(pair, h);
      for (std::size_t d = 0; d < m_; ++d) branches_[b].u[lane * m_ + d] += deltas_[pair * m_ + d];
      sizes_[pair * plan_.horizon + h] = perturbation.size;
    }
  }

  void record(std::size_t b, std::uint32_t h) {
    const Track& track = branches_[b];
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      const std::size_t pair = lane * plan_.branches + b;
      const bool lost = track.after[lane] == Outcome::diverged || expert_track_.after[lane] == Outcome::diverged;
      const double apart = distance(&track.x[lane * n_], &expert_track_.x[lane * n_], n_);
      distances_[pair * plan_.horizon + h] =
          lost || !std::isfinite(apart) ? std::numeric_limits<double>::infinity() : apart;
      const bool runs = track.after[lane] == Outcome::running;
      if (runs != (expert_track_.after[lane] == Outcome::running)) stopped_[pair] = 1;
      if (track.before[lane] == Outcome::running && expert_track_.before[lane] == Outcome::running && !lost) {
        slopes_[pair] = std::max(slopes_[pair], slope(track, lane));
      }
    }
  }

  /// Of the rewards of this step, which are of states and actions before it.
  [[nodiscard]] double slope(const Track& track, std::size_t lane) const {
    const double apart = distance(&branch_x_[lane * n_], &before_x_[lane * n_], n_) +
                         distance(&track.u[lane * m_], &expert_track_.u[lane * m_], m_);
    const double change = std::abs(track.rewards[lane] - expert_track_.rewards[lane]);
    return apart > kLeastDifference && std::isfinite(change) ? change / apart : 0.0;
  }

  const PerturbedPairPlan& plan_;
  std::size_t lanes_, n_, m_;
  Track expert_track_;
  std::vector<Track> branches_;
  std::vector<std::uint64_t> ids_;
  std::vector<std::uint32_t> h_;
  std::size_t pairs_;
  std::vector<double> sizes_, distances_;       // [pairs × H]
  std::vector<double> slopes_, action_slopes_;  // [pairs]
  std::vector<char> stopped_;                   // [pairs]
  std::vector<Perturbation> perturbations_;     // [pairs]
  std::vector<double> deltas_;                  // [pairs × m], as drawn last
  std::vector<double> before_x_, branch_x_;
};

}  // namespace

void perturbed_pairs(const PerturbedPairPlan& plan, const std::function<void(const PerturbedPair&)>& visit) {
  Progress& progress = plan.progress != nullptr ? *plan.progress : no_progress();
  progress.begin(plan.activity, std::uint64_t{plan.trajectories} * plan.horizon, "steps");
  const std::size_t lanes = balanced_lanes(*plan.system, plan.trajectories);
  ordered_blocks(plan.trajectories, lanes, [&](const Block& block) -> InOrder {
    auto pairs = std::make_shared<PairBlock>(plan, block);
    pairs->run();
    return [pairs, &visit] { pairs->visit(visit); };
  });
  progress.end();
}

}  // namespace pianola
