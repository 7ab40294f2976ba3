// The verbs. Adding one: a source file that defines add_NAME, one line here, one test file.
#pragma once

#define PIANOLA_VERBS(X) \
  X(demo)                \
  X(systems)             \
  X(collect)             \
  X(augment)             \
  X(inspect)             \
  X(convert) X(quantize) X(train) X(evaluate) X(audit) X(advise) X(generate) X(export) X(theorem) X(bound) X(completion)

namespace CLI {
class App;
}

namespace pianola::cli {

class Session;

#define PIANOLA_DECLARE_VERB(name) void add_##name(CLI::App& app, Session& session);
PIANOLA_VERBS(PIANOLA_DECLARE_VERB)
#undef PIANOLA_DECLARE_VERB

}  // namespace pianola::cli
