// What to say of a command line that CLI11 refused: what is wrong with which word, and what would mend it.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace pianola::cli {

/// `words` as typed, the verb first; `error` as thrown by app.parse. One sentence, no newline.
std::string usage_message(CLI::App& app, const std::vector<std::string>& words, const CLI::ParseError& error);

}  // namespace pianola::cli
