#include "pianola/data/selected_trajectories.hpp"

#include <fmt/format.h>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

class SelectedTrajectories final : public TrajectoryReader {
 public:
  /// own: the reader itself, or null if it is another's.
  SelectedTrajectories(TrajectoryReader& reader, std::vector<std::size_t> numbers,
                       std::unique_ptr<TrajectoryReader> own)
      : own_(std::move(own)), reader_(&reader), numbers_(std::move(numbers)), info_(reader.info()) {
    info_.subsets.clear();
    for (const std::size_t number : numbers_) {
      if (number < reader.size()) continue;
      throw UsageError(
          fmt::format("{}: trajectory {} is selected, but there are {}", info_.path, number, reader.size()));
    }
  }
  [[nodiscard]] const DatasetInfo& info() const override { return info_; }
  [[nodiscard]] std::size_t size() const override { return numbers_.size(); }
  [[nodiscard]] std::string name(std::size_t i) const override { return reader_->name(numbers_.at(i)); }
  [[nodiscard]] std::size_t steps(std::size_t i) const override { return reader_->steps(numbers_.at(i)); }
  [[nodiscard]] Trajectory read(std::size_t i) override { return reader_->read(numbers_.at(i)); }
  [[nodiscard]] std::map<std::string, std::string> attributes(std::size_t i) override {
    return reader_->attributes(numbers_.at(i));
  }
  [[nodiscard]] std::vector<double> read_actions(std::size_t i) override {
    return reader_->read_actions(numbers_.at(i));
  }

 private:
  std::unique_ptr<TrajectoryReader> own_;
  TrajectoryReader* reader_;
  std::vector<std::size_t> numbers_;
  DatasetInfo info_;
};

}  // namespace

std::unique_ptr<TrajectoryReader> select_trajectories(TrajectoryReader& reader, std::vector<std::size_t> numbers) {
  return std::make_unique<SelectedTrajectories>(reader, std::move(numbers), nullptr);
}

std::unique_ptr<TrajectoryReader> select_trajectories(std::unique_ptr<TrajectoryReader> reader,
                                                      std::vector<std::size_t> numbers) {
  TrajectoryReader& of = *reader;
  return std::make_unique<SelectedTrajectories>(of, std::move(numbers), std::move(reader));
}

}  // namespace pianola
