#include "pianola/training/train_config.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <sstream>
#include <type_traits>

#include "pianola/base/error.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/base/toml_file.hpp"
#include "pianola/policies/mixture_weights.hpp"
#include "pianola/policies/registry.hpp"
#include "pianola/policies/run_folder.hpp"

namespace pianola {
namespace {

void require(bool holds, const std::string& option, const std::string& range, const std::string& value) {
  if (!holds) throw UsageError("train: " + option + " must be " + range + ", but is " + value);
}

void require_positive(const char* option, int value) {
  require(value >= 1, option, "a whole number ≥ 1", std::to_string(value));
}

/// low ≤ value, and value < high (≤ where `closed`).
void require_between(const char* option, double value, double low, double high, bool closed, const char* range) {
  const bool holds = std::isfinite(value) && value >= low && (closed ? value <= high : value < high);
  require(holds, option, range, spec_detail::format_value(value));
}

template <class T>
std::string toml_text(const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    std::ostringstream out;
    out << toml::value<std::string>(value);
    return out.str();
  } else if constexpr (std::is_same_v<T, double>) {
    const std::string text = spec_detail::format_value(value);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
  } else if constexpr (std::is_same_v<T, std::uint64_t>) {
    constexpr auto kLargest =
        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());  // of a TOML integer
    const std::string text = std::to_string(value);
    return value <= kLargest ? text : std::string("\"").append(text).append("\"");
  } else {
    return spec_detail::format_value(value);
  }
}

std::string node_text(const toml::node& node, const std::string& where) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* number = node.as_floating_point()) return spec_detail::format_value(number->get());
  throw DataError(where + " must be text or a number");
}

void check_version(const toml::table& table, const std::string& file) {
  const auto version = table["format_version"].value<std::int64_t>();
  if (version && *version == kRunFormatVersion) return;
  throw DataError(file + ": format_version is " + (version ? std::to_string(*version) : "missing") +
                  ", but this build reads " + std::to_string(kRunFormatVersion));
}

}  // namespace

bool is_over_actions(const TrainConfig& config) {
  const Spec policy = parse_spec(config.policy);
  const auto kinds = policies();
  return std::any_of(kinds.begin(), kinds.end(),
                     [&](const PolicyEntry& entry) { return entry.name == policy.name && entry.load == nullptr; });
}

std::string quantizer_spec(const TrainConfig& config) {
  const bool automatic = config.quantizer == TrainConfig{}.quantizer;
  if (!is_over_actions(config)) {
    if (!automatic) return config.quantizer;
    return config.context > 0 ? "discrete" : "uniform";
  }
  const Spec policy = parse_spec(config.policy);
  const bool former = config.quantizer == "uniform";  // what configurations of such runs said before there was auto
  if (!automatic && !former && !config.quantizer.empty()) {
    throw UsageError(
        "train: policy '" + policy.name + "' " +
        (policy.name == "bet" ? "has k-means of its own (bet:k=64)" : "has a law over actions, not tokens") +
        "; leave out --quantizer " + config.quantizer);
  }
  if (policy.name != "bet") return "";
  return "kmeans:k=" + std::to_string(read_options<BetConfig>(policy, "policy 'bet'").k) + ",joint=chunk";
}

int batch_size(const TrainConfig& config) {
  if (config.batch > 0) return config.batch;
  return config.context > 0 ? std::max(1, 4096 / config.context) : 256;
}

void check_config(const TrainConfig& config) {
  require_positive("chunk", config.chunk);
  require_positive("history", config.history);
  require(config.context >= 0, "context", "≥ 0 (0: observations are the input)", std::to_string(config.context));
  require_positive("steps", config.steps);
  require(config.batch >= 0, "batch", "≥ 0 (0: chosen)", std::to_string(config.batch));
  require_positive("checkpoint_every", config.checkpoint_every);
  require_positive("candidates", config.candidates);
  require_positive("selection_rollouts", config.selection_rollouts);
  require(config.step_limit >= 0, "step_limit", "≥ 0 (0: not given)", std::to_string(config.step_limit));
  require(config.threads >= 0, "threads", "≥ 0 (0: all cores)", std::to_string(config.threads));
  require(config.learning_rate > 0.0 && std::isfinite(config.learning_rate), "learning_rate", "positive and finite",
          spec_detail::format_value(config.learning_rate));
  constexpr double kFinite = std::numeric_limits<double>::max();
  require_between("weight_decay", config.weight_decay, 0.0, kFinite, true, "≥ 0 and finite");
  require_between("gradient_clip", config.gradient_clip, 0.0, kFinite, true, "≥ 0 and finite (0: off)");
  require_between("warmup", config.warmup, 0.0, 1.0, true, "in [0, 1]");
  require_between("final_rate", config.final_rate, 0.0, 1.0, true, "in [0, 1]");
  require_between("ema", config.ema, 0.0, 1.0, false, "in [0, 1) (0: off)");
  require_between("validation", config.validation, 0.0, 1.0, false, "in [0, 1)");
}

std::string config_to_toml(TrainConfig config, const Notes& provenance) {
  std::string text = "format_version = " + std::to_string(kRunFormatVersion) + "\n";
  config.visit([&](std::string_view name, auto& member, std::string_view help) {
    text += std::string(name) + " = " + toml_text(member) + "  # " + std::string(help) + "\n";
  });
  text += "\n[provenance]\n";
  for (const auto& [name, value] : provenance) text += name + " = " + toml_text(value) + "\n";
  return text;
}

TrainConfig read_config(const std::filesystem::path& file) {
  const toml::table table = read_toml(file);
  check_version(table, file.string());
  Spec spec{"train", {}};
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (name == "format_version" || node.is_table()) continue;
    spec.options.emplace_back(name, node_text(node, file.string() + ", key '" + name + "'"));
  }
  return read_options<TrainConfig>(spec, file.string());
}

std::map<std::string, std::string> resumable_options(TrainConfig config) {
  static const std::set<std::string_view> free{"data",    "assets",           "start_from",
                                               "threads", "checkpoint_every", "with_model"};
  std::map<std::string, std::string> options;
  config.visit([&](std::string_view name, auto& member, std::string_view) {
    if (!free.contains(name)) options.emplace(name, spec_detail::format_value(member));
  });
  return options;
}

}  // namespace pianola
