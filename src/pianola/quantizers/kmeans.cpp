#include "pianola/quantizers/kmeans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/canonical_spec.hpp"
#include "pianola/quantizers/code_clusters.hpp"
#include "pianola/quantizers/joint_fit.hpp"
#include "pianola/quantizers/lloyd.hpp"
#include "pianola/quantizers/saved_fields.hpp"

namespace pianola {
namespace {

const std::string kWho = "quantizer 'kmeans'";
constexpr std::size_t kMostValues = std::size_t{1} << 27;

struct KMeansOptions {
  std::size_t k, iterations, restarts;
  bool whole_chunks, random;
};

KMeansOptions checked(const KMeansConfig& config) {
  static const std::vector<std::string> inits{"kmeans++", "random"};
  if (std::find(inits.begin(), inits.end(), config.init) == inits.end()) {
    throw_unknown_name(kWho + ": init", config.init, inits);
  }
  if (config.k == 1) {
    throw UsageError(kWho +
                     ": option 'k' is 1: a codebook takes at least 2 codes, for one says nothing (0 bits); k=2 "
                     "would do");
  }
  return {checked_option(kWho, "k", config.k, 2, JointCodebook::kMaxCodes),
          checked_option(kWho, "iterations", config.iterations, 1, 100000),
          checked_option(kWho, "restarts", config.restarts, 1, 1000), joint_by_chunk(config.joint, kWho),
          config.init == "random"};
}

LloydResult best_of(const KMeansOptions& options, const JointRows& rows, const NoiseKey& key) {
  LloydResult best;
  for (std::size_t r = 0; r < options.restarts; ++r) {
    const NoiseKey own = key.child("kmeans", r), start = own.child("start");
    auto starts = options.random ? random_rows(rows.rows, rows.width, options.k, start)
                                 : code_seeds(rows.rows, rows.width, options.k, start);
    LloydResult result = lloyd(rows.rows, rows.width, std::move(starts), own, {options.iterations, true});
    if (r == 0 || result.inertia < best.inertia) best = std::move(result);
  }
  return best;
}

}  // namespace

std::unique_ptr<JointCodebook> fit_kmeans(const KMeansConfig& config, const FitContext& context) {
  const KMeansOptions options = checked(config);
  const SampleLimits limits{kMostValues, kMostValues};
  const JointRows rows = joint_rows(config.scale, options.whole_chunks, options.k, context, limits, kWho);
  const LloydResult best = best_of(options, rows, context.key);
  return std::make_unique<JointCodebook>(
      joint_codes(rows, best.codes, best.tokens, config.offset, canonical_spec("kmeans", config, {"k"})));
}

namespace {

std::unique_ptr<Quantizer> fit(const Spec& spec, const FitContext& context) {
  return fit_kmeans(read_options<KMeansConfig>(spec, kWho), context);
}

std::unique_ptr<Quantizer> load(const nlohmann::ordered_json& saved) {
  const SavedFields fields(saved);
  const auto config = fields.options<KMeansConfig>(kWho);
  const KMeansOptions options = checked(config);
  JointCodes codes = JointCodebook::read(fields, options.k, options.whole_chunks, config.offset);
  check_action_scale(config.scale, codes.action_dim, kWho);
  codes.spec = canonical_spec("kmeans", config, {"k"});
  return std::make_unique<JointCodebook>(std::move(codes));
}

}  // namespace

QuantizerEntry entry_kmeans() {
  return {"kmeans", "one token for a whole action or chunk: codes that are means of the data",
          describe_options<KMeansConfig>(), fit, load};
}

}  // namespace pianola
