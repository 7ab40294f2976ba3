#include "pianola/data/lerobot_stored.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/data/lerobot_metadata.hpp"
#include "pianola/data/lerobot_statistics.hpp"
#include "pianola/data/listed.hpp"
#include "pianola/data/parquet_lists.hpp"

namespace pianola {
#ifdef PIANOLA_WITH_ARROW
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr std::size_t kMoments = 4;  // of kLeRobotStatistics: min, max, mean, std

/// The worst difference of one kind.
struct Worst {
  double excess = 0.0;  ///< as a multiple of what is tolerated
  std::size_t statistic = 0, dimension = 0;
  double stored = 0.0, exact = 0.0;
};

/// Files of data/, in the order of their names.
std::vector<std::string> data_files(const std::string& root) {
  std::vector<std::string> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(fs::path(root) / "data")) {
    if (entry.path().extension() == ".parquet") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// The stored statistic, if it is there and has as many numbers as the feature.
std::optional<std::vector<double>> stored_values(const Json& feature, std::size_t statistic, std::size_t dim) {
  const auto at = feature.find(kLeRobotStatistics[statistic]);
  if (at == feature.end() || !at->is_array() || at->size() != dim) return std::nullopt;
  const auto is_number = [](const Json& entry) { return entry.is_number(); };
  if (!std::all_of(at->begin(), at->end(), is_number)) return std::nullopt;
  return at->get<std::vector<double>>();
}

/// Looks at statistics [first, last) of a feature.
Worst worst_of(const Json& stored, const LeRobotStatistics& exact, std::size_t first, std::size_t last,
               double tolerance) {
  Worst worst;
  const std::size_t dim = exact.values[0].size();
  for (std::size_t s = first; s < last; ++s) {
    const auto values = stored_values(stored, s, dim);
    if (!values) continue;
    for (std::size_t d = 0; d < dim; ++d) {
      const double low = exact.values[0][d], high = exact.values[1][d];
      const double allowed = tolerance * (high - low) + 1e-5 * std::max(std::abs(low), std::abs(high)) + 1e-9;
      const double excess = std::abs((*values)[d] - exact.values[s][d]) / allowed;
      if (excess > worst.excess || std::isnan(excess)) worst = {excess, s, d, (*values)[d], exact.values[s][d]};
    }
  }
  return worst;
}

/// How LeRobot came to the stored quantile, if its episodes' tell.
std::string origin_of(const std::string& root, const std::string& feature, const Worst& worst) {
  std::vector<double> values;
  double sum = 0.0, frames = 0.0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(fs::path(root) / "meta" / "episodes")) {
    if (entry.path().extension() != ".parquet") continue;
    const ParquetFile file(entry.path().string());
    const std::string name = fmt::format("stats/{}/{}", feature, kLeRobotStatistics[worst.statistic]);
    if (file.find(name) == nullptr || file.find("length") == nullptr) return "";
    const auto lists = parquet_lists(file, name), lengths = parquet_lists(file, "length");
    for (std::size_t row = 0; row < lists.size(); ++row) {
      if (lists[row].size() <= worst.dimension || lengths[row].empty()) return "";
      values.push_back(lists[row][worst.dimension]);
      sum += values.back() * lengths[row].front();
      frames += lengths[row].front();
    }
  }
  if (values.empty()) return "";
  const auto is = [&](double value) { return std::abs(value - worst.stored) <= 1e-5 * std::abs(value) + 1e-9; };
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  if (is(*least) || is(*greatest)) {
    return fmt::format("; it is the {} of the episodes' quantiles (an envelope)", is(*least) ? "least" : "greatest");
  }
  return is(sum / frames) ? "; it is the mean of the episodes' quantiles" : "";
}

std::string text_of(const LeRobotFeature& feature, const Worst& worst) {
  const std::string name =
      feature.names.size() == feature.dim() ? fmt::format(" ({})", feature.names[worst.dimension]) : "";
  return fmt::format("{} of dimension {}{} is stored as {}, but is {}", kLeRobotStatistics[worst.statistic],
                     worst.dimension, name, short_number(worst.stored), short_number(worst.exact));
}

void compare_dataset(const LeRobotInfo& info, std::vector<Problem>& problems) {
  const std::string path = (fs::path(info.root) / "meta" / "stats.json").string();
  if (!fs::exists(path)) return;
  const Json stored = parse_lerobot_json(read_file(path), path);
  const std::vector<std::string> files = data_files(info.root);
  for (const LeRobotFeature& feature : info.features) {
    const auto of = stored.is_object() ? stored.find(feature.name) : stored.end();
    if (!feature.is_number() || of == stored.end() || !of->is_object()) continue;
    const LeRobotStatistics exact = lerobot_statistics(files, feature);
    const Worst moments = worst_of(*of, exact, 0, kMoments, 1e-3);
    const Worst quantiles = worst_of(*of, exact, kMoments, kLeRobotStatistics.size(), 1e-2);
    const std::string where = "meta/stats.json: " + feature.name;
    if (!(moments.excess <= 1.0)) {
      problems.push_back({Severity::warning, where, text_of(feature, moments),
                          "normalise by statistics of the data; pianola convert writes exact ones"});
    }
    if (!(quantiles.excess <= 1.0)) {
      problems.push_back({Severity::warning, where,
                          text_of(feature, quantiles) + origin_of(info.root, feature.name, quantiles),
                          "normalise by quantiles of the data; pianola convert writes exact ones"});
    }
  }
}

/// The worst of all episodes, and how many of them differ.
void compare_episodes(const LeRobotInfo& info, std::vector<Problem>& problems) {
  const std::string path = (fs::path(info.root) / "meta" / "episodes_stats.jsonl").string();
  if (!fs::exists(path)) return;
  std::vector<Worst> worst(info.features.size());
  std::vector<std::size_t> episode(info.features.size()), differing(info.features.size());
  for_each_lerobot_line(path, [&](const Json& json, const std::string& where) {
    const std::size_t number = lerobot_size(json, "episode_index", where);
    const std::string file = lerobot_path(
        info.data_path, {{"episode_chunk", number / info.chunks_size}, {"episode_index", number}}, info.root);
    const std::vector<std::string> files{(fs::path(info.root) / file).string()};
    if (!json.contains("stats") || !json["stats"].is_object())
      throw DataError(where + ": field 'stats' must be an object");
    for (std::size_t f = 0; f < info.features.size(); ++f) {
      const auto of = json["stats"].find(info.features[f].name);
      if (!info.features[f].is_number() || of == json["stats"].end() || !of->is_object()) continue;
      const Worst here = worst_of(*of, lerobot_statistics(files, info.features[f]), 0, kMoments, 1e-3);
      if (here.excess <= 1.0) continue;
      ++differing[f];
      if (!(here.excess <= worst[f].excess)) {
        worst[f] = here;
        episode[f] = number;
      }
    }
  });
  for (std::size_t f = 0; f < info.features.size(); ++f) {
    if (differing[f] == 0) continue;
    problems.push_back({Severity::warning, "meta/episodes_stats.jsonl: " + info.features[f].name,
                        fmt::format("the statistics of {} of {} episodes differ from their numbers; in episode {}, {}",
                                    differing[f], info.episodes, episode[f], text_of(info.features[f], worst[f])),
                        "normalise by statistics of the data; pianola convert writes exact ones"});
  }
}

}  // namespace

std::vector<Problem> stored_statistics_problems(const DatasetInfo& dataset) {
  std::vector<Problem> problems;
  if (!dataset.format.starts_with("lerobot_")) return problems;
  try {
    const LeRobotInfo info = read_lerobot_info(dataset.path);
    if (dataset.format == "lerobot_v30") compare_dataset(info, problems);
    if (dataset.format == "lerobot_v21") compare_episodes(info, problems);
  } catch (const DataError& error) {
    problems.push_back({Severity::warning, "stored statistics", fmt::format("they cannot be checked: {}", error.what()),
                        "mend or remove that file"});
  } catch (const fs::filesystem_error& error) {
    problems.push_back({Severity::warning, "stored statistics", fmt::format("they cannot be checked: {}", error.what()),
                        "mend or remove that folder"});
  }
  return problems;
}
#else
std::vector<Problem> stored_statistics_problems(const DatasetInfo&) { return {}; }
#endif  // PIANOLA_WITH_ARROW

}  // namespace pianola
