// Fuzzing for a moment, with any compiler: each target on its seeds, on what tests/fuzz/corpus/TARGET keeps (findings
// that were mended), and on damaged copies of both. The same inputs in each run.
//
//   fuzz_replay [DAMAGED COPIES A TARGET [TARGET]]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "fuzz/fuzz_target.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/base/random.hpp"

namespace pianola::fuzz {
namespace {

namespace fs = std::filesystem;

/// Cut, flipped, overwritten with a hostile number, or a part repeated.
std::string damaged(std::string bytes, const NoiseKey& key, std::uint64_t i) {
  if (bytes.empty()) return bytes;
  std::uint32_t draw = 0;
  const auto below = [&](std::size_t n) {
    return std::min(n - 1, static_cast<std::size_t>(uniform(key, i, 0, draw++) * static_cast<double>(n)));
  };
  for (std::size_t round = 0, rounds = 1 + below(3); round < rounds && !bytes.empty(); ++round) {
    const std::size_t at = below(bytes.size()), kind = below(5);
    constexpr const char* kHostile[] = {"-1", "1e999", "18446744073709551616", "null", "\\ud800", "[[[[[[[[[[", "\"\""};
    if (kind == 0) bytes.resize(at);
    if (kind == 1) bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1U << below(8)));
    if (kind == 2) bytes[at] = static_cast<char>(0xFF);
    if (kind == 3) bytes.replace(at, 1, kHostile[below(std::size(kHostile))]);
    if (kind == 4) bytes.insert(at, bytes.substr(at, 1 + below(64)));
  }
  return bytes;
}

/// Inputs that are known to be worth it.
std::vector<std::string> kept_inputs(const std::string& name, const FuzzTarget& target) {
  std::vector<std::string> inputs = target.seeds();
  const fs::path corpus = fs::path(PIANOLA_FUZZ_CORPUS) / name;
  std::vector<fs::path> files;
  if (fs::is_directory(corpus)) {
    for (const auto& entry : fs::directory_iterator(corpus)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) inputs.push_back(read_file(file));
  return inputs;
}

void replay(const std::string& name, FuzzTarget& target, std::size_t copies) {
  const std::vector<std::string> inputs = kept_inputs(name, target);
  if (inputs.empty()) finding(name + " has no inputs");
  std::size_t at = 0;
  for (const std::string& input : inputs) {
    std::fprintf(stderr, "\r%s: kept input %zu      ", name.c_str(), at++);  // the last line says where it ended
    target.run(input);
  }
  for (std::size_t i = 0; i < copies; ++i) {
    std::fprintf(stderr, "\r%s: damaged copy %zu      ", name.c_str(), i);
    target.run(damaged(inputs[i % inputs.size()], NoiseKey(7).child(name), i));
  }
  std::fprintf(stderr, "\n");
}

}  // namespace
}  // namespace pianola::fuzz

int main(int argc, char** argv) {
  using namespace pianola::fuzz;
  const std::size_t copies = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 60;
  std::string pattern = (std::filesystem::temp_directory_path() / "pianola-replay-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) return 1;
  for (const auto& [name, make] : fuzz_targets()) {
    if (argc > 2 && name != argv[2]) continue;
    const std::string folder = pattern + "/" + name;
    std::filesystem::create_directory(folder);
    replay(name, *make(folder), copies);
  }
  std::filesystem::remove_all(pattern);
  return 0;
}
