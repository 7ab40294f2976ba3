#include "pianola/systems/mdp_families.hpp"

#include <fmt/format.h>

#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/base/random.hpp"

namespace pianola {
namespace {

/// Tables of one stage with all transitions and rewards 0, actions 0 … A−1.
MdpTables blank(std::size_t states, std::size_t actions, int horizon) {
  MdpTables tables;
  tables.states = states;
  for (std::size_t a = 0; a < actions; ++a) tables.actions.push_back(static_cast<double>(a));
  tables.initial.assign(states, 0.0);
  tables.stages.resize(1);
  tables.stages[0].transition.assign(states * actions * states, 0.0);
  tables.stages[0].reward.assign(states * actions, 0.0);
  tables.horizon = static_cast<std::uint32_t>(horizon);
  return tables;
}

void go(MdpTables& tables, std::size_t from, std::size_t action, std::size_t to) {
  tables.stages[0].transition[(from * tables.actions.size() + action) * tables.states + to] = 1.0;
}

MdpTables coin(const MdpFamilyOptions& options) {
  MdpTables tables = blank(2, 2, options.horizon);
  tables.initial = {0.5, 0.5};
  tables.stages[0].transition.assign(8, 0.5);
  tables.stages[0].reward = {1.0, 0.0, 0.0, 1.0};
  return tables;
}

MdpTables contexts(const MdpFamilyOptions& options) {
  const auto states = static_cast<std::size_t>(options.states);
  MdpTables tables = blank(states, 2, options.horizon);
  tables.initial.assign(states, 1.0 / static_cast<double>(states));
  tables.stages[0].expert.assign(2 * states, 0.0);
  for (std::size_t s = 0; s < states; ++s) {
    for (const std::size_t a : {std::size_t{0}, std::size_t{1}}) {
      go(tables, s, a, s);
      const bool better = a == s % 2;
      tables.stages[0].reward[2 * s + a] = better ? 1.0 : 0.0;
      tables.stages[0].expert[2 * s + a] = better ? 0.5 + options.gap : 0.5 - options.gap;
    }
  }
  return tables;
}

MdpTables chain(const MdpFamilyOptions& options) {
  const auto states = static_cast<std::size_t>(options.states);
  MdpTables tables = blank(states, 2, options.horizon);
  tables.initial[0] = 1.0;
  for (std::size_t s = 0; s < states; ++s) {
    go(tables, s, 0, 0);
    go(tables, s, 1, s + 1 < states ? s + 1 : s);
    tables.stages[0].reward[2 * s] = tables.stages[0].reward[2 * s + 1] = s + 1 == states ? 1.0 : 0.0;
  }
  return tables;
}

MdpTables absorbing(const MdpFamilyOptions& options) {
  MdpTables tables = blank(2, 2, options.horizon);
  tables.initial[0] = 1.0;
  tables.stages[0].reward = {1.0, 1.0, 0.0, 0.0};
  tables.stages[0].expert = {0.0, 1.0, 0.0, 1.0};
  go(tables, 0, 0, 1);
  go(tables, 0, 1, 0);
  go(tables, 1, 0, 1);
  go(tables, 1, 1, 1);
  return tables;
}

MdpTables random_mdp(const MdpFamilyOptions& options) {
  const auto states = static_cast<std::size_t>(options.states), actions = static_cast<std::size_t>(options.actions);
  MdpTables tables = blank(states, actions, options.horizon);
  const NoiseKey key = NoiseKey(options.seed).child("tabular_mdp");
  tables.initial.assign(states, 1.0 / static_cast<double>(states));
  for (std::size_t pair = 0; pair < states * actions; ++pair) {
    double* const row = &tables.stages[0].transition[pair * states];
    double sum = 0.0;
    for (std::size_t s = 0; s < states; ++s) {
      row[s] = -std::log(uniform(key.child("transition"), pair, 0, static_cast<std::uint32_t>(s)));
      sum += row[s];
    }
    for (std::size_t s = 0; s < states; ++s) row[s] /= sum;
    tables.stages[0].reward[pair] = uniform(key.child("reward"), pair, 0);
  }
  return tables;
}

void check_count(const char* option, int value, int most) {
  if (value >= 2 && value <= most) return;
  throw UsageError(
      fmt::format("system 'tabular_mdp': option '{}' must be from 2 to {}, but is {}", option, most, value));
}

}  // namespace

const std::vector<std::string>& mdp_families() {
  static const std::vector<std::string> names{"coin", "contexts", "chain", "absorbing", "random"};
  return names;
}

MdpTables make_mdp_family(const std::string& family, const MdpFamilyOptions& options) {
  check_count("states", options.states, 4096);
  check_count("actions", options.actions, 4096);
  if (!(options.gap >= 0.0 && options.gap <= 0.5)) {
    throw UsageError(fmt::format("system 'tabular_mdp': option 'gap' must be from 0 to 0.5, but is {}", options.gap));
  }
  MdpTables (*const makers[])(const MdpFamilyOptions&) = {coin, contexts, chain, absorbing, random_mdp};
  for (std::size_t i = 0; i < mdp_families().size(); ++i) {
    if (mdp_families()[i] == family) return makers[i](options);
  }
  throw_unknown_name("family of tabular_mdp", family, mdp_families());
}

}  // namespace pianola
