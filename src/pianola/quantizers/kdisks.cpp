#include "pianola/quantizers/kdisks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/canonical_spec.hpp"
#include "pianola/quantizers/code_clusters.hpp"
#include "pianola/quantizers/disk_cover.hpp"
#include "pianola/quantizers/joint_fit.hpp"
#include "pianola/quantizers/saved_fields.hpp"

namespace pianola {
namespace {

const std::string kWho = "quantizer 'kdisks'";
constexpr std::size_t kMostRows = std::size_t{1} << 18, kMostValues = std::size_t{1} << 23;

struct KDisksOptions {
  DiskCoverOptions cover;
  bool whole_chunks;
};

KDisksOptions checked(const KDisksConfig& config) {
  static const std::vector<std::string> kinds{"centre", "mean"};
  if (std::find(kinds.begin(), kinds.end(), config.codes) == kinds.end()) {
    throw_unknown_name(kWho + ": codes", config.codes, kinds);
  }
  if (!(config.radius >= 0.0 && config.radius <= 1e30)) {
    throw UsageError(fmt::format("{}: option 'radius' must lie in 0 … 1e30, not at {}", kWho, config.radius));
  }
  return {{checked_option(kWho, "k", config.k, 1, JointCodebook::kMaxCodes), config.radius, config.codes == "mean"},
          joint_by_chunk(config.joint, kWho)};
}

}  // namespace

std::unique_ptr<JointCodebook> fit_kdisks(const KDisksConfig& config, const FitContext& context) {
  auto [cover, whole_chunks] = checked(config);
  const JointRows rows = joint_rows(config.scale, whole_chunks, cover.k, context, {kMostRows, kMostValues}, kWho);
  const NoiseKey key = context.key.child("kdisks");
  if (cover.radius == 0.0) cover.radius = largest_radius(rows.rows, rows.width, cover.k, key);
  const DiskCover disks = cover_by_disks(rows.rows, rows.width, cover, key);
  if (disks.disks < cover.k) {
    throw DataError(
        fmt::format("{}: disks of radius {} cover the data with {} codes, fewer than k={}; take k={} or "
                    "less, or a smaller radius (0: found)",
                    kWho, cover.radius, disks.disks, cover.k, disks.disks));
  }
  const auto tokens = assign_codes(rows.rows, rows.width, disks.codes);
  return std::make_unique<JointCodebook>(
      joint_codes(rows, disks.codes, tokens, false, canonical_spec("kdisks", config, {"k"})));
}

namespace {

std::unique_ptr<Quantizer> fit(const Spec& spec, const FitContext& context) {
  return fit_kdisks(read_options<KDisksConfig>(spec, kWho), context);
}

std::unique_ptr<Quantizer> load(const nlohmann::ordered_json& saved) {
  const SavedFields fields(saved);
  const auto config = fields.options<KDisksConfig>(kWho);
  const KDisksOptions options = checked(config);
  JointCodes codes = JointCodebook::read(fields, options.cover.k, options.whole_chunks, false);
  check_action_scale(config.scale, codes.action_dim, kWho);
  codes.spec = canonical_spec("kdisks", config, {"k"});
  return std::make_unique<JointCodebook>(std::move(codes));
}

}  // namespace

QuantizerEntry entry_kdisks() {
  return {"kdisks", "one token for a whole action or chunk: codes that cover the data by disks",
          describe_options<KDisksConfig>(), fit, load};
}

}  // namespace pianola
