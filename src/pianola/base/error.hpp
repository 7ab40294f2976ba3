// Errors of the library. A message has four parts: who, what was required, what came, what to do.
//
// Exceptions are for a caller's fault or a resource that failed. How a run ended is data (`Outcome`),
// a broken invariant is an assert, and the real-time path returns a `Status`.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace pianola {

/// Base of every exception that the library throws.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  /// Exit code of the command line for this error (2 usage, 3 data, 4 resource, 130 interrupted).
  [[nodiscard]] virtual int exit_code() const noexcept = 0;
};

/// The call was wrong: an unknown name, an option out of range, dimensions that do not match.
class UsageError : public Error {
 public:
  using Error::Error;
  [[nodiscard]] int exit_code() const noexcept override { return 2; }
};

/// The data are wrong: a truncated file, a NaN, ragged trajectories. Names file, place and value.
class DataError : public Error {
 public:
  using Error::Error;
  [[nodiscard]] int exit_code() const noexcept override { return 3; }
};

/// A resource failed: disk, memory, device.
class ResourceError : public Error {
 public:
  using Error::Error;
  [[nodiscard]] int exit_code() const noexcept override { return 4; }
};

/// The user asked to stop (Ctrl-C); what could be saved has been saved.
class Interrupted : public Error {
 public:
  using Error::Error;
  [[nodiscard]] int exit_code() const noexcept override { return 130; }
};

/// The known name nearest to `name` in Damerau–Levenshtein distance, or "" if none is near.
std::string nearest_name(std::string_view name, std::span<const std::string> known);

/// "no <kind> named '<name>'; did you mean '<nearest>'? known: a, b, c".
std::string unknown_name_message(std::string_view kind, std::string_view name, std::span<const std::string> known);

/// @throws UsageError with `unknown_name_message`, always.
[[noreturn]] void throw_unknown_name(std::string_view kind, std::string_view name, std::span<const std::string> known);

}  // namespace pianola
