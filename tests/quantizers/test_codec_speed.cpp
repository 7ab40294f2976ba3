#include "pianola/quantizers/codec_speed.hpp"

#include <gtest/gtest.h>

#include "pianola/quantizers/registry.hpp"
#include "quantizers/difference_coder.hpp"
#include "quantizers/fitting.hpp"

namespace pianola::testing {
namespace {

CodecSpeed speed_of(const Quantizer& quantizer, const ActionSource& data) {
  CodecStopwatch stopwatch(quantizer, NoiseKey(1));
  ChunkWalk(quantizer, NoiseKey(1)).run(data, "test", [&](const ChunkBlock& block) { stopwatch.collect(block); });
  return stopwatch.measure(0.001);
}

TEST(CodecSpeed, AnySchemeHasSpeeds) {
  const Sample sample = make_sample("walk");
  for (const char* spec :
       {"uniform:bins=9", "dither:bins=9,subtractive=true", "kmeans:k=5", "rvq:codes=4", "fast:vocabulary=300"}) {
    const CodecSpeed speed = speed_of(*make_quantizer(spec, context_of(sample, 4)), sample.actions);
    EXPECT_GT(speed.encode_values_per_second, 0.0) << spec;
    EXPECT_GT(speed.decode_values_per_second, 0.0) << spec;
  }
}

TEST(CodecSpeed, SchemesWithMemoryBeginAnew) {
  const MemoryActions data(1, {{0.1, 0.7, 1.9, 2.2, 0.4}});
  EXPECT_GT(speed_of(DifferenceCoder(), data).decode_values_per_second, 0.0);
}

}  // namespace
}  // namespace pianola::testing
