// Links the runtime alone, and is told that nothing is no image.
#include <cstdio>

#include "pianola/policies/runtime.hpp"

int main() {
  pianola::Runtime runtime;
  const pianola::Status status = pianola::Runtime::bind({}, {}, runtime);
  std::puts(pianola::status_text(status));
  return status == pianola::Status::bad_image ? 0 : 1;
}
