#include "pianola/experts/scripted.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

constexpr std::string_view kBlanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// Takes the text up to `separator` off the front of `rest`.
std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view head = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return head;
}

/// A leading + is a sign like any other, though from_chars knows none.
double parse_cell(std::string_view cell, const std::string& where, std::size_t column) {
  double value = 0.0;
  const char* end = cell.data() + cell.size();
  const auto [stop, error] =
      std::from_chars(cell.data() + (cell.starts_with("+") && !cell.starts_with("+-") ? 1 : 0), end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value)) {
    throw DataError(fmt::format("{}, column {}: '{}' is not a finite number", where, column + 1, cell));
  }
  return value;
}

void parse_line(std::string_view line, const std::string& where, std::size_t dim, std::vector<double>& rows) {
  const auto columns = static_cast<std::size_t>(std::count(line.begin(), line.end(), ',')) + 1;
  if (columns != dim) {
    throw DataError(fmt::format("{}: has {} numbers, but an action has {}", where, columns, dim));
  }
  for (std::size_t column = 0; column < dim; ++column) {
    rows.push_back(parse_cell(trimmed(take_until(line, ',')), where, column));
  }
}

std::vector<double> read_csv(const std::string& path, std::size_t dim) {
  const std::string text = read_file(path);
  std::vector<double> rows;
  std::string_view rest = text;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    std::string_view line = take_until(rest, '\n');
    line = trimmed(line.substr(0, line.find('#')));
    if (!line.empty()) parse_line(line, fmt::format("{}, line {}", path, number), dim, rows);
  }
  if (rows.empty()) throw DataError(path + ": holds no actions; write one line a step");
  return rows;
}

std::vector<double> read_rows(const ScriptedConfig& config, std::size_t dim) {
  if (config.actions.empty() == config.path.empty()) {
    throw UsageError("expert 'scripted': give either option 'actions' or option 'path'");
  }
  if (!config.path.empty()) return read_csv(config.path, dim);
  if (config.actions.size() % dim != 0) {
    throw UsageError(
        fmt::format("expert 'scripted': option 'actions' has {} numbers, which is no multiple of the action "
                    "dimension {}",
                    config.actions.size(), dim));
  }
  const auto bad =
      std::find_if_not(config.actions.begin(), config.actions.end(), [](double x) { return std::isfinite(x); });
  if (bad == config.actions.end()) return config.actions;
  throw UsageError(fmt::format("expert 'scripted': number {} of option 'actions' is {}; all must be finite",
                               bad - config.actions.begin() + 1, *bad));
}

}  // namespace

Scripted::Scripted(const ScriptedConfig& config, const System& system) {
  static const std::vector<std::string> kModes{"hold", "zero", "loop"};
  const auto mode = std::find(kModes.begin(), kModes.end(), config.after);
  if (mode == kModes.end()) throw_unknown_name("expert 'scripted': mode of option 'after'", config.after, kModes);
  after_ = static_cast<After>(mode - kModes.begin());
  info_.spec = write_spec("scripted", config).text();
  info_.observation_dim = system.info().observation_dim;
  info_.action_dim = system.info().action_dim;
  info_.lipschitz = 0.0;
  rows_ = read_rows(config, info_.action_dim);
}

void Scripted::act(const Situation& situation, std::span<double> actions) const {
  const std::size_t m = info_.action_dim;
  for (std::size_t lane = 0; lane < situation.lanes(); ++lane) {
    const std::size_t h = situation.h[lane];
    const bool over = h >= steps();
    const std::size_t row = !over ? h : (after_ == After::loop ? h % steps() : steps() - 1);
    for (std::size_t i = 0; i < m; ++i) {
      actions[lane * m + i] = over && after_ == After::zero ? 0.0 : rows_[row * m + i];
    }
  }
}

ExpertEntry entry_scripted() {
  return {"scripted", "an open-loop sequence of actions", describe_options<ScriptedConfig>(),
          [](const Spec& spec, std::shared_ptr<const System> system) {
            return std::shared_ptr<const Expert>(
                std::make_shared<Scripted>(read_options<ScriptedConfig>(spec, "expert 'scripted'"), *system));
          }};
}

}  // namespace pianola
