// Quantizers that an advisor tries: fitted to the data once, measured on them, and given a row of the replays.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pianola/audits/advice.hpp"
#include "pianola/audits/advice_search.hpp"
#include "pianola/audits/replay_ledger.hpp"

namespace pianola {

class AutoencoderTrainer;  // quantizers/autoencoder.hpp

/// A candidate and what it plays with.
struct TriedQuantizer {
  AdviceCandidate candidate;
  Deployment deployment;
  std::size_t row = 0;
  [[nodiscard]] SearchRow search_row() const { return {row, candidate.bits, candidate.second_choice()}; }
};

class TriedQuantizers {
 public:
  struct Plan {
    Deployment plant;
    const Dataset* data = nullptr;
    NoiseKey key;
    const AutoencoderTrainer* trainer = nullptr;
    double most_bits = std::numeric_limits<double>::infinity();  ///< an action
  };
  /// Keeps the ledger.
  TriedQuantizers(Plan plan, ReplayLedger& ledger);

  /// Its number: that of an earlier attempt at the same, or a new one. Nothing if the data or the plant do not allow
  /// it, or it takes too many bits: then notes() say why. @throws that reason for the family "given"; Interrupted.
  std::optional<std::size_t> attempt(const QuantizerCandidate& what, std::size_t chunk = 1,
                                     const std::string& controller = "quantized");
  [[nodiscard]] std::size_t size() const { return tried_.size(); }
  [[nodiscard]] const TriedQuantizer& operator[](std::size_t i) const { return tried_[i]; }
  /// The number of the one with this row.
  [[nodiscard]] std::size_t of_row(std::size_t row) const;
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
  [[nodiscard]] const ActionSource& actions() const { return *actions_; }

 private:
  /// Not yet played by any controller.
  [[nodiscard]] TriedQuantizer fitted(const QuantizerCandidate& what, std::size_t chunk) const;

  Plan plan_;
  ReplayLedger& ledger_;
  std::unique_ptr<ActionSource> actions_;
  std::vector<TriedQuantizer> tried_;
  std::vector<std::string> notes_;
};

/// The same scheme with half as many cells a dimension; for families of bins.
QuantizerCandidate coarser(const QuantizerCandidate& bins);

}  // namespace pianola
