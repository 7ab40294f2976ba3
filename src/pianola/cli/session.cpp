#include "pianola/cli/session.hpp"

#include <ostream>

#include "pianola/base/error.hpp"
#include "pianola/base/parallel.hpp"

namespace pianola::cli {

Session::Session(Streams streams) : streams_(streams), start_(std::chrono::steady_clock::now()) {}
Session::~Session() = default;

void Session::begin() {
  set_threads(threads);
  start_ = std::chrono::steady_clock::now();
  if (streams_.terminal && !quiet) {
    progress_ =
        std::make_unique<TerminalProgress>([this](const std::string& text) { streams_.err << text << std::flush; });
  }
}

void Streams::flush() const {
  if (!out.flush()) throw ResourceError("standard output: the results cannot be written; is the disk full?");
}

Progress& Session::progress() { return progress_ ? *progress_ : no_progress(); }

double Session::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void Session::say(const std::string& line) {
  if (!quiet) streams_.err << line << '\n';
}

void Session::print(const std::string& verb, const Json& fields, const std::string& text) {
  if (!json) {
    streams_.out << text;
    streams_.flush();
    return;
  }
  Json object = {{"pianola", PIANOLA_VERSION}, {"verb", verb}, {"seed", seed}};
  object.update(fields);
  object["seconds"] = seconds();
  // A path need not be UTF-8, but JSON is.
  streams_.out << object.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  streams_.flush();
}

}  // namespace pianola::cli
