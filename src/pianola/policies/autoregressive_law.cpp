#include "pianola/policies/autoregressive_law.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "pianola/base/dense.hpp"
#include "pianola/base/error.hpp"
#include "pianola/policies/token_law.hpp"
#include "pianola/policies/transformer_policy.hpp"
#include "pianola/policies/transition_registry.hpp"
#include "pianola/policies/weight_file.hpp"

namespace pianola {
namespace {

constexpr std::int64_t kMostBins = 65536;
constexpr double kSmallestRange = 1e-6;

class AutoregressiveLaw final : public IncrementLaw {
 public:
  AutoregressiveLaw(IncrementCells cells, std::shared_ptr<const Policy> tokens)
      : cells_(std::move(cells)), tokens_(std::move(tokens)) {}
  [[nodiscard]] std::size_t inputs() const override { return tokens_->info().observation_dim; }
  [[nodiscard]] std::size_t dim() const override { return cells_.dim(); }
  [[nodiscard]] std::unique_ptr<IncrementSession> session(std::size_t lanes) const override {
    return std::make_unique<Session>(*this, lanes);
  }

 private:
  class Session final : public IncrementSession {
   public:
    Session(const AutoregressiveLaw& law, std::size_t lanes)
        : cells_(law.cells_),
          lanes_(lanes),
          tokens_(law.tokens_->session(lanes)),
          law_(law.cells_.bins),
          seen_(lanes * law.inputs()),
          logits_(lanes * law.cells_.bins),
          previous_(lanes),
          ids_(lanes),
          h_(lanes),
          outcomes_(lanes, Outcome::running) {}

    void begin(std::span<const double> inputs) override {
      std::ranges::transform(inputs, seen_.begin(), [](double x) { return static_cast<float>(x); });
    }

    void draw(const NoiseKey& stream, Ids ids, std::span<const std::uint32_t> h, std::span<double> out) override {
      walk([&](std::size_t lane, std::size_t d, std::span<const float> logits) {
        const auto draw = static_cast<std::uint32_t>(d);
        double& increment = out[lane * cells_.dim() + d];
        increment = kNaN;
        if (!law_.set(logits, 1.0, false)) return Token{0};
        const Token k = law_.at_quantile(uniform(stream, ids[lane], h[lane], draw));
        increment = cells_.at_quantile(d, k, uniform(stream.child("within"), ids[lane], h[lane], draw));
        return k;
      });
    }

    void mode(std::span<double> out) override {
      walk([&](std::size_t lane, std::size_t d, std::span<const float> logits) {
        const auto k = static_cast<Token>(argmax(logits));
        const double centre = cells_.low[d] + (k + 0.5) * cells_.width[d];
        out[lane * cells_.dim() + d] = std::isfinite(logits[k]) ? centre : kNaN;
        return k;
      });
    }

    void log_density(std::span<const double> increments, std::span<double> out) override {
      std::ranges::fill(out, 0.0);
      walk([&](std::size_t lane, std::size_t d, std::span<const float> logits) {
        const double increment = increments[lane * cells_.dim() + d];
        const Token k = cells_.cell(d, increment);
        out[lane] += static_cast<double>(logits[k]) - log_sum_exp(logits) + cells_.log_density(d, increment);
        return k;
      });
    }

    void integral_transform(std::span<const double> increments, std::span<double> out) override {
      walk([&](std::size_t lane, std::size_t d, std::span<const float> logits) {
        const double increment = increments[lane * cells_.dim() + d], total = log_sum_exp(logits);
        const Token k = cells_.cell(d, increment);
        const auto p = [&](Token i) { return std::exp(static_cast<double>(logits[i]) - total); };
        double below = p(k) * cells_.probability(d, increment);
        for (Token i = 0; i < k; ++i) below += p(i);
        out[lane * cells_.dim() + d] = std::min(below, 1.0);
        return k;
      });
    }

   private:
    static constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

    /// All dimensions in order: choose(lane, d, logits) says the cell, which the next dimension reads.
    template <class Choose>
    void walk(Choose choose) {
      tokens_->begin({ids_, h_, {}, outcomes_, nullptr}, seen_);
      for (std::size_t d = 0; d < cells_.dim(); ++d) {
        tokens_->logits(previous_, logits_);
        for (std::size_t lane = 0; lane < lanes_; ++lane) {
          previous_[lane] = choose(lane, d, std::span<const float>(logits_).subspan(lane * cells_.bins, cells_.bins));
        }
      }
    }

    const IncrementCells& cells_;
    std::size_t lanes_;
    std::unique_ptr<PolicySession> tokens_;
    TokenLaw law_;
    std::vector<float> seen_, logits_;
    std::vector<Token> previous_;
    std::vector<std::uint64_t> ids_;  // a transformer looks at none of these
    std::vector<std::uint32_t> h_;
    std::vector<Outcome> outcomes_;
  };

  IncrementCells cells_;
  std::shared_ptr<const Policy> tokens_;
};

std::shared_ptr<const IncrementLaw> load(const TensorFile& file, const std::string& where) {
  TensorFile network = file;
  IncrementCells cells = cells_from_tensors(file, where);
  network.tensors.erase("cells.low");
  network.tensors.erase("cells.width");
  auto tokens = std::make_shared<TransformerPolicy>(transformer_weights_from_tensors(network, where));
  try {
    return make_autoregressive_law(std::move(cells), std::move(tokens));
  } catch (const UsageError& error) {
    throw DataError(where + ": " + error.what());
  }
}

}  // namespace

std::uint32_t IncrementCells::cell(std::size_t d, double increment) const {
  const double k = std::floor((increment - low[d]) / width[d]);
  return static_cast<std::uint32_t>(std::clamp(k, 0.0, static_cast<double>(bins - 1)));
}

double IncrementCells::log_density(std::size_t d, double increment) const {
  const std::uint32_t k = cell(d, increment);
  if (k > 0 && k + 1 < bins) return -std::log(width[d]);
  const double edge = low[d] + (k == 0 ? 1.0 : static_cast<double>(k)) * width[d];
  return -std::log(width[d]) - std::abs(increment - edge) / width[d];
}

double IncrementCells::probability(std::size_t d, double increment) const {
  const std::uint32_t k = cell(d, increment);
  if (k > 0 && k + 1 < bins) return (increment - low[d]) / width[d] - k;
  const double edge = low[d] + (k == 0 ? 1.0 : static_cast<double>(k)) * width[d];
  const double beyond = std::exp(-std::abs(increment - edge) / width[d]);
  return k == 0 ? beyond : 1.0 - beyond;
}

double IncrementCells::at_quantile(std::size_t d, std::uint32_t k, double u) const {
  if (k == 0) return low[d] + width[d] * (1.0 + std::log(u));
  const double edge = low[d] + k * width[d];
  return k + 1 < bins ? edge + u * width[d] : edge - width[d] * std::log1p(-u);
}

std::size_t increment_bins(std::int64_t bins) {
  if (bins >= 2 && bins <= kMostBins) return static_cast<std::size_t>(bins);
  throw UsageError(fmt::format("transition model 'autoregressive': bins must be 2 … {}, but is {}", kMostBins, bins));
}

IncrementCells fit_increment_cells(std::span<const double> increments, std::size_t dim, std::size_t bins) {
  static_cast<void>(increment_bins(static_cast<std::int64_t>(bins)));
  if (dim == 0 || increments.size() < dim) {
    throw UsageError("transition model 'autoregressive': there is no transition; give demonstrations");
  }
  IncrementCells out{bins, {increments.begin(), increments.begin() + static_cast<std::ptrdiff_t>(dim)}, {}};
  std::vector<double> high = out.low;
  for (std::size_t i = 0; i < increments.size(); ++i) {
    out.low[i % dim] = std::min(out.low[i % dim], increments[i]);
    high[i % dim] = std::max(high[i % dim], increments[i]);
  }
  for (std::size_t d = 0; d < dim; ++d) {
    const double range = std::max(high[d] - out.low[d], kSmallestRange * static_cast<double>(bins));
    if (range > high[d] - out.low[d]) out.low[d] -= 0.5 * range;  // a constant lies in the middle
    out.width.push_back(range / static_cast<double>(bins));
  }
  return out;
}

std::shared_ptr<const IncrementLaw> make_autoregressive_law(IncrementCells cells,
                                                            std::shared_ptr<const Policy> tokens) {
  const PolicyInfo& info = tokens->info();
  const bool fits = info.vocabularies.size() == cells.dim() && info.history == 1 &&
                    std::ranges::all_of(info.vocabularies, [&](std::uint32_t v) { return v == cells.bins; });
  if (fits) return std::make_shared<AutoregressiveLaw>(std::move(cells), std::move(tokens));
  throw UsageError(fmt::format(
      "transition model 'autoregressive': {} dimensions of {} bins need as many token positions, but the network '{}' "
      "has vocabularies [{}]; train it again",
      cells.dim(), cells.bins, info.spec, fmt::join(info.vocabularies, ", ")));
}

void put_cells(const IncrementCells& cells, TensorFile& file) {
  file.tensors["cells.low"] = Tensor::of({cells.dim()}, std::span<const double>(cells.low));
  file.tensors["cells.width"] = Tensor::of({cells.dim()}, std::span<const double>(cells.width));
  file.metadata["bins"] = std::to_string(cells.bins);
}

IncrementCells cells_from_tensors(const TensorFile& file, const std::string& where) {
  IncrementCells out;
  out.bins = read_count(file, "bins", {.least = 2, .most = kMostBins}, where);
  const std::size_t dim = read_extent(file, "cells.low", 0, where);
  out.low = read_numbers(file, "cells.low", {dim}, where);
  out.width = read_numbers(file, "cells.width", {dim}, where);
  if (std::ranges::all_of(out.width, [](double width) { return width > 0.0; })) return out;
  throw DataError(where + ": tensor 'cells.width' must be positive; train the model again");
}

TransitionEntry transition_entry_autoregressive() {
  return {"autoregressive", "the increment's dimensions as tokens of a transformer, one after the other",
          describe_options<AutoregressiveModelConfig>(), &load};
}

}  // namespace pianola
