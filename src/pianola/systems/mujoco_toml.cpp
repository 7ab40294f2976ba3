#include "pianola/systems/mujoco_toml.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/base/toml_file.hpp"

namespace pianola {
namespace {

/// A term or a law, and the keys that only some of its kind use.
struct KindKeys {
  std::string kind;
  std::vector<std::string> keys;
};

std::vector<std::string> quantity_and(std::vector<std::string> keys) {
  keys.insert(keys.begin(), {"source", "name", "minus", "first", "count", "map", "clip_low", "clip_high"});
  return keys;
}

const std::vector<std::string> kTermShared{"term", "weight", "at_least", "at_most"};
const std::vector<KindKeys> kTermKeys{{"constant", {}},
                                      {"alive", {}},
                                      {"sum", quantity_and({"before"})},
                                      {"square", quantity_and({"target", "before"})},
                                      {"norm", quantity_and({"target", "before"})},
                                      {"tolerance", quantity_and({"target", "scale", "before"})},
                                      {"velocity", quantity_and({})}};

const std::vector<std::string> kLawShared{"target", "name", "first", "count", "law"};
const std::vector<KindKeys> kLawKeys{{"uniform", {"low", "high"}},
                                     {"two_sided", {"low", "high"}},
                                     {"normal", {"scale"}},
                                     {"constant", {"low"}},
                                     {"annulus", {"low", "high"}}};

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Reads the keys of one table into the members that `visit` names; done() then refuses what no member took.
class TableReader {
 public:
  TableReader(const toml::table& table, std::string file, std::string prefix)
      : table_(table), file_(std::move(file)), prefix_(std::move(prefix)) {}

  template <class T>
  void operator()(const char* key, T& member) {
    known_.emplace_back(key);
    if (const toml::node* node = table_.get(key)) read(*node, prefix_ + key, member);
  }

  void done() const {
    for (const auto& [key, node] : table_) {
      const std::string name(key.str());
      if (contains(known_, name)) continue;
      throw DataError(place(node) +
                      unknown_name_message(prefix_.empty() ? "key" : "key of " + prefix_.substr(0, prefix_.size() - 1),
                                           name, known_));
    }
  }

  /// Refuses what the table's term or law leaves unused, and a law without a number of its own.
  void require_used(const MujocoRewardTerm& read) const { refuse_unused("term", read.term, kTermKeys, kTermShared); }
  void require_used(const MujocoResetTerm& read) const {
    const KindKeys* law = refuse_unused("law", read.law, kLawKeys, kLawShared);
    if (law == nullptr) return;
    for (const std::string& key : law->keys) {
      if (table_.contains(key)) return;
    }
    throw DataError(fmt::format("{}{}: the law '{}' needs {}", place(table_), prefix_.substr(0, prefix_.size() - 1),
                                law->kind, fmt::join(law->keys, " or ")));
  }
  template <class T>
  void require_used(const T&) const {}

 private:
  /// The row of `kind`; null if there is none, which MujocoTerms refuses with the names that there are.
  const KindKeys* refuse_unused(const char* what, const std::string& kind, const std::vector<KindKeys>& rows,
                                const std::vector<std::string>& shared) const {
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const KindKeys& r) { return r.kind == kind; });
    if (row == rows.end()) return nullptr;
    for (const auto& [key, node] : table_) {
      const std::string name(key.str());
      if (contains(shared, name) || contains(row->keys, name)) continue;
      throw DataError(fmt::format("{}{}{}: the {} '{}' does not use it; beyond {} it takes {}", place(node), prefix_,
                                  name, what, kind, fmt::join(shared, ", "),
                                  row->keys.empty() ? "no key" : fmt::format("{}", fmt::join(row->keys, ", "))));
    }
    return &*row;
  }

  [[nodiscard]] std::string place(const toml::node& node) const {
    return fmt::format("{}:{}: ", file_, node.source().begin.line);
  }

  template <class T>
  [[noreturn]] void refuse(const toml::node& node, const std::string& key, const T& wanted) const {
    std::ostringstream text;
    node.visit([&](const auto& value) { text << value; });
    throw DataError(fmt::format("{}{} takes {}, not {}", place(node), key, wanted, text.str()));
  }

  template <class T>
  void read_value(const toml::node& node, const std::string& key, T& member, const char* wanted) const {
    const auto value = node.value<T>();
    if (!value || (std::is_same_v<T, bool> && !node.is_boolean())) refuse(node, key, wanted);
    member = *value;
  }
  void read(const toml::node& node, const std::string& key, int& member) const {
    if (!node.is_integer()) refuse(node, key, "a whole number");
    read_value(node, key, member, "a whole number");
  }
  void read(const toml::node& node, const std::string& key, double& member) const {
    if (!node.is_number()) refuse(node, key, "a number");
    read_value(node, key, member, "a number");
  }
  void read(const toml::node& node, const std::string& key, bool& member) const {
    read_value(node, key, member, "true or false");
  }
  void read(const toml::node& node, const std::string& key, std::string& member) const {
    read_value(node, key, member, "a text in quotes");
  }
  /// A list of numbers, or of tables.
  template <class T>
  void read(const toml::node& node, const std::string& key, std::vector<T>& member) const {
    const toml::array* list = node.as_array();
    if (list == nullptr) refuse(node, key, "a list");
    for (std::size_t i = 0; i < list->size(); ++i) {
      read((*list)[i], fmt::format("{}[{}]", key, i), member.emplace_back());
    }
  }
  template <class T>
  void read(const toml::node& node, const std::string& key, T& member) const requires requires(TableReader& reader) {
    member.visit(reader);
  }
  {
    const toml::table* table = node.as_table();
    if (table == nullptr) refuse(node, key, "a table of keys");
    TableReader reader(*table, file_, key + ".");
    member.visit(reader);
    reader.done();
    reader.require_used(member);
  }

  const toml::table& table_;
  std::string file_, prefix_;
  std::vector<std::string> known_;
};

}  // namespace

MujocoTask parse_mujoco_task(std::string_view text, const std::string& where) {
  const toml::table table = parse_toml(text, where);
  MujocoTask task;
  task.where = where;
  TableReader reader(table, where, "");
  task.visit(reader);
  reader.done();
  if (task.model.empty()) throw DataError(where + ": the key 'model' is missing; it names the MJCF file");
  return task;
}

MujocoTask read_mujoco_task(const std::string& path) {
  MujocoTask task = parse_mujoco_task(read_file(path), path);
  task.model = (std::filesystem::path(path).parent_path() / task.model).string();
  return task;
}

}  // namespace pianola
