// Actions as a quantizer's scheme sees them: the continuous coordinates of an action representation.
//
// A relative or delta coordinate depends on where its chunk begins, and a policy is asked for a chunk at any step: so
// every window of `chunk` steps of every trajectory is visited as a trajectory of its own, relative to the state at its
// own start. Without such frames trajectories stay whole. This is what makes statistics those of the representation:
// a scheme is given nothing else to fit to.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "pianola/data/action_representation.hpp"
#include "pianola/data/dataset.hpp"

namespace pianola {

class RepresentedActions final : public ActionSource {
 public:
  /// Keeps references to both. @throws UsageError if they differ in action dimensions.
  RepresentedActions(const ActionSource& actions, const ActionRepresentation& representation, std::size_t chunk);

  /// representation.continuous().
  [[nodiscard]] std::size_t action_dim() const override { return representation_.continuous(); }
  /// Cost: chunk times the data's size in all, where frames are relative; memory: one trajectory, one window.
  /// @throws UsageError if a state is needed and the source has no observations, or has some of another dimension;
  /// DataError naming trajectory, row and dimension of a number that is not finite, or if no trajectory is as long as a
  /// chunk.
  void for_each(const std::function<void(std::span<const double>)>& visit) const override;

 private:
  const ActionSource& actions_;
  const ActionRepresentation& representation_;
  std::size_t chunk_;
};

/// Observations at the starts of n consecutive chunks, gathered into `out` [n × observation_dim].
void gather_starts(std::span<const double> observations, std::size_t observation_dim, std::size_t chunk, std::size_t n,
                   std::vector<double>& out);

}  // namespace pianola
