// What experiments measured when they were last looked at, check by check: a change of a number is seen, and meant.
// To write the file anew: PIANOLA_WRITE_GOLDENS=1 bin/test_theory --gtest_filter='Goldens.*', then read the difference.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "pianola/base/file.hpp"
#include "pianola/theory/experiment.hpp"

namespace pianola {
namespace {

const std::filesystem::path kFile = std::filesystem::path(PIANOLA_GOLDEN_FOLDER) / "theorems.txt";

constexpr const char* kProvenance =
    "# What experiments measure, key NoiseKey(0), options as in test_goldens.cpp: theorem, check, value.\n"
    "# Written by that test itself (PIANOLA_WRITE_GOLDENS=1), g++ 12, x86-64; read to 1e-6 relative or 1e-9.\n"
    "# Values that were computed independently of the project are in test_theorem_6.cpp (theory.md section 10).\n";

/// Quick options of each experiment that has no slow part.
std::map<std::string, ExperimentOptions> quick() {
  std::map<std::string, ExperimentOptions> all;
  all["5"] = {};
  all["6"].initial_points = 512;
  all["6"].epsilon = {0x1p-6};
  all["8"].n = {4, 16, 64};
  all["9"].n = {16};
  all["dither"] = {};
  all["rate"].horizon = {120};
  all["gap"].n = {4, 64};
  return all;
}

std::string line(const std::string& name, const Check& check) {
  return fmt::format("{}\t{}\t{:.12g}\n", name, check.name, check.measured.value);
}

/// "theorem<tab>check" → value.
std::map<std::string, double> read_goldens() {
  std::map<std::string, double> values;
  std::istringstream in(read_file(kFile));
  for (std::string text; std::getline(in, text);) {
    if (text.empty() || text.front() == '#') continue;
    const std::size_t tab = text.rfind('\t');
    values[text.substr(0, tab)] = std::strtod(text.c_str() + tab + 1, nullptr);
  }
  return values;
}

TEST(Goldens, EveryMeasuredNumberIsWhatItWas) {
  std::string written = kProvenance;
  std::map<std::string, double> measured;
  for (const auto& [name, options] : quick()) {
    for (const Check& check : run_experiment(find_experiment(name), options).checks) {
      EXPECT_NE(check.passed, false) << name << ": " << check.name << ": a failed check is no golden";
      written += line(name, check);
      measured[name + "\t" + check.name] = check.measured.value;
    }
  }
  if (std::getenv("PIANOLA_WRITE_GOLDENS") != nullptr) write_file(kFile, written);
  const std::map<std::string, double> expected = read_goldens();
  EXPECT_EQ(measured.size(), expected.size());
  for (const auto& [check, value] : expected) {
    ASSERT_TRUE(measured.contains(check)) << check;
    if (std::isnan(value) || std::isinf(value)) continue;  // left open
    EXPECT_NEAR(measured[check], value, 1e-9 + 1e-6 * std::abs(value)) << check;
  }
}

}  // namespace
}  // namespace pianola
