// Progress on a terminal: name, share done, rate, time left. Silent where stderr is no terminal, or with --quiet.
// The library never prints: it is handed a Progress, and only the command line makes one that writes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
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

/// Draws one line, at most ten times a second, through `write` (a terminal; "\r" and erase codes included):
///
///   train · 37 % · 741 / 2,000 steps · 625/s · 2.0 s left · loss 1.32
///
/// end() leaves a line with the total and its time. A total of 0 is unknown: count and rate alone are shown.
class TerminalProgress final : public Progress {
 public:
  /// clock: seconds from any origin, never going back; by default the steady clock.
  explicit TerminalProgress(std::function<void(const std::string&)> write, int columns = 100,
                            std::function<double()> clock = {});
  ~TerminalProgress() override;
  void begin(const std::string& what, std::uint64_t total, const std::string& unit) override;
  void advance(std::uint64_t units, const std::string& note) override;
  void end() override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// "1 h 02 min", "3 min 20 s", "12 s", "0.4 s", "25 ms"; "?" for a negative or non-finite number.
std::string format_duration(double seconds);

/// "12,345,678".
std::string format_count(std::uint64_t count);

}  // namespace pianola
