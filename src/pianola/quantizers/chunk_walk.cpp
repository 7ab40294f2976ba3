#include "pianola/quantizers/chunk_walk.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/data/represented_actions.hpp"
#include "pianola/quantizers/action_scan.hpp"

namespace pianola {

ChunkWalk::ChunkWalk(const Quantizer& quantizer, const NoiseKey& key)
    : quantizer_(quantizer),
      dither_(key.child("dither")),
      width_(quantizer.info().chunk * quantizer.info().action_dim),
      // A scheme with memory takes its chunks one after the other.
      most_(quantizer.info().memory_size > 0 ? 1 : std::max<std::size_t>(65536 / width_, 1)) {}

void ChunkWalk::begin_trajectory(std::size_t trajectory) {
  ids_.assign(most_, trajectory);
  for (auto* memory : {&encoder_memory_, &decoder_memory_, &quantize_memory_}) {
    memory->assign(most_ * quantizer_.info().memory_size, 0.0);
  }
}

void ChunkWalk::block(std::span<const double> actions, std::size_t first_step, ChunkBlock& out) {
  const std::size_t n = actions.size() / width_, chunk = quantizer_.info().chunk;
  h_.resize(n);
  for (std::size_t i = 0; i < n; ++i) h_[i] = static_cast<std::uint32_t>(first_step + i * chunk);
  values_.assign(actions.begin(), actions.end());
  tokens_.assign(n * quantizer_.info().max_tokens, 0);
  lengths_.assign(n, 0);
  decoded_.resize(values_.size());
  quantized_.resize(values_.size());
  status_.resize(n);
  memory_before_ = decoder_memory_;
  const auto with = [&](std::span<double> memory) {
    return CodecContext{&dither_, Ids(ids_).first(n), h_, memory, starts_};
  };
  const TokenBatch batch{tokens_, lengths_};
  quantizer_.encode(values_, with(encoder_memory_), batch);
  quantizer_.decode(batch, with(decoder_memory_), decoded_, status_);
  quantizer_.quantize(actions, with(quantize_memory_), quantized_);
  out.n = n;
  out.actions = actions;
  out.quantized = quantized_;
  out.tokens = tokens_;
  out.lengths = lengths_;
  out.decoded = decoded_;
  out.status = status_;
  out.context = with(memory_before_);
}

void ChunkWalk::trajectory(std::span<const double> actions, std::span<const double> observations, WalkCount& count,
                           const std::function<void(const ChunkBlock&)>& visit) {
  throw_if_interrupted();
  begin_trajectory(count.trajectories);
  ChunkBlock out;
  out.trajectory = count.trajectories++;
  const std::size_t chunk = quantizer_.info().chunk, chunks = actions.size() / width_;
  const std::size_t steps = actions.size() / quantizer_.info().action_dim,
                    seen = observations.size() / std::max<std::size_t>(steps, 1);
  for (std::size_t i = 0; i < chunks; i += most_) {
    const std::size_t n = std::min(most_, chunks - i);
    out.first = i == 0;
    gather_starts(observations.subspan(i * chunk * seen), seen, chunk, n, starts_);
    block(actions.subspan(i * width_, n * width_), i * chunk, out);
    visit(out);
  }
  count.chunks += chunks;
  count.steps += chunks * chunk;
  count.dropped_steps += steps - chunks * chunk;
}

WalkCount ChunkWalk::run(const ActionSource& source, std::string_view who,
                         const std::function<void(const ChunkBlock&)>& visit) {
  if (source.action_dim() != quantizer_.info().action_dim) {
    throw UsageError(fmt::format("{}: the quantizer has {} action dimensions, the data have {}", who,
                                 quantizer_.info().action_dim, source.action_dim()));
  }
  const ActionRepresentation* const map = quantizer_.representation();
  WalkCount count;
  if (map != nullptr && map->needs_state()) {
    scan_observed_actions(source, who, [&](std::span<const double> actions, std::span<const double> observations) {
      trajectory(actions, observations, count, visit);
    });
  } else {
    scan_actions(source, who, [&](std::span<const double> actions) { trajectory(actions, {}, count, visit); });
  }
  if (count.chunks == 0) {
    throw DataError(fmt::format("{}: every trajectory is shorter than a chunk of {} steps; take a smaller --chunk", who,
                                quantizer_.info().chunk));
  }
  return count;
}

}  // namespace pianola
