// One token for a whole action, or a whole chunk: the code nearest to it. What k-means and k-disks have in common; they
// differ in where their codes come from.
//
//   token(u) = argmin_j Σ_d (w_d (u_d − c_jd))²,  the lowest of equals;    decode: c_j
//
// joint=step: each step of a chunk has a token of its own, from one codebook of actions; joint=chunk: one token for
// all. w: action_scale.hpp; encode compares float32 numbers w·u with w·c exactly (nearest_code.hpp), quantize the same
// in double.
//
// ε_sup is a bound of the covering radius over the box of the data (covering_radius.hpp), per step: true, and coarse in
// many dimensions, since most of a box lies far from all data. saturated() counts what lies outside that box.
//
// Offsets: tokens carry no continuous rest. Where a policy predicts one beside the token, as Behavior Transformers do,
// offsets() gives its targets u − c_token and add_offsets() puts a predicted one on; decode alone adds none. A code
// that is the mean of its actions leaves offsets of mean zero. `offset_rms` is their size, a scale for such a head.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pianola/data/action_space.hpp"
#include "pianola/quantizers/chunk_code.hpp"
#include "pianola/quantizers/fit_findings.hpp"
#include "pianola/quantizers/nearest_code.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/quantizers/token_order.hpp"

namespace pianola {

class SavedFields;

/// All that a joint codebook is.
struct JointCodes {
  std::string spec;
  std::size_t action_dim = 0, chunk = 1;
  bool whole_chunks = false;          ///< joint=chunk
  std::vector<float> codes;           ///< [k × action_dim], or [k × chunk × action_dim]; action units
  std::vector<double> scale;          ///< w: [action_dim]
  ActionRange box;                    ///< of the data
  std::vector<std::uint32_t> counts;  ///< [k]: training vectors of each code; 0: a dead one
  std::vector<double> offset_rms;     ///< [action_dim]; of training vectors; empty: not wanted
};

class JointCodebook final : public Quantizer, public TokenOrder, public FitFindings, public ChunkCoded {
 public:
  static constexpr std::size_t kMaxCodes = 65536;

  /// @throws UsageError for sizes that do not fit together, k outside 1 … kMaxCodes, or numbers that are not finite.
  explicit JointCodebook(JointCodes codes);

  /// Inverse of save(). @throws DataError. whole_chunks, offsets: as the spec says.
  static JointCodes read(const SavedFields& fields, std::size_t codes, bool whole_chunks, bool offsets);

  [[nodiscard]] const QuantizerInfo& info() const override { return info_; }
  /// Cost: k·width multiply-adds a token; allocates a block of scaled numbers where there are scales.
  void encode(std::span<const float> chunks, const CodecContext&, TokenBatch) const override;
  /// Substitutes: a token beyond the vocabulary, or a missing one, decodes as the code nearest to the mean of all data.
  void decode(const TokenBatch&, const CodecContext&, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override;
  void quantize(std::span<const double> actions, const CodecContext&, std::span<double> out) const override;
  /// The codes, where a token stands for one number.
  [[nodiscard]] std::span<const float> levels(std::size_t position) const override;
  /// None where a token stands for one number.
  [[nodiscard]] std::optional<ChunkCode> chunk_code() const override;
  [[nodiscard]] std::vector<TokenRun> token_runs() const override {
    return {{info_.max_tokens, 1, !contents_.whole_chunks}};
  }
  void saturated(std::span<const double> actions, std::span<bool> flags) const override;
  [[nodiscard]] nlohmann::ordered_json save() const override;

  [[nodiscard]] const JointCodes& contents() const { return contents_; }
  [[nodiscard]] std::vector<std::uint32_t> dead_codes_per_layer() const override {
    return {static_cast<std::uint32_t>(dead_codes())};
  }
  [[nodiscard]] std::vector<double> offset_rms_per_dimension() const override { return contents_.offset_rms; }
  /// Codes without training vectors.
  [[nodiscard]] std::size_t dead_codes() const;

  /// offsets[i] = chunks[i] − decode(tokens)[i], what an offset head learns. chunks, offsets: [n × chunk × action_dim].
  void offsets(std::span<const float> chunks, const TokenBatch&, std::span<float> offsets) const;
  /// chunks[i] = decode(tokens)[i] + offsets[i], what it plays.
  void add_offsets(const TokenBatch&, std::span<const float> offsets, std::span<float> chunks) const noexcept;

 private:
  void describe();
  [[nodiscard]] bool is_projection() const;
  [[nodiscard]] double largest_error() const;
  [[nodiscard]] std::size_t width() const { return book_->width(); }
  [[nodiscard]] std::span<const float> code(std::size_t j) const;

  JointCodes contents_;
  std::unique_ptr<const Codebook> book_;  // of w·c
  bool scaled_ = false;
  std::size_t fallback_ = 0;
  QuantizerInfo info_;
};

}  // namespace pianola
