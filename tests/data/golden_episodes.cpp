#include "data/golden_episodes.hpp"

namespace pianola::test {

std::string golden(const std::string& name) { return std::string(PIANOLA_GOLDEN_FOLDER "/") + name; }

}  // namespace pianola::test
