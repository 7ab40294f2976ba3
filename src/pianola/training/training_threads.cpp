// LibTorch works through OpenMP and MKL, everything else through oneTBB. Both are told the same number, and a training
// uses them in turn, never together.
#include <ATen/Parallel.h>

#include <algorithm>

#include "pianola/base/parallel.hpp"
#include "pianola/training/trainer.hpp"

namespace pianola {

void set_training_threads(int count) { at::set_num_threads(count > 0 ? count : threads()); }

void set_training_threads(const TrainConfig& config, std::size_t parameters) {
  const double flops = 6.0 * batch_size(config) * static_cast<double>(parameters);  // of products
  set_training_threads(config.threads > 0 ? config.threads : threads_worth(flops));
}

int threads_worth(double flops_a_step) {
  constexpr double kFlopsAThread = 1e8;  // about 2 ms of one core; a parallel loop costs some 10 µs, and a step has 30
  return static_cast<int>(std::clamp(flops_a_step / kFlopsAThread, 1.0, static_cast<double>(threads())));
}

int training_threads() { return at::get_num_threads(); }

}  // namespace pianola
