// Ctrl-C as data: the command line's signal handler sets a flag; long loops look at it between blocks.
#pragma once

namespace pianola {

/// Async-signal-safe. Tests and the command line's handler call it.
void request_interrupt() noexcept;
bool interrupt_requested() noexcept;
void clear_interrupt() noexcept;
/// @throws Interrupted if an interrupt was requested.
void throw_if_interrupted();

}  // namespace pianola
