// A disk that is full after so many bytes: writes beyond a file's size limit fail while this lives.
#pragma once

#include <sys/resource.h>

#include <csignal>

namespace pianola::test {

class LimitedDisk {
 public:
  explicit LimitedDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~LimitedDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  LimitedDisk(const LimitedDisk&) = delete;
  LimitedDisk& operator=(const LimitedDisk&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

}  // namespace pianola::test
