// saved:PATH — not a scheme, but any quantizer that was fitted before and written to a file by Quantizer::save
// (`quantize -o q.json`, a run's quantizer.json), wherever a spec is asked for. Nothing is fitted: data are only what
// it is measured or deployed on, so that `quantize held_out.hdf5 --quantizer saved:q.json` measures on data that the
// fit has not seen.
//
// A file that `quantize --by robot_type` wrote holds one for each value of an attribute (keyed_quantizers.hpp):
// saved:PATH,part=robot_type=so100 names the one that is meant.
//
// What comes out is that quantizer itself: its spec, its fingerprint, its action representation. A run folder keeps a
// copy of it, not the path.
#pragma once

#include <string>

namespace pianola {

struct SavedConfig {
  std::string path = "";  ///< file
  std::string part = "";  ///< "robot_type=so100" of a file with a quantizer for each robot type; else empty

  template <class V>
  void visit(V&& v) {
    v("path", path, "file that `quantize -o` wrote, or the quantizer.json of a run");
    v("part", part, "robot_type=so100: which one of a file that `quantize --by robot_type` wrote");
  }
};

/// The path that `saved:PATH` names; "" for every other spec.
std::string saved_path(const std::string& spec);

class TrajectoryReader;  // data/dataset.hpp

/// What to tell who gives the quantizer of one part (saved:PATH,part=robot_type=so100) actions of another: a sentence
/// with the number of trajectories that record another value of the attribute; "" if none does, and for other specs.
std::string other_part_note(const std::string& spec, TrajectoryReader& reader);

}  // namespace pianola
