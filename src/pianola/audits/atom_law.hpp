// Deployed laws that are finite: a source gives the atoms, and two laws are compared exactly.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <utility>

#include "pianola/audits/deployed_law.hpp"

namespace pianola {

/// One thread's workspace that makes laws.
class AtomSource {
 public:
  virtual ~AtomSource() = default;
  /// laws: [lanes], replaced; need not be merged.
  virtual void laws(const LawQuery& query, std::span<FiniteLaw> laws) = 0;
};

/// The gap of two merged laws.
LawGap gap_between(const FiniteLaw& p, const FiniteLaw& q, double tolerance);

class AtomLaw final : public DeployedLaw {
 public:
  using MakeSource = std::function<std::unique_ptr<AtomSource>(std::size_t lanes)>;
  AtomLaw(DeployedLawInfo info, MakeSource make) : info_(std::move(info)), make_(std::move(make)) {}
  [[nodiscard]] const DeployedLawInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<LawComparison> session(std::size_t lanes) const override;

 private:
  DeployedLawInfo info_;
  MakeSource make_;
};

}  // namespace pianola
