#include "pianola/quantizers/symbol_grammar.hpp"

#include <algorithm>
#include <cassert>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

// States: between symbols; n bytes of 80 … BF missing; after E0, ED, F0, F4, which narrow the byte behind them.
enum : std::uint8_t { kBetween, kOne, kTwo, kThree, kAfterE0, kAfterED, kAfterF0, kAfterF4, kRejected };

constexpr bool in(std::uint8_t byte, int low, int high) { return byte >= low && byte <= high; }

constexpr std::uint8_t first_state(std::uint8_t byte) {
  if (byte < 0x80) return kBetween;
  if (in(byte, 0xC2, 0xDF)) return kOne;
  if (byte == 0xE0) return kAfterE0;
  if (byte == 0xED) return kAfterED;
  if (in(byte, 0xE1, 0xEF)) return kTwo;
  if (byte == 0xF0) return kAfterF0;
  if (byte == 0xF4) return kAfterF4;
  return in(byte, 0xF1, 0xF3) ? kThree : kRejected;
}

constexpr std::uint32_t lead_bits(std::uint8_t byte) {
  return byte < 0x80 ? byte : byte < 0xE0 ? byte & 0x1FU : byte < 0xF0 ? byte & 0x0FU : byte & 0x07U;
}

}  // namespace

std::uint8_t SymbolGrammar::next_state(std::uint8_t state, std::uint8_t byte) noexcept {
  switch (state) {
    case kBetween:
      return first_state(byte);
    case kOne:
      return in(byte, 0x80, 0xBF) ? kBetween : kRejected;
    case kTwo:
      return in(byte, 0x80, 0xBF) ? kOne : kRejected;
    case kThree:
      return in(byte, 0x80, 0xBF) ? kTwo : kRejected;
    case kAfterE0:
      return in(byte, 0xA0, 0xBF) ? kOne : kRejected;
    case kAfterED:
      return in(byte, 0x80, 0x9F) ? kOne : kRejected;
    case kAfterF0:
      return in(byte, 0x90, 0xBF) ? kTwo : kRejected;
    case kAfterF4:
      return in(byte, 0x80, 0x8F) ? kTwo : kRejected;
    default:
      return kRejected;
  }
}

struct SymbolGrammar::Reader {
  std::uint32_t substitute;
  std::span<std::uint32_t> out;
  std::size_t symbols = 0;  // more than out holds are counted
  std::uint8_t state = kBetween;
  std::uint32_t partial = 0;
  std::size_t pending = 0, broken_bytes = 0;  // bytes of the symbol that has begun; of those that were rejected

  void write(std::uint32_t symbol) {
    if (symbols < out.size()) out[symbols] = symbol;
    ++symbols;
  }
  void reject(std::size_t bytes) {
    broken_bytes += bytes;
    state = kBetween;
    write(substitute);
  }
  void read(std::uint8_t byte) {
    const bool first = state == kBetween;
    const std::uint8_t next = next_state(state, byte);
    if (next == kReject) {
      reject(first ? 1 : pending);
      if (!first) read(byte);  // the byte may begin a symbol of its own
      return;
    }
    pending = first ? 1 : pending + 1;
    partial = first ? lead_bits(byte) : partial << 6 | (byte & 0x3FU);
    state = next;
    if (state == kBetween) write(partial);
  }
};

SymbolGrammar::SymbolGrammar(const ByteLevelBpe& bpe) : size_(bpe.size()), steps_(kStates * size_) {
  whole_begins_.push_back(0);
  for (std::size_t token = 0; token < size_; ++token) {
    bytes_.push_back(token_bytes(bpe.model().tokens[token]));
    for (std::uint8_t from = 0; from < kStates && !bytes_[token].empty(); ++from) {
      Step& step = steps_[from * size_ + token];
      step.state = from;
      for (const char byte : bytes_[token]) {
        step.state = next_state(step.state, static_cast<std::uint8_t>(byte));
        step.symbols += step.state == kBetween ? 1 : 0;
      }
    }
    if (const Step& step = steps_[token]; step.state == kBetween) {
      whole_.resize(whole_.size() + step.symbols);
      Reader reader{0, std::span(whole_).last(step.symbols)};
      for (const char byte : bytes_[token]) reader.read(static_cast<std::uint8_t>(byte));
    }
    whole_begins_.push_back(static_cast<std::uint32_t>(whole_.size()));
  }
  plan_finish();
  if (finish_[kBetween] == kNever) {
    throw DataError("the vocabulary has no tokens that make up a whole symbol");
  }
}

void SymbolGrammar::plan_finish() {
  finish_.fill(kNever);
  for (int round = 0; round < kStates; ++round) {  // a symbol has at most four bytes
    for (std::uint8_t from = 0; from < kStates; ++from) {
      for (Token token = 0; token < size_; ++token) {
        const Step& to = step(from, token);
        if (to.state == kReject) continue;
        if (to.state == kBetween && to.symbols == 1) finish_[from] = 1;
        if (to.state != kBetween && to.symbols == 0 && finish_[to.state] != kNever) {
          finish_[from] = std::min(finish_[from], 1 + finish_[to.state]);
        }
      }
    }
  }
}

SymbolGrammar::Spelled SymbolGrammar::spell(std::span<const Token> tokens, std::uint32_t substitute,
                                            std::span<std::uint32_t> out) const noexcept {
  Reader reader{substitute, out};
  std::size_t unknown = 0;
  for (const Token token : tokens) {
    if (token >= size_ || bytes_[token].empty()) {
      ++unknown;
      continue;
    }
    const std::size_t begin = whole_begins_[token], count = whole_begins_[token + 1] - begin;
    if (reader.state == kBetween && count > 0 && reader.symbols + count <= out.size()) {
      std::copy_n(whole_.begin() + static_cast<std::ptrdiff_t>(begin), count,
                  out.begin() + static_cast<std::ptrdiff_t>(reader.symbols));
      reader.symbols += count;
      continue;
    }
    for (const char byte : bytes_[token]) reader.read(static_cast<std::uint8_t>(byte));
  }
  if (reader.state != kBetween) reader.reject(reader.pending);
  const std::size_t written = std::min(reader.symbols, out.size());
  const bool exact = unknown == 0 && reader.broken_bytes == 0 && reader.symbols == out.size();
  return {written, reader.symbols - written, unknown, reader.broken_bytes, exact};
}

void SymbolGrammar::allowed(std::span<const Token> prefix, std::size_t symbols, std::size_t budget,
                            std::span<bool> mask) const noexcept {
  assert(mask.size() == size_);
  std::uint8_t state = kBetween;
  std::size_t done = 0;
  for (const Token token : prefix) {
    const Step to = state == kReject || token >= size_ ? Step{} : step(state, token);
    state = to.state;
    done += to.symbols;
  }
  const bool open = state != kReject && done < symbols && prefix.size() < budget;
  if (!open) {
    std::fill(mask.begin(), mask.end(), false);
    return;
  }
  const std::size_t missing = symbols - done, left = budget - prefix.size() - 1, unit = finish_[kBetween];
  for (Token token = 0; token < size_; ++token) {
    const Step& to = step(state, token);
    const bool partial = to.state != kBetween;
    mask[token] = false;
    if (to.state == kReject || to.symbols + (partial ? 1 : 0) > missing) continue;
    const std::size_t pending = partial ? finish_[to.state] : 0;
    if (pending == kNever) continue;
    mask[token] = pending + (missing - to.symbols - (partial ? 1 : 0)) * unit <= left;
  }
}

}  // namespace pianola
