// LibTorch works through OpenMP and MKL, everything else through oneTBB. Both are told the same number, and a training
// uses them in turn, never together.
#include <ATen/Parallel.h>

#include "pianola/base/parallel.hpp"
#include "pianola/training/trainer.hpp"

namespace pianola {

void set_training_threads(int count) { at::set_num_threads(count > 0 ? count : threads()); }

int training_threads() { return at::get_num_threads(); }

}  // namespace pianola
