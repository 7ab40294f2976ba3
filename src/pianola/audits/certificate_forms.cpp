#include "pianola/audits/certificate_forms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pianola/base/spec.hpp"
#include "pianola/report/numbers.hpp"

namespace pianola {

std::string not_covered(CertificateForm form, const AuditPlan& plan) {
  const Spec spec = parse_spec(plan.controller);
  static const std::array<std::string, 5> decoding{"decode", "temperature", "top_k", "top_p", "beams"};
  static const std::array<std::string, 3> model{"model", "next", "tries"};
  if (form == CertificateForm::augmented) {
    if (spec.name != "augmented") return "the augmented form covers only the controller 'augmented'";
    for (const auto& [key, value] : spec.options) {
      if (key.empty() || key.starts_with("resync_")) {
        return "the augmented form is for Algorithm 1, which is never re-anchored";
      }
      if (std::ranges::find(decoding, key) != decoding.end() || std::ranges::find(model, key) != model.end()) continue;
      return fmt::format("it does not cover the option {}={}", key, value);
    }
    return "";
  }
  if (spec.name != "quantized" && spec.name != "feedback") {
    return fmt::format("it covers 'quantized' and 'feedback', not '{}'", spec.name);
  }
  if (plan.deployment.quantizer == nullptr) return "there are no tokens";
  if (plan.deployment.quantizer->info().chunk > 1) return "it covers decisions of one action each, not chunks";
  for (const auto& [key, value] : spec.options) {
    if (std::ranges::find(decoding, key) == decoding.end() && !key.empty()) {
      return fmt::format("it does not cover the option {}={}", key, value);
    }
  }
  return "";
}

const CertificateFinding* smallest_covering(std::span<const CertificateFinding> certificates) {
  const CertificateFinding* best = nullptr;
  for (const CertificateFinding& c : certificates) {
    if (!c.covers || !c.issued || c.refuted || c.doubted) continue;
    if (best == nullptr || c.value < best->value) best = &c;
  }
  return best;
}

std::string kind_of(const CertificateFinding& c) {
  if (c.refuted) return c.basis == Basis::sampled ? "refuted estimate" : "refuted bound";
  return c.basis == Basis::sampled ? "estimate" : "certificate";
}

std::string form_name(const CertificateFinding& c) { return c.form == "closed_loop" ? "closed-loop" : c.form; }

std::string bound_text(const CertificateFinding& c) {
  if (!c.vacuous) return format_number(c.value);
  return fmt::format("vacuous: above {} ({})",
                     c.most_declared ? "the most any controller can lose" : "the expert's absolute mean return",
                     format_number(c.most));
}

}  // namespace pianola
