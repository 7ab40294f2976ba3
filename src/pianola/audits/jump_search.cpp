#include "pianola/audits/jump_search.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace pianola {
namespace {

constexpr double kResolution = 1e-9, kFloatResolution = 2e-6;
constexpr int kMostHalvings = 80;

LawPoint middle(const LawPoint& a, const LawPoint& b) {
  LawPoint out = a;
  for (std::size_t i = 0; i < out.rows.size(); ++i) out.rows[i] = 0.5 * (a.rows[i] + b.rows[i]);
  return out;
}

double size_of(const LawPoint& point) {
  double largest = 1.0;
  for (const double x : point.rows) largest = std::max(largest, std::abs(x));
  return largest;
}

/// Whether one gap is the larger: by W_ε', then by what the actions differ.
bool larger(const LawGap& a, const LawGap& b) {
  if (a.known != b.known) return a.known;
  return a.low != b.low ? a.low > b.low : a.action_distance > b.action_distance;
}

class Bisection {
 public:
  Bisection(const DeployedLaw& law, std::span<const SmoothPair> pairs, const NoiseKey& key, double tolerance,
            std::size_t dim)
      : key_(key),
        tolerance_(tolerance),
        resolution_(law.info().reads_floats ? kFloatResolution : kResolution),
        dim_(dim),
        session_(law.session(pairs.size())),
        open_(pairs.size(), true) {
    for (const SmoothPair& pair : pairs) searches_.push_back({pair, pair.distance, false});
  }

  std::vector<JumpSearch> run() {
    for (int i = 0; i < kMostHalvings && std::ranges::find(open_, true) != open_.end(); ++i) halve();
    return std::move(searches_);
  }

 private:
  void halve() {
    std::vector<LawPoint> here, between, there;
    for (const JumpSearch& search : searches_) {
      here.push_back(search.pair.here), there.push_back(search.pair.there);
      between.push_back(middle(search.pair.here, search.pair.there));
    }
    const auto first = gaps(here, between), second = gaps(between, there);
    for (std::size_t i = 0; i < searches_.size(); ++i) {
      if (!open_[i]) continue;
      const bool left = larger(first[i], second[i]);
      narrow(i, std::move(between[i]), left, left ? first[i] : second[i]);
    }
  }

  void narrow(std::size_t i, LawPoint between, bool left, const LawGap& gap) {
    SmoothPair& pair = searches_[i].pair;
    if (!gap.known || gap.low < kJump) {  // neither half: it is steep here, but does not jump
      open_[i] = false;
      return;
    }
    (left ? pair.there : pair.here) = std::move(between);
    pair.gap = gap;
    pair.distance = distance(pair.here, pair.there, dim_);
    if (pair.distance > resolution_ * size_of(pair.here)) return;
    open_[i] = false;
    searches_[i].jump = true;
  }

  std::vector<LawGap> gaps(std::span<const LawPoint> a, std::span<const LawPoint> b) {
    std::vector<LawGap> out(a.size());
    session_->compare(LawPoints(a, dim_).query(key_), LawPoints(b, dim_).query(key_), tolerance_, out);
    return out;
  }

  NoiseKey key_;
  double tolerance_, resolution_;
  std::size_t dim_;
  std::unique_ptr<LawComparison> session_;
  std::vector<bool> open_;
  std::vector<JumpSearch> searches_;
};

}  // namespace

std::vector<SmoothPair> suspects(std::span<const SmoothPair> pairs, std::size_t most) {
  std::vector<SmoothPair> apart;
  for (const SmoothPair& pair : pairs) {
    if (pair.gap.known && pair.gap.low >= kJump) apart.push_back(pair);
  }
  std::ranges::stable_sort(apart, {}, &SmoothPair::distance);
  const auto closest = static_cast<std::ptrdiff_t>(std::min(apart.size(), most / 2));
  std::stable_sort(apart.begin() + closest, apart.end(), [](const SmoothPair& a, const SmoothPair& b) {
    return a.gap.action_distance > b.gap.action_distance;
  });
  apart.resize(std::min(apart.size(), most));
  return apart;
}

std::vector<JumpSearch> search_jumps(const DeployedLaw& law, std::span<const SmoothPair> pairs, const NoiseKey& key,
                                     double tolerance, std::size_t observation_dim) {
  if (pairs.empty() || law.info().needs_plant) return {};
  return Bisection(law, pairs, key, tolerance, observation_dim).run();
}

}  // namespace pianola
