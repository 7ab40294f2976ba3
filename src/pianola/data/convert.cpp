#include "pianola/data/convert.hpp"

#include <fmt/format.h>

#include "pianola/base/interrupt.hpp"

namespace pianola {

std::vector<std::string> left_out(const DatasetInfo& info) {
  std::vector<std::string> out;
  out.reserve(info.left_out_fields.size() + info.unread.size());
  for (const ObservationField& field : info.left_out_fields) {
    out.push_back(fmt::format(
        "{}: images, videos, and fields that are no vector of numbers a step are neither read nor copied", field.name));
  }
  for (const std::string& unread : info.unread) out.push_back(unread + "; neither read nor copied");
  return out;
}

Conversion convert(TrajectoryReader& reader, TrajectoryWriter& writer, Progress& progress) {
  Conversion done{0, 0, left_out(reader.info())};
  std::size_t steps = 0;
  for (std::size_t i = 0; i < reader.size(); ++i) steps += reader.steps(i);
  progress.begin("convert", steps, "steps");
  for (; done.trajectories < reader.size(); ++done.trajectories) {
    throw_if_interrupted();
    const Trajectory trajectory = reader.read(done.trajectories);
    writer.write(trajectory);
    done.steps += trajectory.steps;
    progress.advance(trajectory.steps);
  }
  writer.finish();
  progress.end();
  for (std::string& sentence : writer.lost()) done.lost.push_back(std::move(sentence));
  return done;
}

}  // namespace pianola
