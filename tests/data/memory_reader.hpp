// Trajectories in memory, read and checked as those of a file.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "pianola/data/dataset.hpp"

namespace pianola::test {

class MemoryReader final : public TrajectoryReader {
 public:
  MemoryReader(DatasetInfo info, std::vector<Trajectory> list) : info_(std::move(info)), list_(std::move(list)) {}
  [[nodiscard]] const DatasetInfo& info() const override { return info_; }
  [[nodiscard]] std::size_t size() const override { return list_.size(); }
  [[nodiscard]] std::string name(std::size_t i) const override { return list_[i].name; }
  [[nodiscard]] std::size_t steps(std::size_t i) const override { return list_[i].steps; }
  [[nodiscard]] Trajectory read(std::size_t i) override {
    check_trajectory(list_[i], info_, "memory");
    return list_[i];
  }

 private:
  DatasetInfo info_;
  std::vector<Trajectory> list_;
};

}  // namespace pianola::test
