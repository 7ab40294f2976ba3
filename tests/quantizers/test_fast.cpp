#include "pianola/quantizers/fast.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <filesystem>
#include <sstream>

#include "pianola/base/file.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/base/random.hpp"
#include "pianola/quantizers/tokenizer_files.hpp"
#include "quantizers/conformance.hpp"
#include "quantizers/fast_golden.hpp"

namespace pianola::testing {

INSTANTIATE_TEST_SUITE_P(Fast, QuantizerConformance,
                         ::testing::ValuesIn(conformance_cases({"fast:vocabulary=300,scale=40,range=data",
                                                                "fast:quantile=0.2,vocabulary=60,windows=3",
                                                                "fast:scale=100,vocabulary=900,low=-2,high=2"})),
                         case_name);

namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

fs::path golden_tokenizer(const std::string& name) {
  return fs::path(PIANOLA_GOLDEN).parent_path() / "golden" / ("fast_" + name);
}

std::unique_ptr<Quantizer> loaded(const std::string& name, std::size_t chunk, std::size_t dim,
                                  const std::string& more = "") {
  FitContext context;
  context.action_dim = dim;
  context.chunk = chunk;
  return make_quantizer("fast:path='" + golden_tokenizer(name).string() + "',low=-1,high=1" + more, context);
}

struct Coded {
  std::vector<Token> tokens;
  std::vector<std::uint32_t> lengths;
  std::vector<float> decoded;
  std::vector<DecodeStatus> status;
};

Coded code(const Quantizer& quantizer, std::span<const float> chunks) {
  const QuantizerInfo& info = quantizer.info();
  const std::size_t n = chunks.size() / (info.chunk * info.action_dim);
  Coded out{std::vector<Token>(n * info.max_tokens), std::vector<std::uint32_t>(n), std::vector<float>(chunks.size()),
            std::vector<DecodeStatus>(n)};
  quantizer.encode(chunks, {}, {out.tokens, out.lengths});
  quantizer.decode({out.tokens, out.lengths}, {}, out.decoded, out.status);
  return out;
}

/// One set of the golden file: every token, and the decoded number of each chunk.
void check_set(std::istream& golden, const std::string& header) {
  std::istringstream fields(header);
  std::string name, owner;
  GoldenWalk walk;
  fields >> name >> owner >> walk.number >> walk.count >> walk.horizon >> walk.dim >> walk.step >> walk.limit;
  const auto quantizer = loaded(owner, walk.horizon, walk.dim);
  const std::vector<float> chunks = golden_chunks(walk);
  const Coded ours = code(*quantizer, chunks);
  const std::size_t most = quantizer->info().max_tokens, width = std::size_t{walk.horizon} * walk.dim;
  for (std::size_t i = 0; i < walk.count; ++i) {
    std::string line, tokens, value;
    std::getline(golden, line);
    std::istringstream(line) >> tokens >> value;
    ASSERT_EQ(base64(std::span(ours.tokens).subspan(i * most, ours.lengths[i])), tokens) << name << ", chunk " << i;
    ASSERT_EQ(ours.status[i] == DecodeStatus::repaired, value == "!") << name << ", chunk " << i;
    const float decoded = ours.decoded[i * width + i % walk.horizon * walk.dim + i % walk.dim];
    if (value == "!") continue;
    ASSERT_NEAR(decoded, std::stod(value), 2e-7) << name << ", chunk " << i;
  }
}

TEST(Fast, GoldenTokensOfPublishedTokenizers) {
  std::ifstream golden = open_golden(PIANOLA_GOLDEN);
  std::size_t sets = 0;
  for (std::string header; std::getline(golden, header) && !HasFatalFailure(); ++sets) check_set(golden, header);
  EXPECT_EQ(sets, 5U);
}

/// Where the original loses nothing, original=false gives the same tokens; where it does, chunks come back whole.
TEST(Fast, NearestSymbolsChangeOnlyWhatWouldBeLost) {
  const auto original = loaded("narrow", 10, 3), whole = loaded("narrow", 10, 3, ",original=false");
  EXPECT_TRUE(std::isinf(original->info().epsilon_sup));
  ASSERT_TRUE(std::isfinite(whole->info().epsilon_sup));
  const auto chunks = golden_chunks({2, 2000, 10, 3, 900, 1024});
  const Coded a = code(*original, chunks), b = code(*whole, chunks);
  const std::size_t most = original->info().max_tokens;
  ASSERT_EQ(whole->info().max_tokens, most);
  std::size_t lost = 0;
  double worst = 0.0;
  for (std::size_t i = 0; i < a.status.size(); ++i) {
    ASSERT_EQ(b.status[i], DecodeStatus::exact);
    lost += a.status[i] == DecodeStatus::repaired;
    if (a.status[i] == DecodeStatus::exact) {
      ASSERT_EQ(base64(std::span(a.tokens).subspan(i * most, a.lengths[i])),
                base64(std::span(b.tokens).subspan(i * most, b.lengths[i])));
    }
    for (std::size_t row = 30 * i; row < 30 * (i + 1); row += 3) {
      worst =
          std::max(worst, std::hypot(double{b.decoded[row] - chunks[row]}, double{b.decoded[row + 1] - chunks[row + 1]},
                                     double{b.decoded[row + 2] - chunks[row + 2]}));
    }
  }
  EXPECT_EQ(lost, 1619U);
  EXPECT_LE(worst, whole->info().epsilon_sup);
}

TEST(Fast, ExactHalvesFollowTheMathematics) {
  // 16 steps of 1/4 and scale 10: c₀ = 4 · 1/4 = 1 exactly, q = 10; of 1/16: c₀ = 1/4, 2.5 → 2; of 3/16: 7.5 → 8.
  const auto quantizer = loaded("square", 16, 2);
  const auto& fast = dynamic_cast<const Fast&>(*quantizer);
  for (const auto& [value, expected] : {std::pair{0.25F, 10}, {0.0625F, 2}, {0.1875F, 8}, {-0.0625F, -2}}) {
    const Coded coded = code(fast, std::vector<float>(32, value));
    EXPECT_NEAR(coded.decoded[0], expected / 40.0, 1e-7);
  }
}

TEST(Fast, TrainingGivesTheTokenizerOfTheOriginal) {
  const auto chunks = golden_chunks({1, 4000, 10, 3, 60, 400});
  std::vector<std::vector<double>> trajectories;
  for (std::size_t i = 0; i < 4000; ++i) {
    const auto chunk = std::span(chunks).subspan(30 * i, 30);
    trajectories.emplace_back(chunk.begin(), chunk.end());
  }
  const MemoryActions data(3, trajectories);
  FitContext context;
  context.chunk = 10;
  context.data = &data;
  const auto quantizer = make_quantizer("fast:vocabulary=300,low=-1,high=1", context);
  const FastTokenizer& ours = dynamic_cast<const Fast&>(*quantizer).tokenizer();
  const FastTokenizer theirs = read_fast_tokenizer(golden_tokenizer("narrow"));
  EXPECT_EQ(ours.min_token, theirs.min_token);
  EXPECT_EQ(ours.bpe.tokens, theirs.bpe.tokens);
  EXPECT_EQ(tokenizer_json_text(ours.bpe, true), tokenizer_json_text(theirs.bpe, true));
}

TEST(Fast, WrittenTokenizersEncodeTheSame) {
  const auto folder = fs::temp_directory_path() / "pianola-fast-tokenizer";
  const Sample sample = make_sample("walk");
  const auto trained = fit_case("fast:vocabulary=90", sample, 4);
  write_fast_tokenizer(folder, dynamic_cast<const Fast&>(*trained).tokenizer());
  FitContext context;
  context.chunk = 4;
  context.data = &sample.actions;
  const auto again = make_quantizer("fast:path=" + folder.string(), context);
  const auto& rows = sample.actions.trajectories()[0];
  const std::vector<float> values(rows.begin(), rows.begin() + 36);
  EXPECT_EQ(code(*again, values).tokens, code(*trained, values).tokens);
  context.chunk = 5;
  EXPECT_THROW(make_quantizer("fast:path=" + folder.string(), context), UsageError);
  fs::remove_all(folder);
  // What is saved needs no file.
  EXPECT_EQ(load_quantizer(Json::parse(again->save().dump()), "q")->fingerprint(), again->fingerprint());
}

TEST(Fast, AnyTokensDecodeAsDocumented) {
  const auto quantizer = loaded("wide", 8, 2);
  const auto& fast = dynamic_cast<const Fast&>(*quantizer);
  const std::size_t most = fast.info().max_tokens;
  const std::vector<float> chunk(16, 0.5F);
  const Coded whole = code(fast, chunk);
  const auto decode = [&](std::vector<Token> tokens, DecodeStatus expected) {
    auto length = static_cast<std::uint32_t>(tokens.size());
    tokens.resize(most);
    std::vector<float> out(16);
    DecodeStatus status{};
    fast.decode({tokens, std::span(&length, 1)}, {}, out, std::span(&status, 1));
    EXPECT_EQ(status, expected);
    return out;
  };
  std::vector<Token> own(whole.tokens.begin(), whole.tokens.begin() + whole.lengths[0]);
  EXPECT_EQ(decode(own, DecodeStatus::exact), whole.decoded);
  std::vector<Token> longer = own;
  longer.push_back(own[0]);
  EXPECT_EQ(decode(longer, DecodeStatus::repaired), whole.decoded);  // what is too much is left out
  std::vector<Token> unknown = own;
  unknown.insert(unknown.begin(), 1000000);
  EXPECT_EQ(decode(unknown, DecodeStatus::repaired), whole.decoded);  // what is no token is skipped
  EXPECT_EQ(decode({}, DecodeStatus::repaired), std::vector<float>(16, 0.0F));
}

FastRepairs repairs_of(const Fast& fast, std::vector<Token> tokens) {
  const FastRepairs repairs = fast.repairs(tokens);
  auto length = static_cast<std::uint32_t>(tokens.size());
  tokens.resize(fast.info().max_tokens);
  std::vector<float> out(fast.info().chunk * fast.info().action_dim);
  DecodeStatus status{};
  fast.decode({tokens, std::span(&length, 1)}, {}, out, std::span(&status, 1));
  EXPECT_EQ(repairs == FastRepairs{}, status == DecodeStatus::exact);
  return repairs;
}

TEST(Fast, SaysWhatItRepaired) {
  const auto quantizer = loaded("wide", 8, 2);
  const auto& fast = dynamic_cast<const Fast&>(*quantizer);
  const Coded whole = code(fast, std::vector<float>(16, 0.5F));
  const std::vector<Token> own(whole.tokens.begin(), whole.tokens.begin() + whole.lengths[0]);
  EXPECT_EQ(repairs_of(fast, own), FastRepairs{});
  EXPECT_EQ(repairs_of(fast, {}).missing_symbols, 16U);

  std::vector<Token> tokens = own;
  tokens.insert(tokens.end(), own.begin(), own.end());
  EXPECT_EQ(repairs_of(fast, tokens), (FastRepairs{.surplus_symbols = 16}));
  tokens = own;
  tokens.insert(tokens.begin() + 1, 2, 1000000);
  EXPECT_EQ(repairs_of(fast, tokens), (FastRepairs{.unknown_tokens = 2}));

  const auto& texts = fast.tokenizer().bpe.tokens;
  const auto lead = std::ranges::find(texts, std::u32string{byte_character(0xC5)});
  ASSERT_NE(lead, texts.end());
  tokens.assign(16, static_cast<Token>(lead - texts.begin()));  // 16 symbols that lack their second byte
  EXPECT_EQ(repairs_of(fast, tokens), (FastRepairs{.broken_bytes = 16}));

  tokens.resize(fast.info().max_tokens + 5, tokens[0]);
  EXPECT_EQ(fast.repairs(tokens).surplus_tokens, 5U);
}

/// Over sequences that encode emitted, with tokens replaced, left out, put in and cut off.
TEST(Fast, RepairsAreNoneExactlyWhereDecodingIsExact) {
  const auto quantizer = loaded("wide", 8, 2);
  const auto& fast = dynamic_cast<const Fast&>(*quantizer);
  const auto vocabulary = static_cast<Token>(fast.tokenizer().bpe.tokens.size());
  const std::size_t most = fast.info().max_tokens;
  const auto chunks = golden_chunks({2, 2000, 8, 2, 300, 1024});
  const Coded coded = code(fast, chunks);
  std::size_t exact = 0, missing = 0, surplus = 0, unknown = 0, broken = 0;
  for (std::size_t i = 0; i < coded.lengths.size(); ++i) {
    const auto row = std::span(coded.tokens).subspan(i * most, coded.lengths[i]);
    std::vector<Token> tokens(row.begin(), row.end());
    auto draw = [&, step = 0U](std::size_t below) mutable {
      return static_cast<std::size_t>(uniform(NoiseKey(9), i, step++) * static_cast<double>(below));
    };
    const std::size_t at = draw(tokens.size()), kind = draw(5);
    const auto place = tokens.begin() + static_cast<std::ptrdiff_t>(at);
    const auto other = static_cast<Token>(draw(vocabulary + 20));  // 20 of them are no tokens
    if (kind == 1) *place = other;
    if (kind == 2) tokens.erase(place);
    if (kind == 3 && tokens.size() < most) tokens.insert(place, other);
    if (kind == 4) tokens.resize(at);
    const FastRepairs repairs = repairs_of(fast, tokens);
    ASSERT_FALSE(HasFailure()) << "chunk " << i;
    ASSERT_TRUE(repairs.missing_symbols == 0 || repairs.surplus_symbols == 0);
    exact += repairs == FastRepairs{};
    missing += repairs.missing_symbols > 0;
    surplus += repairs.surplus_symbols > 0;
    unknown += repairs.unknown_tokens > 0;
    broken += repairs.broken_bytes > 0;
  }
  for (const std::size_t count : {exact, missing, surplus, unknown, broken}) EXPECT_GT(count, 5U);
}

TEST(Fast, ConstantsSaturationAndShortData) {
  const MemoryActions data(2, {{0, 5, 1, 5, 2, 5, 3, 5, 4, 5}});
  FitContext context;
  context.chunk = 3;
  context.data = &data;
  const auto quantizer = make_quantizer("fast:quantile=0.25", context);
  bool flags[6];
  quantizer->saturated(std::vector<double>{0.5, 5, 1, 5, 3.5, 4}, flags);
  EXPECT_EQ((std::vector<bool>(flags, flags + 6)), (std::vector<bool>{true, false, false, false, true, true}));
  const Coded coded = code(*quantizer, std::vector<float>{2, 9, 2, 5, 2, 5});
  for (std::size_t h = 0; h < 3; ++h) EXPECT_EQ(coded.decoded[2 * h + 1], 5.0F);
  context.chunk = 6;
  EXPECT_THROW(make_quantizer("fast", context), DataError);
  context.chunk = 1025;
  EXPECT_THROW(make_quantizer("fast", context), UsageError);
}

TEST(Fast, BadOptionsSaySo) {
  const MemoryActions data(1, {{0, 1, 2, 3}});
  FitContext context;
  context.action_dim = 1;
  const auto refused = [&](const std::string& spec, const std::string& what) {
    try {
      make_quantizer(spec, context);
      ADD_FAILURE() << spec << " was accepted";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(what), std::string::npos) << error.what();
    }
  };
  refused("fast", "needs data to train on");
  context.data = &data;
  refused("fast:scale=0", "option 'scale'");
  refused("fast:scale=nan", "scale");
  refused("fast:vocabulary=0", "option 'vocabulary'");
  refused("fast:vocabulary=70000", "option 'vocabulary'");
  refused("fast:windows=0", "option 'windows'");
  refused("fast:low=0", "'low' and 'high'");
  refused("fast:low=0,high=1,quantile=0.1", "contradict");
  refused("fast:path=/nowhere", "/nowhere/tokenizer.json");
  refused("fast:path=/nowhere,scale=10", "leave the option out");
  refused("fast:vocabulary=5", "larger vocabulary");
  refused("fast:bins=5", "bins");
}

TEST(Fast, SymbolsThatAreNoCodePointAreErrorsOfTheOriginalOnly) {
  FastTokenizer tokenizer = read_fast_tokenizer(golden_tokenizer("narrow"));
  tokenizer.min_token = -0xD800;
  const ActionRange range{{-1, -1, -1}, {1, 1, 1}};
  FastConfig config;
  const std::vector<float> zeros(30, 0.0F);
  config.original = true;
  EXPECT_THROW(code(Fast(config, 10, range, tokenizer), zeros), DataError);
  config.original = false;
  EXPECT_EQ(code(Fast(config, 10, range, tokenizer), zeros).status[0], DecodeStatus::exact);
  tokenizer.min_token = -0x110000;
  EXPECT_EQ(code(Fast(config, 10, range, tokenizer), zeros).status[0], DecodeStatus::exact);
  tokenizer.bpe = {{U" "}, {}};  // spells a blank, but no byte has a token
  EXPECT_THROW(Fast(config, 10, range, tokenizer), DataError);
}

/// Damage inside the saved tokenizer must give a quantizer that works, or a DataError.
TEST(Fast, HostileSavedTokenizersAreRefusedOrWork) {
  const Json saved = fit_case("fast:vocabulary=60", make_sample("walk"), 4)->save();
  const Json values = Json::array({nullptr, true, -1, 0.5, 1e300, std::uint64_t{1} << 62, "", "x", Json::array(),
                                   Json::array({1}), Json::array({1, 2, 3}), Json::object(), 0, 3, -1000000});
  std::size_t refused = 0, tried = 0;
  const auto attempt = [&](const std::string& place, const Json& value) {
    Json bad = saved;
    bad["tokenizer"][Json::json_pointer("/" + place)] = value;
    ++tried;
    try {
      const auto quantizer = load_quantizer(bad, "q.json");
      code(*quantizer, std::vector<float>(12, 0.3F));
    } catch (const DataError& error) {
      ++refused;
      EXPECT_NE(std::string(error.what()).find("q.json"), std::string::npos) << error.what();
    }
  };
  const std::vector<std::string> places{"scale",    "min_token",  "words",     "tokens",    "merges",
                                        "tokens/0", "tokens/1",   "tokens/30", "tokens/50", "merges/0",
                                        "merges/1", "merges/0/0", "merges/0/1"};
  for (const Json& value : values) {
    for (const std::string& place : places) attempt(place, value);
  }
  EXPECT_GT(refused, tried / 2);
  Json deep = nullptr;
  for (int i = 0; i < 200; ++i) deep = Json::array({deep});
  attempt("tokens/0", deep);
}

TEST(Fast, ThreadsChangeNoFit) {
  const Sample sample = make_sample("wide");
  set_threads(1);
  const std::string one = fit_case("fast", sample, 4)->save().dump();
  set_threads(3);
  EXPECT_EQ(fit_case("fast", sample, 4)->save().dump(), one);
  set_threads(0);
}

}  // namespace
}  // namespace pianola::testing
