#include "pianola/cli/source_entropy.hpp"

#include <fmt/format.h>

#include "pianola/base/error.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/report/numbers.hpp"
#include "pianola/systems/registry.hpp"
#include "pianola/systems/sequence.hpp"

namespace pianola::cli {

std::optional<double> source_entropy(const System* system, const DatasetInfo* data) {
  if (system != nullptr) return entropy_rate(*system);
  if (data == nullptr) return std::nullopt;
  const auto named = data->attributes.find("system");
  if (named == data->attributes.end()) return std::nullopt;
  try {
    if (parse_spec(named->second).name != "sequence") return std::nullopt;
    return entropy_rate(*make_system(named->second, {}));
  } catch (const Error&) {  // what a file says of its origin may be of another version: no reason not to train
    return std::nullopt;
  }
}

void add_source_entropy(std::optional<double> rate, Json& fields) {
  fields["entropy_rate"] = rate ? Json(*rate) : Json(nullptr);
}

std::string source_entropy_text(std::optional<double> rate) {
  if (!rate) return "";
  return fmt::format("the source's entropy rate is {} nats/token: no log-loss on its sequences is below that\n",
                     format_number(*rate));
}

}  // namespace pianola::cli
