#include "pianola/policies/table_laws.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/uniform_lanes.hpp"
#include "pianola/systems/tabular_mdp.hpp"

namespace pianola {
namespace {

/// Returns the number of stages.
std::size_t checked_stages(const char* who, const TableLaw& law, std::size_t stage, std::size_t row) {
  if (law.tokens == 0 || law.laws.empty() || law.laws.size() % stage != 0) {
    throw UsageError(fmt::format("{}: {} probabilities are no whole stages of {} states and {} tokens", who,
                                 law.laws.size(), law.code.states, law.tokens));
  }
  for (std::size_t first = 0; first < law.laws.size(); first += row) {
    double sum = 0.0, least = 0.0;
    for (std::size_t i = first; i < first + row; ++i) sum += law.laws[i], least = std::min(least, law.laws[i]);
    if (std::abs(sum - 1.0) <= 1e-9 && least >= 0.0) continue;
    throw UsageError(
        fmt::format("{}: row {} sums to {} with least entry {}; rows are probabilities", who, first / row, sum, least));
  }
  return law.laws.size() / stage;
}

class TablePolicy final : public Policy {
 public:
  explicit TablePolicy(TableLaw law) : law_(std::move(law)) {
    stages_ = checked_stages("table policy", law_, law_.code.states * law_.tokens, law_.tokens);
    info_.spec = law_.spec;
    info_.observation_dim = law_.code.dim();
    info_.vocabularies = {static_cast<std::uint32_t>(law_.tokens)};
    info_.factored = true;
    for (const double p : law_.laws) logits_.push_back(static_cast<float>(std::log(p)));
  }
  [[nodiscard]] const PolicyInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<PolicySession> session(std::size_t lanes) const override {
    return std::make_unique<Session>(*this, lanes);
  }

 private:
  class Session final : public PolicySession {
   public:
    Session(const TablePolicy& policy, std::size_t lanes) : policy_(policy), rows_(lanes) {}
    void begin(const Situation& situation, std::span<const float> histories) override {
      const TableLaw& law = policy_.law_;
      for (std::size_t lane = 0; lane < rows_.size(); ++lane) {
        const std::uint32_t state = law.code.read(histories.subspan(lane * law.code.dim(), law.code.dim()));
        const std::size_t stage = std::min<std::size_t>(situation.h[lane], policy_.stages_ - 1);
        rows_[lane] =
            state < law.code.states ? &policy_.logits_[(stage * law.code.states + state) * law.tokens] : nullptr;
      }
    }
    void logits(std::span<const Token>, std::span<float> out) override {
      const std::size_t width = policy_.law_.tokens;
      for (std::size_t lane = 0; lane < rows_.size(); ++lane) {
        float* const to = out.data() + lane * width;
        rows_[lane] != nullptr ? void(std::copy_n(rows_[lane], width, to)) : void(std::fill_n(to, width, 0.0F));
      }
    }

   private:
    const TablePolicy& policy_;
    std::vector<const float*> rows_;  // of each lane's law; null: uniform
  };

  TableLaw law_;
  std::size_t stages_ = 1;
  std::vector<float> logits_;
  PolicyInfo info_;
};

class TableModel final : public TransitionModel {
 public:
  explicit TableModel(TableLaw law) : law_(std::move(law)) {
    const std::size_t states = law_.code.states;
    stages_ = checked_stages("table model", law_, states * law_.tokens * states, states);
    cumulative_ = cumulative_rows(law_.laws, states);
    info_.spec = law_.spec;
    info_.observation_dim = law_.code.dim();
    info_.action_dim = 1;
    info_.deterministic = std::ranges::all_of(law_.laws, [](double p) { return p == 0.0 || p == 1.0; });
    info_.reads_tokens = true;
  }
  [[nodiscard]] const TransitionInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<TransitionSession> session(std::size_t lanes) const override {
    return std::make_unique<Session>(*this, lanes);
  }

 private:
  class Session final : public TransitionSession {
   public:
    Session(const TableModel& model, std::size_t lanes)
        : model_(model), states_(lanes), outcomes_(lanes), noise_(lanes), all_(lanes, 1) {}
    [[nodiscard]] std::unique_ptr<TransitionSession> clone() const override { return std::make_unique<Session>(*this); }

    void start(const NoiseKey& key, const Situation& situation) override {
      stream_ = key.child("plan").child("model");
      restart(situation, all_);
    }

    void restart(const Situation& situation, std::span<const std::uint8_t> which) override {
      const StateCode& code = model_.law_.code;
      for (std::size_t lane = 0; lane < states_.size(); ++lane) {
        if (which[lane] == 0) continue;
        outcomes_[lane] = situation.outcomes[lane];
        states_[lane] = code.read(situation.observations.subspan(lane * code.dim(), code.dim()));
        if (states_[lane] < code.states) continue;
        throw UsageError(
            fmt::format("table model: the observation of lane {} is none of the {} states of its table; "
                        "deploy it on the system that it was fitted to",
                        lane, code.states));
      }
    }

    void step(const TokenStep& played) override {
      if (!model_.info_.deterministic) uniform_lanes(stream_, played.ids, played.h, noise_);
      const std::size_t states = model_.law_.code.states;
      for (std::size_t lane = 0; lane < states_.size(); ++lane) {
        if (outcomes_[lane] != Outcome::running) continue;
        const auto row = std::span(model_.cumulative_).subspan(row_of(played, lane), states);
        states_[lane] = state_at_quantile(row, noise_[lane]);
      }
    }

    void observe(std::span<double> out) const override {
      const StateCode& code = model_.law_.code;
      for (std::size_t lane = 0; lane < states_.size(); ++lane) {
        code.write(states_[lane], out.subspan(lane * code.dim(), code.dim()));
      }
    }
    [[nodiscard]] std::span<const Outcome> outcomes() const override { return outcomes_; }

    bool log_density(const TokenStep& played, std::span<const double> next, std::span<double> out) override {
      const StateCode& code = model_.law_.code;
      for (std::size_t lane = 0; lane < states_.size(); ++lane) {
        const std::uint32_t state = code.read(next.subspan(lane * code.dim(), code.dim()));
        const double p = state < code.states ? model_.law_.laws[row_of(played, lane) + state] : 0.0;
        out[lane] = std::log(p);
      }
      return true;
    }

   private:
    /// First entry of the law of the lane's next state.
    [[nodiscard]] std::size_t row_of(const TokenStep& played, std::size_t lane) const {
      const std::size_t width = played.tokens.size() / states_.size(), tokens = model_.law_.tokens;
      assert(width >= 1);
      const std::size_t token = std::min<std::size_t>(played.tokens[lane * width], tokens - 1);
      const std::size_t stage = std::min<std::size_t>(played.h[lane], model_.stages_ - 1);
      return ((stage * model_.law_.code.states + states_[lane]) * tokens + token) * model_.law_.code.states;
    }

    const TableModel& model_;
    NoiseKey stream_;
    std::vector<std::uint32_t> states_;
    std::vector<Outcome> outcomes_;
    std::vector<double> noise_;  // stays 0 where the model is deterministic
    std::vector<std::uint8_t> all_;
  };

  TableLaw law_;
  std::size_t stages_ = 1;
  std::vector<double> cumulative_;
  TransitionInfo info_;
};

}  // namespace

std::shared_ptr<const Policy> make_table_policy(TableLaw law) { return std::make_shared<TablePolicy>(std::move(law)); }

std::shared_ptr<const TransitionModel> make_table_model(TableLaw law) {
  return std::make_shared<TableModel>(std::move(law));
}

}  // namespace pianola
