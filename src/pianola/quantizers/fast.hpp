// FAST: action chunks as byte-pair codes of their rounded cosine coefficients.
//
//   q[k][d] = round half to even(scale · DCT-II of the actions mapped to [−1, 1])          (fast_transform.hpp)
//   symbols  max(q − min_token, 0), lowest frequency first, dimensions interleaved;  tokens: byte-level BPE of them
//
// Decoding: tokens → symbols → q = symbol + min_token → actions by DCT-III; not clipped to the range.
// Source: Pertsch et al., FAST, arXiv:2501.09747, and its published processor (`processing_action_tokenizer.py`).
//
// Trained here (no `path`): windows of `chunk` steps, one at every step (evenly fewer where there are more than
// `windows`), min_token their least q, alphabet chr(0) … chr(largest q − min_token), merges as `tokenizers` trains them
// (bpe_trainer.hpp). `path` reads a published tokenizer (tokenizer_json.hpp) and keeps it whole in quantizer.json.
//
// Range: 1 % to 99 % quantiles of the data by default; `quantile`, `low` and `high`, or `range` change it. Values
// outside are clipped, and saturated() counts them. A dimension whose bounds float32 cannot tell apart is constant: it
// decodes to the middle of the two.
//
// Traps of the original that both ways keep: a coefficient below min_token becomes min_token; words and thus merges
// depend on code points; symbols from 128 on are several bytes (byte_level_bpe.hpp). Those that `original` chooses:
//
//   original=true (default with `path`)   bytes without a token are dropped without a word: bit for bit the published
//                                         behaviour, and such a chunk decodes as repaired; a symbol that is no code
//                                         point is an error, as it is there
//   original=false (default without)      a symbol that the vocabulary cannot spell is replaced by the nearest that it
//                                         can (the lower of two), so that every chunk comes back whole
//
// The two differ only where the original loses data. Differs: decoding is total. The original turns every sequence of a
// wrong length into zero coefficients; here the first chunk·D symbols count and missing ones are zero coefficients
// (LeRobot's relaxed decoding); an id without a token is skipped; bytes that are no UTF-8 are a zero coefficient, not
// U+FFFD − a coefficient of about 65,000. The status of all these is `repaired`; repairs() says which of them it was,
// and how much. Input is transformed in double; the original keeps
// float32 input in float32, and may round to the other neighbour near a half: 2 coefficients of 4.7 million at scale 10
// (golden vectors: tests/quantizers/test_fast_transform).
//
// Error of one step inside the range: |scale·c − q| ≤ ½ (more where min_token or the vocabulary cut coefficients that
// chunks in [−1, 1] can have) and the rows of the inverse transform bound x; ε_sup follows. ∞ if symbols can be lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pianola/quantizers/chunk_code.hpp"
#include "pianola/quantizers/fast_transform.hpp"
#include "pianola/quantizers/fit_range.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/quantizers/symbol_grammar.hpp"
#include "pianola/quantizers/token_order.hpp"
#include "pianola/quantizers/tokenizer_json.hpp"

namespace pianola {

struct FastConfig {
  std::optional<double> scale = {};         ///< of coefficients; 10, or as the tokenizer at `path` says
  std::optional<int> vocabulary = {};       ///< tokens; 1024, or as many as the tokenizer at `path` has
  std::string path = {};                    ///< folder of a published tokenizer; "": one is trained
  std::optional<bool> original = {};        ///< drop what the vocabulary lacks; true with `path`
  int windows = 50000;                      ///< training chunks at most, evenly spread
  std::optional<double> quantile = {};      ///< 0.01 unless low, high or range are given
  std::string range = "auto";               ///< auto, system or data (fit_range.hpp)
  std::vector<double> low = {}, high = {};  ///< action units

  template <class V>
  void visit(V&& v) {
    v("scale", scale, "of coefficients before they are rounded; auto: 10, or as the tokenizer at `path` says");
    v("vocabulary", vocabulary, "tokens that are trained; auto: 1024");
    v("path", path,
      "folder with tokenizer.json (or bpe_tokenizer/tokenizer.json) and processor_config.json; empty: train one");
    v("original", original, "drop bytes that have no token, as published code does; auto: only with `path`");
    v("windows", windows, "chunks of the data to train on at most, evenly spread");
    v("quantile", quantile, "range from this quantile of the data to 1 − this; auto: 0.01; 0: minimum and maximum");
    v("range", range, "auto, system (its finite action range) or data (minimum and maximum)");
    v("low", low, "lower bounds, one for all dimensions or one each");
    v("high", high, "upper bounds");
  }
};

/// What decoding had to repair in one sequence.
struct FastRepairs {
  std::size_t missing_symbols = 0;  ///< fewer than chunk·D: zero coefficients stand in
  std::size_t surplus_symbols = 0;  ///< more than chunk·D: cut off
  std::size_t unknown_tokens = 0;   ///< ids that no token has: skipped
  std::size_t broken_bytes = 0;     ///< no well-formed UTF-8: one zero coefficient for each maximal part of a symbol
  std::size_t surplus_tokens = 0;   ///< beyond max_tokens: not read
  bool operator==(const FastRepairs&) const = default;
};

class Fast final : public Quantizer, public TokenOrder, public ChunkCoded {
 public:
  /// @throws UsageError for options; DataError for data or files that do not fit, or if no trajectory is as long as a
  /// chunk.
  static std::unique_ptr<Fast> fit(const FastConfig& given, const FitContext& context);

  /// range: [action_dim]. @throws UsageError or DataError for what does not fit together.
  Fast(FastConfig config, std::size_t chunk, ActionRange range, FastTokenizer tokenizer);

  [[nodiscard]] const QuantizerInfo& info() const override { return info_; }
  /// @throws DataError with original=true for a symbol that is no code point. Cost: about 15 ns a value.
  void encode(std::span<const float> chunks, const CodecContext&, TokenBatch) const override;
  /// Substitutes: see the head of this file. Cost: about 3 ns a value.
  void decode(const TokenBatch&, const CodecContext&, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override;
  /// What decode repairs in this sequence, of any length. All counts are 0 if and only if its status is exact.
  [[nodiscard]] FastRepairs repairs(std::span<const Token> tokens) const;
  /// A sequence is allowed to spell exactly chunk·D symbols; once it has, nothing may follow.
  void allowed(std::span<const Token> prefix, std::span<bool> mask) const noexcept override;
  /// One vocabulary at all positions.
  [[nodiscard]] std::vector<TokenRun> token_runs() const override { return {{info_.max_tokens, 1, false}}; }
  [[nodiscard]] std::optional<ChunkCode> chunk_code() const override;
  void saturated(std::span<const double> actions, std::span<bool> flags) const override;
  [[nodiscard]] nlohmann::ordered_json save() const override;

  /// As tokenizer_files.hpp writes it for Hugging Face. The range of the actions is not part of it.
  [[nodiscard]] const FastTokenizer& tokenizer() const { return tokenizer_; }
  [[nodiscard]] const ActionRange& range() const { return range_; }

 private:
  void plan_symbols();
  void describe();
  [[nodiscard]] double error_bound() const;
  /// Symbols [chunk·D at most] of the first max_tokens tokens.
  [[nodiscard]] SymbolGrammar::Spelled spell(std::span<const Token> tokens,
                                             std::span<std::uint32_t> symbols) const noexcept;
  void make_symbols(std::span<const std::int32_t> q, std::size_t row, std::span<std::uint32_t> symbols) const;

  FastConfig config_;
  bool original_;
  ActionRange range_;
  FastTokenizer tokenizer_;
  ByteLevelBpe bpe_;
  SymbolGrammar grammar_;
  FastTransform transform_;
  std::int32_t largest_ = 0;            // |q| of any chunk at most
  std::vector<std::uint32_t> symbols_;  // [2·largest_ + 1]: what −largest_ … largest_ is encoded as; kNoSymbol: cannot
  bool keeps_all_ = true;               // all of them can be spelled
  QuantizerInfo info_;
};

}  // namespace pianola
