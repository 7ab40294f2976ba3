// Quantizers: q = decode ∘ encode maps chunks of continuous actions to tokens and back.
//
// A quantizer is fitted once and immutable then: const means thread-safe. All calls are batched.
// Contract and conformance tests: tests/quantizers/conformance.hpp; every scheme gets them for free.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/random.hpp"

namespace pianola {

using Token = std::uint32_t;

/// Tokens of n chunks: row i holds lengths[i] ≤ max_tokens tokens; the rest of the row is not read.
struct TokenBatch {
  std::span<Token> tokens;           ///< [n × max_tokens]
  std::span<std::uint32_t> lengths;  ///< [n]
};

/// What a decode had to do.
enum class DecodeStatus : std::uint8_t {
  exact,     ///< the sequence was one that encode can emit
  repaired,  ///< tokens out of range or a wrong length: decoded to the documented substitute
};

/// What random or stateful schemes may use. Schemes without either ignore it.
struct CodecContext {
  const NoiseKey* key = nullptr;          ///< stream "dither"; null: no noise
  Ids ids = {};                           ///< [n]
  std::span<const std::uint32_t> h = {};  ///< [n], step of the chunk's first action
  std::span<double> memory = {};          ///< [n × memory_size]
  /// [n × observation_dim], seen when the chunk begins: what relative actions are relative to. Schemes do not look at
  /// it.
  std::span<const double> observations = {};
};

struct QuantizerInfo {
  std::string spec;  ///< canonical, e.g. "uniform:bins=256"
  std::size_t action_dim = 0;
  std::size_t chunk = 1;                    ///< actions a chunk
  std::size_t max_tokens = 0;               ///< tokens a chunk at most
  bool fixed_length = true;                 ///< every chunk has max_tokens tokens
  std::size_t memory_size = 0;              ///< doubles of state a lane
  std::vector<std::uint32_t> vocabularies;  ///< [max_tokens], size of the vocabulary at each position
  /// sup over u inside the range of ‖q(u) − u‖₂ for one step, action units; ∞ if unbounded or not known.
  double epsilon_sup = std::numeric_limits<double>::infinity();
  bool binning = false;     ///< each coordinate by its own intervals: keeps RTVC (theory §4, Proposition 5 ii)
  bool random = false;      ///< encode draws noise
  bool projection = false;  ///< q∘q = q
  bool finite_codebook = true;
};

/// For schemes: the number of chunks of an encode call. @throws UsageError unless chunks, tokens and lengths fit.
std::size_t checked_chunks(const QuantizerInfo& info, std::span<const float> chunks, const TokenBatch& batch);

class ActionRepresentation;  // data/action_representation.hpp

class Quantizer {
 public:
  virtual ~Quantizer() = default;
  [[nodiscard]] virtual const QuantizerInfo& info() const = 0;

  /// chunks: [n × chunk × action_dim] row-major, finite, action units; n = lengths.size().
  virtual void encode(std::span<const float> chunks, const CodecContext&, TokenBatch) const = 0;

  /// Total: defined for every token sequence and length; status says what was repaired. status: [n] or empty.
  virtual void decode(const TokenBatch&, const CodecContext&, std::span<float> chunks,
                      std::span<DecodeStatus> status) const noexcept = 0;

  /// decode∘encode in double, what the quantized expert plays. actions, out: [n × chunk × action_dim].
  /// The default goes through float32 tokens; `trap` overrides it. A scheme's memory advances once, as in decode.
  /// @throws UsageError unless actions are whole chunks. Cost of the default: allocates tokens and a copy.
  virtual void quantize(std::span<const double> actions, const CodecContext&, std::span<double> out) const;

  /// Which tokens may follow `prefix` (its length is the position). mask: [vocabularies[prefix.size()]].
  /// The default allows all tokens at positions below max_tokens.
  virtual void allowed(std::span<const Token> prefix, std::span<bool> mask) const noexcept;

  /// Soft target distribution at `position` for one chunk. p: [vocabularies[position]]. The default is one-hot without
  /// noise or memory, and all zero at positions behind the end of the chunk's own sequence.
  virtual void targets(std::span<const float> chunk, std::size_t position, std::span<float> p) const;

  /// The same in context, where targets depend on the state (represented.hpp). The default ignores the context.
  virtual void targets_at(const CodecContext& context, std::span<const float> chunk, std::size_t position,
                          std::span<float> p) const {
    static_cast<void>(context);
    targets(chunk, position, p);
  }

  /// What actions are before a scheme sees them; null: what they are in the dataset.
  [[nodiscard]] virtual const ActionRepresentation* representation() const { return nullptr; }

  /// Value of the one action coordinate that the token at `position` decides alone, for each token
  /// ([vocabularies[position]]); empty if tokens are not scalar. Position p is coordinate p of the flattened chunk
  /// (with a representation: of the chunk in the model, data/action_transform.hpp).
  [[nodiscard]] virtual std::span<const float> levels(std::size_t position) const {
    static_cast<void>(position);
    return {};
  }

  /// Lengths of the cell that each token at `position` covers along its coordinate, action units (for densities:
  /// bits_per_dimension); empty where cells are not finite.
  [[nodiscard]] virtual std::vector<double> cell_widths(std::size_t position) const {
    static_cast<void>(position);
    return {};
  }

  /// Which values of `actions` [n × action_dim] lie outside the range and are clipped. flags: [n × action_dim].
  /// The default says none.
  virtual void saturated(std::span<const double> actions, std::span<bool> flags) const;

  /// How many values of these chunks [n × chunk × action_dim] are clipped. Allocates flags.
  [[nodiscard]] virtual std::size_t count_saturated(std::span<const double> actions, const CodecContext&) const;

  /// Everything that load_quantizer needs, `format_version` and the spec included. Doubles round-trip exactly.
  [[nodiscard]] virtual nlohmann::ordered_json save() const = 0;

  /// Hash of save(); 32 hex digits. A policy is deployed only with the quantizer it was trained with.
  [[nodiscard]] std::string fingerprint() const;
};

/// Numbers of a chunk that tokens stand for, if each stands for one: chunk × action_dim, or those of the model.
std::size_t chunk_coordinates(const Quantizer& quantizer);

/// actions [n × action_dim] quantized as `got`: out [n × action_dim] is what went wrong, as the representation measures
/// it (wrapped, up to sign); else got − wanted.
void action_errors(const Quantizer& quantizer, std::span<const double> wanted, std::span<const double> got,
                   std::span<double> out);

}  // namespace pianola
