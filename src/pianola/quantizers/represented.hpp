// Any scheme behind an action representation (data/action_representation.hpp): a Quantizer of actions in action units
// whose scheme sees the model's coordinates.
//
//   encode   m = to_model(state, u);  tokens = [those of the discrete coordinates | the scheme's, of the continuous]
//   decode   m = [values of the discrete tokens | the scheme's decode];  u = to_actions(state, m)
//
// The state is CodecContext::observations at the chunk's start. Without it encode, quantize and targets throw, and
// decode gives NaN and `repaired`: an action relative to nothing is never played as an absolute one.
//
// Each binary dimension has two tokens a step, a categorical one as many as it has values; they stand in front.
// Position p is then coordinate p of the chunk in the model, if the scheme's tokens are scalars.
//
// ε_sup, in the metric of ActionRepresentation::error: the scheme's where every dimension is linear or an angle, c
// times it with a delta (errors add up along the chunk), else none is claimed. `binning` and `projection` are not
// claimed: relative cells move with the state, and angles wrap.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "pianola/data/action_representation.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola {

/// Fits a scheme to the continuous coordinates of context.representation, and only to these: a recorded range of
/// actions is passed on for dimensions that are linear and absolute if all others have a range of their own (angles,
/// absolute rotations), and dropped where any frame is relative, so that ranges come from the represented data.
/// fit: the scheme's. who: for errors.
/// @throws UsageError if no continuous dimension is left; as RepresentedActions and the scheme's fit.
std::unique_ptr<Quantizer> fit_represented(const std::function<std::unique_ptr<Quantizer>(const FitContext&)>& fit,
                                           const FitContext& context, const std::string& who);

/// Reads what save() of such a quantizer wrote. A scheme that was not fitted with this representation is refused: both
/// are bound by a hash. @throws DataError.
std::unique_ptr<Quantizer> load_represented(const nlohmann::ordered_json& saved);

}  // namespace pianola
