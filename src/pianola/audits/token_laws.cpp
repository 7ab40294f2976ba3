#include "pianola/audits/token_laws.hpp"

#include <algorithm>
#include <cmath>

namespace pianola {
namespace {

std::size_t largest(std::span<const std::uint32_t> vocabularies) {
  return vocabularies.empty() ? 0 : *std::ranges::max_element(vocabularies);
}

template <class T>
void repeat(std::vector<T>& out, std::size_t lanes, std::size_t first, std::size_t count, std::span<const T> row) {
  out.resize(lanes * row.size());
  for (std::size_t i = 0; i < count; ++i) {
    std::ranges::copy(row, out.begin() + static_cast<std::ptrdiff_t>((first + i) * row.size()));
  }
}

}  // namespace

void RepeatedSituation::set(std::size_t lanes, std::size_t first, std::size_t count, const LawQuery& query,
                            std::size_t lane) {
  const Situation& from = query.situation;
  const std::size_t dim = from.observations.size() / from.lanes(), width = query.histories.size() / from.lanes();
  repeat(ids_, lanes, first, count, from.ids.subspan(lane, 1));
  repeat(h_, lanes, first, count, from.h.subspan(lane, 1));
  repeat(outcomes_, lanes, first, count, from.outcomes.subspan(lane, 1));
  repeat(observations_, lanes, first, count, from.observations.subspan(lane * dim, dim));
  repeat(histories_, lanes, first, count, query.histories.subspan(lane * width, width));
}

NextToken::NextToken(const Quantizer& quantizer, const DecodeOptions& options)
    : quantizer_(quantizer), options_(options), law_(largest(quantizer.info().vocabularies)) {}

NextToken::State NextToken::set(std::span<const float> logits, std::span<const Token> prefix) {
  const auto mask = law_.mask(logits.size());
  quantizer_.allowed(prefix, mask);
  if (std::ranges::none_of(mask, [](bool may) { return may; })) return State::ended;
  if (!law_.set(logits, options_.temperature, true)) return State::lawless;
  law_.truncate(options_.top_k, options_.top_p);
  return State::law;
}

double NextToken::probability(Token token) const {
  return law_.has(token) ? std::exp(law_.log_probability(token)) : 0.0;
}

std::vector<double> NextToken::probabilities() const {
  std::vector<double> out(law_.vocabulary());
  for (std::size_t k = 0; k < out.size(); ++k) out[k] = probability(static_cast<Token>(k));
  return out;
}

std::vector<double> decoded_actions(const Quantizer& quantizer, std::span<Token> tokens,
                                    std::span<std::uint32_t> lengths, const LawQuery& query, std::size_t lane) {
  const QuantizerInfo& info = quantizer.info();
  const std::size_t n = lengths.size(), dim = query.situation.observations.size() / query.situation.lanes();
  std::vector<float> chunks(n * info.chunk * info.action_dim);
  std::vector<double> seen;
  seen.reserve(n * dim);
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = query.situation.observations.subspan(lane * dim, dim);
    seen.insert(seen.end(), row.begin(), row.end());
  }
  const std::vector<std::uint64_t> ids(n, query.situation.ids[lane]);
  const std::vector<std::uint32_t> h(n, query.situation.h[lane]);
  const NoiseKey dither = query.key.child("dither");
  quantizer.decode(TokenBatch{tokens, lengths}, CodecContext{&dither, ids, h, {}, seen}, chunks, {});
  return {chunks.begin(), chunks.end()};
}

}  // namespace pianola
