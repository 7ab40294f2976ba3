// From finalists to the choice: what the rule of advice_choice.hpp would choose now meets its rivals over the same
// rollouts, then is compared with itself under one change at a time; where either changes the choice, the next one's
// turn comes. It ends when the choice stays, or the rollouts are spent.
//
//   rivals        middles with as many cells; who looks as good with fewer bits, or better, over fewer rollouts;
//   coarser
//                 and finer ones of the same kind
//   one change    dithering, ends, finer middles, chunks, `augmented` at several intervals of re-anchoring
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pianola/audits/advice_search.hpp"
#include "pianola/audits/replay_ledger.hpp"
#include "pianola/audits/tried_quantizers.hpp"

namespace pianola {

/// The same scheme with half as many cells a dimension, or codes; nothing where that would be too few.
std::optional<QuantizerCandidate> halved(const QuantizerCandidate& what);

class Deliberation {
 public:
  struct Plan {
    double margin = 0.0;       ///< of the rule
    std::size_t rollouts = 0;  ///< of each one that is judged, where the budget allows
    std::size_t budget = 0;    ///< rollouts in all
    std::size_t chunk = 4;     ///< to compare with
    std::uint32_t horizon = 0;
    std::size_t dim = 1;  ///< of an action
  };
  /// Keeps both.
  Deliberation(Plan plan, TriedQuantizers& tried, ReplayLedger& ledger);

  /// Finalists, best first, not empty, all with equally many rollouts. Returns the number of the chosen one.
  /// @throws as rollout().
  std::size_t settle(std::span<const SearchRow> finalists);

 private:
  [[nodiscard]] std::size_t left() const;
  void join(std::span<const SearchRow> finalists);
  [[nodiscard]] std::size_t chosen() const;
  [[nodiscard]] std::size_t bins_beside_best() const;
  std::vector<std::optional<std::size_t>> rivals();
  [[nodiscard]] std::vector<std::size_t> contenders() const;
  void change_one_thing();
  void play(std::span<const std::optional<std::size_t>> rows, std::size_t count);
  [[nodiscard]] std::optional<std::size_t> nearest(const std::string& family, std::size_t bins, bool finer) const;

  Plan plan_;
  TriedQuantizers& tried_;
  ReplayLedger& ledger_;
  std::size_t end_ = 0;    // of what the ledger may have spent
  std::size_t count_ = 0;  // rollouts of each one that is judged
  std::size_t best_ = 0;
};

}  // namespace pianola
