#include "pianola/quantizers/action_scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/data/streamed_quantiles.hpp"
#include "pianola/data/trajectory_check.hpp"

namespace pianola {

namespace {

/// Checks the trajectories of one pass and counts their rows.
class Scan {
 public:
  Scan(std::size_t dim, std::string_view who) : dim_(dim), who_(who) {}

  void check(std::span<const double> actions) {
    if (const std::size_t at = first_non_finite(actions); at < actions.size()) {
      throw DataError(
          fmt::format("{}: actions must be finite; trajectory {}, row {}, dimension {} is {}; mend the data", who_,
                      trajectory_, at / dim_, at % dim_, actions[at]));
    }
    rows_ += actions.size() / dim_;
    ++trajectory_;
  }

  [[nodiscard]] std::size_t rows() const {
    if (rows_ > 0) return rows_;
    throw DataError(fmt::format("{}: needs at least one action to be fitted to; the data have none", who_));
  }

 private:
  std::size_t dim_, rows_ = 0, trajectory_ = 0;
  std::string_view who_;
};

}  // namespace

std::size_t scan_actions(const ActionSource& source, std::string_view who,
                         const std::function<void(std::span<const double>)>& visit) {
  Scan scan(source.action_dim(), who);
  source.for_each([&](std::span<const double> actions) {
    scan.check(actions);
    visit(actions);
  });
  return scan.rows();
}

std::size_t scan_observed_actions(const ActionSource& source, std::string_view who,
                                  const std::function<void(std::span<const double>, std::span<const double>)>& visit) {
  Scan scan(source.action_dim(), who);
  source.for_each_observed([&](std::span<const double> actions, std::span<const double> observations) {
    scan.check(actions);
    visit(actions, observations);
  });
  return scan.rows();
}

ActionRange data_range(const ActionSource& source, std::string_view who) {
  const std::size_t dim = source.action_dim();
  ActionRange range{std::vector<double>(dim, HUGE_VAL), std::vector<double>(dim, -HUGE_VAL)};
  scan_actions(source, who, [&](std::span<const double> actions) {
    for (std::size_t i = 0; i < actions.size(); ++i) {
      range.low[i % dim] = std::min(range.low[i % dim], actions[i]);
      range.high[i % dim] = std::max(range.high[i % dim], actions[i]);
    }
  });
  return range;
}

std::vector<std::vector<double>> data_quantiles(const ActionSource& source, std::string_view who,
                                                std::span<const double> p) {
  const std::size_t dim = source.action_dim();
  StreamedQuantiles quantiles(dim, p);
  scan_actions(source, who, [&](std::span<const double> actions) { quantiles.add(actions); });
  quantiles.end_pass();
  while (!quantiles.done()) {
    source.for_each([&](std::span<const double> actions) { quantiles.add(actions); });
    quantiles.end_pass();
  }
  return quantiles.quantiles();
}

}  // namespace pianola
