#include "limits.hpp"

#include <cmath>
#include <map>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "../benchmarks/limits.cpp"  // seen from src, which is on the include path
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace pianola {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::CappedTag<float, 16>;
using V = hn::Vec<Floats>;

// Twelve independent chains of multiply-adds from out[0 … 11]; returns the flops done.
double MultiplyAdds(std::size_t rounds, float* out) {
  const Floats d;
  const V a = hn::Set(d, 0.999F), b = hn::Set(d, 1e-6F);
  V s0 = hn::Set(d, out[0]), s1 = hn::Set(d, out[1]), s2 = hn::Set(d, out[2]), s3 = hn::Set(d, out[3]);
  V s4 = hn::Set(d, out[4]), s5 = hn::Set(d, out[5]), s6 = hn::Set(d, out[6]), s7 = hn::Set(d, out[7]);
  V s8 = hn::Set(d, out[8]), s9 = hn::Set(d, out[9]), s10 = hn::Set(d, out[10]), s11 = hn::Set(d, out[11]);
  for (std::size_t i = 0; i < rounds; ++i) {
    s0 = hn::MulAdd(s0, a, b), s1 = hn::MulAdd(s1, a, b), s2 = hn::MulAdd(s2, a, b), s3 = hn::MulAdd(s3, a, b);
    s4 = hn::MulAdd(s4, a, b), s5 = hn::MulAdd(s5, a, b), s6 = hn::MulAdd(s6, a, b), s7 = hn::MulAdd(s7, a, b);
    s8 = hn::MulAdd(s8, a, b), s9 = hn::MulAdd(s9, a, b), s10 = hn::MulAdd(s10, a, b), s11 = hn::MulAdd(s11, a, b);
  }
  s0 = hn::Add(hn::Add(hn::Add(s0, s1), hn::Add(s2, s3)), hn::Add(hn::Add(s4, s5), hn::Add(s6, s7)));
  hn::StoreU(hn::Add(s0, hn::Add(hn::Add(s8, s9), hn::Add(s10, s11))), d, out);
  return 24.0 * static_cast<double>(hn::MaxLanes(d) * rounds);
}

// Reads n floats, a multiple of 128.
void Read(const float* from, std::size_t n, float* out) {
  const Floats d;
  constexpr std::size_t kLanes = hn::MaxLanes(Floats());
  V s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  for (std::size_t i = 0; i < n; i += 8 * kLanes) {
    const float* const p = from + i;
    s0 = hn::Add(s0, hn::LoadU(d, p)), s1 = hn::Add(s1, hn::LoadU(d, p + kLanes));
    s2 = hn::Add(s2, hn::LoadU(d, p + 2 * kLanes)), s3 = hn::Add(s3, hn::LoadU(d, p + 3 * kLanes));
    s4 = hn::Add(s4, hn::LoadU(d, p + 4 * kLanes)), s5 = hn::Add(s5, hn::LoadU(d, p + 5 * kLanes));
    s6 = hn::Add(s6, hn::LoadU(d, p + 6 * kLanes)), s7 = hn::Add(s7, hn::LoadU(d, p + 7 * kLanes));
  }
  hn::StoreU(hn::Add(hn::Add(hn::Add(s0, s1), hn::Add(s2, s3)), hn::Add(hn::Add(s4, s5), hn::Add(s6, s7))), d, out);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pianola
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#if defined(__x86_64__)
#define PIANOLA_CLONES __attribute__((target_clones("default", "avx2", "arch=x86-64-v4")))
#else
#define PIANOLA_CLONES
#endif

namespace pianola {
namespace {

HWY_EXPORT(MultiplyAdds);
HWY_EXPORT(Read);

}  // namespace

double peak_flops_now() {
  return best_rate([] {
    float sink[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    benchmark::DoNotOptimize(sink);
    const double flops = HWY_DYNAMIC_DISPATCH(MultiplyAdds)(100'000, sink);
    benchmark::DoNotOptimize(sink);
    return flops;
  });
}

double peak_flops() {
  static const double peak = peak_flops_now();
  return peak;
}

double read_bandwidth(std::size_t bytes) {
  static std::map<std::size_t, double> known;
  const std::size_t n = (bytes / sizeof(float) + 127) / 128 * 128;
  double& rate = known[n];
  if (rate == 0.0) {
    const std::vector<float> block(n, 1.0F);
    rate = best_rate([&block] {
      float sink[16];
      const std::size_t repeats = 1 + (std::size_t{1} << 20) / block.size();
      for (std::size_t i = 0; i < repeats; ++i) {
        HWY_DYNAMIC_DISPATCH(Read)(block.data(), block.size(), sink);
        benchmark::DoNotOptimize(sink);
      }
      return static_cast<double>(repeats * block.size() * sizeof(float));
    });
  }
  return rate;
}

PIANOLA_CLONES void narrow_bytes(const std::uint64_t* in, std::uint64_t* out, std::size_t blocks) {
  for (std::size_t b = 0; b < blocks; ++b, in += 16, out += 4) {
    for (int j = 0; j < 4; ++j) out[j] = (in[j] | in[j + 4]) | (in[j + 8] | in[j + 12]);
  }
}

PIANOLA_CLONES void widen_bytes(const std::uint64_t* in, std::uint64_t* out, std::size_t blocks) {
  for (std::size_t b = 0; b < blocks; ++b, in += 4, out += 16) {
    for (int j = 0; j < 4; ++j) out[j] = out[j + 4] = out[j + 8] = out[j + 12] = in[j];
  }
}

}  // namespace pianola
#endif  // HWY_ONCE
