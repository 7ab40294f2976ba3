// What fitting costs: each scheme but learned encoders (encoder=mlp), each in a process of its own, on a made-up data
// set that takes no memory: 7 dimensions, trajectories of 1,000 steps of a smooth random motion, whose first dimension
// saturates for a third of the time.
//
//   seconds      from nothing to a fitted quantizer, by the clock, on all cores
//   MiB          most memory that the process had, its own code included
//   M values/s   action values fitted to, a second
//
//   bench_fits --values=100000000       the full size (making the data is in the seconds: 3 a pass, up to nine passes)
//   bench_fits --values=1e6 --only=fast
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/data/dataset.hpp"
#include "pianola/quantizers/registry.hpp"

namespace {

using namespace pianola;

constexpr std::size_t kDim = 7, kSteps = 1000;

/// Made anew at every pass.
class MadeUpActions final : public ActionSource {
 public:
  explicit MadeUpActions(std::size_t values) : trajectories_(std::max<std::size_t>(1, values / (kDim * kSteps))) {}

  [[nodiscard]] std::size_t action_dim() const override { return kDim; }
  [[nodiscard]] std::size_t values() const { return trajectories_ * kDim * kSteps; }

  void for_each(const std::function<void(std::span<const double>)>& visit) const override {
    std::vector<double> actions(kSteps * kDim);
    for (std::size_t i = 0; i < trajectories_; ++i) {
      make(i, actions);
      visit(actions);
    }
  }

 private:
  /// A sum of two turning phasors a dimension, of a frequency and phase of the trajectory's own.
  static void make(std::size_t trajectory, std::span<double> actions) {
    const NoiseKey key(11);
    for (std::uint32_t d = 0; d < kDim; ++d) {
      double sum[2] = {0.0, 0.0}, c[2], s[2], turn_c[2], turn_s[2];
      for (std::uint32_t k = 0; k < 2; ++k) {
        const double phase = 6.283185307179586 * uniform(key, trajectory, d, 2 * k);
        const double speed = 0.005 + 0.1 * uniform(key, trajectory, d, 2 * k + 1);
        c[k] = std::cos(phase), s[k] = std::sin(phase), turn_c[k] = std::cos(speed), turn_s[k] = std::sin(speed);
      }
      for (std::size_t h = 0; h < kSteps; ++h) {
        for (std::uint32_t k = 0; k < 2; ++k) {
          sum[k] = c[k];
          const double next = c[k] * turn_c[k] - s[k] * turn_s[k];
          s[k] = s[k] * turn_c[k] + c[k] * turn_s[k];
          c[k] = next;
        }
        const double value = 0.7 * sum[0] + 0.3 * sum[1];
        actions[h * kDim + d] = d == 0 ? std::clamp(2.0 * value, -1.0, 1.0) : value;
      }
    }
  }

  std::size_t trajectories_;
};

struct Case {
  const char* spec;
  std::size_t chunk;
};

constexpr Case kCases[] = {{"uniform:bins=256", 1},
                           {"uniform:bins=256,representatives=mean,atoms=true", 1},
                           {"uniform:bins=256,quantile=0.01", 1},
                           {"uniform:mode=openvla", 1},
                           {"uniform:bits=auto,total_bits=48", 1},
                           {"quantile:bins=256", 1},
                           {"quantile:bins=256,representatives=median", 1},
                           {"mulaw", 1},
                           {"kmeans:k=64", 1},
                           {"kmeans:k=256,joint=chunk", 16},
                           {"kdisks", 1},
                           {"rvq:layers=2,codes=16", 16},
                           {"rvq:layers=2,codes=16,encoder=pca", 16},
                           {"fsq", 16},
                           {"fsq:encoder=pca,latent=4", 16},
                           {"fast:vocabulary=1024", 16},
                           {"beast", 16},
                           {"dither:bins=256", 1},
                           {"twohot:bins=256", 1}};

/// In the child. The fit's own key and no range: everything comes from the data.
int fit(const Case& what, const MadeUpActions& actions) {
  FitContext context;
  context.action_dim = kDim;
  context.chunk = what.chunk;
  context.data = &actions;
  try {
    return make_quantizer(what.spec, context)->info().max_tokens > 0 ? 0 : 1;
  } catch (const Error& error) {
    fmt::print(stderr, "{}: {}\n", what.spec, error.what());
    return 1;
  }
}

/// One row, or false if it could not be fitted.
bool measure(const Case& what, const MadeUpActions& actions) {
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) _exit(fit(what, actions));
  int status = 0;
  rusage used{};
  if (child < 0 || wait4(child, &status, 0, &used) != child) return false;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const bool fitted = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  fmt::print("{:<50} {:>5} {:>10.2f} {:>8.0f} {:>12.1f}{}\n", what.spec, what.chunk, seconds,
             static_cast<double>(used.ru_maxrss) / 1024.0, 1e-6 * static_cast<double>(actions.values()) / seconds,
             fitted ? "" : "   failed");
  std::fflush(stdout);
  return fitted;
}

}  // namespace

int main(int argc, char** argv) {
  double values = 140'000;
  std::string_view only;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word.starts_with("--values=")) values = std::strtod(argv[i] + 9, nullptr);
    if (word.starts_with("--only=")) only = word.substr(7);
    if (!word.starts_with("--values=") && !word.starts_with("--only=") && !word.starts_with("--benchmark_")) {
      fmt::print(stderr, "bench_fits takes --values=N and --only=SCHEME, not '{}'\n", word);
      return 2;
    }
  }
  if (!(values >= 1.0 && values <= 1e12)) {
    fmt::print(stderr, "--values takes a number in 1 … 1e12\n");
    return 2;
  }
  const MadeUpActions actions(static_cast<std::size_t>(values));
  fmt::print("{} action values of {} dimensions\n{:<50} {:>5} {:>10} {:>8} {:>12}\n", actions.values(), kDim,
             "quantizer", "chunk", "seconds", "MiB", "M values/s");
  bool all = true;
  for (const Case& what : kCases) {
    if (std::string_view(what.spec).starts_with(only)) all = measure(what, actions) && all;
  }
  return all ? 0 : 1;
}
