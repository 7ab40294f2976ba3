// k-disks: one token for a whole action (or, joint=chunk, for a whole chunk), from codes that cover the data evenly.
//
// Greedy covering by disks of one radius (disk_cover.hpp): codes are no nearer to each other than the radius where
// codes=centre, whatever the density of the data, so that rare manoeuvres have codes as common ones do. Actions are
// encoded as the nearest code. radius=0 takes about the largest radius at which k disks can be picked.
//
// Distance: Euclidean over w·u (action_scale.hpp), a whole chunk as one vector. The driving field compares the corners
// of a vehicle's box; for an action (x, y, heading) and a box of length l and width w the mean square distance of the
// four corners is |Δx|² + |Δy|² + ½(l² + w²)(1 − cos Δθ), which weights=1,1,½√(l² + w²) gives up to Δθ⁴: 1,1,2.6 for a
// car of 4.8 × 2 m.
//
// When: driving; data whose density should not decide what has a code. It learns from at most 2¹⁸ rows and 2²³ numbers,
// thinned evenly. Fewer distinct actions than codes, and a radius at which the data give fewer than k disks, are
// errors. counts are of the rows nearest to each code. All else is said in joint_codebook.hpp.
//
// Sources: Trajeglish (Philion, Peng, Fidler, arXiv:2312.04535): random picks, a radius in metres between poses. SMART
// (Wu et al., arXiv:2405.15677; github.com/rainmaker22/SMART): the root of the mean square distance of corners, codes
// are means of the disks (codes=mean). Differs: any action, not poses of boxes; the first code is a random row (some
// ports force "no motion" to be the first); the radius can be found.
#pragma once

#include <memory>
#include <string>

#include "pianola/quantizers/action_scale.hpp"
#include "pianola/quantizers/joint_codebook.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola {

struct KDisksConfig {
  int k = 64;
  double radius = 0.0;           ///< in scaled units; 0: found
  std::string codes = "centre";  ///< centre or mean
  std::string joint = "step";    ///< step or chunk
  ActionScaleOptions scale = {};

  template <class V>
  void visit(V&& v) {
    v("k", k, "codes, 1 … 65536");
    v("radius", radius, "of the disks, in units of the scaled actions; 0: about the largest that gives k disks");
    v("codes", codes, "centre of a disk (a picked action) or mean of the actions in it");
    v("joint", joint, "one token a step, or one for the whole chunk");
    scale.visit(v);
  }
};

/// @throws UsageError for options out of range or no data; DataError for fewer distinct actions (or chunks) than codes,
/// a radius at which the data give fewer than k disks, numbers that are not finite or beyond ±1e14, or no trajectory as
/// long as a chunk; Interrupted.
std::unique_ptr<JointCodebook> fit_kdisks(const KDisksConfig& config, const FitContext& context);

}  // namespace pianola
