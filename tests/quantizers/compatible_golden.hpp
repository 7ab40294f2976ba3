// What the original tokenizers did: golden/bins_MODE.txt, written by tools/oracles/compatible_bins.py.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "pianola/quantizers/compatible_modes.hpp"

namespace pianola::testing {

struct CompatibleGolden {
  std::string mode;
  std::uint32_t bins = 0;
  CompatibleAxis::Facts facts;
  bool wide = false;            ///< the original decodes to double
  std::vector<double> decoded;  ///< [bins]
  std::vector<float> actions;
  std::vector<std::uint32_t> tokens;
};

/// The cases of one mode. index: a file in the folder that holds golden/.
inline std::vector<CompatibleGolden> read_compatible_golden(const std::string& index, const std::string& mode) {
  std::ifstream file(std::filesystem::path(index).parent_path() / "golden" / ("bins_" + mode + ".txt"));
  std::string line;
  std::vector<CompatibleGolden> cases;
  while (file.peek() == '#') std::getline(file, line);
  for (std::string word; file >> word;) {
    if (word != "case") throw std::runtime_error("not a case in the golden file of " + mode);
    CompatibleGolden golden;
    std::size_t actions = 0;
    golden.mode = mode;
    file >> golden.bins >> golden.facts.low >> golden.facts.high >> golden.facts.normalised >> golden.facts.constant >>
        actions;
    for (std::uint32_t k = 0; k < golden.bins; ++k) {
      file >> word;
      golden.wide = word.size() == 16;
      const std::uint64_t bits = std::stoull(word, nullptr, 16);
      golden.decoded.push_back(golden.wide ? std::bit_cast<double>(bits)
                                           : std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    }
    for (std::size_t i = 0; i < actions; ++i) {
      std::string bits, token;
      file >> bits >> token;
      golden.actions.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(std::stoull(bits, nullptr, 16))));
      golden.tokens.push_back(static_cast<std::uint32_t>(std::stoul(token, nullptr, 16)));
    }
    cases.push_back(std::move(golden));
  }
  return cases;
}

}  // namespace pianola::testing
