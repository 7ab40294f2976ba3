// Progress on a terminal: name, share done, rate, time left. Silent where stderr is no terminal, or with --quiet.
// The library never prints: it is handed a Progress, and only the command line makes one that writes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace pianola {

/// Where long work reports to. Calls may come from several threads.
class Progress {
 public:
  virtual ~Progress() = default;
  /// `total` units of `unit` ("rollouts", "steps") lie ahead.
  virtual void begin(const std::string& what, std::uint64_t total, const std::string& unit) = 0;
  virtual void advance(std::uint64_t units, const std::string& note = "") = 0;
  virtual void end() = 0;
};

/// Reports nowhere.
Progress& no_progress();

/// Draws one line, at most ten times a second, through `write` (a terminal; "\r" and erase codes included).
class TerminalProgress final : public Progress {
 public:
  explicit TerminalProgress(std::function<void(const std::string&)> write, int columns = 100);
  ~TerminalProgress() override;
  void begin(const std::string& what, std::uint64_t total, const std::string& unit) override;
  void advance(std::uint64_t units, const std::string& note) override;
  void end() override;

 private:
  struct State;
  State* state_;
};

/// "1 h 02 min", "3 min 20 s", "12 s", "0.4 s".
std::string format_duration(double seconds);

}  // namespace pianola
