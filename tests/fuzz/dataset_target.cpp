#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "fuzz/fuzz_target.hpp"
#include "pianola/base/crc32c.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/data/formats.hpp"

namespace pianola::fuzz {
namespace {

namespace fs = std::filesystem;

void require_finite(const std::vector<double>& values, const char* what) {
  if (!std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); })) {
    finding(std::string(what) + " that are not finite were read");
  }
}

void put(const fs::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// Makes the checksums of TFRecord bytes right again as far as the lengths lead, so that the fuzzer gets behind them.
std::string resealed(std::string_view bytes) {
  std::string out(bytes);
  const auto seal = [&out](std::size_t at, std::size_t size) {
    const std::uint32_t sum = masked_crc32c(std::string_view(out).substr(at, size));
    std::memcpy(out.data() + at + size, &sum, sizeof sum);
  };
  for (std::size_t at = 0; out.size() - at >= 16;) {
    std::uint64_t length = 0;
    std::memcpy(&length, out.data() + at, sizeof length);
    seal(at, 8);
    if (length > out.size() - at - 16) break;
    seal(at + 12, static_cast<std::size_t>(length));
    at += 16 + static_cast<std::size_t>(length);
  }
  return out;
}

class DatasetTarget final : public FuzzTarget {
 public:
  DatasetTarget(const fs::path& golden, const fs::path& folder) {
    // A part of a dataset is fuzzed within the whole: minari's data/metadata.json.
    const bool part = golden.filename() == "metadata.json";
    const fs::path whole = part ? golden.parent_path().parent_path() : golden;
    path_ = folder / whole.filename();
    fs::copy(whole, path_, fs::copy_options::recursive);
    if (part) {
      files_.push_back(path_ / "data" / golden.filename());
    } else if (fs::is_directory(path_)) {
      for (const auto& entry : fs::recursive_directory_iterator(path_)) {
        if (entry.is_regular_file()) files_.push_back(entry.path());
      }
    } else {
      files_.push_back(path_);
    }
    std::sort(files_.begin(), files_.end());
    for (const fs::path& file : files_) whole_.push_back(read_file(file));
  }

  [[nodiscard]] std::vector<std::string> seeds() const override {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < files_.size(); ++i) all.push_back(static_cast<char>(i) + whole_[i]);
    return all;
  }

  void run(std::string_view input) override {
    if (input.empty()) return;
    const std::size_t i = static_cast<unsigned char>(input[0]) % files_.size();
    const bool records = files_[i].filename().string().find(".tfrecord") != std::string::npos;
    put(files_[i], records ? resealed(input.substr(1)) : std::string(input.substr(1)));
    read_dataset(path_);
    put(files_[i], whole_[i]);
  }

 private:
  fs::path path_;
  std::vector<fs::path> files_;
  std::vector<std::string> whole_;
};

}  // namespace

void finding(const std::string& what) {
  std::fprintf(stderr, "FINDING: %s\n", what.c_str());
  std::abort();
}

void read_dataset(const std::string& path) {
  try {
    const auto reader = open_dataset(path, {.leave_out_images = true});
    for (std::size_t i = 0; i < reader->size(); ++i) {
      const Trajectory t = reader->read(i);
      if (t.steps != reader->steps(i)) finding("a trajectory has other steps than were announced");
      require_finite(t.actions, "actions");
      require_finite(t.observations, "observations");
      if (reader->read_actions(i) != t.actions) finding("read_actions gives other actions than read");
    }
  } catch (const Error&) {
  } catch (const std::exception& error) {
    finding(std::string("another exception: ") + error.what());
  }
}

std::unique_ptr<FuzzTarget> fuzz_target_dataset(const std::string& golden, const std::string& folder) {
  return std::make_unique<DatasetTarget>(fs::path(PIANOLA_GOLDEN_FOLDER) / golden, folder);
}

}  // namespace pianola::fuzz
