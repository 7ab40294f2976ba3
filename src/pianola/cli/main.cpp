// The program: standard streams, Ctrl-C and SIGTERM, exit code.
#include <unistd.h>

#include <csignal>
#include <iostream>

#include "pianola/base/interrupt.hpp"
#include "pianola/cli/run.hpp"

namespace {

extern "C" void on_interrupt(int signal) {
  pianola::request_interrupt();
  std::signal(signal, SIG_DFL);  // a second one ends the program at once
}

}  // namespace

int main(int argc, char** argv) {
  for (const int signal : {SIGINT, SIGTERM}) {  // Ctrl-C, and what schedulers send: training writes its checkpoint
    if (std::signal(signal, on_interrupt) == SIG_IGN)
      std::signal(signal, SIG_IGN);  // nohup, background jobs of scripts
  }
  std::signal(SIGXFSZ, SIG_IGN);  // a full quota is an error of write(), not the end of the program
  return pianola::cli::run({argv + 1, argv + argc}, {std::cout, std::cerr, isatty(STDERR_FILENO) == 1});
}
