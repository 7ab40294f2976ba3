// What libFuzzer drives: one reader of foreign bytes. An input either reads as valid data or throws a pianola::Error;
// all else (a crash, a sanitizer's report, another exception, a number that is not finite) is a finding.
//
// Adding one: a source file that defines `std::unique_ptr<FuzzTarget> fuzz_target_NAME(…)`, a line in fuzz_targets.cpp.
// libFuzzer runs them for long (fuzz_readers.cpp, preset fuzz); the ordinary tests run each on its seeds, on what
// tests/fuzz/corpus keeps of it, and for a moment on damaged copies of both (replay.cpp, any compiler).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pianola::fuzz {

class FuzzTarget {
 public:
  virtual ~FuzzTarget() = default;
  /// Inputs to begin with; each reads as it is.
  [[nodiscard]] virtual std::vector<std::string> seeds() const = 0;
  /// Presents one input to the reader.
  virtual void run(std::string_view input) = 0;
};

/// A golden dataset of which one file is replaced: the input's first byte says which, the others are what it holds.
/// folder: where the copy is made; golden: a file or folder of tests/data/golden.
std::unique_ptr<FuzzTarget> fuzz_target_dataset(const std::string& golden, const std::string& folder);

/// A golden HDF5 file (or a folder with one) rebuilt with libhdf5, so that all is sound but what it says: each two
/// bytes of the input choose a dataset and what becomes of it. Flipped bytes would test libhdf5 itself, which crashes
/// on damaged records of its own (1.10.8).
std::unique_ptr<FuzzTarget> fuzz_target_hdf5(const std::string& golden, const std::string& folder);

/// A reader of JSON text: "tokenizer_json", "processor_config" (of a FAST tokenizer), "quantizer_json" or
/// "keyed_json" (quantizers by attribute).
std::unique_ptr<FuzzTarget> fuzz_target_json(const std::string& name);

/// Images of the real-time runtime: "policy_image" or "model_image". What is refused is refused by a status.
std::unique_ptr<FuzzTarget> fuzz_target_image(const std::string& name);

using MakeTarget = std::function<std::unique_ptr<FuzzTarget>(const std::string& folder)>;
/// All targets by name; `folder` is theirs alone.
std::map<std::string, MakeTarget> fuzz_targets();

/// Prints and aborts.
[[noreturn]] void finding(const std::string& what);

/// Reads the dataset at `path` whole; aborts on a finding.
void read_dataset(const std::string& path);

}  // namespace pianola::fuzz
