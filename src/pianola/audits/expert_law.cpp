#include "pianola/audits/expert_law.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "pianola/audits/atom_law.hpp"
#include "pianola/base/normal_law.hpp"
#include "pianola/policies/expert_chunk.hpp"

namespace pianola {
namespace {

constexpr std::size_t kDraws = 256;
constexpr double kCellsPerDeviation = 32.0, kReach = 6.0;  // P(|z| > 6) = 2e-9

/// Adds the cells of one component to a law of one number.
void add_cells(FiniteLaw& law, double weight, double mean, double deviation) {
  const double cell = deviation / kCellsPerDeviation;
  const double first = std::floor((mean - kReach * deviation) / cell);
  const auto count = static_cast<std::size_t>(2.0 * kReach * kCellsPerDeviation) + 2;
  double below = normal_probability((first * cell - mean) / deviation);
  for (std::size_t i = 0; i < count; ++i) {
    const double begin = first + static_cast<double>(i);
    const double above = normal_probability(((begin + 1.0) * cell - mean) / deviation);
    law.atoms.push_back((begin + 0.5) * cell);
    law.weights.push_back(weight * (above - below));
    below = above;
  }
}

class ExpertSource final : public AtomSource {
 public:
  ExpertSource(std::shared_ptr<const Expert> expert, std::shared_ptr<const Quantizer> quantizer, std::size_t lanes)
      : expert_(std::move(expert)),
        quantizer_(std::move(quantizer)),
        chunk_(quantizer_ ? quantizer_->info().chunk : 1),
        width_(chunk_ * expert_->info().action_dim),
        lanes_(lanes),
        plan_(*expert_, chunk_, lanes),
        raw_(lanes * width_),
        known_(lanes) {}

  void laws(const LawQuery& query, std::span<FiniteLaw> out) override {
    for (FiniteLaw& law : out) law.dim = width_, law.atoms.clear(), law.weights.clear();
    const bool random = quantizer_ && quantizer_->info().random;
    if (!random && expert_->info().deterministic) {
      add_plan(query.key, query, 1.0, out);
    } else if (random || !add_known(query, out)) {
      for (std::size_t draw = 0; draw < kDraws; ++draw) {
        add_plan(query.key.child("law", draw), query, 1.0 / static_cast<double>(kDraws), out);
      }
    }
  }

 private:
  /// What the expert plans under this key, one more atom in each lane.
  void add_plan(const NoiseKey& key, const LawQuery& query, double weight, std::span<FiniteLaw> out) {
    plan_.plan(key, query.situation, raw_);
    play(key, query, query.situation.ids, query.situation.h, query.situation.observations, raw_);
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      const auto row = std::span(played_).subspan(lane * width_, width_);
      out[lane].atoms.insert(out[lane].atoms.end(), row.begin(), row.end());
      out[lane].weights.push_back(weight);
    }
  }

  /// False if the law is not known, or is a density in several dimensions.
  bool add_known(const LawQuery& query, std::span<FiniteLaw> out) {
    if (chunk_ > 1 || !expert_->law(query.situation, known_)) return false;
    const bool density = std::ranges::any_of(known_, [](const ActionLaw& law) { return !law.stds.empty(); });
    if (density && width_ > 1) return false;
    for (std::size_t lane = 0; lane < lanes_; ++lane) add_known_lane(known_[lane], query, lane, out[lane]);
    return true;
  }

  void add_known_lane(const ActionLaw& known, const LawQuery& query, std::size_t lane, FiniteLaw& law) {
    if (known.stds.empty()) {
      law.atoms = known.means;
      law.weights = known.weights;
    }
    for (std::size_t i = 0; i < known.stds.size(); ++i) {
      add_cells(law, known.weights[i], known.means[i], known.stds[i]);
    }
    const std::size_t n = law.weights.size(), dim = expert_->info().observation_dim;
    const std::vector<std::uint64_t> ids(n, query.situation.ids[lane]);
    const std::vector<std::uint32_t> h(n, query.situation.h[lane]);
    std::vector<double> seen;
    for (std::size_t i = 0; i < n; ++i) {
      const auto row = query.situation.observations.subspan(lane * dim, dim);
      seen.insert(seen.end(), row.begin(), row.end());
    }
    play(query.key, query, ids, h, seen, law.atoms);
    law.atoms = played_;
  }

  /// played_ ← q(actions), NaN where an action is not finite. actions: [n × width], changed.
  void play(const NoiseKey& key, const LawQuery&, Ids ids, std::span<const std::uint32_t> h,
            std::span<const double> observations, std::span<double> actions) {
    played_.assign(actions.begin(), actions.end());
    if (!quantizer_) return;
    not_finite_.assign(actions.size() / width_, 0);
    make_finite(actions, not_finite_);
    const NoiseKey dither = key.child("dither");
    quantizer_->quantize(actions, CodecContext{&dither, ids, h, {}, observations}, played_);
    for (std::size_t i = 0; i < played_.size(); ++i) {
      if (not_finite_[i / width_] != 0) played_[i] = std::numeric_limits<double>::quiet_NaN();
    }
  }

  std::shared_ptr<const Expert> expert_;
  std::shared_ptr<const Quantizer> quantizer_;
  std::size_t chunk_, width_, lanes_;
  ExpertChunk plan_;
  std::vector<double> raw_, played_;
  std::vector<std::uint8_t> not_finite_;
  std::vector<ActionLaw> known_;
};

std::string how_of(const Expert& expert, const Quantizer* quantizer) {
  if (quantizer != nullptr && quantizer->info().random) {
    return fmt::format("the quantizer draws noise: laws are those of {} draws, the same at both states", kDraws);
  }
  if (expert.info().deterministic) return "the expert is deterministic: laws are points, compared exactly";
  return fmt::format(
      "laws are the expert's own where it knows them (atoms, or a density of one number in cells of 1/{} standard "
      "deviation), else those of {} draws, the same at both states",
      static_cast<int>(kCellsPerDeviation), kDraws);
}

}  // namespace

std::shared_ptr<const DeployedLaw> quantized_expert_law(std::shared_ptr<const Expert> expert,
                                                        std::shared_ptr<const Quantizer> quantizer) {
  DeployedLawInfo info;
  const std::size_t chunk = quantizer ? quantizer->info().chunk : 1;
  info.dim = chunk * expert->info().action_dim;
  info.needs_plant = chunk > 1 || expert->info().needs_plant;
  info.exact = expert->info().deterministic && !(quantizer && quantizer->info().random);
  info.how = how_of(*expert, quantizer.get());
  return std::make_shared<AtomLaw>(info, [expert, quantizer](std::size_t lanes) {
    return std::make_unique<ExpertSource>(expert, quantizer, lanes);
  });
}

}  // namespace pianola
