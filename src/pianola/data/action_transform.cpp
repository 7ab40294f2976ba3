#include "pianola/data/action_transform.hpp"

namespace pianola {
namespace {

/// Whether [first, first + count) lies in [0, size); no overflow.
bool lies_inside(std::uint32_t first, std::uint32_t count, std::size_t size) {
  return std::uint64_t{first} + count <= size;
}

bool sound_kind(const ActionTransform& t, const ActionGroup& g) {
  switch (g.kind) {
    case ActionKind::linear:
      return g.model_width == g.width;
    case ActionKind::angle:
      return g.model_width == g.width && std::isfinite(g.period) && g.period > 0.0;
    case ActionKind::rotation:
      return static_cast<std::uint32_t>(g.encoding) < kRotationEncodings && g.model_width == 6 &&
             g.width == rotation_width(g.encoding);
    case ActionKind::binary:
    case ActionKind::categorical:
      return g.width == 1 && g.model_width == 1 && g.frame == ActionFrame::absolute && g.value_count >= 1 &&
             (g.kind == ActionKind::categorical || g.value_count == 2) &&
             lies_inside(g.value_first, g.value_count, t.values.size());
  }
  return false;
}

bool sound_state(const ActionTransform& t, const ActionGroup& g) {
  if (g.frame > ActionFrame::delta) return false;
  if (g.frame == ActionFrame::absolute) return g.state_width == 0;
  if (static_cast<std::uint32_t>(g.state_encoding) >= kRotationEncodings) return false;
  const std::size_t width = g.kind == ActionKind::rotation ? rotation_width(g.state_encoding) : g.width;
  return g.state_width == width && lies_inside(g.state_first, g.state_width, t.columns.size());
}

}  // namespace

bool is_sound(const ActionTransform& t) noexcept {
  std::size_t dimension = 0, discrete = 0, continuous = 0;
  for (const ActionGroup& g : t.groups) {
    if (g.width == 0 || g.first != dimension || !sound_kind(t, g) || !sound_state(t, g)) return false;
    std::size_t& next = is_discrete(g.kind) ? discrete : continuous;
    if (g.model_first != next) return false;
    next += g.model_width;
    dimension += g.width;
  }
  for (const std::uint32_t column : t.columns) {
    if (column >= t.observation_dim) return false;
  }
  for (const double value : t.values) {
    if (!std::isfinite(value)) return false;
  }
  return dimension == t.action_dim && discrete == t.discrete && continuous == t.continuous;
}

std::size_t nearest_value(std::span<const double> values, double x) noexcept {
  std::size_t best = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (std::abs(values[i] - x) < std::abs(values[best] - x)) best = i;
  }
  return best;
}

}  // namespace pianola
