// From an exception that ended a command to words on stderr and an exit code.
#pragma once

#include <exception>
#include <iosfwd>

namespace pianola::cli {

/// Says what went wrong and returns the exit code: 2 usage, 3 data, 4 resource, 130 interrupted, as pianola::Error says
/// of itself. What the system threw (no memory, a file, a thread) is a resource: 4. Any other exception is a mistake of
/// this program, and is called so; design knows no code of its own for it, so that it is 4 too: nothing that the user
/// can mend.
int report_failure(std::exception_ptr failure, std::ostream& err);

}  // namespace pianola::cli
