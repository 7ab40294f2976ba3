// What the processor can do, for benchmarks to stand beside: measured in the same run, in processor time of one core,
// with the widest vectors that it has.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ctime>

namespace pianola {

/// Processor seconds of the calling thread.
inline double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Processor seconds of one call, the mean of so many.
template <class Call>
double seconds_a_call(const Call& call, std::size_t calls) {
  const double start = processor_seconds();
  for (std::size_t i = 0; i < calls; ++i) {
    call();
    benchmark::ClobberMemory();
  }
  return (processor_seconds() - start) / static_cast<double>(calls);
}

/// The best of several short runs of work() [units], in units a second.
template <class Work>
double best_rate(const Work& work) {
  double best = 0.0;
  for (int run = 0; run < 40; ++run) {
    const double start = processor_seconds();
    const double units = work(), taken = processor_seconds() - start;
    if (taken > 0.0) best = std::max(best, units / taken);
  }
  return best;
}

/// Flops a second of fused multiply-adds in registers. Measured at the first call.
double peak_flops();
/// The same measured now, about 10 ms: for benchmarks that take turns with their limit.
double peak_flops_now();

/// Bytes a second of reading a block of so many bytes again and again. Measured at the first call for each size.
double read_bandwidth(std::size_t bytes);

/// Reads 4 bytes and writes 1 for each value, with next to no arithmetic: 128 bytes are OR-ed to 32, `blocks` times.
void narrow_bytes(const std::uint64_t* in, std::uint64_t* out, std::size_t blocks);
/// Reads 1 byte and writes 4 for each value: 32 bytes are written four times.
void widen_bytes(const std::uint64_t* in, std::uint64_t* out, std::size_t blocks);

}  // namespace pianola
