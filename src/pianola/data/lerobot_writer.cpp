#ifdef PIANOLA_WITH_ARROW
#include "pianola/data/lerobot_writer.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

class LeRobotWriter final : public TrajectoryWriter {
 public:
  LeRobotWriter(const std::string& path, const DatasetInfo& info, std::unique_ptr<LeRobotLayout> layout)
      : frames_(info, path), folder_(path), layout_(std::move(layout)) {}

  void write(const Trajectory& trajectory) override;
  void finish() override;
  [[nodiscard]] std::vector<std::string> lost() const override { return frames_.lost(); }

 private:
  void note(const Trajectory& trajectory);
  [[nodiscard]] Json info_json() const;

  LeRobotFrames frames_;
  AtomicFolder folder_;
  std::unique_ptr<LeRobotLayout> layout_;
  LeRobotSidecar sidecar_;
};

/// What LeRobot has no place for goes into the sidecar.
void LeRobotWriter::note(const Trajectory& t) {
  LeRobotEpisodeNotes notes{t.name, t.outcome, t.attributes};
  notes.attributes.erase("task");
  notes.attributes.erase("tasks");
  sidecar_.episodes.emplace(frames_.episodes() - 1, std::move(notes));
}

void LeRobotWriter::write(const Trajectory& t) {
  frames_.add(t);
  layout_->write_episode(folder_.temporary().string(), frames_);
  note(t);
}

Json LeRobotWriter::info_json() const {
  const auto& attributes = frames_.info().attributes;
  const auto robot = attributes.find("robot_type");
  const double fps = frames_.fps();
  Json splits;
  for (const auto& [name, numbers] : frames_.info().subsets) {
    if (is_lerobot_range(numbers)) splits[name] = fmt::format("{}:{}", numbers.front(), numbers.back() + 1);
  }
  if (splits.empty()) splits["train"] = fmt::format("0:{}", frames_.episodes());
  return {{"robot_type", robot == attributes.end() ? Json(nullptr) : Json(robot->second)},
          {"total_episodes", frames_.episodes()},
          {"total_frames", frames_.frames()},
          {"total_tasks", frames_.tasks().size()},
          {"chunks_size", 1000},
          {"fps", fps == std::floor(fps) ? Json(static_cast<std::int64_t>(fps)) : Json(fps)},
          {"splits", splits}};
}

void LeRobotWriter::finish() {
  if (frames_.episodes() == 0) {
    throw DataError(folder_.path().string() + ": a dataset without trajectories is not written; write at least one");
  }
  const std::string root = folder_.temporary().string();
  Json info = info_json();
  layout_->finish(root, frames_, info);
  info["features"] = frames_.features();
  write_file(make_lerobot_path(root, "meta/info.json"),
             info.dump(4, ' ', false, Json::error_handler_t::replace) + "\n");
  write_file(make_lerobot_path(root, "meta/pianola.json"),
             lerobot_sidecar_text(sidecar_, frames_.info(), frames_.episodes(), folder_.path().string()));
  folder_.commit();
}

}  // namespace

std::string make_lerobot_path(const std::string& root, const std::string& file) {
  const std::filesystem::path path = std::filesystem::path(root) / file;
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) {
    throw ResourceError(fmt::format("cannot make the folder '{}': {}{}", path.parent_path().string(), error.message(),
                                    write_remedy(error.value())));
  }
  return path.string();
}

std::unique_ptr<TrajectoryWriter> make_lerobot_writer(const std::string& path, const DatasetInfo& info,
                                                      std::unique_ptr<LeRobotLayout> layout) {
  return std::make_unique<LeRobotWriter>(path, info, std::move(layout));
}

}  // namespace pianola
#endif  // PIANOLA_WITH_ARROW
