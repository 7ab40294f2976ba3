// What every quantizer has to fulfil. Each registered scheme gets these tests for free with its default options, on
// every made-up dataset that it can be fitted to (test_conformance.cpp). A scheme's own test file adds its options:
//
//   INSTANTIATE_TEST_SUITE_P(UniformBins, QuantizerConformance,
//                            ::testing::ValuesIn(conformance_cases({"uniform:bins=17,representatives=ends"})),
//                            case_name);
#pragma once

#include <gtest/gtest.h>

#include <cctype>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/registry.hpp"
#include "quantizers/action_samples.hpp"
#include "quantizers/fitting.hpp"

namespace pianola::testing {

struct ConformanceCase {
  std::string spec, sample;
  std::size_t chunk = 1;
};

inline void PrintTo(const ConformanceCase& c, std::ostream* out) {
  *out << c.spec << " on " << c.sample << ", chunks of " << c.chunk;
}

/// The quantizer of a case. @throws DataError where the scheme says that it cannot be fitted to such data.
inline std::unique_ptr<Quantizer> fit_case(const std::string& spec, const Sample& sample, std::size_t chunk) {
  return make_quantizer(spec, context_of(sample, chunk));
}

inline bool fits(const std::string& spec, const Sample& sample, std::size_t chunk) try {
  return fit_case(spec, sample, chunk) != nullptr;
} catch (const DataError&) {
  return false;
}

/// The specs with all samples and chunk lengths that they can be fitted to.
inline std::vector<ConformanceCase> conformance_cases(const std::vector<std::string>& specs) {
  std::vector<ConformanceCase> cases;
  for (const char* name : {"walk", "tokens", "constant", "wide"}) {
    const Sample sample = make_sample(name);
    for (const std::string& spec : specs) {
      for (const std::size_t chunk : {std::size_t{1}, std::size_t{4}}) {
        if (fits(spec, sample, chunk)) cases.push_back({spec, name, chunk});
      }
    }
  }
  return cases;
}

inline std::string case_name(const ::testing::TestParamInfo<ConformanceCase>& info) {
  std::string name = info.param.spec + "_" + info.param.sample + "_chunk" + std::to_string(info.param.chunk);
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name + "_" + std::to_string(info.index);
}

/// Tokens of n chunks and what came with them.
struct Encoded {
  std::vector<Token> tokens;
  std::vector<std::uint32_t> lengths;
  bool operator==(const Encoded&) const = default;
};

class QuantizerConformance : public ::testing::TestWithParam<ConformanceCase> {
 protected:
  void SetUp() override {
    sample_ = std::make_unique<Sample>(make_sample(GetParam().sample));
    quantizer_ = fit(GetParam().spec);
    collect_chunks();
  }

  [[nodiscard]] std::unique_ptr<Quantizer> fit(const std::string& spec) const {
    return fit_case(spec, *sample_, GetParam().chunk);
  }

  void collect_chunks() {
    const std::size_t width = info().chunk * info().action_dim;
    for (const auto& trajectory : sample_->actions.trajectories()) {
      const std::size_t whole = trajectory.size() / width * width;
      actions_.insert(actions_.end(), trajectory.begin(), trajectory.begin() + static_cast<std::ptrdiff_t>(whole));
    }
    chunks_.assign(actions_.begin(), actions_.end());
    n_ = chunks_.size() / width;
    for (std::size_t i = 0; i < n_; ++i) {
      ids_.push_back(i % 5);
      h_.push_back(static_cast<std::uint32_t>(i / 5));
    }
  }

  [[nodiscard]] const QuantizerInfo& info() const { return quantizer_->info(); }
  [[nodiscard]] std::size_t width() const { return info().chunk * info().action_dim; }

  /// The context of chunks [first, first + n) with fresh memory.
  [[nodiscard]] CodecContext context(std::size_t first, std::size_t n, std::vector<double>& memory) const {
    memory.assign(n * info().memory_size, 0.0);
    return {&key_, Ids(ids_).subspan(first, n), std::span(h_).subspan(first, n), memory};
  }

  [[nodiscard]] Encoded encode(const Quantizer& quantizer, std::size_t first, std::size_t n) const {
    return encode(quantizer, std::span(chunks_).subspan(first * width(), n * width()), first);
  }
  [[nodiscard]] Encoded encode(const Quantizer& quantizer, std::span<const float> chunks, std::size_t first) const {
    const std::size_t n = chunks.size() / width();
    Encoded out{std::vector<Token>(n * info().max_tokens, 0), std::vector<std::uint32_t>(n)};
    std::vector<double> memory;
    quantizer.encode(chunks, context(first, n, memory), {out.tokens, out.lengths});
    return out;
  }

  [[nodiscard]] std::vector<float> decode(const Quantizer& quantizer, Encoded encoded, std::size_t first,
                                          std::vector<DecodeStatus>* status = nullptr) const {
    const std::size_t n = encoded.lengths.size();
    std::vector<float> out(n * width(), -77.0F);
    std::vector<double> memory;
    std::vector<DecodeStatus> ignored(n);
    if (status != nullptr) status->resize(n);
    quantizer.decode({encoded.tokens, encoded.lengths}, context(first, n, memory), out,
                     status != nullptr ? std::span(*status) : std::span(ignored));
    return out;
  }

  [[nodiscard]] std::vector<double> quantize(std::span<const double> actions) const {
    std::vector<double> out(actions.size()), memory;
    quantizer_->quantize(actions, context(0, actions.size() / width(), memory), out);
    return out;
  }

  /// flags[i]: action i lies outside the range.
  [[nodiscard]] std::vector<char> saturated(std::span<const double> actions) const {
    const auto flags = std::make_unique<bool[]>(actions.size());
    quantizer_->saturated(actions, {flags.get(), actions.size()});
    return {flags.get(), flags.get() + actions.size()};
  }

  std::unique_ptr<Sample> sample_;
  std::unique_ptr<Quantizer> quantizer_;
  NoiseKey key_ = NoiseKey(9).child("dither");
  std::vector<double> actions_;  // [n × chunk × action_dim]
  std::vector<float> chunks_;    // the same
  std::vector<std::uint64_t> ids_;
  std::vector<std::uint32_t> h_;
  std::size_t n_ = 0;
};

}  // namespace pianola::testing
