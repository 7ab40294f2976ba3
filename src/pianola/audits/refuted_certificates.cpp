#include "pianola/audits/refuted_certificates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "pianola/audits/certification.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola {
namespace {

constexpr double kRounding = 1e-9;  // of the regret: sums of rewards are rounded
constexpr std::size_t kLeastRollouts = 2;

bool lies_below(const CertificateFinding& c, const Estimate& measured) {
  if (!c.covers || !c.issued || measured.n < kLeastRollouts) return false;
  return measured.low > c.value + kRounding * std::max(1.0, std::abs(measured.low));
}

void suspect_inputs(CertificateFinding& c) {
  const bool sampled = c.basis == Basis::sampled;
  for (CertificateInput& input : c.inputs) input.suspect = !sampled || input.basis == Basis::sampled;
}

bool takes_suspect(const CertificateFinding& c, const CertificateFinding& refuted) {
  return std::ranges::any_of(c.inputs, [&](const CertificateInput& input) {
    return std::ranges::any_of(refuted.inputs, [&](const CertificateInput& other) {
      return other.suspect && other.name == input.name && other.value == input.value;
    });
  });
}

}  // namespace

void refute_certificates(std::span<CertificateFinding> certificates, const Estimate& measured) {
  for (CertificateFinding& c : certificates) {
    if (!lies_below(c, measured)) continue;
    c.refuted = true;
    suspect_inputs(c);
    c.remarks.push_back("refuted: " + refutation(c, measured));
  }
  for (CertificateFinding& c : certificates) {
    if (!c.issued || !c.covers || c.refuted) continue;
    for (const CertificateFinding& other : certificates) {
      if (!other.refuted || !takes_suspect(c, other)) continue;
      c.doubted = true;
      c.remarks.push_back(
          fmt::format("doubted: it takes an input that the refuted {} form makes suspect", form_name(other)));
      break;
    }
  }
}

std::string refutation(const CertificateFinding& refuted, const Estimate& measured) {
  std::string names;
  for (const CertificateInput& input : refuted.inputs) {
    if (input.suspect) names += (names.empty() ? "" : ", ") + input.name;
  }
  return fmt::format(
      "the {} form promises a regret of at most {}, but the measured one is {}, with its lower limit above: at least "
      "one of these inputs is false: {}{}",
      form_name(refuted), format_number(refuted.value), format_estimate(measured), names,
      refuted.basis == Basis::sampled ? "" : "; or a hypothesis of the form");
}

std::string sentence(std::string text) {
  if (!text.empty()) text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  return text + ".";
}

}  // namespace pianola
