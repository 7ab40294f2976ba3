#include "pianola/audits/quantization_error.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "pianola/quantizers/chunk_walk.hpp"

namespace pianola {
namespace {

class StepErrors {
 public:
  StepErrors(std::size_t dim, std::size_t worst) : dim_(dim), most_(worst) {}

  void add(const ChunkBlock& block) {
    if (block.first) end_trajectory();
    current_.trajectory = block.trajectory;
    for (std::size_t i = 0; i < block.actions.size(); i += dim_, ++steps_) {
      double square = 0.0;
      for (std::size_t d = 0; d < dim_; ++d) {
        const double error = block.quantized[i + d] - block.actions[i + d];
        square += error * error;
      }
      const double error = std::sqrt(square);
      if (steps_ == by_step_.size()) by_step_.emplace_back();
      by_step_[steps_].add(error);
      current_.mean += error;
      if (error > current_.largest) current_.largest = error, current_.step = steps_;
    }
  }

  QuantizationErrors finish() {
    end_trajectory();
    QuantizationErrors out{{}, std::move(worst_)};
    out.by_step.reserve(by_step_.size());
    for (const RunningMean& mean : by_step_) out.by_step.push_back(mean.estimate());
    return out;
  }

 private:
  void end_trajectory() {
    if (steps_ == 0) return;
    current_.mean /= static_cast<double>(steps_);
    const auto at = std::upper_bound(worst_.begin(), worst_.end(), current_,
                                     [](const auto& a, const auto& b) { return a.mean > b.mean; });
    worst_.insert(at, current_);
    if (worst_.size() > most_) worst_.pop_back();
    current_ = {};
    steps_ = 0;
  }

  std::size_t dim_, most_, steps_ = 0;
  TrajectoryError current_;
  std::vector<RunningMean> by_step_;
  std::vector<TrajectoryError> worst_;
};

}  // namespace

QuantizationErrors quantization_errors(const Quantizer& quantizer, const ActionSource& source, const NoiseKey& key,
                                       std::size_t worst) {
  StepErrors errors(quantizer.info().action_dim, worst);
  ChunkWalk(quantizer, key).run(source, "auditing a quantizer", [&](const ChunkBlock& block) { errors.add(block); });
  return errors.finish();
}

}  // namespace pianola
