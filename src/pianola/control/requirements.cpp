#include "pianola/control/requirements.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pianola/base/error.hpp"
#include "pianola/data/action_representation.hpp"

namespace pianola {

void require_expert(const std::string& who, const Deployment& deployment) {
  if (!deployment.expert)
    throw UsageError(fmt::format("{}: needs an expert to play; give one with --expert SPEC", who));
  if (!deployment.system) return;
  const auto& expert = deployment.expert->info();
  const auto& system = deployment.system->info();
  if (expert.observation_dim == system.observation_dim && expert.action_dim == system.action_dim) return;
  throw UsageError(
      fmt::format("{}: the expert '{}' maps {} observations to {} actions, but the system '{}' has {} and {}; "
                  "give an expert of this system with --expert SPEC",
                  who, expert.spec, expert.observation_dim, expert.action_dim, system.spec, system.observation_dim,
                  system.action_dim));
}

void require_quantizer(const std::string& who, const Deployment& deployment) {
  if (deployment.action_policy != nullptr && !deployment.quantizer) {
    throw UsageError(
        fmt::format("{}: plays tokens, but the run's policy '{}' is a law over actions and has none; use --controller "
                    "feedback or chunked, or train a policy of tokens (--policy mlp, transformer)",
                    who, deployment.action_policy->info().spec));
  }
  if (!deployment.quantizer) {
    throw UsageError(
        fmt::format("{}: needs a quantizer; give one with --quantizer SPEC, or a trained policy with --run DIR", who));
  }
  if (!deployment.system) return;
  const auto& quantizer = deployment.quantizer->info();
  const auto& system = deployment.system->info();
  const ActionRepresentation* const map = deployment.quantizer->representation();
  if (map != nullptr && map->needs_state() && map->observation_dim() != system.observation_dim) {
    throw UsageError(fmt::format(
        "{}: the quantizer '{}' has actions relative to a state among {} observation columns, but the system "
        "'{}' observes {}; fit it to this system's data",
        who, quantizer.spec, map->observation_dim(), system.spec, system.observation_dim));
  }
  if (quantizer.action_dim == system.action_dim) return;
  throw UsageError(fmt::format(
      "{}: the quantizer '{}' was fitted to {} action dimensions, but the system '{}' has {}; fit one to its actions",
      who, quantizer.spec, quantizer.action_dim, system.spec, system.action_dim));
}

void require_known(const std::string& who, const char* option, const std::string& value,
                   const std::vector<std::string>& known) {
  if (std::ranges::find(known, value) == known.end()) throw_unknown_name(who + ": " + option, value, known);
}

std::size_t checked_execute(const std::string& who, std::optional<std::uint64_t> execute, std::size_t chunk) {
  if (!execute) return chunk;
  if (*execute >= 1 && *execute <= chunk) return static_cast<std::size_t>(*execute);
  throw UsageError(fmt::format("{}: execute must be from 1 to the chunk's {} actions, but is {}; see --chunk", who,
                               chunk, *execute));
}

}  // namespace pianola
