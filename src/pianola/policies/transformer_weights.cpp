#include "pianola/policies/transformer_weights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/policies/weight_file.hpp"

namespace pianola {
namespace {

constexpr std::size_t kWidest = 65536, kDeepest = 256, kLongest = 1U << 20;

constexpr std::array kPresets{std::pair{"tiny", TransformerShape{128, 4, 4}},
                              std::pair{"small", TransformerShape{256, 6, 8}},
                              std::pair{"base", TransformerShape{512, 8, 8}}};

TransformerShape preset_shape(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& [text, shape] : kPresets) {
    if (name == text) return shape;
    known.emplace_back(text);
  }
  throw_unknown_name("transformer preset", name, known);
}

std::string shape_fault(const TransformerShape& shape) {
  if (shape.width < 1 || shape.width > kWidest) {
    return fmt::format("width must be 1 … {}, but is {}", kWidest, shape.width);
  }
  if (shape.layers < 1 || shape.layers > kDeepest) {
    return fmt::format("layers must be 1 … {}, but is {}", kDeepest, shape.layers);
  }
  if (shape.heads < 1 || shape.width % shape.heads != 0) {
    return fmt::format("heads must divide the width, but {} do not divide {}", shape.heads, shape.width);
  }
  return "";
}

const char* architecture(const TransformerWeights& weights) { return weights.parallel ? "parallel" : "transformer"; }

/// What is wrong with the sizes, "" if nothing.
std::string fault(const TransformerWeights& w) {
  if (std::string wrong = shape_fault({w.width, w.blocks.size(), w.heads}); !wrong.empty()) return wrong;
  const bool tokens = w.input == TransformerInput::tokens;
  if (w.vocabularies.empty() || w.largest_vocabulary() == 0) return "there must be a vocabulary for each position";
  if (w.history < 1 || w.history > kLongest || w.vocabularies.size() > kLongest) {
    return fmt::format("history and positions must be 1 … {}, but are {} and {}", kLongest, w.history,
                       w.vocabularies.size());
  }
  if (w.observation_dim < 1 || (tokens && w.observation_dim != 1)) {
    return fmt::format("observations must have at least one number (one token, if those are the input), but have {}",
                       w.observation_dim);
  }
  if (tokens && w.vocabularies.size() != 1) {
    return fmt::format("one position follows a context of tokens, but there are {}", w.vocabularies.size());
  }
  if (w.parallel && tokens) return "positions at once must see observations, but the input is tokens";
  if (w.parallel && w.tied) return "the head cannot share the token embedding, which positions at once do not have";
  return "";
}

TransformerShape shape_of(const TransformerWeights& weights) {
  return {weights.width, weights.blocks.size(), weights.heads};
}

/// Reads the numbers that fix every shape.
TransformerWeights read_sizes(const TensorFile& file, const std::string& where) {
  TransformerWeights w;
  const auto either = [&](const char* key, const std::string& first, const std::string& second) {
    const std::string value = read_metadata(file, key, where);
    if (value != first && value != second) throw_bad_metadata(where, key, first + " or " + second, value);
    return value == second;
  };
  w.parallel = either("architecture", "transformer", "parallel");
  w.input = either("input", "observations", "tokens") ? TransformerInput::tokens : TransformerInput::observations;
  w.history = read_count(file, "history", {.most = kLongest}, where);
  w.heads = read_count(file, "heads", {.most = kLongest}, where);
  w.vocabularies = read_vocabularies(file, where);
  w.width = read_extent(file, "position.weight", 1, where);
  if (w.input == TransformerInput::observations) w.observation_dim = read_extent(file, "observation.weight", 1, where);
  w.tied = !w.parallel && !file.tensors.contains("head.weight");
  std::size_t blocks = 0;
  while (blocks <= kDeepest && file.tensors.contains(fmt::format("blocks.{}.attention.weight", blocks))) ++blocks;
  w.blocks.resize(blocks);
  return w;
}

}  // namespace

TransformerShape transformer_shape(const ParallelConfig& config, const std::string& who) {
  TransformerShape shape = preset_shape(config.preset);
  if (config.width) shape.width = *config.width;
  if (config.layers) shape.layers = *config.layers;
  if (config.heads) shape.heads = *config.heads;
  if (const std::string wrong = shape_fault(shape); !wrong.empty()) throw UsageError(who + ": " + wrong);
  return shape;
}

std::size_t TransformerWeights::largest_vocabulary() const {
  return vocabularies.empty() ? 0 : *std::ranges::max_element(vocabularies);
}

std::size_t TransformerWeights::parameters() const {
  std::size_t numbers = 0;
  visit([&](const std::string&, const std::vector<float>& values, const auto&) { numbers += values.size(); });
  return numbers - normalisation.mean.size() - normalisation.inverse_std.size();
}

std::string transformer_spec(const TransformerWeights& weights) {
  const TransformerShape shape = shape_of(weights);
  Spec spec{architecture(weights), {}};
  const auto preset = std::ranges::find_if(kPresets, [&](const auto& entry) { return entry.second == shape; });
  spec.options.emplace_back("preset", preset == kPresets.end() ? "tiny" : preset->first);
  const TransformerShape base = preset == kPresets.end() ? kPresets.front().second : preset->second;
  if (shape.width != base.width) spec.options.emplace_back("width", std::to_string(shape.width));
  if (shape.layers != base.layers) spec.options.emplace_back("layers", std::to_string(shape.layers));
  if (shape.heads != base.heads) spec.options.emplace_back("heads", std::to_string(shape.heads));
  if (weights.tied) spec.options.emplace_back("tied", "true");
  return spec.text();
}

void check_transformer(const TransformerWeights& weights) {
  const std::string who = fmt::format("policy '{}'", architecture(weights));
  if (const std::string wrong = fault(weights); !wrong.empty()) {
    throw UsageError(fmt::format("{}: {}; load weights that were saved together", who, wrong));
  }
  weights.visit([&](const std::string& name, const std::vector<float>& values, const std::vector<std::size_t>& shape) {
    std::size_t count = 1;
    for (const std::size_t extent : shape) count *= extent;
    if (values.size() == count) return;
    throw UsageError(fmt::format("{}: '{}' must hold [{}] numbers, but holds {}; load weights that were saved together",
                                 who, name, fmt::join(shape, " × "), values.size()));
  });
}

std::map<std::string, std::string> transformer_metadata(const TransformerWeights& weights) {
  std::map<std::string, std::string> metadata;
  metadata["architecture"] = architecture(weights);
  metadata["input"] = weights.input == TransformerInput::tokens ? "tokens" : "observations";
  metadata["history"] = std::to_string(weights.history);
  metadata["heads"] = std::to_string(weights.heads);
  metadata["vocabularies"] = fmt::format("{}", fmt::join(weights.vocabularies, ","));
  return metadata;
}

TensorFile to_tensors(const TransformerWeights& weights) {
  check_transformer(weights);
  TensorFile file;
  weights.visit([&](const std::string& name, const std::vector<float>& values, const std::vector<std::size_t>& shape) {
    file.tensors[name] = Tensor::of(shape, std::span<const float>(values));
  });
  file.metadata = transformer_metadata(weights);
  return file;
}

TransformerWeights transformer_weights_from_tensors(const TensorFile& file, const std::string& where) {
  TransformerWeights weights = read_sizes(file, where);
  if (const std::string wrong = fault(weights); !wrong.empty()) {
    throw DataError(fmt::format("{}: {}; train or export it again", where, wrong));
  }
  std::set<std::string> known;
  weights.visit([&](const std::string& name, std::vector<float>& values, const std::vector<std::size_t>& shape) {
    values = read_weights(file, name, shape, where);
    known.insert(name);
  });
  for (const auto& [name, tensor] : file.tensors) {
    if (known.contains(name)) continue;
    throw DataError(fmt::format("{}: tensor '{}' belongs to no part of a {} of {} blocks; train or export it again",
                                where, name, architecture(weights), weights.blocks.size()));
  }
  return weights;
}

}  // namespace pianola
