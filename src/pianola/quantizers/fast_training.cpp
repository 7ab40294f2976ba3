#include "pianola/quantizers/fast_training.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/quantizers/action_scan.hpp"
#include "pianola/quantizers/bpe_trainer.hpp"
#include "pianola/quantizers/gpt2_words.hpp"

namespace pianola {
namespace {

constexpr std::size_t kMostValues = std::size_t{1} << 27;

std::size_t windows_of(std::size_t steps, std::size_t chunk) { return steps < chunk ? 0 : steps - chunk + 1; }

/// How many windows the data have. The longest trajectory, for the message if there is none.
std::size_t count_windows(const ActionSource& source, std::size_t chunk, std::string_view who) {
  std::size_t windows = 0, longest = 0;
  scan_actions(source, who, [&](std::span<const double> actions) {
    const std::size_t steps = actions.size() / source.action_dim();
    windows += windows_of(steps, chunk);
    longest = std::max(longest, steps);
  });
  if (windows > 0) return windows;
  throw DataError(
      fmt::format("{}: every trajectory is shorter than a chunk of {} steps; the longest has {}; take a "
                  "smaller --chunk",
                  who, chunk, longest));
}

/// Rounded coefficients of windows 0, every, 2·every, … in the order of the data, [windows × width].
std::vector<std::int32_t> window_coefficients(const ActionSource& source, const FastTransform& transform,
                                              std::size_t every, std::string_view who) {
  const std::size_t dim = transform.dim(), width = transform.width();
  std::vector<std::int32_t> out;
  std::size_t skip = 0;  // windows of this trajectory before the next that is taken
  scan_actions(source, who, [&](std::span<const double> actions) {
    throw_if_interrupted();
    const std::size_t windows = windows_of(actions.size() / dim, transform.chunk());
    const std::size_t taken = windows > skip ? (windows - skip + every - 1) / every : 0, before = out.size();
    const std::vector<float> values(actions.begin(), actions.end());
    out.resize(before + taken * width);
    parallel_blocks(taken, 64, [&](const Block& block) {
      FastTransform::Workspace workspace(transform);
      for (std::size_t i = block.begin; i < block.end; ++i) {
        const auto window = std::span(values).subspan((skip + i * every) * dim, width);
        transform.forward(window, workspace, std::span(out).subspan(before + i * width, width));
      }
    });
    skip = skip + taken * every - windows;
  });
  return out;
}

WordCounts count_words(std::span<const std::int32_t> coefficients, std::int32_t min_token, std::size_t width) {
  WordCounts words;
  std::vector<std::uint32_t> symbols(width);
  std::vector<std::uint8_t> begins(width);
  std::string word;
  for (std::size_t at = 0; at < coefficients.size(); at += width) {
    for (std::size_t i = 0; i < width; ++i) symbols[i] = static_cast<std::uint32_t>(coefficients[at + i] - min_token);
    gpt2_words(symbols, begins);
    for (std::size_t i = 0; i < width; ++i) {
      if (begins[i] != 0 && !word.empty()) {
        words.add(word);
        word.clear();
      }
      std::array<std::uint8_t, 4> utf8{};
      word.append(utf8.begin(), utf8.begin() + write_utf8(symbols[i], utf8.data()));
    }
    words.add(word);
    word.clear();
  }
  return words;
}

}  // namespace

FastTokenizer train_fast(const ActionSource& source, const FastTransform& transform, const FastTraining& training,
                         std::string_view who) {
  const std::size_t windows = count_windows(source, transform.chunk(), who), width = transform.width();
  const std::size_t most = std::clamp<std::size_t>(kMostValues / width, 1, training.windows);
  const auto coefficients = window_coefficients(source, transform, (windows + most - 1) / most, who);
  const auto [least, largest] = std::minmax_element(coefficients.begin(), coefficients.end());
  const auto span = static_cast<std::size_t>(std::int64_t{*largest} - *least);
  if (span > training.vocabulary || span >= 0xD800) {
    throw DataError(
        fmt::format("{}: rounded coefficients lie in {} … {}, which needs a vocabulary of {}, not {}; take "
                    "a smaller scale= or a larger vocabulary= (at most {})",
                    who, *least, *largest, span, training.vocabulary, ByteLevelBpe::kMaxTokens));
  }
  BpeTrainerOptions options;
  options.vocabulary = training.vocabulary;
  for (std::size_t symbol = 0; symbol <= span; ++symbol) options.alphabet.push_back(static_cast<char32_t>(symbol));
  FastTokenizer tokenizer;
  tokenizer.bpe = train_bpe(count_words(coefficients, *least, width), options);
  tokenizer.scale = training.scale;
  tokenizer.min_token = *least;
  tokenizer.chunk = transform.chunk();
  tokenizer.action_dim = transform.dim();
  return tokenizer;
}

}  // namespace pianola
