// The conformance tests, and their instantiation for every registered scheme.
#include <cmath>
#include <limits>
#include <set>
#include <thread>

#include "quantizers/conformance.hpp"

namespace pianola::testing {
namespace {

using Json = nlohmann::ordered_json;

/// Rounding to float32 of an action, its level and their difference.
double float_slack(double u) { return 4.0 * std::numeric_limits<float>::epsilon() * std::abs(u) + 1e-30; }

/// All schemes. `saved` is none: it gives back what another one wrote (test_saved.cpp).
std::vector<std::string> registered_specs() {
  std::vector<std::string> specs(quantizer_names().begin(), quantizer_names().end());
  std::erase(specs, "saved");
  return specs;
}

TEST(QuantizerConformanceCases, EverySchemeCanBeFittedToSomeSample) {
  for (const std::string& spec : registered_specs()) {
    EXPECT_FALSE(conformance_cases({spec}).empty())
        << spec << " fits no sample: add one that it fits to action_samples.hpp";
  }
}

TEST(QuantizerConformanceCases, OnlyWhatCannotBeFittedIsLeftOut) {
  EXPECT_EQ(conformance_cases({"uniform"}).size(), 8U);
  const auto discrete = conformance_cases({"discrete"});
  ASSERT_EQ(discrete.size(), 2U);
  for (const ConformanceCase& c : discrete) EXPECT_EQ(c.sample, "tokens");
}

TEST_P(QuantizerConformance, InfoIsConsistent) {
  EXPECT_EQ(info().action_dim, sample_->actions.action_dim());
  EXPECT_EQ(info().chunk, GetParam().chunk);
  EXPECT_GE(info().max_tokens, 1U);
  EXPECT_EQ(info().vocabularies.size(), info().max_tokens);
  for (const std::uint32_t vocabulary : info().vocabularies) EXPECT_GE(vocabulary, 1U);
  EXPECT_GE(info().epsilon_sup, 0.0);
  EXPECT_EQ(parse_spec(info().spec).name, parse_spec(GetParam().spec).name);
}

TEST_P(QuantizerConformance, SpecMakesTheSameQuantizer) {
  const auto again = fit(info().spec);
  EXPECT_EQ(again->info().spec, info().spec);
  EXPECT_EQ(again->fingerprint(), quantizer_->fingerprint());
}

TEST_P(QuantizerConformance, SameSeedSameFit) {
  EXPECT_EQ(fit(GetParam().spec)->save().dump(), quantizer_->save().dump());
}

TEST_P(QuantizerConformance, TokensLieInTheirVocabularies) {
  const Encoded encoded = encode(*quantizer_, 0, n_);
  for (std::size_t i = 0; i < n_; ++i) {
    ASSERT_LE(encoded.lengths[i], info().max_tokens);
    if (info().fixed_length) {
      ASSERT_EQ(encoded.lengths[i], info().max_tokens);
    }
    for (std::size_t p = 0; p < encoded.lengths[i]; ++p) {
      ASSERT_LT(encoded.tokens[i * info().max_tokens + p], info().vocabularies[p])
          << "chunk " << i << ", position " << p;
    }
  }
}

TEST_P(QuantizerConformance, EncodeRejectsWrongSizes) {
  std::vector<Token> tokens(info().max_tokens * 2);
  std::vector<std::uint32_t> lengths(2);
  std::vector<double> memory;
  const auto chunks = std::span<const float>(chunks_).first(2 * width());
  const CodecContext with = context(0, 2, memory);
  EXPECT_THROW(quantizer_->encode(chunks.first(2 * width() - 1), with, {tokens, lengths}), UsageError);
  EXPECT_THROW(quantizer_->encode(chunks, with, {std::span(tokens).first(tokens.size() - 1), lengths}), UsageError);
  EXPECT_THROW(quantizer_->encode(chunks, with, {tokens, std::span(lengths).first(1)}), UsageError);
}

TEST_P(QuantizerConformance, OwnTokensDecodeExactly) {
  std::vector<DecodeStatus> status;
  const auto decoded = decode(*quantizer_, encode(*quantizer_, 0, n_), 0, &status);
  for (std::size_t i = 0; i < n_; ++i) ASSERT_EQ(status[i], DecodeStatus::exact) << "chunk " << i;
  for (const float u : decoded) ASSERT_TRUE(std::isfinite(u));
}

TEST_P(QuantizerConformance, DecodeIsTotal) {
  const NoiseKey key(77);
  Encoded hostile = encode(*quantizer_, 0, n_);
  std::vector<bool> must_repair(n_);
  for (std::size_t i = 0; i < n_; ++i) {
    const auto dice = key.block(i, 0, 0);
    if (dice[0] % 3 == 0)
      hostile.lengths[i] =
          dice[1] % 7 == 0 ? 0xFFFFFFFFU : dice[1] % (2 * static_cast<std::uint32_t>(info().max_tokens) + 1);
    if (hostile.lengths[i] > info().max_tokens || (info().fixed_length && hostile.lengths[i] != info().max_tokens))
      must_repair[i] = true;
    for (std::size_t p = 0; p < info().max_tokens; ++p) {
      const auto bits = key.block(i, 1, static_cast<std::uint32_t>(p));
      if (bits[0] % 4 != 0) continue;
      Token& token = hostile.tokens[i * info().max_tokens + p];
      token = bits[1] % 3 == 0 ? bits[2] : bits[1] % 3 == 1 ? 0xFFFFFFFFU : bits[2] % info().vocabularies[p];
      if (p < hostile.lengths[i] && token >= info().vocabularies[p]) must_repair[i] = true;
    }
  }
  std::vector<DecodeStatus> status;
  const auto decoded = decode(*quantizer_, hostile, 0, &status);
  for (const float u : decoded) ASSERT_TRUE(std::isfinite(u));
  for (std::size_t i = 0; i < n_; ++i) {
    if (must_repair[i]) {
      EXPECT_EQ(status[i], DecodeStatus::repaired) << "chunk " << i;
    }
  }
  EXPECT_EQ(decode(*quantizer_, hostile, 0), decoded);
}

TEST_P(QuantizerConformance, DecodeReadsNothingBehindTheLength) {
  Encoded encoded = encode(*quantizer_, 0, n_);
  for (std::size_t i = 0; i < n_; ++i) encoded.lengths[i] = static_cast<std::uint32_t>(i % (info().max_tokens + 1));
  Encoded other = encoded;
  for (std::size_t i = 0; i < n_; ++i) {
    for (std::size_t p = encoded.lengths[i]; p < info().max_tokens; ++p)
      other.tokens[i * info().max_tokens + p] = 0xDEADBEEFU;
  }
  EXPECT_EQ(decode(*quantizer_, encoded, 0), decode(*quantizer_, other, 0));
}

TEST_P(QuantizerConformance, ProjectionsAreIdempotent) {
  if (!info().projection) return;  // it claims to be none
  const Encoded once = encode(*quantizer_, 0, n_);
  const auto levels = decode(*quantizer_, once, 0);
  EXPECT_EQ(encode(*quantizer_, levels, 0), once);
  const auto q = quantize(actions_);
  EXPECT_EQ(quantize(q), q);
}

TEST_P(QuantizerConformance, ErrorIsAtMostEpsilonSupInsideTheRange) {
  if (!std::isfinite(info().epsilon_sup)) return;  // it claims no bound
  const auto q = quantize(actions_);
  const auto outside = saturated(actions_);
  for (std::size_t row = 0; row < actions_.size(); row += info().action_dim) {
    double square = 0.0, slack = 1e-12 * info().epsilon_sup;
    bool inside = true;
    for (std::size_t i = row; i < row + info().action_dim; ++i) {
      inside = inside && outside[i] == 0;
      square += (q[i] - actions_[i]) * (q[i] - actions_[i]);
      slack += float_slack(actions_[i]);
    }
    if (inside) {
      ASSERT_LE(std::sqrt(square), info().epsilon_sup + slack) << "row " << row / info().action_dim;
    }
  }
}

TEST_P(QuantizerConformance, FarActionsAreSaturated) {
  if (!std::isfinite(info().epsilon_sup)) return;  // it claims no bound
  for (const double far : {-1e7, 1e7}) {
    const std::vector<double> actions(info().action_dim, far);
    for (const char flag : saturated(actions)) EXPECT_TRUE(flag) << far;
  }
}

// decode∘encode sees float32 actions: it may pick the other neighbour of an edge, which is as near.
TEST_P(QuantizerConformance, QuantizeIsDecodeOfEncode) {
  const auto q = quantize(actions_);
  const auto decoded = decode(*quantizer_, encode(*quantizer_, 0, n_), 0);
  std::size_t differ = 0;
  for (std::size_t i = 0; i < q.size(); ++i) {
    const double slack = float_slack(q[i]);
    if (std::abs(q[i] - decoded[i]) <= slack) continue;
    ++differ;
    EXPECT_NEAR(std::abs(q[i] - actions_[i]), std::abs(decoded[i] - actions_[i]),
                2.0 * slack + float_slack(actions_[i]) * 16.0)
        << "value " << i;
  }
  EXPECT_LE(differ, 1 + q.size() / 100);
}

TEST_P(QuantizerConformance, SaveAndLoadRestoreEveryBit) {
  const Json saved = quantizer_->save();
  const std::string text = saved.dump();
  const auto loaded = load_quantizer(Json::parse(text), "q.json");
  EXPECT_EQ(loaded->save().dump(), text);
  EXPECT_EQ(loaded->fingerprint(), quantizer_->fingerprint());
  EXPECT_EQ(loaded->info().epsilon_sup, info().epsilon_sup);
  EXPECT_EQ(loaded->info().vocabularies, info().vocabularies);
  const Encoded encoded = encode(*quantizer_, 0, n_);
  EXPECT_EQ(encode(*loaded, 0, n_), encoded);
  EXPECT_EQ(decode(*loaded, encoded, 0), decode(*quantizer_, encoded, 0));
}

TEST_P(QuantizerConformance, BatchSizeChangesNoBit) {
  const Encoded together = encode(*quantizer_, 0, n_);
  const auto decoded = decode(*quantizer_, together, 0);
  const auto q = quantize(actions_);
  for (std::size_t i = 0; i < n_; ++i) {
    const Encoded alone = encode(*quantizer_, i, 1);
    ASSERT_EQ(alone.lengths[0], together.lengths[i]);
    for (std::size_t p = 0; p < alone.lengths[0]; ++p)
      ASSERT_EQ(alone.tokens[p], together.tokens[i * info().max_tokens + p]);
    const auto one = decode(*quantizer_, alone, i);
    ASSERT_TRUE(std::equal(one.begin(), one.end(), decoded.begin() + static_cast<std::ptrdiff_t>(i * width())));
    std::vector<double> out(width()), memory;
    quantizer_->quantize(std::span(actions_).subspan(i * width(), width()), context(i, 1, memory), out);
    ASSERT_TRUE(std::equal(out.begin(), out.end(), q.begin() + static_cast<std::ptrdiff_t>(i * width())));
  }
}

TEST_P(QuantizerConformance, ThreadsShareIt) {
  const Encoded alone = encode(*quantizer_, 0, n_);
  std::vector<Encoded> results(2);
  std::vector<std::vector<float>> decoded(2);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      for (int repeat = 0; repeat < 20; ++repeat) {
        results[t] = encode(*quantizer_, 0, n_);
        decoded[t] = decode(*quantizer_, results[t], 0);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t t = 0; t < 2; ++t) {
    EXPECT_EQ(results[t], alone);
    EXPECT_EQ(decoded[t], decode(*quantizer_, alone, 0));
  }
}

TEST_P(QuantizerConformance, AllowedSequencesDecodeExactly) {
  const NoiseKey key(5);
  for (std::uint64_t trial = 0; trial < 50; ++trial) {
    Encoded drawn{{}, {0}};
    for (std::size_t p = 0; p < info().max_tokens; ++p) {
      const std::size_t vocabulary = info().vocabularies[p];
      const auto mask = std::make_unique<bool[]>(vocabulary);
      quantizer_->allowed(drawn.tokens, {mask.get(), vocabulary});
      std::vector<Token> choices;
      for (std::size_t k = 0; k < vocabulary; ++k) {
        if (mask[k]) choices.push_back(static_cast<Token>(k));
      }
      if (choices.empty()) break;
      drawn.tokens.push_back(choices[key.block(trial, static_cast<std::uint32_t>(p), 0)[0] % choices.size()]);
    }
    drawn.lengths[0] = static_cast<std::uint32_t>(drawn.tokens.size());
    ASSERT_GE(drawn.lengths[0], 1U);
    drawn.tokens.resize(info().max_tokens);
    std::vector<DecodeStatus> status;
    static_cast<void>(decode(*quantizer_, drawn, 0, &status));
    ASSERT_EQ(status[0], DecodeStatus::exact);
  }
}

TEST_P(QuantizerConformance, OwnTokensAreAllowed) {
  const Encoded encoded = encode(*quantizer_, 0, n_);
  for (std::size_t i = 0; i < n_; i += 7) {
    const auto row = std::span(encoded.tokens).subspan(i * info().max_tokens, encoded.lengths[i]);
    for (std::size_t p = 0; p < row.size(); ++p) {
      const std::size_t vocabulary = info().vocabularies[p];
      const auto mask = std::make_unique<bool[]>(vocabulary);
      quantizer_->allowed(row.first(p), {mask.get(), vocabulary});
      ASSERT_TRUE(mask[row[p]]) << "chunk " << i << ", position " << p;
    }
  }
}

TEST_P(QuantizerConformance, TargetsAreDistributions) {
  for (std::size_t i = 0; i < n_; i += 11) {
    const auto chunk = std::span<const float>(chunks_).subspan(i * width(), width());
    const Encoded encoded = encode(*quantizer_, i, 1);
    for (std::size_t position = 0; position < info().max_tokens; ++position) {
      std::vector<float> p(info().vocabularies[position], -1.0F);
      quantizer_->targets(chunk, position, p);
      double sum = 0.0;
      for (const float share : p) {
        ASSERT_GE(share, 0.0F);
        sum += share;
      }
      ASSERT_NEAR(sum, position < encoded.lengths[0] ? 1.0 : 0.0, 1e-5) << "position " << position;
    }
  }
}

TEST_P(QuantizerConformance, LevelsAreWhatDecodes) {
  const Encoded base = encode(*quantizer_, 0, 1);
  for (std::size_t p = 0; p < info().max_tokens; ++p) {
    const auto levels = quantizer_->levels(p);
    if (levels.empty()) continue;
    ASSERT_EQ(levels.size(), info().vocabularies[p]);
    for (std::size_t k = 0; k < levels.size(); ++k) {
      Encoded changed = base;
      changed.tokens[p] = static_cast<Token>(k);
      ASSERT_EQ(decode(*quantizer_, changed, 0)[p], levels[k]) << "position " << p << ", token " << k;
    }
  }
}

TEST_P(QuantizerConformance, CellWidthsArePositive) {
  for (std::size_t p = 0; p < info().max_tokens; ++p) {
    const auto widths = quantizer_->cell_widths(p);
    if (widths.empty()) continue;
    ASSERT_EQ(widths.size(), info().vocabularies[p]);
    for (const double width : widths) ASSERT_TRUE(width > 0.0 && std::isfinite(width));
  }
}

// ---------------------------------------------------------------- hostile files

/// load_quantizer throws a DataError that names the file and `key`.
void expect_rejected(const Json& saved, const std::string& key, const std::string& what) {
  try {
    load_quantizer(saved, "runs/x/quantizer.json");
    ADD_FAILURE() << what << " of '" << key << "' was accepted";
  } catch (const DataError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("runs/x/quantizer.json"), std::string::npos) << message;
    EXPECT_NE(message.find(key), std::string::npos) << what << ": " << message;
  }
}

std::vector<Json> hostile_values() {
  return {nullptr,
          true,
          -1,
          0.5,
          1e300,
          std::uint64_t{1} << 62,
          std::nan(""),
          "",
          "no such:thing=1",
          Json::array(),
          Json::object(),
          Json::array({nullptr}),
          Json::array({1e300}),
          Json(std::vector<double>(1000, 1.0))};
}

TEST_P(QuantizerConformance, HostileFieldsAreRejected) {
  const Json saved = quantizer_->save();
  for (const auto& [key, value] : saved.items()) {
    Json without = saved;
    without.erase(key);
    expect_rejected(without, key, "absence");
    for (const Json& hostile : hostile_values()) {
      Json changed = saved;
      changed[key] = hostile;
      if (changed != saved) expect_rejected(changed, key, hostile.dump());
    }
    if (!value.is_array()) continue;
    for (const Json& hostile : {Json(nullptr), Json("1"), Json(1e300), Json(-1e300), Json::array()}) {
      Json changed = saved;
      changed[key].back() = hostile;
      if (changed != saved) expect_rejected(changed, key, hostile.dump() + " as an element");
    }
  }
}

TEST_P(QuantizerConformance, OtherFilesAreRejected) {
  Json saved = quantizer_->save();
  saved["format_version"] = kQuantizerFormatVersion + 1;
  expect_rejected(saved, "format_version", "a later version");
  saved = quantizer_->save();
  saved["surprise"] = 1;
  expect_rejected(saved, "surprise", "an unknown key");
  for (const Json& other : {Json(nullptr), Json::array(), Json(3), Json("uniform"), Json::object()}) {
    EXPECT_THROW(load_quantizer(other, "x"), DataError);
  }
}

INSTANTIATE_TEST_SUITE_P(Registered, QuantizerConformance, ::testing::ValuesIn(conformance_cases(registered_specs())),
                         case_name);

}  // namespace
}  // namespace pianola::testing
