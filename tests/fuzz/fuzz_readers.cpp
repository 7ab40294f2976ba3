// libFuzzer over every reader of foreign bytes:
//
//   fuzz_readers --target=zarr --write-seeds=CORPUS   writes the seeds and exits
//   fuzz_readers --target=zarr CORPUS -max_total_time=600
//
// tests/fuzz/run does both for each target. Built by the preset `fuzz` (clang, ASan and libFuzzer).
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "fuzz/fuzz_target.hpp"
#include "pianola/base/error.hpp"

namespace pianola::fuzz {
namespace {

namespace fs = std::filesystem;
struct Session {
  std::string folder;
  std::unique_ptr<FuzzTarget> target;
  ~Session() {
    std::error_code ignored;
    if (!folder.empty()) fs::remove_all(folder, ignored);
  }
};

Session& session() {
  static Session one;
  return one;
}

std::string value_of(int argc, char** argv, const std::string& option) {
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]).starts_with(option)) return std::string(argv[i]).substr(option.size());
  }
  return {};
}

void write_seeds(const fs::path& corpus) {
  fs::create_directories(corpus);
  int i = 0;
  for (const std::string& seed : session().target->seeds()) {
    session().target->run(seed);
    std::ofstream(corpus / ("seed-" + std::to_string(i++)), std::ios::binary) << seed;
  }
}

std::string private_folder() {
  const fs::path memory = "/dev/shm";
  std::string pattern = (fs::is_directory(memory) ? memory : fs::temp_directory_path()) / "pianola-fuzz-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw ResourceError("no temporary folder can be made at " + pattern);
  return pattern;
}

}  // namespace
}  // namespace pianola::fuzz

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  using namespace pianola::fuzz;
  const auto known = fuzz_targets();
  const std::string name = value_of(*argc, *argv, "--target=");
  const auto found = known.find(name);
  if (found == known.end()) {
    for (const auto& [each, make] : known) std::cout << each << '\n';
    std::exit(name == "list" ? 0 : 2);
  }
  session().folder = private_folder();
  session().target = found->second(session().folder);
  const std::string corpus = value_of(*argc, *argv, "--write-seeds=");
  if (corpus.empty()) return 0;
  write_seeds(corpus);
  std::exit(0);
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  pianola::fuzz::session().target->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
