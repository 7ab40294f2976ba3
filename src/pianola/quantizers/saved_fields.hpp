// Writing and reading what Quantizer::save says: how every scheme's begins, and typed fields whose errors name the key,
// what it must hold and what it holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "pianola/base/spec.hpp"
#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

/// A view of one saved quantizer; every reader throws DataError for a key that is missing, of another type or out of
/// range. Sizes are checked before anything is allocated for them.
class SavedFields {
 public:
  struct ChunkShape {
    std::size_t action_dim = 1, chunk = 1;
  };

  /// saved: kept by reference. @throws DataError unless it is an object.
  explicit SavedFields(const nlohmann::ordered_json& saved);

  [[nodiscard]] std::string text(std::string_view key) const;
  /// The scheme's options, from the key 'spec'. who: the scheme, for errors. @throws UsageError for a bad one.
  template <class Config>
  [[nodiscard]] Config options(std::string_view who) const {
    return read_options<Config>(parse_spec(text("spec")), who);
  }
  /// The keys 'action_dim' and 'chunk', with at most kMaxChunkValues tokens at `tokens` a value.
  [[nodiscard]] ChunkShape chunk_shape(std::size_t tokens = 1) const;
  /// A whole number in [low, high].
  [[nodiscard]] std::uint64_t count(std::string_view key, std::uint64_t low, std::uint64_t high) const;
  /// Exactly `size` finite numbers.
  [[nodiscard]] std::vector<double> numbers(std::string_view key, std::size_t size) const;
  /// Exactly `size` whole numbers in [low, high].
  [[nodiscard]] std::vector<std::uint32_t> counts(std::string_view key, std::size_t size, std::uint32_t low,
                                                  std::uint32_t high) const;

 private:
  [[nodiscard]] const nlohmann::ordered_json& at(std::string_view key) const;
  [[nodiscard]] const nlohmann::ordered_json& array(std::string_view key, std::size_t size) const;
  const nlohmann::ordered_json& saved_;
};

/// What every scheme's save() begins with (format_version, spec, action_dim, chunk), then the fields of `rest`.
nlohmann::ordered_json saved_with(const QuantizerInfo& info, const nlohmann::ordered_json& rest);
nlohmann::ordered_json saved_with(const QuantizerInfo& info);

}  // namespace pianola
