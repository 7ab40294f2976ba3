#include "pianola/experts/tabular.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

void check(const TabularExpertConfig& config, bool has_table) {
  if (!(config.temperature >= 0.0) || !std::isfinite(config.temperature)) {
    throw UsageError(
        fmt::format("expert 'tabular': temperature must be finite and at least 0, but is {}", config.temperature));
  }
  if (!(config.random >= 0.0 && config.random <= 1.0)) {
    throw UsageError(fmt::format("expert 'tabular': random must be from 0 to 1, but is {}", config.random));
  }
  if (config.temperature > 0.0 && has_table) {
    throw UsageError(
        "expert 'tabular': temperature is of the optimal values, but these tables have an expert of their own; add "
        "optimal=true, or leave it out");
  }
}

/// π(· | x) from the values of a state's actions.
void put_law(std::span<const double> q, double temperature, double* law) {
  const auto best = std::ranges::max_element(q);
  if (temperature == 0.0) {
    law[best - q.begin()] = 1.0;
    return;
  }
  double sum = 0.0;
  for (std::size_t a = 0; a < q.size(); ++a) sum += law[a] = std::exp((q[a] - *best) / temperature);
  for (std::size_t a = 0; a < q.size(); ++a) law[a] /= sum;
}

/// [H × S × A], by value iteration backwards from the horizon.
std::vector<double> optimal_laws(const MdpTables& tables, double temperature) {
  const std::size_t states = tables.states, actions = tables.actions.size();
  std::vector<double> laws(tables.horizon * states * actions, 0.0), value(states, 0.0), next(states), q(actions);
  for (std::uint32_t h = tables.horizon; h-- > 0;) {
    const MdpStage& stage = tables.stage(h);
    for (std::size_t s = 0; s < states; ++s) {
      for (std::size_t a = 0; a < actions; ++a) {
        const std::size_t pair = s * actions + a;
        q[a] = stage.reward[pair];
        for (std::size_t t = 0; t < states; ++t) q[a] += stage.transition[pair * states + t] * value[t];
      }
      put_law(q, temperature, &laws[(h * states + s) * actions]);
      next[s] = std::ranges::max(q);
    }
    value.swap(next);
  }
  return laws;
}

std::vector<double> given_laws(const MdpTables& tables) {
  std::vector<double> laws;
  for (const MdpStage& stage : tables.stages) laws.insert(laws.end(), stage.expert.begin(), stage.expert.end());
  return laws;
}

}  // namespace

TabularExpert::TabularExpert(std::shared_ptr<const TabularMdp> system, const TabularExpertConfig& config)
    : system_(std::move(system)) {
  const MdpTables& tables = system_->tables();
  const bool has_table = std::ranges::none_of(tables.stages, [](const MdpStage& s) { return s.expert.empty(); });
  check(config, has_table && !config.optimal);
  laws_ = has_table && !config.optimal ? given_laws(tables) : optimal_laws(tables, config.temperature);
  const std::size_t actions = tables.actions.size();
  for (double& p : laws_) p = (1.0 - config.random) * p + config.random / static_cast<double>(actions);
  steps_ = laws_.size() / (tables.states * actions);
  cumulative_ = cumulative_rows(laws_, actions);
  info_.spec = write_spec("tabular", config).text();
  info_.observation_dim = system_->info().observation_dim;
  info_.action_dim = 1;
  info_.deterministic = std::ranges::all_of(laws_, [](double p) { return p == 0.0 || p == 1.0; });
}

std::size_t TabularExpert::row(std::uint32_t h, std::size_t state) const {
  const std::size_t step = std::min<std::size_t>(h, steps_ - 1);
  return (step * system_->tables().states + state) * system_->tables().actions.size();
}

std::span<const double> TabularExpert::probabilities(std::uint32_t h, std::size_t state) const {
  return std::span(laws_).subspan(row(h, state), system_->tables().actions.size());
}

std::size_t TabularExpert::state_of(const Situation& situation, std::size_t lane) const {
  const StateCode& code = system_->code();
  const std::uint32_t state = code.read(situation.observations.subspan(lane * code.dim(), code.dim()));
  if (state < code.states) return state;
  throw UsageError(
      fmt::format("expert 'tabular': the observation of lane {} is none of the {} states of '{}'; it plays on that "
                  "system alone",
                  lane, code.states, system_->info().spec));
}

void TabularExpert::act(const NoiseKey& key, const Situation& situation, std::span<double> actions) const {
  const std::vector<double>& values = system_->tables().actions;
  const NoiseKey stream = key.child("expert");
  for (std::size_t lane = 0; lane < situation.lanes(); ++lane) {
    const std::uint32_t h = situation.h[lane];
    const auto cumulative = std::span(cumulative_).subspan(row(h, state_of(situation, lane)), values.size());
    const double u = info_.deterministic ? 0.0 : uniform(stream, situation.ids[lane], h);
    actions[lane] = values[state_at_quantile(cumulative, u)];
  }
}

bool TabularExpert::law(const Situation& situation, std::span<ActionLaw> laws) const {
  const std::vector<double>& values = system_->tables().actions;
  for (std::size_t lane = 0; lane < laws.size(); ++lane) {
    const auto p = probabilities(situation.h[lane], state_of(situation, lane));
    laws[lane] = {1, {}, {}, {}};
    for (std::size_t a = 0; a < p.size(); ++a) {
      if (p[a] == 0.0) continue;
      laws[lane].weights.push_back(p[a]);
      laws[lane].means.push_back(values[a]);
    }
  }
  return true;
}

ExpertEntry entry_tabular() {
  return {"tabular", "of a tabular_mdp: its own table, or optimal by value iteration",
          describe_options<TabularExpertConfig>(), [](const Spec& spec, std::shared_ptr<const System> system) {
            auto mdp = std::dynamic_pointer_cast<const TabularMdp>(system);
            if (mdp == nullptr) {
              throw UsageError("expert 'tabular' plays on the system 'tabular_mdp' alone, not on '" +
                               system->info().spec + "'");
            }
            const auto config = read_options<TabularExpertConfig>(spec, "expert 'tabular'");
            return std::shared_ptr<const Expert>(std::make_shared<TabularExpert>(std::move(mdp), config));
          }};
}

}  // namespace pianola
