#include "pianola/data/field_choice.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "pianola/base/error.hpp"
#include "pianola/data/number_types.hpp"

namespace pianola {

std::size_t numbers_a_step(const StoredField& field, const std::string& where) {
  // An image of 8,000 × 8,000 pixels fits. Without rows nothing backs such a claim, so it is refused before any memory
  // is taken for it; a vector is listed number by number, so its limit is lower.
  const std::size_t most = std::size_t{1} << (field.shape.size() > 1 ? 28 : 20);
  std::size_t product = 1;
  for (const std::size_t dim : field.shape) {
    if (!__builtin_mul_overflow(product, dim, &product) && product <= most) continue;
    throw DataError(
        fmt::format("{}: field '{}' claims [{}] numbers a step, more than the {} that are supported; the "
                    "file is damaged",
                    where, field.name, fmt::join(field.shape, ", "), most));
  }
  return product;
}

std::vector<std::string> choose_fields(const std::string& kind, std::span<const std::string> stored,
                                       std::span<const std::string> wanted) {
  if (wanted.empty()) return {stored.begin(), stored.end()};
  std::vector<std::string> chosen;
  for (const std::string& name : wanted) {
    const std::size_t before = chosen.size();
    for (const std::string& field : stored) {
      if (field == name || field.starts_with(name + "/")) chosen.push_back(field);
    }
    if (chosen.size() == before) throw_unknown_name(kind, name, stored);
  }
  std::vector<std::string> sorted = chosen;
  std::sort(sorted.begin(), sorted.end());
  if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end()) {
    throw UsageError(fmt::format("{} '{}' is named twice; name it once", kind, *twice));
  }
  return chosen;
}

void append_observation(DatasetInfo& info, const StoredField& field, const ReadOptions& options,
                        std::span<const std::string> known) {
  const std::size_t dim = numbers_a_step(field, info.path);
  if (field.shape.size() > 1 && options.observation.empty()) {
    if (options.leave_out_images) {
      info.left_out_fields.push_back({field.name, 0, dim});
      return;
    }
    throw DataError(
        fmt::format("{}: observation field '{}' [steps, {}] is no vector a step (an image?); name the "
                    "fields to learn from, of: {}",
                    info.path, field.name, fmt::join(field.shape, ", "), fmt::join(known, ", ")));
  }
  info.observation_fields.push_back({field.name, info.observation_dim, dim});
  info.observation_dim += dim;
  info.observation_bits = std::max(info.observation_bits, type_bits(field.type));
}

std::vector<double> columns_of(std::span<const double> matrix, std::size_t columns, const ObservationField& field) {
  std::vector<double> part(matrix.size() / columns * field.dim);
  for (std::size_t row = 0; row * columns < matrix.size(); ++row) {
    std::copy_n(matrix.data() + row * columns + field.first, field.dim, part.data() + row * field.dim);
  }
  return part;
}

std::vector<std::size_t> choose_trajectories(DatasetInfo& info, std::size_t size, const ReadOptions& options) {
  std::vector<std::size_t> chosen(size);
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  for (const auto& [name, numbers] : info.subsets) {
    const auto beyond = std::find_if(numbers.begin(), numbers.end(), [&](std::size_t i) { return i >= size; });
    if (beyond == numbers.end()) continue;
    throw DataError(
        fmt::format("{}: subset '{}' names trajectory {} of {}; mend the list", info.path, name, *beyond, size));
  }
  if (options.subset.empty()) return chosen;
  const auto subset = info.subsets.find(options.subset);
  if (subset == info.subsets.end()) {
    if (info.subsets.empty()) {
      throw UsageError(fmt::format("{}: subset '{}' is asked for, but the dataset names none; leave --subset out",
                                   info.path, options.subset));
    }
    std::vector<std::string> known;
    known.reserve(info.subsets.size());
    for (const auto& [name, numbers] : info.subsets) known.push_back(name);
    throw_unknown_name(info.path + ": subset", options.subset, known);
  }
  chosen = subset->second;
  if (chosen.empty())
    throw DataError(fmt::format("{}: subset '{}' is empty; choose another", info.path, options.subset));
  std::map<std::size_t, std::size_t> renumbered;
  for (std::size_t i = 0; i < chosen.size(); ++i) renumbered.emplace(chosen[i], i);
  for (auto& [name, numbers] : info.subsets) {
    std::vector<std::size_t> kept;
    for (const std::size_t i : numbers) {
      if (const auto at = renumbered.find(i); at != renumbered.end()) kept.push_back(at->second);
    }
    numbers = std::move(kept);
  }
  return chosen;
}

}  // namespace pianola
