#ifdef PIANOLA_WITH_MUJOCO
#include "pianola/systems/mujoco_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <mutex>
#include <vector>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

// Runs inside MuJoCo's C code, which must not return from an error; unwinding leaves an mjData that only a reset mends.
[[noreturn]] void throw_error(const char* message) { throw ResourceError(fmt::format("MuJoCo: {}", message)); }

void ignore_warning(const char*) {}

struct ModelDeleter {
  void operator()(const mjModel* model) const { mj_deleteModel(const_cast<mjModel*>(model)); }
};

/// Files that exist in memory only, under their names.
class MemoryFiles {
 public:
  MemoryFiles() { mj_defaultVFS(&files_); }
  ~MemoryFiles() { mj_deleteVFS(&files_); }
  MemoryFiles(const MemoryFiles&) = delete;
  MemoryFiles& operator=(const MemoryFiles&) = delete;
  void add(const std::string& name, std::string_view text) {
    mj_addBufferVFS(&files_, name.c_str(), text.data(), static_cast<int>(text.size()));
  }
  [[nodiscard]] const mjVFS* get() const { return &files_; }

 private:
  mjVFS files_;
};

/// No type has more objects than this (mj_id2name is null for unnamed ones, too).
int most_objects(const mjModel& m) {
  return static_cast<int>(std::max({m.nbody, m.njnt, m.nsite, m.nu, m.nsensor, m.nkey}));
}

/// A task's file is named, and how its `model` is meant; a model that the user named himself is enough.
[[noreturn]] void throw_no_model(const MujocoTask& task) {
  const std::string what = fmt::format("the model file '{}' does not exist", task.model);
  if (task.where == task.model) throw DataError(what);
  throw DataError(fmt::format("{}: {}; `model` is relative to the task's file", task.where, what));
}

}  // namespace

void install_mujoco_handlers() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (mju_user_error == nullptr) mju_user_error = throw_error;
    if (mju_user_warning == nullptr) mju_user_warning = ignore_warning;
  });
}

std::shared_ptr<const mjModel> load_mujoco_model(const MujocoTask& task) {
  static std::mutex parser;
  install_mujoco_handlers();
  const std::lock_guard lock(parser);
  MemoryFiles files;
  if (!task.model_text.empty()) {
    files.add(task.model, task.model_text);
  } else if (!std::filesystem::is_regular_file(task.model)) {
    throw_no_model(task);
  }
  std::array<char, 1024> reason{};
  mjModel* model = mj_loadXML(task.model.c_str(), task.model_text.empty() ? nullptr : files.get(), reason.data(),
                              static_cast<int>(reason.size()));
  if (model == nullptr) {
    std::replace(reason.begin(), reason.end(), '\n', ' ');
    throw DataError(fmt::format("{}: MuJoCo cannot read the model '{}': {}", task.where, task.model, reason.data()));
  }
  return std::shared_ptr<const mjModel>(model, ModelDeleter{});
}

MujocoData make_mujoco_data(const mjModel& model) {
  MujocoData data(mj_makeData(&model));
  if (data == nullptr) throw ResourceError("no memory for MuJoCo's data of one more lane; use fewer lanes or threads");
  return data;
}

int mujoco_object(const mjModel& model, mjtObj type, const std::string& name, const std::string& where) {
  const int id = mj_name2id(&model, type, name.c_str());
  if (id >= 0) return id;
  std::vector<std::string> known;
  for (int i = 0; i < most_objects(model); ++i) {
    if (const char* other = mj_id2name(&model, type, i)) known.emplace_back(other);
  }
  throw DataError(where + ": " + unknown_name_message(mju_type2Str(type), name, known));
}

std::string mujoco_version() { return fmt::format("mujoco {}", mj_versionString()); }

}  // namespace pianola
#endif
