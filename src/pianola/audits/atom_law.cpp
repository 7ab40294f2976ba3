#include "pianola/audits/atom_law.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace pianola {
namespace {

class AtomComparison final : public LawComparison {
 public:
  AtomComparison(std::unique_ptr<AtomSource> source, std::size_t lanes)
      : source_(std::move(source)), here_(lanes), there_(lanes) {}

  void compare(const LawQuery& a, const LawQuery& b, double tolerance, std::span<LawGap> out) override {
    source_->laws(a, here_);
    source_->laws(b, there_);
    for (std::size_t lane = 0; lane < out.size(); ++lane) {
      merge_atoms(here_[lane]);
      merge_atoms(there_[lane]);
      out[lane] = gap_between(here_[lane], there_[lane], tolerance);
    }
  }

 private:
  std::unique_ptr<AtomSource> source_;
  std::vector<FiniteLaw> here_, there_;
};

}  // namespace

LawGap gap_between(const FiniteLaw& p, const FiniteLaw& q, double tolerance) {
  if (!p.exists() || !q.exists()) return {0.0, 1.0, 0.0, 1.0, std::numeric_limits<double>::quiet_NaN(), false};
  LawGap gap{.known = true};
  gap.tv_low = gap.tv_high = total_variation(p, q);
  if (gap.tv_high == 0.0) return gap;
  gap.low = gap.high = tolerance > 0.0 ? transport(p.view(), q.view(), p.dim, tolerance).distance : gap.tv_low;
  gap.action_distance = quantile_distance(p, q);
  return gap;
}

std::unique_ptr<LawComparison> AtomLaw::session(std::size_t lanes) const {
  return std::make_unique<AtomComparison>(make_(lanes), lanes);
}

}  // namespace pianola
