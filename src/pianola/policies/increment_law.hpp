// Laws of the increment Δ of an observation (systems/observation_geometry.hpp) in one step, given what a transition
// model sees: what the models of one kind have in common with no other. The rest is policies/learned_model.hpp's.
//
// A law is immutable and shared by threads; a session is one thread's, for a number of lanes fixed when it was made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "pianola/base/random.hpp"

namespace pianola {

class IncrementSession {
 public:
  virtual ~IncrementSession() = default;
  /// The law of each lane from here on. inputs: [lanes × inputs], finite. Cost: no allocation.
  virtual void begin(std::span<const double> inputs) = 0;
  /// out: [lanes × dim], drawn with numbers of (stream, id, h) alone; may be not finite where a network's outputs are.
  virtual void draw(const NoiseKey& stream, Ids ids, std::span<const std::uint32_t> h, std::span<double> out) = 0;
  /// out: [lanes × dim], a mode of the law, by the approximation that the law documents.
  virtual void mode(std::span<double> out) = 0;
  /// log density of these increments [lanes × dim], nats; out: [lanes].
  virtual void log_density(std::span<const double> increments, std::span<double> out) = 0;
  /// out_d = P(Δ_d ≤ increments_d | increments before d), [lanes × dim] both.
  virtual void integral_transform(std::span<const double> increments, std::span<double> out) = 0;
};

class IncrementLaw {
 public:
  virtual ~IncrementLaw() = default;
  [[nodiscard]] virtual std::size_t inputs() const = 0;  ///< numbers that it sees
  [[nodiscard]] virtual std::size_t dim() const = 0;     ///< numbers of an increment
  /// Keeps a reference to the law.
  [[nodiscard]] virtual std::unique_ptr<IncrementSession> session(std::size_t lanes) const = 0;
};

}  // namespace pianola
