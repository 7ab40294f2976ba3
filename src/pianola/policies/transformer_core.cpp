#include "pianola/policies/transformer_core.hpp"

#include <algorithm>
#include <cmath>

#include "pianola/base/dense.hpp"

namespace pianola::transformer {
namespace {

constexpr std::size_t kRowsAtOnce = 64;  // whose numbers stay in the second cache

constexpr std::size_t aligned(std::size_t floats) { return (floats + 15) / 16 * 16; }

/// Lanes that go through the layers together, each with `count` places.
std::size_t lanes_at_once(std::size_t count, std::size_t lanes) {
  return std::clamp<std::size_t>(kRowsAtOnce / count, 1, std::max<std::size_t>(lanes, 1));
}

/// Places that begin() runs.
std::size_t first_places(const Dimensions& d) { return d.parallel ? d.places() : d.history; }

std::size_t most_rows(const Dimensions& d, std::size_t lanes) {
  return std::max(first_places(d) * lanes_at_once(first_places(d), lanes), lanes_at_once(1, lanes));
}

/// Places whose last normalisation the head reads.
std::size_t states_of(const Dimensions& d) { return d.parallel ? d.positions : 1; }

/// A packed product.
struct Extent {
  WeightFormat format;
  std::size_t in, out;
  [[nodiscard]] std::size_t size() const { return packed_weights_size(format, in, out); }
};

constexpr std::size_t kParts = 4;  // attention, projection, up, down

Extent part_of(const Dimensions& d, std::size_t part) {
  const std::size_t w = d.width;
  const Extent parts[kParts] = {{d.format, w, 3 * w}, {d.format, w, w}, {d.format, w, 4 * w}, {d.format, 4 * w, w}};
  return parts[part];
}

Extent observation_of(const Dimensions& d) { return {WeightFormat::float32, d.observation_dim, d.width}; }
Extent head_of(const Dimensions& d) { return {d.format, d.width, d.largest_vocabulary}; }

// Packed weights lie one after the other: observation, the parts of each block, head.
std::size_t observation_bytes(const Dimensions& d) { return d.token_input ? 0 : observation_of(d).size(); }

std::size_t block_bytes(const Dimensions& d) {
  std::size_t bytes = 0;
  for (std::size_t part = 0; part < kParts; ++part) bytes += part_of(d, part).size();
  return bytes;
}

std::size_t head_place(const Dimensions& d) { return observation_bytes(d) + d.blocks * block_bytes(d); }

/// heads: of an attention, whose first third of rows are queries; else 0.
void pack_one(const Extent& extent, const Plain& plain, std::size_t heads, std::span<float> scratch, std::byte* to) {
  const std::size_t in = extent.in, out = extent.out, queries = heads > 0 ? out / 3 : 0;
  const double factor = heads > 0 ? 1.0 / std::sqrt(static_cast<double>(in / heads)) : 1.0;
  const std::span<float> weight = scratch.first(out * in), bias = scratch.subspan(weight.size(), out);
  for (std::size_t o = 0; o < out; ++o) {
    const double own = o < queries ? factor : 1.0;
    auto sum = static_cast<double>(plain.bias[o]);
    for (std::size_t k = 0; k < in; ++k) {
      const auto value = static_cast<double>(plain.weight[o * in + k]);
      if (!plain.shift.empty()) sum += value * static_cast<double>(plain.shift[k]);
      const double gain = plain.scale.empty() ? 1.0 : static_cast<double>(plain.scale[k]);
      weight[o * in + k] = static_cast<float>(own * gain * value);
    }
    bias[o] = static_cast<float>(own * sum);
  }
  pack_weights(extent.format, weight, bias, in, out, {to, extent.size()});
}

std::size_t context_length(const float* row, std::size_t history) {
  std::size_t absent = 0;
  while (absent + 1 < history && row[absent] < 0.0F) ++absent;
  return history - absent;
}

}  // namespace

std::size_t packed_size(const Dimensions& d) noexcept { return head_place(d) + head_of(d).size(); }

std::size_t pack_scratch_size(const Dimensions& d) noexcept {
  std::size_t most = d.largest_vocabulary * (d.width + 1);
  for (std::size_t part = 0; part < kParts; ++part)
    most = std::max(most, part_of(d, part).out * (part_of(d, part).in + 1));
  return std::max(most, d.width * (d.observation_dim + 1));
}

void pack(const Dimensions& d, const PlainWeights& plain, std::span<float> scratch,
          std::span<std::byte> packed) noexcept {
  if (!d.token_input) pack_one(observation_of(d), plain.observation, 0, scratch, packed.data());
  std::byte* at = packed.data() + observation_bytes(d);
  for (const PlainBlock& block : plain.blocks) {
    const Plain* const parts[kParts] = {&block.attention, &block.projection, &block.up, &block.down};
    for (std::size_t part = 0; part < kParts; ++part) {
      pack_one(part_of(d, part), *parts[part], part == 0 ? d.heads : 0, scratch, at);
      at += part_of(d, part).size();
    }
  }
  pack_one(head_of(d), plain.head, 0, scratch, at);
}

bool all_finite(const Dimensions& d, const std::byte* packed) noexcept {
  const auto finite = [](const Extent& e, const std::byte* at) {
    return pianola::all_finite(e.format, e.in, e.out, {at, e.size()});
  };
  if (!d.token_input && !finite(observation_of(d), packed)) return false;
  const std::byte* at = packed + observation_bytes(d);
  for (std::size_t block = 0; block < d.blocks; ++block) {
    for (std::size_t part = 0; part < kParts; at += part_of(d, part).size(), ++part) {
      if (!finite(part_of(d, part), at)) return false;
    }
  }
  return finite(head_of(d), at);
}

std::size_t Workspace::sequence_size(const Dimensions& d) noexcept {
  return d.blocks * attention_cache_size(d.attention()) + states_of(d) * d.width;
}

std::size_t Workspace::size(const Dimensions& d, std::size_t lanes) noexcept {
  const std::size_t rows = most_rows(d, lanes);
  return lanes * d.blocks * attention_cache_size(d.attention()) + aligned(lanes * states_of(d) * d.width) +
         3 * aligned(rows * d.width) + aligned(rows * 4 * d.width) + attention_scratch_size(d.attention()) +
         aligned(rows * d.observation_dim);
}

Workspace::Workspace(const Dimensions& d, std::size_t lanes, float* memory) noexcept
    : lanes_(lanes), rows_(most_rows(d, lanes)) {
  std::fill_n(memory, size(d, lanes), 0.0F);
  const auto take = [&memory](std::size_t floats) {
    float* const here = memory;
    memory += aligned(floats);
    return here;
  };
  caches_ = take(lanes * d.blocks * attention_cache_size(d.attention()));
  states_ = take(lanes * states_of(d) * d.width);
  rows_x_ = take(rows_ * d.width);
  normal_ = take(rows_ * d.width);
  mixed_ = take(rows_ * d.width);
  wide_ = take(rows_ * 4 * d.width);
  scratch_ = take(attention_scratch_size(d.attention()));
  input_ = take(rows_ * d.observation_dim);
}

/// `lanes` lanes from `lane` on, each with `count` places from `first` on.
struct Forward::Group {
  std::size_t lane, lanes, first, count;
  [[nodiscard]] std::size_t rows() const { return lanes * count; }
};

void Forward::embed_observations(const Group& group, const float* histories) noexcept {
  const Dimensions& d = w_.dimensions;
  const float* const from = histories + group.lane * d.inputs();
  for (std::size_t i = 0; i < group.lanes * d.inputs(); ++i) {
    s_.input_[i] = (from[i] - w_.mean[i % d.inputs()]) * w_.inverse_std[i % d.inputs()];
  }
  const PackedProduct embedding{WeightFormat::float32, w_.packed, d.observation_dim, d.width};
  float* const x = s_.rows_x_;
  const std::size_t lane_width = group.count * d.width;
  for (std::size_t lane = 0; lane < group.lanes; ++lane) std::copy_n(w_.position, lane_width, x + lane * lane_width);
  if (group.count == d.history) return multiply_add(embedding, s_.input_, group.rows(), x);
  for (std::size_t lane = 0; lane < group.lanes; ++lane) {
    multiply_add(embedding, s_.input_ + lane * d.inputs(), d.history, x + lane * lane_width);
  }
}

/// Contexts begin at place 0; places behind a short one hold position vectors, which nothing sees.
void Forward::embed_context(const Group& group, const float* histories) noexcept {
  const Dimensions& d = w_.dimensions;
  for (std::size_t lane = 0; lane < group.lanes; ++lane) {
    const float* const row = histories + (group.lane + lane) * d.history;
    const std::size_t length = context_length(row, d.history);
    float* const x = s_.rows_x_ + lane * group.count * d.width;
    std::copy_n(w_.position, group.count * d.width, x);
    for (std::size_t i = 0; i < length; ++i) {
      const float last = static_cast<float>(d.largest_vocabulary - 1);
      const float number = std::min(std::max(0.0F, row[d.history - length + i]), last);  // in this order NaN is 0
      const float* const embedding = w_.token + static_cast<std::size_t>(number) * d.width;
      for (std::size_t k = 0; k < d.width; ++k) x[i * d.width + k] += embedding[k];
    }
  }
}

PackedProduct Forward::product(std::size_t block, Part part) const noexcept {
  const Dimensions& d = w_.dimensions;
  const std::byte* at = w_.packed + observation_bytes(d) + block * block_bytes(d);
  for (std::size_t before = 0; before < part; ++before) at += part_of(d, before).size();
  return {d.format, at, part_of(d, part).in, part_of(d, part).out};
}

void Forward::attention(const Group& group, std::size_t block) noexcept {
  const Dimensions& d = w_.dimensions;
  const AttentionShape shape = d.attention();
  const std::size_t cache = attention_cache_size(shape);
  for (std::size_t lane = 0; lane < group.lanes; ++lane) {
    float* const memory = s_.caches_ + ((group.lane + lane) * d.blocks + block) * cache;
    attend(shape, {group.first, group.count, !d.parallel}, s_.wide_ + lane * group.count * 3 * d.width, memory,
           s_.scratch_, s_.mixed_ + lane * group.count * d.width);
  }
}

void Forward::run(const Group& group) noexcept {
  const Dimensions& d = w_.dimensions;
  const std::size_t n = group.rows(), width = d.width;
  float* const x = s_.rows_x_;
  for (std::size_t b = 0; b < d.blocks; ++b) {
    normalise_rows(x, n, width, s_.normal_);
    multiply(product(b, kAttention), s_.normal_, n, s_.wide_);
    attention(group, b);
    multiply_add(product(b, kProjection), s_.mixed_, n, x);
    normalise_rows(x, n, width, s_.normal_);
    multiply(product(b, kUp), s_.normal_, n, s_.wide_);
    activate(Activation::gelu, {s_.wide_, n * 4 * width});
    multiply_add(product(b, kDown), s_.wide_, n, x);
  }
}

void Forward::begin(const float* histories) noexcept {
  const Dimensions& d = w_.dimensions;
  const std::size_t count = first_places(d), together = lanes_at_once(count, s_.lanes_), states = states_of(d);
  for (std::size_t lane = 0; lane < s_.lanes_; lane += together) {
    const Group group{lane, std::min(together, s_.lanes_ - lane), 0, count};
    if (d.token_input) {
      embed_context(group, histories);
    } else {
      embed_observations(group, histories);
    }
    run(group);
    for (std::size_t i = 0; i < group.lanes; ++i) {
      const std::size_t length =
          d.token_input ? context_length(histories + (lane + i) * d.history, d.history) : d.history;
      const std::size_t place = d.parallel ? d.history : length - 1;
      for (std::size_t p = 0; p < states; ++p) {
        normalise_rows(s_.rows_x_ + (i * count + place + p) * d.width, 1, d.width, state(p, lane + i));
      }
    }
  }
}

float* Forward::state(std::size_t p, std::size_t lane) noexcept {
  return s_.states_ + (p * s_.lanes_ + lane) * w_.dimensions.width;
}

void Forward::advance(std::size_t p, const std::uint32_t* previous) noexcept {
  const Dimensions& d = w_.dimensions;
  if (d.parallel) return;
  const std::size_t place = d.history - 1 + p, together = lanes_at_once(1, s_.lanes_);
  for (std::size_t lane = 0; lane < s_.lanes_; lane += together) {
    const Group group{lane, std::min(together, s_.lanes_ - lane), place, 1};
    for (std::size_t i = 0; i < group.lanes; ++i) {
      const std::size_t token = std::min<std::size_t>(previous[lane + i], d.largest_vocabulary - 1);
      for (std::size_t k = 0; k < d.width; ++k) {
        s_.rows_x_[i * d.width + k] = w_.token[token * d.width + k] + w_.position[place * d.width + k];
      }
    }
    run(group);
    normalise_rows(s_.rows_x_, group.lanes, d.width, s_.states_ + lane * d.width);
  }
}

void Forward::head(std::size_t p, std::size_t vocabulary, float* logits) noexcept {
  const Dimensions& d = w_.dimensions;
  const PackedProduct product{d.format, w_.packed + head_place(d), d.width, vocabulary};
  multiply(product, state(d.parallel ? p : 0, 0), s_.lanes_, logits);
}

void Forward::branch(const std::uint32_t* from, float* spare) noexcept {
  const Dimensions& d = w_.dimensions;
  const std::size_t cache = d.blocks * attention_cache_size(d.attention()), all = Workspace::sequence_size(d);
  for (std::size_t lane = 0; lane < s_.lanes_; ++lane) {
    if (from[lane] == lane) continue;
    float* const to = spare + lane * all;
    std::copy_n(s_.caches_ + from[lane] * cache, cache, to);
    for (std::size_t p = 0; p < states_of(d); ++p) std::copy_n(state(p, from[lane]), d.width, to + cache + p * d.width);
  }
  for (std::size_t lane = 0; lane < s_.lanes_; ++lane) {
    if (from[lane] == lane) continue;
    const float* const kept = spare + lane * all;
    std::copy_n(kept, cache, s_.caches_ + lane * cache);
    for (std::size_t p = 0; p < states_of(d); ++p) std::copy_n(kept + cache + p * d.width, d.width, state(p, lane));
  }
}

}  // namespace pianola::transformer
