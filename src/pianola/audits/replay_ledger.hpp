// Returns of controllers and of the expert, rollout by rollout under shared noise, each played once and kept: what an
// advisor spends its rollouts on.
//
// Rollout i of every row has the same start and the same noise, so that differences of rows are paired over the
// rollouts that both have. A row's rollouts are always 0 … count − 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/progress.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/control/controller.hpp"

namespace pianola {

/// What a search plays with: rows that can be played further, and what they lost against the expert.
class Replays {
 public:
  virtual ~Replays() = default;
  /// Sees to it that each of these rows has at least `count` rollouts.
  virtual void play(std::span<const std::size_t> rows, std::size_t count) = 0;
  /// Return of the expert minus that of the row, rollout by rollout, as far as the row was played.
  [[nodiscard]] virtual std::vector<double> regrets(std::size_t row) const = 0;
  /// Rollouts that play(rows, count) would spend.
  [[nodiscard]] virtual std::size_t cost(std::span<const std::size_t> rows, std::size_t count) const = 0;
};

/// The most rollouts of each of these rows, up to `wanted`, that cost at most `budget`.
std::size_t affordable(const Replays& replays, std::span<const std::size_t> rows, std::size_t wanted,
                       std::size_t budget);

class ReplayLedger final : public Replays {
 public:
  struct Plan {
    Deployment plant;  ///< system and expert
    NoiseKey key;
    std::uint32_t horizon = 0;
    Progress* progress = nullptr;
  };
  explicit ReplayLedger(Plan plan);

  /// A row of its own; its number. @throws UsageError as make_controller.
  std::size_t add(const Deployment& deployment, const std::string& controller);
  /// Plays what is missing, the expert included. @throws as rollout().
  void play(std::span<const std::size_t> rows, std::size_t count) override;
  [[nodiscard]] std::vector<double> regrets(std::size_t row) const override;
  [[nodiscard]] std::size_t cost(std::span<const std::size_t> rows, std::size_t count) const override;
  /// Rollouts played in all: of the expert and of every row.
  [[nodiscard]] std::size_t spent() const { return spent_; }

  [[nodiscard]] std::span<const double> returns(std::size_t row) const { return lines_[row + 1].returns; }
  [[nodiscard]] std::span<const double> expert_returns() const { return lines_[0].returns; }
  [[nodiscard]] std::size_t ended(std::size_t row) const { return lines_[row + 1].ended; }  ///< early, or diverged
  [[nodiscard]] const std::string& controller(std::size_t row) const { return lines_[row + 1].recipe->spec(); }

 private:
  struct Line {
    std::shared_ptr<const ControllerRecipe> recipe;
    std::vector<double> returns;  // [rollouts played]
    std::size_t ended = 0;
  };
  /// Rollouts from … until − 1 of these lines, which all have exactly `from` of them.
  void play_lines(std::span<const std::size_t> lines, std::size_t from, std::size_t until);
  [[nodiscard]] std::vector<std::size_t> with_expert(std::span<const std::size_t> rows) const;

  Plan plan_;
  std::vector<Line> lines_;  // the expert, then the rows
  std::size_t spent_ = 0;
};

/// Mean of a[i] − b[i] over the rollouts that both have. n = 0 without any.
Estimate paired_gain(std::span<const double> a, std::span<const double> b);

}  // namespace pianola
