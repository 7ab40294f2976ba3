// FAST beside what its published processor calls: scipy's DCT and Hugging Face `tokenizers` behind `transformers`, one
// chunk a call as there. Chunks of 30 steps at every step of the Unitree G1 set ($PIANOLA_DATA, 33,065 of 26
// dimensions; made-up walks of the same shape without it), scale 10, vocabulary 1024. Processor time of one core; the
// two take turns and the best of each counts:
//
//   of_python   ours / Python, in chunks a second (absent without an interpreter that has these wheels)
//   of_dct      the time that the multiply-adds of the cosine transform take at the processor's limit / ours
//
// fit: processor time of all threads together; wall_of_python compares elapsed time, with as many threads each as the
// machine has cores. One tenth of the trajectories, and all. `values` of fit_many are a stream of that many numbers
// (7 dimensions), which no peer is asked for: seconds are in its time.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>

#include "limits.hpp"
#include "pianola/base/random.hpp"
#include "pianola/data/formats.hpp"
#include "pianola/quantizers/fast.hpp"
#include "python_peer.hpp"

namespace {

using namespace pianola;

constexpr std::size_t kChunk = 30, kDim = 26, kWidth = kChunk * kDim;

constexpr const char* kPython = R"(
import sys, time, numpy as np
from scipy.fft import dct, idct
from tokenizers import ByteLevelBPETokenizer
from tokenizers.trainers import BpeTrainer
from transformers import PreTrainedTokenizerFast
fitted = {}
def windows(path, steps, every):
    x = np.fromfile(path, np.float64).reshape(-1, 26); out = np.split(x, np.cumsum(np.fromfile(steps, np.int64))[:-1])
    return np.stack([a[i:i + 30] for a in out[::every] for i in range(len(a) - 29)])
def train(C):
    q = np.around(dct(C, axis=1, norm='ortho') * 10); lo, hi = int(q.min()), int(q.max())
    texts = [''.join(map(chr, np.maximum(r.flatten() - lo, 0).astype(int))) for r in q]
    bpe = ByteLevelBPETokenizer()
    bpe._tokenizer.train_from_iterator(texts, trainer=BpeTrainer(vocab_size=1024, min_frequency=2, show_progress=False,
        special_tokens=[], initial_alphabet=[chr(i) for i in range(hi - lo + 1)], max_token_length=10000))
    return PreTrainedTokenizerFast(tokenizer_object=bpe, clean_up_tokenization_spaces=False), lo
def encode(C):
    tok, lo = fitted['tokenizer']
    q = np.around(dct(C, axis=1, norm='ortho') * 10)
    return [tok(''.join(map(chr, np.maximum(e.flatten() - lo, 0).astype(int))))['input_ids'] for e in q]
def decode(T):
    tok, lo = fitted['tokenizer']
    return np.stack([idct((np.array(list(map(ord, tok.decode(t)))) + lo).reshape(-1, 26) / 10, axis=0, norm='ortho') for t in T])
for line in sys.stdin:
    what, path, steps, every = line.split()
    if what == 'wall': print(fitted['wall'], flush=True); continue
    C = fitted.setdefault(('chunks', every), None)
    if C is None: C = fitted[('chunks', every)] = windows(path, steps, int(every))
    if what == 'fit':
        cpu, wall = time.process_time(), time.time()
        fitted['tokenizer'] = train(C)
        fitted['wall'] = time.time() - wall
        print(time.process_time() - cpu, flush=True); continue
    if 'tokenizer' not in fitted: fitted['tokenizer'] = train(C)
    B = C[:1000]
    T = fitted['tokens'] = fitted.get('tokens') or encode(B)
    start = time.process_time()
    encode(B) if what == 'encode' else decode(T)
    print((time.process_time() - start) / len(B), flush=True)
)";

/// Trajectories in memory.
class Walks final : public ActionSource {
 public:
  Walks(std::size_t dim, std::vector<std::vector<double>> trajectories)
      : dim_(dim), trajectories_(std::move(trajectories)) {}
  [[nodiscard]] std::size_t action_dim() const override { return dim_; }
  void for_each(const std::function<void(std::span<const double>)>& visit) const override {
    for (const auto& trajectory : trajectories_) visit(trajectory);
  }
  [[nodiscard]] const std::vector<std::vector<double>>& trajectories() const { return trajectories_; }
  [[nodiscard]] Walks every(std::size_t n) const {
    std::vector<std::vector<double>> some;
    for (std::size_t i = 0; i < trajectories_.size(); i += n) some.push_back(trajectories_[i]);
    return {dim_, std::move(some)};
  }

 private:
  std::size_t dim_;
  std::vector<std::vector<double>> trajectories_;
};

std::vector<double> made_up_walk(std::uint64_t id, std::size_t steps, std::size_t dim) {
  std::vector<double> rows(steps * dim);
  std::vector<double> velocity(dim);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto h = static_cast<std::uint32_t>(i / dim), d = static_cast<std::uint32_t>(i % dim);
    velocity[d] = 0.9 * velocity[d] + 0.02 * (uniform(NoiseKey(3), id, h, d) - 0.5);
    rows[i] = (i < dim ? 0.0 : 0.99 * rows[i - dim]) + velocity[d];
  }
  return rows;
}

const Walks& walks() {
  static const Walks all = [] {
    std::vector<std::vector<double>> trajectories;
    const char* data = std::getenv("PIANOLA_DATA");
    const auto path = std::filesystem::path(data == nullptr ? "" : data) / "unitree_g1_lerobot_v21/as_hdf5.hdf5";
    if (data != nullptr && std::filesystem::exists(path)) {
      const auto reader = open_dataset(path.string(), {.actions_only = true});
      for (std::size_t i = 0; i < reader->size(); ++i) trajectories.push_back(reader->read_actions(i));
    } else {
      for (std::uint64_t i = 0; i < 100; ++i) trajectories.push_back(made_up_walk(i, 360, kDim));
    }
    return Walks(kDim, std::move(trajectories));
  }();
  return all;
}

std::unique_ptr<Fast> fit(const ActionSource& source, std::size_t chunk) {
  FitContext context;
  context.action_dim = source.action_dim();
  context.chunk = chunk;
  context.data = &source;
  return Fast::fit({}, context);
}

const Fast& fitted() {
  static const std::unique_ptr<Fast> fast = fit(walks(), kChunk);
  return *fast;
}

/// The actions, mapped to [−1, 1], and the lengths of trajectories, as files that Python reads.
class Files {
 public:
  Files() : base_(fmt::format("{}/bench_fast_{}", std::filesystem::temp_directory_path().string(), ::getpid())) {
    std::ofstream values(base_ + ".f64", std::ios::binary), steps(base_ + ".i64", std::ios::binary);
    const ActionRange& range = fitted().range();
    for (const auto& trajectory : walks().trajectories()) {
      const auto length = static_cast<std::int64_t>(trajectory.size() / kDim);
      steps.write(reinterpret_cast<const char*>(&length), sizeof length);
      for (std::size_t i = 0; i < trajectory.size(); ++i) {
        const double low = range.low[i % kDim], high = range.high[i % kDim];
        const double x = std::clamp(2.0 * (trajectory[i] - low) / (high - low) - 1.0, -1.0, 1.0);
        values.write(reinterpret_cast<const char*>(&x), sizeof x);
      }
    }
  }
  ~Files() {
    for (const char* end : {".f64", ".i64"}) std::filesystem::remove(base_ + end);
  }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  [[nodiscard]] std::string names() const { return fmt::format("{0}.f64 {0}.i64", base_); }

 private:
  std::string base_;
};

std::string files() {
  static const Files all;
  return all.names();
}

PythonPeer& python() {
  static PythonPeer peer(kPython);
  return peer;
}

std::vector<float> first_chunks(std::size_t n) {
  std::vector<float> out;
  for (const auto& trajectory : walks().trajectories()) {
    for (std::size_t at = 0; at + kWidth <= trajectory.size(); at += kDim) {
      if (out.size() == n * kWidth) return out;
      out.insert(out.end(), trajectory.begin() + static_cast<std::ptrdiff_t>(at),
                 trajectory.begin() + static_cast<std::ptrdiff_t>(at + kWidth));
    }
  }
  return out;
}

void code(benchmark::State& state, const char* what) {
  const Fast& fast = fitted();
  std::vector<float> chunks = first_chunks(1000);
  const std::size_t n = chunks.size() / kWidth;
  std::vector<Token> tokens(n * fast.info().max_tokens);
  std::vector<std::uint32_t> lengths(n);
  std::vector<DecodeStatus> status(n);
  const TokenBatch batch{tokens, lengths};
  fast.encode(chunks, {}, batch);
  const bool decodes = what[0] == 'd';
  const auto ours = [&] { decodes ? fast.decode(batch, {}, chunks, status) : fast.encode(chunks, {}, batch); };
  double best = HUGE_VAL, best_python = HUGE_VAL;
  for (auto _ : state) {
    for (int round = 0; round < 7; ++round) {
      best = std::min(best, seconds_a_call(ours, 3) / static_cast<double>(n));
      best_python = std::min(best_python, python().answer(fmt::format("{} {} 10", what, files())));
    }
    state.SetIterationTime(best);
  }
  state.SetItemsProcessed(1);  // chunks
  const double flops = 2.0 * kChunk * kChunk * kDim;
  state.counters["of_dct"] = flops / (0.5 * peak_flops()) / best;  // doubles: half as many in a vector
  if (best_python < HUGE_VAL) state.counters["of_python"] = best_python / best;
}

void encode(benchmark::State& state) { code(state, "encode"); }
void decode(benchmark::State& state) { code(state, "decode"); }

double seconds_of_process() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }
double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void fit_g1(benchmark::State& state) {
  const auto every = static_cast<std::size_t>(state.range(0));
  const Walks some = walks().every(every);
  double best = HUGE_VAL, best_wall = HUGE_VAL, python_time = HUGE_VAL, python_wall = HUGE_VAL;
  for (auto _ : state) {
    for (int round = 0; round < 3; ++round) {
      const double start = seconds_of_process(), wall = seconds_now();
      benchmark::DoNotOptimize(fit(some, kChunk));
      best = std::min(best, seconds_of_process() - start);
      best_wall = std::min(best_wall, seconds_now() - wall);
    }
    python_time = python().answer(fmt::format("fit {} {}", files(), every));
    python_wall = python().answer(fmt::format("wall {} {}", files(), every));
    state.SetIterationTime(best_wall);
  }
  state.counters["processor_s"] = best;
  if (python_time == HUGE_VAL) return;
  state.counters["of_python"] = python_time / best;
  state.counters["wall_of_python"] = python_wall / best_wall;
}

/// One walk that comes round again and again: many values without their memory.
class Stream final : public ActionSource {
 public:
  explicit Stream(std::size_t values) : repeats_(values / kWalk) {
    for (std::uint64_t i = 0; i < 50; ++i) walks_.push_back(made_up_walk(i, kWalk / 7, 7));
  }
  [[nodiscard]] std::size_t action_dim() const override { return 7; }
  void for_each(const std::function<void(std::span<const double>)>& visit) const override {
    for (std::size_t i = 0; i < repeats_; ++i) visit(walks_[i % walks_.size()]);
  }

 private:
  static constexpr std::size_t kWalk = 7000;
  std::size_t repeats_;
  std::vector<std::vector<double>> walks_;
};

void fit_many(benchmark::State& state) {
  const Stream stream(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(fit(stream, kChunk));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK(encode)->UseManualTime()->Iterations(1);
BENCHMARK(decode)->UseManualTime()->Iterations(1);
BENCHMARK(fit_g1)->ArgName("every")->Arg(10)->Arg(1)->UseManualTime()->Iterations(1)->Unit(benchmark::kSecond);
BENCHMARK(fit_many)
    ->ArgName("values")
    ->Arg(1'000'000)
    ->Arg(100'000'000)
    ->Iterations(1)
    ->Unit(benchmark::kSecond)
    ->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
