// Tokens relabelled on model-rolled states: from each recorded state the model's state is rolled along the recorded
// tokens, and is labelled with what the expert played at that time,
//
//   x̃_h = x_h;   x̃_{j+1} ~ M̂(· | x̃_j, q(u_j)),   (x̃_j, u_j) for j = h+1 … h+steps
//
// With the demonstrations themselves a policy then sees states of ages 0 … steps equally often, as it does when it is
// played by `augmented:resync_every=steps+1`; it learns to play the expert's token there. A piece ends where the
// trajectory does, where the model's state leaves the training range or its own trajectory ends, and at a step that was
// executed otherwise than labelled: what follows that one is not the model's to say. Differs from Algorithm 1: tokens
// are the expert's own, so no state is reached by an error of the policy.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pianola/base/rows.hpp"
#include "pianola/control/augmentation.hpp"
#include "pianola/control/auxiliary_model.hpp"
#include "pianola/control/demonstration_replay.hpp"
#include "pianola/policies/transition_data.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "augmentation 'model'";

struct ModelAugmentationConfig {
  std::uint64_t steps = 10;
  AuxiliaryModelConfig model;
  template <class V>
  void visit(V&& v) {
    v("steps", steps, "steps that the model's state is rolled from each recorded one, at least 1");
    model.visit(v);
  }
};

/// One demonstration, and what its labels decode to.
struct Demonstration {
  Trajectory recorded;
  std::vector<double> decoded;  // [T × action_dim]
  std::vector<Token> tokens;    // [T × max_tokens]
};

class ModelAugmentation final : public Augmentation {
 public:
  ModelAugmentation(const ModelAugmentationConfig& config, const AugmentPlan& plan)
      : plan_(plan),
        config_(config),
        spec_(write_spec("model", config).text()),
        model_(auxiliary_model(kWho, config.model, plan.deployment)),
        observation_dim_(plan.demonstrations->info().observation_dim),
        action_dim_(plan.demonstrations->info().action_dim) {
    if (model_->info().observation_dim == observation_dim_) return;
    throw UsageError(fmt::format(
        "{}: the transition model '{}' is of {} observations, but dataset '{}' has {}; give the run of these "
        "demonstrations",
        kWho, model_->info().spec, model_->info().observation_dim, plan.demonstrations->info().path, observation_dim_));
  }

  [[nodiscard]] const std::string& spec() const override { return spec_; }

  [[nodiscard]] std::vector<Relabelled> relabel(const Block& block) const override {
    std::vector<Demonstration> demonstrations;
    for (std::size_t i = block.begin; i < block.end; ++i) demonstrations.push_back(read(i));
    std::optional<DemonstrationReplay> replay;  // only a plant has the whole state that the exact model starts from
    if (model_->info().needs_plant) replay.emplace(kWho, *plan_.deployment.system, *plan_.demonstrations, block);
    Roll roll(*this, block, demonstrations);
    std::vector<Relabelled> out(demonstrations.size());
    for (std::uint32_t h = 0; roll.start(h, replay ? &*replay : nullptr); ++h) {
      roll.run();
      for (std::size_t lane = 0; lane < out.size(); ++lane) roll.take(lane, out[lane]);
      if (replay) replay->advance();
    }
    return out;
  }

 private:
  /// The pieces of one starting step, of all lanes.
  class Roll {
   public:
    Roll(const ModelAugmentation& owner, const Block& block, const std::vector<Demonstration>& demonstrations)
        : owner_(owner),
          demonstrations_(demonstrations),
          session_(owner.model_->session(demonstrations.size())),
          h_(demonstrations.size()),
          outcomes_(h_.size()),
          state_(h_.size() * owner.observation_dim_),
          actions_(h_.size() * owner.action_dim_),
          tokens_(h_.size() * owner.plan_.deployment.quantizer->info().max_tokens),
          pieces_(h_.size()),
          cut_(h_.size()) {
      for (std::size_t i = block.begin; i < block.end; ++i) ids_.push_back(i);
    }

    /// Every lane at its recorded state of step h; false where none has a step behind it.
    bool start(std::uint32_t h, const DemonstrationReplay* replay) {
      first_ = h;
      bool any = false;
      for (std::size_t lane = 0; lane < h_.size(); ++lane) {
        const Trajectory& t = demonstrations_[lane].recorded;
        const bool goes_on = h + 1 < t.steps;
        any = any || goes_on;
        outcomes_[lane] = goes_on ? Outcome::running : Outcome::truncated;
        copy_row(t.observations, std::min<std::size_t>(h, t.steps - 1), owner_.observation_dim_, lane, state_);
        pieces_[lane] = Trajectory{};
        cut_[lane] = 0;
      }
      if (!any) return false;
      h_.assign(h_.size(), h);
      const Simulation* plant = replay != nullptr ? replay->situation().plant : nullptr;
      session_->start(owner_.plan_.key.child("model").child("start", h), {ids_, h_, state_, outcomes_, plant});
      return true;
    }

    void run() {
      // The last step only says what follows the last row.
      for (std::uint64_t j = 1; j <= owner_.config_.steps + 1; ++j) {
        if (std::ranges::find(outcomes_, Outcome::running) == outcomes_.end()) return;
        step();
        for (std::size_t lane = 0; lane < h_.size(); ++lane) {
          if (outcomes_[lane] == Outcome::running) advance(lane, j > owner_.config_.steps);
        }
      }
    }

    /// Moves the lane's piece into `to`.
    void take(std::size_t lane, Relabelled& to) {
      to.cut_short += cut_[lane];
      if (pieces_[lane].steps == 0) return;
      pieces_[lane].name = fmt::format("{}_from_{}", demonstrations_[lane].recorded.name, first_);
      to.trajectories.push_back(std::move(pieces_[lane]));
    }

   private:
    template <class T>
    static void copy_row(const std::vector<T>& from, std::size_t row, std::size_t width, std::size_t lane,
                         std::vector<T>& to) {
      std::ranges::copy(row_of(from, row, width), to.begin() + static_cast<std::ptrdiff_t>(lane * width));
    }

    void step() {
      const std::size_t tokens = owner_.plan_.deployment.quantizer->info().max_tokens;
      for (std::size_t lane = 0; lane < h_.size(); ++lane) {
        const Demonstration& from = demonstrations_[lane];
        const std::size_t row = std::min<std::size_t>(h_[lane], from.recorded.steps - 1);
        copy_row(from.decoded, row, owner_.action_dim_, lane, actions_);
        copy_row(from.tokens, row, tokens, lane, tokens_);
      }
      session_->step({ids_, h_, tokens_, actions_});
      session_->observe(state_);
    }

    /// The lane's state after its step: a row of its piece, unless that ends.
    void advance(std::size_t lane, bool last) {
      const Trajectory& recorded = demonstrations_[lane].recorded;
      const std::size_t row = h_[lane]++;
      Trajectory& piece = pieces_[lane];
      if (piece.steps > 0) append_row(piece.next_observations, state_, lane, owner_.observation_dim_);
      const bool strayed = session_->outcomes()[lane] != Outcome::running ||
                           (!session_->left_range().empty() && session_->left_range()[lane] != kNever);
      if (last || strayed || row + 1 >= recorded.steps || !executed_as_labelled(recorded, row, owner_.action_dim_)) {
        cut_[lane] = strayed && !last && row + 1 < recorded.steps ? 1 : 0;
        outcomes_[lane] = Outcome::truncated;
        return;
      }
      append_row(piece.observations, state_, lane, owner_.observation_dim_);
      append_row(piece.actions, recorded.actions, row + 1, owner_.action_dim_);
      ++piece.steps;
    }

    const ModelAugmentation& owner_;
    const std::vector<Demonstration>& demonstrations_;
    std::unique_ptr<TransitionSession> session_;
    std::uint32_t first_ = 0;  // step at which the pieces start
    std::vector<std::uint64_t> ids_;
    std::vector<std::uint32_t> h_;
    std::vector<Outcome> outcomes_;  // of the pieces
    std::vector<double> state_, actions_;
    std::vector<Token> tokens_;
    std::vector<Trajectory> pieces_;
    std::vector<std::size_t> cut_;  // 1: ended for what the model did
  };

  [[nodiscard]] Demonstration read(std::size_t number) const {
    Demonstration out{plan_.demonstrations->trajectory(number), {}, {}};
    const Trajectory& t = out.recorded;
    const Quantizer& quantizer = *plan_.deployment.quantizer;
    const std::vector<std::uint64_t> ids(t.steps, number);
    std::vector<std::uint32_t> h(t.steps), lengths(t.steps);
    for (std::size_t i = 0; i < t.steps; ++i) h[i] = static_cast<std::uint32_t>(i);
    const NoiseKey dither = plan_.key.child("dither");
    const CodecContext context{&dither, ids, h, {}, t.observations};
    out.decoded.resize(t.actions.size());
    out.tokens.resize(t.steps * quantizer.info().max_tokens);
    quantizer.quantize(t.actions, context, out.decoded);
    quantizer.encode(std::vector<float>(t.actions.begin(), t.actions.end()), context, TokenBatch{out.tokens, lengths});
    return out;
  }

  const AugmentPlan& plan_;
  ModelAugmentationConfig config_;
  std::string spec_;
  std::shared_ptr<const TransitionModel> model_;
  std::size_t observation_dim_, action_dim_;
};

std::unique_ptr<const Augmentation> make(const Spec& spec, const AugmentPlan& plan) {
  const auto config = read_options<ModelAugmentationConfig>(spec, kWho);
  if (config.steps < 1 || config.steps > 1'000'000) {
    throw UsageError(fmt::format("{}: steps must be from 1 to 1000000, but is {}", kWho, config.steps));
  }
  return std::make_unique<ModelAugmentation>(config, plan);
}

}  // namespace

AugmentationEntry augmentation_entry_model() {
  return {"model", "recorded tokens on states that a transition model rolls from each recorded one",
          describe_options<ModelAugmentationConfig>(), make};
}

}  // namespace pianola
