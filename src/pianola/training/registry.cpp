#include "pianola/base/error.hpp"
#include "pianola/training/network_internal.hpp"

// One line a network.
#define PIANOLA_NETWORKS(X) X(mlp) X(transformer) X(parallel) X(mse) X(gaussian) X(mixture) X(bet) X(armixture)

namespace pianola {

#define PIANOLA_DECLARE(name) NetworkEntry network_entry_##name();
PIANOLA_NETWORKS(PIANOLA_DECLARE)
#undef PIANOLA_DECLARE

std::unique_ptr<Network> make_network(const std::string& spec, const NetworkShape& shape) {
#define PIANOLA_ENTRY(name) network_entry_##name(),
  static const std::vector<NetworkEntry> table{PIANOLA_NETWORKS(PIANOLA_ENTRY)};
#undef PIANOLA_ENTRY
  const Spec parsed = parse_spec(spec);
  std::vector<std::string> known;
  for (const NetworkEntry& entry : table) {
    if (entry.name == parsed.name) return entry.make(parsed, shape);
    known.push_back(entry.name);
  }
  throw_unknown_name("policy", parsed.name, known);
}

}  // namespace pianola
