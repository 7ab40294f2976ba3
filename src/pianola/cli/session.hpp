// What every verb shares: where output goes, the common options, progress, and the shape of results.
//
// Results go to stdout: one JSON object with --json, else text. Progress goes to stderr, on a terminal only.
#pragma once

#include <chrono>
#include <iosfwd>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "pianola/base/progress.hpp"
#include "pianola/base/random.hpp"

namespace CLI {
class App;
}

namespace pianola::cli {

using Json = nlohmann::ordered_json;

/// Where a command reads and writes; tests pass string streams.
struct Streams {
  std::ostream& out;
  std::ostream& err;
  bool terminal = false;  ///< err is a terminal: progress is drawn

  /// Sends results on their way. @throws ResourceError if they could not be written: a full disk is no success.
  void flush() const;
};

class Session {
 public:
  explicit Session(Streams streams);
  ~Session();

  bool json = false, quiet = false;
  std::uint64_t seed = 0;
  int threads = 0;
  std::string command_line;   ///< as the user typed it, for provenance
  bool check_failed = false;  ///< a check that the user asked for failed: exit code 1

  /// Applies --threads and starts the clock; called once the options are read.
  void begin();
  [[nodiscard]] NoiseKey key() const { return NoiseKey(seed); }
  Progress& progress();
  [[nodiscard]] double seconds() const;
  /// A line to stderr unless --quiet.
  void say(const std::string& line);
  /// The result of `verb`: `fields` between the common ones as JSON, or `text`. @throws ResourceError as flush().
  void print(const std::string& verb, const Json& fields, const std::string& text);

 private:
  Streams streams_;
  std::unique_ptr<Progress> progress_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace pianola::cli
