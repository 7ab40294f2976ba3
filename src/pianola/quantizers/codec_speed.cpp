#include "pianola/quantizers/codec_speed.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace pianola {
namespace {

/// Values a second of `call`, which handles `values`: the best of many calls that fill `seconds` together.
template <class F>
double best_rate(std::size_t values, double seconds, const F& call) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  double best = std::numeric_limits<double>::infinity();
  do {
    const auto start = Clock::now();
    call();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  } while (Clock::now() < end);
  return static_cast<double>(values) / std::max(best, 1e-9);
}

}  // namespace

void CodecStopwatch::collect(const ChunkBlock& block) {
  if (values_.size() >= kValues) return;
  values_.insert(values_.end(), block.actions.begin(), block.actions.end());
  starts_.insert(starts_.end(), block.context.observations.begin(), block.context.observations.end());
}

void CodecStopwatch::tile() {
  const std::size_t width = quantizer_.info().chunk * quantizer_.info().action_dim, seen = values_.size();
  const std::size_t n = std::max<std::size_t>(kValues / width, 1), observed = starts_.size() / (seen / width);
  for (std::size_t i = 0; values_.size() < n * width; ++i) values_.push_back(values_[i % seen]);
  for (std::size_t i = 0; starts_.size() < n * observed; ++i) starts_.push_back(starts_[i]);
  values_.resize(n * width);
  starts_.resize(n * observed);
}

CodecSpeed CodecStopwatch::measure(double seconds) {
  tile();
  const QuantizerInfo& info = quantizer_.info();
  const std::size_t n = values_.size() / (info.chunk * info.action_dim);
  std::vector<Token> tokens(n * info.max_tokens);
  std::vector<std::uint32_t> lengths(n), h(n);
  std::vector<std::uint64_t> ids(n);
  std::vector<double> memory(n * info.memory_size);
  std::vector<DecodeStatus> status(n);
  const CodecContext context{&key_, ids, h, memory, starts_};
  const TokenBatch batch{tokens, lengths};
  const auto encode = [&] { quantizer_.encode(values_, context, batch); };
  const auto decode = [&] { quantizer_.decode(batch, context, values_, status); };
  CodecSpeed speed;
  speed.encode_values_per_second = best_rate(values_.size(), seconds, encode);
  std::fill(memory.begin(), memory.end(), 0.0);
  encode();
  std::fill(memory.begin(), memory.end(), 0.0);
  speed.decode_values_per_second = best_rate(values_.size(), seconds, decode);
  return speed;
}

}  // namespace pianola
