#include "pianola/audits/tried_quantizers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/control/deployment.hpp"
#include "pianola/quantizers/compare.hpp"

namespace pianola {

TriedQuantizers::TriedQuantizers(Plan plan, ReplayLedger& ledger)
    : plan_(std::move(plan)), ledger_(ledger), actions_(action_source(*plan_.data)) {}

TriedQuantizer TriedQuantizers::fitted(const QuantizerCandidate& what, std::size_t chunk) const {
  TriedQuantizer tried;
  tried.deployment = plan_.plant;
  tried.deployment.quantizer = fit_to_dataset(what.spec, chunk, *actions_, plan_.data->info(), plan_.plant.system.get(),
                                              plan_.key, plan_.trainer);
  const Quantizer& quantizer = *tried.deployment.quantizer;
  const MeasureOptions untimed{.token_errors = 0, .timing_seconds = 0.0, .entropy_interval = false};
  const QuantizerReport report = measure_quantizer(quantizer, *actions_, plan_.key, untimed);
  if (report.bits_per_action > plan_.most_bits + kBitSlack) {
    throw UsageError(
        fmt::format("quantizer '{}' takes {:.3g} bits an action, more than the {:.3g} that one may have; allow more "
                    "(--most-bits X)",
                    what.spec, report.bits_per_action, plan_.most_bits));
  }
  AdviceCandidate& candidate = tried.candidate;
  candidate.quantizer = what, candidate.chunk = chunk;
  candidate.bits = report.bits_per_action;
  candidate.random = quantizer.info().random, candidate.memory = quantizer.info().memory_size > 0;
  candidate.epsilon_sup = report.epsilon_sup, candidate.epsilon_in = report.epsilon_in;
  return tried;
}

std::optional<std::size_t> TriedQuantizers::attempt(const QuantizerCandidate& what, std::size_t chunk,
                                                    const std::string& controller) {
  const TriedQuantizer* known = nullptr;  // under another controller
  for (std::size_t i = 0; i < tried_.size(); ++i) {
    const AdviceCandidate& candidate = tried_[i].candidate;
    if (candidate.quantizer.spec != what.spec || candidate.chunk != chunk) continue;
    if (candidate.controller == controller) return i;
    known = &tried_[i];
  }
  try {
    TriedQuantizer tried = known != nullptr ? *known : fitted(what, chunk);
    tried.candidate.controller = controller;
    tried.row = ledger_.add(tried.deployment, controller);
    tried_.push_back(std::move(tried));
    return tried_.size() - 1;
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    if (what.family == "given") throw;
    notes_.push_back(fmt::format("not tried: {}{}: {}", what.spec,
                                 controller == "quantized" ? "" : " played by " + controller, error.what()));
    return std::nullopt;
  }
}

std::size_t TriedQuantizers::of_row(std::size_t row) const {
  return static_cast<std::size_t>(std::ranges::find(tried_, row, &TriedQuantizer::row) - tried_.begin());
}

QuantizerCandidate coarser(const QuantizerCandidate& bins) {
  QuantizerCandidate out = bins;
  out.bins = (bins.bins + 1) / 2;
  Spec spec = parse_spec(bins.spec);
  for (auto& [key, value] : spec.options) {
    if (key == "bins") value = std::to_string(out.bins);
  }
  out.spec = spec.text();
  return out;
}

}  // namespace pianola
