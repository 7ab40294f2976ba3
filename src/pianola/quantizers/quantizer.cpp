#include "pianola/quantizers/quantizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/data/action_representation.hpp"

namespace pianola {
namespace {

std::size_t count_chunks(const QuantizerInfo& info, std::size_t values) {
  const std::size_t width = info.chunk * info.action_dim;
  if (values % width != 0) {
    throw UsageError(
        fmt::format("quantizer '{}': needs whole chunks of {} values, got {} values", info.spec, width, values));
  }
  return values / width;
}

}  // namespace

std::size_t checked_chunks(const QuantizerInfo& info, std::span<const float> chunks, const TokenBatch& batch) {
  const std::size_t n = count_chunks(info, chunks.size());
  if (batch.lengths.size() != n || batch.tokens.size() != n * info.max_tokens) {
    throw UsageError(fmt::format("quantizer '{}': {} chunks need {} tokens and {} lengths, got {} and {}", info.spec, n,
                                 n * info.max_tokens, n, batch.tokens.size(), batch.lengths.size()));
  }
  return n;
}

void Quantizer::quantize(std::span<const double> actions, const CodecContext& context, std::span<double> out) const {
  const std::size_t n = count_chunks(info(), actions.size());
  std::vector<float> values(actions.begin(), actions.end());
  std::vector<Token> tokens(n * info().max_tokens);
  std::vector<std::uint32_t> lengths(n);
  const TokenBatch batch{tokens, lengths};
  std::vector<double> memory(context.memory.begin(), context.memory.end());
  CodecContext before = context;
  before.memory = memory;
  encode(values, before, batch);
  decode(batch, context, values, {});  // the caller's memory advances once, by decoding
  std::copy(values.begin(), values.end(), out.begin());
}

void Quantizer::allowed(std::span<const Token> prefix, std::span<bool> mask) const noexcept {
  std::fill(mask.begin(), mask.end(), prefix.size() < info().max_tokens);
}

void Quantizer::targets(std::span<const float> chunk, std::size_t position, std::span<float> p) const {
  std::vector<Token> tokens(info().max_tokens);
  std::uint32_t length = 0;
  encode(chunk, {}, {tokens, std::span(&length, 1)});
  std::fill(p.begin(), p.end(), 0.0F);
  if (position < length) p[tokens[position]] = 1.0F;
}

void Quantizer::saturated(std::span<const double> /*actions*/, std::span<bool> flags) const {
  std::fill(flags.begin(), flags.end(), false);
}

std::size_t Quantizer::count_saturated(std::span<const double> actions, const CodecContext& /*context*/) const {
  const auto flags = std::make_unique<bool[]>(actions.size());
  const std::span<bool> all(flags.get(), actions.size());
  saturated(actions, all);
  return static_cast<std::size_t>(std::count(all.begin(), all.end(), true));
}

std::string Quantizer::fingerprint() const { return hash_hex(save().dump()); }

std::size_t chunk_coordinates(const Quantizer& quantizer) {
  const ActionRepresentation* map = quantizer.representation();
  const std::size_t step = map == nullptr ? quantizer.info().action_dim : map->discrete() + map->continuous();
  return quantizer.info().chunk * step;
}

void action_errors(const Quantizer& quantizer, std::span<const double> wanted, std::span<const double> got,
                   std::span<double> out) {
  const ActionRepresentation* map = quantizer.representation();
  if (map == nullptr) {
    std::transform(got.begin(), got.end(), wanted.begin(), out.begin(), std::minus<>());
    return;
  }
  const std::size_t dim = map->action_dim();
  for (std::size_t at = 0; at < wanted.size(); at += dim) {
    map->error(wanted.subspan(at, dim), got.subspan(at, dim), out.subspan(at, dim));
  }
}

}  // namespace pianola
