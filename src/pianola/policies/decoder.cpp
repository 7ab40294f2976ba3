// Tokens from laws: see Decoder in policies/policy.hpp.
#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/data/action_representation.hpp"
#include "pianola/policies/beam_search.hpp"
#include "pianola/policies/policy.hpp"
#include "pianola/policies/token_law.hpp"

namespace pianola {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

void check_truncation(const DecodeOptions& options) {
  if (!(options.top_p > 0.0) || !(options.top_p <= 1.0)) {
    throw UsageError(fmt::format("decoder: top_p must be above 0 and at most 1, but is {}", options.top_p));
  }
  const bool draws = options.mode == DecodeMode::sample || options.mode == DecodeMode::mean;
  if (!draws && (options.top_k != 0 || options.top_p < 1.0)) {
    throw UsageError(
        "decoder: top_k and top_p cut the law that decode=sample and decode=mean take, but decode=argmax and "
        "decode=beam take the most likely tokens anyway; leave them out");
  }
  if (options.beams < 1 || options.beams > 1024) {
    throw UsageError(fmt::format("decoder: beams must be 1 … 1,024, but is {}", options.beams));
  }
}

void check(const PolicyInfo& policy, const QuantizerInfo& quantizer, const DecodeOptions& options, bool levels) {
  if (policy.vocabularies != quantizer.vocabularies) {
    throw UsageError(fmt::format(
        "decoder: the policy '{}' has {} positions of vocabularies [{}], the quantizer '{}' has {} of [{}]; deploy a "
        "policy with the quantizer it was trained with",
        policy.spec, policy.vocabularies.size(), fmt::join(policy.vocabularies, ", "), quantizer.spec,
        quantizer.vocabularies.size(), fmt::join(quantizer.vocabularies, ", ")));
  }
  if (options.mode == DecodeMode::mean && !levels) {
    throw UsageError(fmt::format(
        "decoder: decode=mean needs tokens that each stand for a value of one action dimension, which those of '{}' do "
        "not; use decode=sample or decode=argmax",
        quantizer.spec));
  }
  if (!(options.temperature > 0.0) || !std::isfinite(options.temperature)) {
    throw UsageError(
        fmt::format("decoder: temperature must be positive and finite, but is {}; for the most likely token use "
                    "decode=argmax",
                    options.temperature));
  }
  check_truncation(options);
}

}  // namespace

void PolicySession::branch(std::span<const std::uint32_t>) {
  throw UsageError("decoder: this policy's sequences cannot branch; use decode=argmax or decode=sample");
}

struct Decoder::Scratch {
  Scratch(const Policy& policy, const Quantizer& codec, DecodeOptions chosen, std::size_t width)
      : quantizer(codec),
        info(codec.info()),
        options(chosen),
        product(tokens_are_coordinates(codec)),
        lanes(width),
        session(policy.session(chosen.mode == DecodeMode::beam ? 1 : width)),
        law(largest_vocabulary(codec.info().vocabularies)),
        logits(width * largest_vocabulary(codec.info().vocabularies)),
        previous(width),
        tokens(width * info.max_tokens),
        lengths(width),
        lawless(width),
        chunks(width * info.chunk * info.action_dim),
        model(codec.representation() != nullptr ? width * chunk_coordinates(codec) : 0),
        status(width) {
    if (options.mode == DecodeMode::beam) beams = std::make_unique<BeamSearch>(policy, codec, options.beams, width);
  }

  const Quantizer& quantizer;
  const QuantizerInfo& info;
  DecodeOptions options;
  bool product;  // the codebook is a product of levels: no grammar to ask
  std::size_t lanes;
  std::unique_ptr<PolicySession> session;
  std::unique_ptr<BeamSearch> beams;  // decode=beam
  TokenLaw law;
  std::vector<float> logits;
  std::vector<Token> previous, tokens;
  std::vector<std::uint32_t> lengths;
  std::vector<std::uint8_t> lawless;  // [lanes], 1 where a position had no law
  std::vector<float> chunks;
  std::vector<double> model;  // [lanes × coordinates of the model], where actions are represented
  std::vector<DecodeStatus> status;

  /// From means of the model's coordinates to actions.
  void place_means(std::span<const double> observations, std::span<double> actions) const {
    if (model.empty()) return;
    const ActionTransform t = quantizer.representation()->transform(info.chunk);
    const std::size_t dim = observations.size() / std::max<std::size_t>(lanes, 1);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      to_actions(t, observations.data() + lane * dim, &model[lane * t.model_values()],
                 &actions[lane * t.action_values()]);
    }
  }

  /// Whether the sequence of `lane` goes on; if so, and unless the codebook is a product, law's mask is set.
  bool goes_on(std::size_t lane, std::size_t position) {
    if (lengths[lane] != position) return false;  // ended before
    if (product) return true;
    const auto mask = law.mask(info.vocabularies[position]);
    quantizer.allowed({&tokens[lane * info.max_tokens], position}, mask);
    return std::ranges::any_of(mask, [](bool may) { return may; });
  }

  /// Whether any sequence does.
  bool any_goes_on(std::size_t position) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      if (goes_on(lane, position)) return true;
    }
    return false;
  }

  Token choose(const NoiseKey& stream, const Situation& situation, std::size_t lane, std::size_t position) const {
    if (options.mode != DecodeMode::sample) return law.most_likely();
    return law.at_quantile(
        uniform(stream, situation.ids[lane], situation.h[lane], static_cast<std::uint32_t>(position)));
  }

  /// All lanes' tokens at `position`, and where asked their log-probabilities and mean values.
  void take(const NoiseKey& stream, const Situation& situation, std::size_t position, std::span<double> means,
            std::span<float> log_probabilities) {
    const std::size_t vocabulary = info.vocabularies[position];
    session->logits(previous, std::span(logits).first(lanes * vocabulary));
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const std::size_t cell = lane * info.max_tokens + position;
      previous[lane] = 0;
      if (!goes_on(lane, position)) continue;
      ++lengths[lane];
      if (!law.set({&logits[lane * vocabulary], vocabulary}, options.temperature, !product)) {
        lawless[lane] = 1;
        continue;
      }
      law.truncate(options.top_k, options.top_p);
      tokens[cell] = previous[lane] = choose(stream, situation, lane, position);
      if (!log_probabilities.empty()) log_probabilities[cell] = static_cast<float>(law.log_probability(tokens[cell]));
      if (!means.empty()) means[cell] = law.mean(quantizer.levels(position));
    }
  }

  void decide_tokens(const NoiseKey& key, const Situation& situation, std::span<const float> histories,
                     std::span<double> means, std::span<float> log_probabilities) {
    session->noise(key);
    session->begin(situation, histories);
    const NoiseKey stream = key.child("controller");
    for (std::size_t p = 0; p < info.max_tokens && any_goes_on(p); ++p) {
      take(stream, situation, p, means, log_probabilities);
    }
  }
};

Decoder::Decoder(const Policy& policy, const Quantizer& quantizer, DecodeOptions options, std::size_t lanes) {
  check(policy.info(), quantizer.info(), options, tokens_are_coordinates(quantizer));
  scratch_ = std::make_unique<Scratch>(policy, quantizer, options, lanes);
}

Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;

void Decoder::decide(const NoiseKey& key, const Situation& situation, std::span<const float> histories,
                     std::span<double> actions, std::span<Token> tokens, std::span<float> log_probabilities,
                     std::span<double> memory) {
  Scratch& s = *scratch_;
  assert(situation.lanes() == s.lanes && actions.size() == s.chunks.size());
  std::ranges::fill(s.tokens, Token{0});
  std::ranges::fill(s.previous, Token{0});
  std::ranges::fill(s.lengths, 0U);
  std::ranges::fill(s.lawless, std::uint8_t{0});
  std::ranges::fill(log_probabilities, 0.0F);
  const NoiseKey dither = key.child("dither");
  const bool mean = s.options.mode == DecodeMode::mean;
  const std::span<double> means = s.model.empty() ? actions : std::span(s.model);
  if (s.beams) {
    s.beams->search(key, situation, histories, s.options.temperature,
                    {s.tokens, s.lengths, log_probabilities, s.lawless});
  } else {
    s.decide_tokens(key, situation, histories, mean ? means : std::span<double>{}, log_probabilities);
  }
  if (mean) s.place_means(situation.observations, actions);
  if (!mean) {
    const CodecContext context{&dither, situation.ids, situation.h, memory, situation.observations};
    s.quantizer.decode(TokenBatch{s.tokens, s.lengths}, context, s.chunks, s.status);
    std::ranges::copy(s.chunks, actions.begin());
  }
  const std::size_t width = actions.size() / std::max<std::size_t>(s.lanes, 1);
  for (std::size_t lane = 0; lane < s.lanes; ++lane) {
    if (s.lawless[lane] != 0) std::ranges::fill(actions.subspan(lane * width, width), kNaN);
  }
  if (!tokens.empty()) std::ranges::copy(s.tokens, tokens.begin());
}

}  // namespace pianola
