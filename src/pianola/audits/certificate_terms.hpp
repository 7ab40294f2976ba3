// The sums of docs/theory.md §8 along the expert's trajectories, for given constants: what certification.cpp makes
// certificates and estimates of.
//
// A plant that stops beyond a limit pays nothing from there on, which no Lipschitz reward accounts for: from the first
// step on at which the state may be D_h away from the expert's and beyond the limit, every step costs all that a step
// can.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "pianola/audits/audit.hpp"
#include "pianola/audits/certificate_constants.hpp"

namespace pianola {

/// A form that supposes a modulus: totals as below.
struct ModulusTerms {
  RunningMean total;
  RunningMean kappa;              ///< κ at the distances of the form, mean over steps
  bool parts = false;             ///< κ of some distance is positive: tokens may part
  std::size_t beyond_radius = 0;  ///< trajectories with max_h (e_h + ε'_h) > d
};

/// Totals over H of one trajectory each, rescaled; means over trajectories.
struct CertificateTerms {
  RunningMean augmented;  ///< s_h + m_h with m_h = 0
  RunningMean by_small_gain, closed_loop;
  std::vector<ModulusTerms> by_modulus;  ///< feedback, s_h + κ(D_h): one of each of the constants' moduli
  std::vector<ModulusTerms>
      by_distance;       ///< augmented, s_h + κ(ρ_h): the same; nothing added where it cannot be issued
  ModulusTerms by_bins;  ///< augmented, bins of a Lipschitz expert: ε'_h = 2ε + L_π·ρ_h, κ = 0
  RunningMean visited;   ///< Σ_h (H−h+1)·min(1, s_h) on the states that q#π* visits
  std::size_t trajectories = 0;
  std::size_t left_small_gain = 0;  ///< on which an action may leave the range of ε_sup
  std::size_t beyond_radius = 0;    ///< max_h e_h > d
  std::size_t ended_early = 0;
  std::size_t reach_limit = 0;  ///< on which a deviation allowed by a form may reach the plant's limit
  double room = std::numeric_limits<double>::infinity();  ///< least distance of the expert's states from that limit
  RunningMean error, disagreement, model_distance;        ///< means over steps: e_h, s_h and ρ_h
  std::string model_unknown;                              ///< why ρ_h is not known; "" if it is
  double largest_error = 0.0;                             ///< e_h seen, on the expert's states and on those of q#π*
  std::string disagreement_unknown;                       ///< why s_h is not known; "" if it is, or is 0
  bool learned = false;                                   ///< there is a learner, with s_h > 0
};

/// Two passes over `plan.rollouts` trajectories of the expert, the second one of q#π* where it is needed; over recorded
/// ones the first alone.
/// Needs a quantizer, and findings of stability.
CertificateTerms certificate_terms(const AuditPlan& plan, const AuditFindings& findings,
                                   const CertificateConstants& constants);

}  // namespace pianola
