#include "pianola/quantizers/chunk_code.hpp"

#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

std::optional<ChunkCode> chunk_code_of(const Quantizer& quantizer) {
  const auto* const coded = dynamic_cast<const ChunkCoded*>(&quantizer);
  return coded == nullptr ? std::nullopt : coded->chunk_code();
}

}  // namespace pianola
