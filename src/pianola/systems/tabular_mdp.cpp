#include "pianola/systems/tabular_mdp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "pianola/base/error.hpp"
#include "pianola/base/uniform_lanes.hpp"
#include "pianola/systems/lanes.hpp"

namespace pianola {
namespace {

constexpr const char* kName = "tabular_mdp";

class TabularMdpSimulation final : public Simulation {
 public:
  TabularMdpSimulation(const TabularMdp& system, std::size_t lanes)
      : system_(system), streams_(lanes), x_(lanes), noise_(lanes) {}

  [[nodiscard]] const System& system() const override { return system_; }
  [[nodiscard]] std::size_t lanes() const override { return x_.size(); }

  void reset(const NoiseKey& key, Ids ids) override {
    streams_.reset(key, ids);
    for (std::size_t i = 0; i < x_.size(); ++i) {
      x_[i] = state_at_quantile(system_.cumulative_initial(), uniform(streams_.initial(), ids[i], 0));
    }
  }

  void observe(std::span<double> out) const override {
    const StateCode& code = system_.code();
    assert(out.size() == x_.size() * code.dim());
    for (std::size_t i = 0; i < x_.size(); ++i) code.write(x_[i], out.subspan(i * code.dim(), code.dim()));
  }

  void step(std::span<const std::uint32_t> h, std::span<const double> actions, std::span<double> rewards,
            std::span<Outcome> outcomes) override {
    assert(actions.size() == lanes() && rewards.size() == lanes() && outcomes.size() == lanes());
    require_finite_actions(system_.info(), actions, outcomes);
    if (!system_.info().deterministic) uniform_lanes(streams_.noise(), streams_.ids(), h, noise_);
    const MdpTables& tables = system_.tables();
    for (std::size_t i = 0; i < x_.size(); ++i) {
      rewards[i] = 0.0;
      if (outcomes[i] != Outcome::running) continue;
      const std::size_t a = system_.action_of(actions[i]);
      const std::size_t stage = std::min<std::size_t>(h[i], tables.stages.size() - 1);
      rewards[i] = tables.stages[stage].reward[x_[i] * tables.actions.size() + a];
      x_[i] = state_at_quantile(system_.cumulative(stage, x_[i], a), noise_[i]);
    }
  }

  void save(std::span<double> out) const override { std::copy(x_.begin(), x_.end(), out.begin()); }

  void restore(std::span<const double> saved) override {
    assert(saved.size() == x_.size());
    for (std::size_t i = 0; i < x_.size(); ++i) {
      const std::uint32_t state = StateCode{system_.tables().states, false}.read(saved.subspan(i, 1));
      if (state == system_.tables().states) {
        throw UsageError(fmt::format("system '{}': restore takes states 0 … {}, but lane {} is {}", system_.info().spec,
                                     system_.tables().states - 1, i, saved[i]));
      }
      x_[i] = state;
    }
  }

 private:
  const TabularMdp& system_;
  LaneStreams streams_;
  std::vector<std::uint32_t> x_;
  std::vector<double> noise_;  // stays 0 where the system is deterministic: the quantile of a point mass
};

bool point_masses(const MdpTables& tables) {
  return std::ranges::all_of(tables.stages, [](const MdpStage& stage) {
    return std::ranges::all_of(stage.transition, [](double p) { return p == 0.0 || p == 1.0; });
  });
}

std::shared_ptr<const System> make(const Spec& spec, const SystemContext&) {
  auto config = read_options<TabularMdpConfig>(spec, "system 'tabular_mdp'");
  if (config.observe != "index" && config.observe != "one_hot") {
    throw_unknown_name("system 'tabular_mdp': observe", config.observe, std::vector<std::string>{"index", "one_hot"});
  }
  if (!config.path.empty() && !config.family.empty()) {
    throw UsageError("system 'tabular_mdp': a family and a file are both given; name one of them");
  }
  if (config.horizon) config.options.horizon = static_cast<int>(checked_horizon(kName, *config.horizon));
  if (config.path.empty() && config.family.empty()) config.family = mdp_families().front();
  MdpTables tables = config.path.empty() ? make_mdp_family(config.family, config.options) : read_mdp(config.path);
  if (config.horizon) tables.horizon = static_cast<std::uint32_t>(*config.horizon);
  return std::make_shared<TabularMdp>(std::move(tables), config.observe == "one_hot", write_spec(kName, config).text());
}

}  // namespace

std::uint32_t state_at_quantile(std::span<const double> cumulative, double u) {
  std::uint32_t s = 0;
  while (s + 1 < cumulative.size() && cumulative[s] <= u) ++s;
  while (s > 0 && cumulative[s] <= cumulative[s - 1]) --s;  // rounding left u above the sum: no state without mass
  return s;
}

std::vector<double> cumulative_rows(std::span<const double> laws, std::size_t width) {
  std::vector<double> sums(laws.begin(), laws.end());
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (i % width != 0) sums[i] += sums[i - 1];
  }
  return sums;
}

TabularMdp::TabularMdp(MdpTables tables, bool one_hot, std::string spec)
    : tables_(std::move(tables)), code_{tables_.states, one_hot} {
  check_mdp(tables_, spec);
  double low = tables_.stages[0].reward[0], high = low;
  for (const MdpStage& stage : tables_.stages) {
    const auto part = cumulative_rows(stage.transition, tables_.states);
    cumulative_.insert(cumulative_.end(), part.begin(), part.end());
    const auto [least, most] = std::ranges::minmax(stage.reward);
    low = std::min(low, least);
    high = std::max(high, most);
  }
  cumulative_initial_ = cumulative_rows(tables_.initial, tables_.states);
  for (std::size_t a = 1; a < tables_.actions.size(); ++a) {
    midpoints_.push_back(tables_.actions[a - 1] / 2 + tables_.actions[a] / 2);
  }
  info_.spec = std::move(spec);
  info_.observation_dim = code_.dim();
  info_.action_dim = info_.state_size = 1;
  info_.horizon = tables_.horizon;
  info_.action_range = {{tables_.actions.front()}, {tables_.actions.back()}};
  info_.action_kinds = {ActionKind::linear};
  if (low < high) {
    info_.reward_low = low;
    info_.reward_high = high;
  }
  info_.deterministic = point_masses(tables_);
  info_.default_expert = "tabular";
}

std::size_t TabularMdp::action_of(double u) const {
  return static_cast<std::size_t>(std::ranges::lower_bound(midpoints_, u) - midpoints_.begin());
}

std::span<const double> TabularMdp::cumulative(std::size_t stage, std::size_t state, std::size_t action) const {
  const std::size_t pair = (stage * tables_.states + state) * tables_.actions.size() + action;
  return std::span(cumulative_).subspan(pair * tables_.states, tables_.states);
}

std::unique_ptr<Simulation> TabularMdp::simulate(std::size_t lanes) const {
  return std::make_unique<TabularMdpSimulation>(*this, lanes);
}

SystemEntry system_entry_tabular_mdp() {
  return {kName,
          "a finite Markov decision process: a family (coin, contexts, chain, absorbing, random) or tables from a TOML "
          "file; observes the state's index or one-hot; expert: tabular",
          describe_options<TabularMdpConfig>(), make, ""};
}

}  // namespace pianola
