// Runs on every platform of the runtime.
#include "pianola/policies/image_parts.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace pianola {
namespace {

using image::DenseLayers;
using image::LayerRecord;
using image::Section;

/// 64-byte aligned.
struct alignas(64) Bytes {
  std::array<std::byte, 1024> bytes{};
  [[nodiscard]] std::span<const std::byte> span() const { return bytes; }
  template <class T>
  void put(std::size_t at, const std::vector<T>& values) {
    std::memcpy(bytes.data() + at, values.data(), values.size() * sizeof(T));
  }
};

TEST(ImageParts, SectionsLieInsideOrAreRefused) {
  Bytes image;
  image.put<float>(64, {1.0F, 2.0F, 3.0F});
  std::span<const float> out;
  ASSERT_TRUE(image::read_section(image.span(), {64, 12}, 3, out));
  EXPECT_EQ(out[2], 3.0F);
  EXPECT_FALSE(image::read_section(image.span(), {64, 12}, 2, out)) << "another number of them";
  struct Case {
    Section section;
    bool inside;
    const char* why;
  };
  const std::vector<Case> cases = {
      {{960, 64}, true, "the last bytes"},
      {{1024, 0}, true, "nothing, at the end"},
      {{64, 10}, false, "two and a half"},
      {{68, 8}, false, "not aligned"},
      {{960, 68}, false, "four bytes too many"},
      {{1088, 0}, false, "nothing, behind the end"},
      {{0xFFFFFFFFFFFFFFC0U, 64}, false, "beyond what an address can say"},
      {{64, 0xFFFFFFFFFFFFFFC0U}, false, "more than an address can say"},
  };
  for (const Case& one : cases) EXPECT_EQ(image::read_section(image.span(), one.section, out), one.inside) << one.why;
}

/// y = W₂ relu(W₁ x + b₁) + b₂, 2 → 3 → 1.
struct TwoLayers {
  TwoLayers() {
    image.put<LayerRecord>(0, records);
    pack({1, 0, 0, 1, -1, -1}, {0.5F, 0, 0}, records[0]);
    pack({1, 2, 3}, {0.25F}, records[1]);
  }
  void pack(const std::vector<float>& weights, const std::vector<float>& bias, const LayerRecord& layer) {
    pack_dense(weights, bias, layer.in, layer.out,
               {reinterpret_cast<float*>(image.bytes.data() + layer.offset), packed_dense_size(layer.in, layer.out)});
  }
  bool read(std::size_t inputs = 2, std::size_t outputs = 1) {
    return layers.read(image.span(), {0, 32}, 2, Activation::relu, inputs, outputs);
  }
  std::vector<LayerRecord> records{{2, 3, 64}, {3, 1, 320}};
  Bytes image;
  DenseLayers layers;
};

TEST(ImageParts, LayersRunOneBehindTheOther) {
  TwoLayers net;
  ASSERT_TRUE(net.read());
  EXPECT_EQ(net.layers.widest(), 3U);
  const float x[2] = {1.0F, -2.0F};
  float front[3], back[3], y = 0.0F;
  net.layers.run(x, front, back, &y);
  EXPECT_EQ(y, 1.5F + 3.0F * 1.0F + 0.25F);
}

TEST(ImageParts, LayersThatDoNotFitAreRefused) {
  EXPECT_FALSE(TwoLayers().read(3, 1));
  EXPECT_FALSE(TwoLayers().read(2, 2));
  const auto refused = [](auto change) {
    TwoLayers net;
    change(net.records);
    net.image.put<LayerRecord>(0, net.records);
    return !net.read();
  };
  EXPECT_FALSE(refused([](auto&) {}));
  EXPECT_TRUE(refused([](auto& r) { r[1].in = 2; }));
  EXPECT_TRUE(refused([](auto& r) { r[0].out = 0; }));
  EXPECT_TRUE(refused([](auto& r) { r[1].offset = 324; }));
  EXPECT_TRUE(refused([](auto& r) { r[1].offset = 960; }));
  TwoLayers infinite;
  infinite.image.put<float>(64, {std::numeric_limits<float>::infinity()});
  EXPECT_FALSE(infinite.read());
}

}  // namespace
}  // namespace pianola
