// k-means: one token for a whole action (or, joint=chunk, for a whole chunk), from codes that are means of the data.
//
//   minimise Σ_i min_j Σ_d (w_d (u_id − c_jd))²   by Lloyd's iterations (lloyd.hpp), from a k-means++ or random start
//
// It learns from every action of the data; with joint=chunk from every window of c steps. Beyond 2²⁷ numbers (512 MiB)
// the rows are thinned evenly (chunk_sample.hpp). Several restarts: the one of the smallest sum wins, the first of
// equals. k-means++ draws its seeds from 65,536 rows, or 64 a code.
//
// When: actions whose dimensions go together, few tokens a step. What it does not do: no binning, so a learned policy
// need not be smooth in the state (docs/theory.md §4, §6), and actions outside the data are clipped to the nearest
// code: saturated() counts what lies outside their box. Fewer distinct actions than codes are an error; a code that the
// last iteration leaves without actions is dead, and counted. All else is said in joint_codebook.hpp.
//
// Sources: Behavior Transformers (Shafiullah et al., arXiv:2206.11251; github.com/notmahi/bet,
// models/action_ae/discretizers/k_means.py): single actions, random start, 50 iterations, re-seeding of dead codes.
// Arthur, Vassilvitskii, "k-means++", SODA 2007.
// Differs: the start is k-means++ unless init=random; iterations end when no action changes its code; the nearest code
// is exact; actions are not normalised unless scale= says so.
#pragma once

#include <memory>
#include <string>

#include "pianola/quantizers/action_scale.hpp"
#include "pianola/quantizers/joint_codebook.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola {

struct KMeansConfig {
  int k = 64;
  std::string joint = "step";     ///< step or chunk
  std::string init = "kmeans++";  ///< kmeans++ or random
  int iterations = 50;            ///< of Lloyd, at most
  int restarts = 1;
  bool offset = false;  ///< measure offset_rms, for policies that predict an offset beside the token
  ActionScaleOptions scale = {};

  template <class V>
  void visit(V&& v) {
    v("k", k, "codes, 2 … 65536");
    v("joint", joint, "one token a step, or one for the whole chunk");
    v("init", init, "kmeans++ or random");
    v("iterations", iterations, "of Lloyd's algorithm at most");
    v("restarts", restarts, "starts; the best one wins");
    v("offset", offset, "measure the offsets that a policy may predict beside the token");
    scale.visit(v);
  }
};

/// @throws UsageError for options out of range or no data; DataError for fewer distinct actions (or chunks) than codes,
/// numbers that are not finite or beyond ±1e14, or no trajectory as long as a chunk; Interrupted.
std::unique_ptr<JointCodebook> fit_kmeans(const KMeansConfig& config, const FitContext& context);

}  // namespace pianola
