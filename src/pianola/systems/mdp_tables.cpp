#include "pianola/systems/mdp_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/base/toml_file.hpp"

namespace pianola {
namespace {

constexpr double kSumTolerance = 1e-9;

[[noreturn]] void refuse(const std::string& where, const std::string& what) { throw DataError(where + ": " + what); }

void check_size(const std::string& where, const std::string& table, std::size_t got, std::size_t wanted) {
  if (got != wanted) refuse(where, fmt::format("'{}' has {} numbers, but needs {}", table, got, wanted));
}

/// Rows of `width` probabilities.
void check_laws(const std::string& where, const std::string& table, const std::vector<double>& values,
                std::size_t width) {
  for (std::size_t first = 0; first < values.size(); first += width) {
    double sum = 0.0;
    for (std::size_t i = first; i < first + width; ++i) {
      if (!(values[i] >= 0.0)) {
        refuse(where, fmt::format("'{}' row {} holds {}, which is no probability", table, first / width, values[i]));
      }
      sum += values[i];
    }
    if (std::abs(sum - 1.0) <= kSumTolerance) continue;
    refuse(where,
           fmt::format("'{}' row {} (counted from 0, row-major) sums to {}, not to 1", table, first / width, sum));
  }
}

void check_stage(const MdpTables& tables, std::size_t i, const std::string& where) {
  const std::size_t states = tables.states, pairs = states * tables.actions.size();
  const std::string prefix = tables.stages.size() > 1 ? fmt::format("stage {} ", i) : "";
  const MdpStage& stage = tables.stages[i];
  check_size(where, prefix + "reward", stage.reward.size(), pairs);
  check_size(where, prefix + "transition", stage.transition.size(), pairs * states);
  check_laws(where, prefix + "transition", stage.transition, states);
  for (std::size_t k = 0; k < pairs; ++k) {
    if (std::isfinite(stage.reward[k])) continue;
    refuse(where, fmt::format("'{}reward' of state {}, action {} is {}; rewards are finite", prefix,
                              k / tables.actions.size(), k % tables.actions.size(), stage.reward[k]));
  }
  if (stage.expert.empty()) return;
  check_size(where, prefix + "expert", stage.expert.size(), pairs);
  check_laws(where, prefix + "expert", stage.expert, tables.actions.size());
}

/// Numbers of nested lists, in order.
void flatten(const toml::node& node, const std::string& where, const std::string& key, std::vector<double>& out) {
  if (const toml::array* list = node.as_array()) {
    for (const toml::node& entry : *list) flatten(entry, where, key, out);
    return;
  }
  const auto number = node.is_number() ? node.value<double>() : std::nullopt;
  if (!number) {
    refuse(where, fmt::format("line {}: '{}' is a list of lists of numbers, without anything else",
                              node.source().begin.line, key));
  }
  if (out.size() >= kMostMdpEntries) refuse(where, fmt::format("'{}' has more than {} numbers", key, kMostMdpEntries));
  out.push_back(*number);
}

std::vector<double> numbers(const toml::table& table, const std::string& where, const char* key, bool needed) {
  std::vector<double> out;
  const toml::node* node = table.get(key);
  if (node == nullptr) {
    if (needed) refuse(where, fmt::format("the key '{}' is missing; systems/mdp_tables.hpp shows a whole file", key));
    return out;
  }
  flatten(*node, where, key, out);
  return out;
}

void require_known(const toml::table& table, const std::string& where, const std::vector<std::string>& known) {
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    refuse(where, fmt::format("line {}: {}", node.source().begin.line, unknown_name_message("key", name, known)));
  }
}

MdpStage read_stage(const toml::table& table, const std::string& where) {
  return {numbers(table, where, "transition", true), numbers(table, where, "reward", true),
          numbers(table, where, "expert", false)};
}

std::int64_t whole(const toml::table& table, const std::string& where, const char* key, std::int64_t otherwise) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return otherwise;
  if (!node->is_integer()) refuse(where, fmt::format("'{}' is a whole number", key));
  return *node->value<std::int64_t>();
}

std::vector<MdpStage> read_stages(const toml::table& table, const std::string& where) {
  const toml::node* node = table.get("stage");
  if (node == nullptr) return {read_stage(table, where)};
  const toml::array* list = node->as_array();
  if (list == nullptr || list->empty()) refuse(where, "'stage' is a list of tables: [[stage]]");
  for (const char* key : {"transition", "reward", "expert"}) {
    if (table.contains(key)) refuse(where, fmt::format("'{}' stands beside [[stage]]; put it into each stage", key));
  }
  std::vector<MdpStage> stages;
  for (const toml::node& entry : *list) {
    if (!entry.is_table()) refuse(where, "'stage' is a list of tables: [[stage]]");
    require_known(*entry.as_table(), where, {"transition", "reward", "expert"});
    stages.push_back(read_stage(*entry.as_table(), where));
  }
  return stages;
}

}  // namespace

void check_mdp(const MdpTables& tables, const std::string& where) {
  const std::size_t actions = tables.actions.size();
  if (tables.states < 1) refuse(where, "'initial' is empty; it has one probability a state");
  if (actions < 2) refuse(where, fmt::format("'actions' has {} values, but at least two are needed", actions));
  if (tables.stages.empty()) refuse(where, "there is no stage");
  if (tables.horizon < 1) refuse(where, "'horizon' is 0; it is at least 1");
  for (std::size_t a = 0; a < actions; ++a) {
    if (std::isfinite(tables.actions[a]) && (a == 0 || tables.actions[a] > tables.actions[a - 1])) continue;
    refuse(where, fmt::format("'actions' are finite and ascend, but value {} is {}", a, tables.actions[a]));
  }
  if (actions > kMostMdpEntries / tables.states / tables.states / tables.stages.size()) {
    refuse(where, fmt::format("{} states, {} actions and {} stages make more than {} transitions", tables.states,
                              actions, tables.stages.size(), kMostMdpEntries));
  }
  check_size(where, "initial", tables.initial.size(), tables.states);
  check_laws(where, "initial", tables.initial, tables.states);
  for (std::size_t i = 0; i < tables.stages.size(); ++i) check_stage(tables, i, where);
}

MdpTables parse_mdp(std::string_view text, const std::string& where) {
  const toml::table table = parse_toml(text, where);
  require_known(table, where,
                {"format_version", "horizon", "actions", "initial", "reward", "transition", "expert", "stage"});
  const std::int64_t version = whole(table, where, "format_version", 1), horizon = whole(table, where, "horizon", 100);
  if (version != 1) refuse(where, fmt::format("format_version is {}, but this build reads 1", version));
  if (horizon < 1 || horizon > 100'000'000) refuse(where, fmt::format("'horizon' is {}, not 1 … 10⁸", horizon));
  MdpTables tables;
  tables.horizon = static_cast<std::uint32_t>(horizon);
  tables.actions = numbers(table, where, "actions", true);
  tables.initial = numbers(table, where, "initial", true);
  tables.states = tables.initial.size();
  tables.stages = read_stages(table, where);
  check_mdp(tables, where);
  return tables;
}

MdpTables read_mdp(const std::string& path) { return parse_mdp(read_file(path), path); }

}  // namespace pianola
