#include "pianola/audits/advice_candidates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "pianola/base/spec.hpp"

namespace pianola {
namespace {

constexpr std::array<std::size_t, 8> kLadder{3, 5, 9, 17, 33, 65, 129, 257};
constexpr double kMostCodes = 1024.0;        // codes of a k-means
constexpr std::size_t kActionsOfACode = 10;  // of the data, at least

double bits_of(std::size_t dim, std::size_t bins) {
  return static_cast<double>(dim) * std::log2(static_cast<double>(bins));
}

/// As many codes as bins in all dimensions have combinations, as far as the data allow; 0: too few.
std::size_t joint_codes(const ActionProfile& profile, std::size_t bins) {
  const double combinations = std::exp2(std::min(std::floor(bits_of(profile.dim, bins)), 30.0));
  const double most = std::min(kMostCodes, static_cast<double>(profile.steps / kActionsOfACode));
  const double codes = std::exp2(std::floor(std::log2(std::max(1.0, std::min(combinations, most)))));
  return codes < 2.0 ? 0 : static_cast<std::size_t>(codes);
}

void add_joint(std::vector<QuantizerCandidate>& out, const ActionProfile& profile, std::size_t bins) {
  const std::size_t codes = profile.dim > 1 ? joint_codes(profile, bins) : 0;
  if (codes != 0) out.push_back({fmt::format("kmeans:k={}", codes), "kmeans", 0});
}

void add_families(std::vector<QuantizerCandidate>& out, const ActionProfile& profile, std::size_t bins) {
  if (profile.saturates()) {
    out.push_back({fmt::format("uniform:bins={},atoms=true", bins), "atoms", bins});
  }
  out.push_back({fmt::format("uniform:bins={},representatives=mean", bins), "mean", bins});
  out.push_back({fmt::format("quantile:bins={}", bins), "quantile", bins});
  add_joint(out, profile, bins);
}

}  // namespace

bool within_bits(std::size_t dim, std::size_t bins, double most_bits) {
  return bits_of(dim, bins) <= most_bits + kBitSlack;
}

std::vector<std::size_t> resolution_ladder(std::size_t dim, double most_bits) {
  std::vector<std::size_t> rungs;
  for (const std::size_t bins : kLadder) {
    if (rungs.empty() || within_bits(dim, bins, most_bits)) rungs.push_back(bins);
  }
  return rungs;
}

std::size_t equal_bins(const QuantizerCandidate& what, double bits, std::size_t dim) {
  if (what.bins != 0) return what.bins;
  const auto columns = static_cast<double>(std::max<std::size_t>(dim, 1));
  return static_cast<std::size_t>(std::floor(std::exp2(bits / columns) + kBitSlack));
}

QuantizerCandidate bins_candidate(const std::string& family, std::size_t bins) {
  const std::string ends = family == "ends" ? ",representatives=ends" : "";
  return {fmt::format("uniform:bins={}{}", bins, ends), family, bins};
}

std::vector<QuantizerCandidate> family_candidates(const ActionProfile& profile, std::size_t bins, std::size_t coarser,
                                                  double most_bits) {
  std::vector<QuantizerCandidate> out;
  add_families(out, profile, bins);
  out.push_back({fmt::format("dither:bins={}", bins), "dither", bins});
  if (coarser > 1) {
    const std::size_t between = (coarser + bins) / 2;
    if (between > coarser && between < bins) out.push_back(bins_candidate("ends", between));
    add_families(out, profile, coarser);
  }
  std::erase_if(out, [&](const QuantizerCandidate& candidate) {
    return candidate.bins != 0 && !within_bits(profile.dim, candidate.bins, most_bits);
  });
  std::vector<QuantizerCandidate> unique;
  for (const QuantizerCandidate& candidate : out) {
    if (std::ranges::find(unique, candidate) == unique.end()) unique.push_back(candidate);
  }
  return unique;
}

std::vector<QuantizerCandidate> unstable_candidates(const UnstableLoop& loop, std::size_t bins) {
  std::vector<QuantizerCandidate> out;
  const auto add = [&](const char* scheme, const char* family, std::size_t count, const std::string& options) {
    const QuantizerCandidate one{fmt::format("{}:bins={}{}", scheme, count, options), family, count};
    if (std::ranges::find(out, one) == out.end()) out.push_back(one);
  };
  const auto odd = [&](std::size_t part) { return std::max<std::size_t>(3, ((bins + part - 1) / part) | 1); };
  for (const std::size_t part : {1, 2, 4}) add("log", "log", odd(part), "");
  if (loop.a && loop.gain && std::abs(*loop.a - *loop.gain) < 1.0) {
    add("log", "log a=", odd(2), fmt::format(",a={:.6g},gain={:.6g}", *loop.a, *loop.gain));
  }
  // Its default factors, 2 and 0.8, outrun the plant and lose nothing that an inner token has seen (zoom.hpp).
  for (const std::size_t part : {2, 4}) {
    const std::size_t count = odd(part);
    if (loop.growth < 2.0 && loop.growth <= 0.8 * static_cast<double>(count - 2)) add("zoom", "zoom", count, "");
  }
  const std::size_t few = std::max<std::size_t>(static_cast<std::size_t>(loop.growth) + 3, 5);  // > growth + 2
  if (loop.growth < 2.0 && loop.growth <= 0.8 * static_cast<double>(few - 2) && few <= bins)
    add("zoom", "zoom", few, "");
  for (const std::size_t count : {few, 2 * few - 1}) {
    if (count <= bins) add("zoom", "zoom a=", count, fmt::format(",a={:.6g}", loop.growth));
  }
  return out;
}

std::optional<QuantizerCandidate> fewer_codes(const QuantizerCandidate& kmeans) {
  if (kmeans.family != "kmeans") return std::nullopt;
  const Spec spec = parse_spec(kmeans.spec);
  const std::string* const codes = spec.find("k");
  const std::size_t half = codes == nullptr ? 0 : static_cast<std::size_t>(std::stoul(*codes)) / 2;
  if (half < 2) return std::nullopt;
  return QuantizerCandidate{fmt::format("kmeans:k={}", half), "kmeans", 0};
}

}  // namespace pianola
