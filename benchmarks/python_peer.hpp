// A peer that is a Python program: it measures when it is asked to, so that it can take turns with us in one run.
//
// The program reads questions from its standard input, a line each, and answers each with one number on a line of its
// standard output (flushed). The interpreter: $PIANOLA_PYTHON, else the venv that ./bootstrap deps makes. Without one,
// or without a library that the program imports, there is no answer.
#pragma once

#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace pianola {

class PythonPeer {
 public:
  /// program: Python source. It runs until this object's pipe closes at the end of the process.
  explicit PythonPeer(const char* program) {
    const char* named = std::getenv("PIANOLA_PYTHON");
    const std::string python = named != nullptr ? named : PIANOLA_DEFAULT_PYTHON;
    int ask[2], answer[2];
    if (::access(python.c_str(), X_OK) != 0 || ::pipe(ask) != 0 || ::pipe(answer) != 0) return;
    if (::fork() == 0) {
      ::dup2(ask[0], STDIN_FILENO);
      ::dup2(answer[1], STDOUT_FILENO);
      for (const int end : {ask[0], ask[1], answer[0], answer[1]}) ::close(end);
      ::execl(python.c_str(), python.c_str(), "-c", program, static_cast<char*>(nullptr));
      ::_exit(127);
    }
    ::close(ask[0]);
    ::close(answer[1]);
    ask_ = ::fdopen(ask[1], "w");
    answer_ = ::fdopen(answer[0], "r");
    std::signal(SIGPIPE, SIG_IGN);  // an interpreter without the library ends; then there is no answer
  }

  /// The answer to one question (a line without its end), infinite if there is none.
  double answer(const std::string& question) {
    double result = 0.0;
    if (ask_ == nullptr || std::fprintf(ask_, "%s\n", question.c_str()) < 0 || std::fflush(ask_) != 0 ||
        std::fscanf(answer_, "%lf", &result) != 1) {
      ask_ = nullptr;
      return HUGE_VAL;
    }
    return result;
  }

 private:
  std::FILE *ask_ = nullptr, *answer_ = nullptr;
};

}  // namespace pianola
