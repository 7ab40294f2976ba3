#include "pianola/base/error.hpp"
#include "pianola/training/model_learner.hpp"

// One line a kind of transition model.
#define PIANOLA_MODEL_LEARNERS(X) X(mixture) X(linear) X(autoregressive)

namespace pianola {

#define PIANOLA_DECLARE(name) ModelLearnerEntry model_learner_entry_##name();
PIANOLA_MODEL_LEARNERS(PIANOLA_DECLARE)
#undef PIANOLA_DECLARE

std::unique_ptr<ModelLearner> make_model_learner(const std::string& text) {
#define PIANOLA_ENTRY(name) model_learner_entry_##name(),
  static const std::vector<ModelLearnerEntry> table{PIANOLA_MODEL_LEARNERS(PIANOLA_ENTRY)};
#undef PIANOLA_ENTRY
  const Spec spec = parse_spec(text);
  std::vector<std::string> known;
  for (const ModelLearnerEntry& entry : table) {
    if (entry.name == spec.name) return entry.make(spec);
    known.push_back(entry.name);
  }
  throw_unknown_name("transition model", spec.name, known);
}

}  // namespace pianola
