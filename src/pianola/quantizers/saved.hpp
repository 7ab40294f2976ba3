// saved:PATH — not a scheme, but any quantizer that was fitted before and written to a file by Quantizer::save
// (`quantize -o q.json`, a run's quantizer.json), wherever a spec is asked for. Nothing is fitted: data are only what
// it is measured or deployed on, so that `quantize held_out.hdf5 --quantizer saved:q.json` measures on data that the
// fit has not seen.
//
// What comes out is that quantizer itself: its spec, its fingerprint, its action representation. A run folder keeps a
// copy of it, not the path.
#pragma once

#include <string>

namespace pianola {

struct SavedConfig {
  std::string path = "";  ///< file

  template <class V>
  void visit(V&& v) {
    v("path", path, "file that `quantize -o` wrote, or the quantizer.json of a run");
  }
};

/// The path that `saved:PATH` names; "" for every other spec.
std::string saved_path(const std::string& spec);

}  // namespace pianola
