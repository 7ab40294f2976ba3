#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "fuzz/fuzz_target.hpp"
#include "pianola/base/error.hpp"
#include "pianola/quantizers/keyed_quantizers.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/quantizers/tokenizer_json.hpp"

namespace pianola::fuzz {
namespace {

/// Of a FAST tokenizer's folder.
class TokenizerTarget final : public FuzzTarget {
 public:
  explicit TokenizerTarget(bool config) : config_(config) {
    tokenizer_.bpe = {{U" ", U"7", U"\u0120", U"\u00C3", U"77", U"7777", U"\U0001F600"}, {{1, 1}, {4, 4}}};
    tokenizer_.chunk = 30;
  }
  [[nodiscard]] std::vector<std::string> seeds() const override {
    if (config_) return {processor_config_text(tokenizer_)};
    const std::string text = tokenizer_json_text(tokenizer_.bpe, true);
    std::string surrogate = text;  // a lone one where a token's text stands: an error
    const std::size_t at = surrogate.find("7777");
    if (at != std::string::npos) surrogate.replace(at, 4, "\\ud800");
    return {text, tokenizer_json_text(tokenizer_.bpe, false), surrogate};
  }
  void run(std::string_view input) override {
    FastTokenizer read;
    if (config_) return parse_processor_config(input, "fuzzed", read);
    parse_tokenizer_json(input, "fuzzed", read);
    // What was read is what would be written.
    FastTokenizer again;
    parse_tokenizer_json(tokenizer_json_text(read.bpe, read.words), "again", again);
    if (!(again.bpe == read.bpe)) finding("a tokenizer that was read comes back as another one");
  }

 private:
  bool config_;
  FastTokenizer tokenizer_;
};

/// Two trajectories of two dimensions.
class ToyActions final : public ActionSource {
 public:
  ToyActions() {
    for (std::size_t i = 0; i < 240; ++i) {
      const double x = static_cast<double>(i / 2) / 9.0;
      actions_.push_back(i % 2 == 0 ? std::sin(x) : std::cos(x) / 2.0);
    }
  }
  [[nodiscard]] std::size_t action_dim() const override { return 2; }
  void for_each(const std::function<void(std::span<const double>)>& visit) const override {
    visit(std::span(actions_).first(120));
    visit(std::span(actions_).last(120));
  }

 private:
  std::vector<double> actions_;
};

std::unique_ptr<Quantizer> fitted_to_toy(const std::string& spec) {
  const ToyActions actions;
  FitContext context;
  context.action_dim = 2;
  context.chunk = 6;
  context.data = &actions;
  return make_quantizer(spec, context);
}

/// Decoding is total: any tokens give finite actions, or NaN where a state is missing.
void use(const Quantizer& quantizer) {
  const QuantizerInfo& info = quantizer.info();
  constexpr std::size_t kMost = 1 << 16;
  if (info.max_tokens > kMost || info.chunk > kMost / std::max<std::size_t>(info.action_dim, 1)) return;
  std::vector<Token> tokens(info.max_tokens, 1);
  std::vector<std::uint32_t> lengths{static_cast<std::uint32_t>(info.max_tokens)};
  std::vector<float> out(info.chunk * info.action_dim);
  std::vector<double> memory(info.memory_size);
  const Ids none;
  CodecContext context;
  context.memory = memory;
  quantizer.decode({tokens, lengths}, context, out, {});
}

/// What a run keeps of its quantizer.
class QuantizerTarget final : public FuzzTarget {
 public:
  [[nodiscard]] std::vector<std::string> seeds() const override {
    std::vector<std::string> all;
    for (const char* spec :
         {"uniform:bins=5", "quantile:bins=4", "mulaw:bins=8", "kmeans:k=4", "kdisks:k=4", "rvq:codes=4", "fsq",
          "fast:vocabulary=200", "beast:basis=4", "dither:bins=5", "twohot:bins=5"}) {
      try {
        all.push_back(fitted_to_toy(spec)->save().dump());
      } catch (const Error&) {  // a scheme that asks for more than these data
      }
    }
    return all;
  }
  void run(std::string_view input) override {
    const auto json = nlohmann::ordered_json::parse(input, nullptr, false);
    if (json.is_discarded()) return;
    use(*load_quantizer(json, "fuzzed"));
  }
};

/// One quantizer for each robot type.
class KeyedQuantizersTarget final : public FuzzTarget {
 public:
  [[nodiscard]] std::vector<std::string> seeds() const override {
    KeyedQuantizers keyed{"robot_type", {}};
    keyed.parts.push_back({"so100", {0, 2}, 120, fitted_to_toy("uniform:bins=5")});
    keyed.parts.push_back({"so101", {1}, 120, fitted_to_toy("quantile:bins=4")});
    return {save_keyed(keyed).dump()};
  }
  void run(std::string_view input) override {
    const auto json = nlohmann::ordered_json::parse(input, nullptr, false);
    if (json.is_discarded() || !is_keyed(json)) return;
    for (const char* part : {"robot_type=so100", "robot_type=so101"}) {
      try {
        use(*load_part(json, part, "fuzzed"));
      } catch (const Error&) {  // the other part may read all the same
      }
    }
  }
};

/// An error of ours is an answer; anything else is a finding.
class AnsweredTarget final : public FuzzTarget {
 public:
  explicit AnsweredTarget(std::unique_ptr<FuzzTarget> inner) : inner_(std::move(inner)) {}
  [[nodiscard]] std::vector<std::string> seeds() const override { return inner_->seeds(); }
  void run(std::string_view input) override try { inner_->run(input); } catch (const Error&) {
  } catch (const std::exception& error) {
    finding(std::string("another exception: ") + error.what());
  }

 private:
  std::unique_ptr<FuzzTarget> inner_;
};

}  // namespace

std::unique_ptr<FuzzTarget> fuzz_target_json(const std::string& name) {
  if (name == "quantizer_json") return std::make_unique<AnsweredTarget>(std::make_unique<QuantizerTarget>());
  if (name == "keyed_json") return std::make_unique<AnsweredTarget>(std::make_unique<KeyedQuantizersTarget>());
  return std::make_unique<AnsweredTarget>(std::make_unique<TokenizerTarget>(name == "processor_config"));
}

}  // namespace pianola::fuzz
