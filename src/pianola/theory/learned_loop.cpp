#include "pianola/theory/learned_loop.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "pianola/base/parallel.hpp"
#include "pianola/policies/conditional_counts.hpp"
#include "pianola/quantizers/observed_memory.hpp"

namespace pianola {
namespace {

constexpr double kReach = 2.0;  // of the table

std::uint32_t cell_of(double x, std::size_t cells) {
  const double place = (std::clamp(x, -kReach, kReach) + kReach) / (2.0 * kReach) * static_cast<double>(cells);
  return std::min(static_cast<std::uint32_t>(place), static_cast<std::uint32_t>(cells - 1));
}

/// Cells and labels, step by step.
struct Demonstrations {
  std::vector<std::uint32_t> cells, tokens;
};

/// What of a lane the table is looked up by. scheme: null where tokens move no scale. memory: of the lane.
double seen_state(const ObservedMemory* scheme, double x, std::span<const double> memory) {
  if (scheme == nullptr) return x;
  double log_scale = 0.0;
  scheme->observe_memory(memory, {&log_scale, 1});
  return x * std::exp(-log_scale);
}

Demonstrations demonstrate(const LearnedLoop& learned, const Quantizer& quantizer, std::uint64_t n,
                           const NoiseKey& key) {
  const NoiseKey start = key.child("starts"), noise = key.child("noise"), injected = key.child("perturb");
  const NoiseKey dither = key.child("dither");
  const std::size_t size = quantizer.info().memory_size;
  const ObservedMemory* const scheme = observed_memory(quantizer);
  Demonstrations out;
  std::vector<double> states(n), memory(n * size);
  std::vector<float> actions(n);
  std::vector<std::uint64_t> ids(n);
  std::vector<std::uint32_t> steps(n), lengths(n);
  std::vector<Token> tokens(n);
  for (std::uint64_t i = 0; i < n; ++i) ids[i] = i, states[i] = 2.0 * uniform(start, i, 0) - 1.0;
  for (std::uint32_t h = 0; h < learned.demonstrated; ++h) {
    for (std::uint64_t i = 0; i < n; ++i) {
      const double x = seen_state(scheme, states[i], std::span(memory).subspan(i * size, size));
      out.cells.push_back(cell_of(x, learned.cells));
      const double u = -learned.loop.gain * states[i];
      actions[i] = static_cast<float>(u);
      states[i] = learned.loop.a * states[i] + u + learned.loop.noise * normal(noise, i, h);
      if (i % 2 == 1) states[i] += learned.injected * normal(injected, i, h);
    }
    std::ranges::fill(steps, h);
    quantizer.encode(actions, CodecContext{&dither, ids, steps, memory}, {tokens, lengths});
    out.tokens.insert(out.tokens.end(), tokens.begin(), tokens.end());
  }
  return out;
}

/// Distribution functions [cells × K] of the learner's law; a cell that was never seen has its nearest seen one's, the
/// one nearer to 0 where two are as near.
std::vector<double> learned_law(const Demonstrations& seen, std::size_t cells, std::size_t vocabulary) {
  ConditionalCounts counts(cells, vocabulary);
  counts.add(seen.cells, seen.tokens);
  const std::vector<double> ratios = counts.ratios();
  std::vector<double> law(ratios.size());
  for (std::size_t c = 0; c < cells; ++c) {
    std::size_t source = c, nearest = std::numeric_limits<std::size_t>::max();
    for (std::size_t other = 0; other < cells; ++other) {
      if (counts.seen(other) == 0.0) continue;
      const std::size_t away = other > c ? other - c : c - other;
      const bool inner = c >= cells / 2 ? other < source : other > source;
      if (away < nearest || (away == nearest && inner)) nearest = away, source = other;
    }
    double sum = 0.0;
    for (std::size_t k = 0; k < vocabulary; ++k) law[c * vocabulary + k] = sum += ratios[source * vocabulary + k];
  }
  return law;
}

/// What the plays of one repetition draw.
struct PlayingKeys {
  explicit PlayingKeys(const NoiseKey& repetition)
      : plant(repetition.child("playing")), draw(plant.child("draw")), dither(plant.child("dither")) {}
  NoiseKey plant, draw, dither;
};

LoopOutcome play_learner(const LearnedLoop& learned, const Quantizer& quantizer, std::span<const double> law,
                         std::span<const double> starts, const PlayingKeys& keys, const PlayingNoise& drawn) {
  const std::size_t lanes = starts.size(), vocabulary = law.size() / learned.cells;
  std::vector<Token> tokens(lanes);
  std::vector<std::uint64_t> ids(lanes);
  std::vector<std::uint32_t> steps(lanes);
  std::vector<std::uint32_t> lengths(lanes, 1);
  std::vector<float> decoded(lanes);
  const std::size_t size = quantizer.info().memory_size;
  const ObservedMemory* const scheme = observed_memory(quantizer);
  std::vector<double> actions(lanes), memory(lanes * size);
  for (std::size_t i = 0; i < lanes; ++i) ids[i] = i;
  LoopStates plant(learned.loop, starts, 0, keys.plant, drawn.omega);
  for (std::uint32_t h = 0; h < learned.loop.steps; ++h) {
    for (std::size_t i = 0; i < lanes; ++i) {
      const double x = seen_state(scheme, plant.states()[i], std::span(memory).subspan(i * size, size));
      const auto row = law.subspan(cell_of(x, learned.cells) * vocabulary, vocabulary);
      const double drew = drawn.draws.empty() ? uniform(keys.draw, i, h) : drawn.draws[h * lanes + i];
      const auto at = std::ranges::upper_bound(row, drew);
      tokens[i] = static_cast<Token>(std::min<std::size_t>(static_cast<std::size_t>(at - row.begin()), vocabulary - 1));
    }
    std::ranges::fill(steps, h);
    quantizer.decode({tokens, lengths}, CodecContext{&keys.dither, ids, steps, memory}, decoded, {});
    std::ranges::copy(decoded, actions.begin());
    plant.step(actions, h);
  }
  return plant.sums().outcome(lanes, learned.loop.steps);
}

}  // namespace

LoopOutcome learn_and_play(const LearnedLoop& learned, const Quantizer& quantizer, std::uint64_t n,
                           std::span<const double> starts, const NoiseKey& key, std::uint64_t repetition) {
  const NoiseKey own = key.child("repetition", repetition);
  const Demonstrations seen = demonstrate(learned, quantizer, n, own.child("demonstrations"));
  const std::vector<double> law = learned_law(seen, learned.cells, quantizer.info().vocabularies[0]);
  const PlayingNoise none;
  return play_learner(learned, quantizer, law, starts, PlayingKeys(own),
                      learned.drawn.empty() ? none : learned.drawn.at(repetition));
}

void draw_noise(LearnedLoop& learned, std::size_t states, const NoiseKey& key, std::size_t repetitions) {
  learned.drawn.assign(repetitions, {});
  parallel_blocks(repetitions, 1, [&](const Block& block) {
    const PlayingKeys keys(key.child("repetition", block.begin));
    PlayingNoise& drawn = learned.drawn[block.begin];
    drawn.omega = loop_noise(learned.loop, states, keys.plant);
    for (std::uint32_t h = 0; h < learned.loop.steps; ++h) {
      for (std::uint64_t i = 0; i < states; ++i) drawn.draws.push_back(uniform(keys.draw, i, h));
    }
  });
}

LoopOutcome play_expert(const LearnedLoop& learned, std::span<const double> starts, const NoiseKey& key,
                        std::uint64_t repetition) {
  return play(learned.loop, nullptr, starts, key.child("repetition", repetition).child("playing"));
}

}  // namespace pianola
