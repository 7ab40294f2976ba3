#include "pianola/quantizers/symbol_reader.hpp"

#include <algorithm>
#include <cassert>

namespace pianola {
namespace spelling {
namespace {

constexpr std::uint8_t kOne = 1, kTwo = 2, kThree = 3, kAfterE0 = 4, kAfterED = 5, kAfterF0 = 6, kAfterF4 = 7;

constexpr bool in(std::uint8_t byte, int low, int high) { return byte >= low && byte <= high; }

constexpr std::uint8_t first_state(std::uint8_t byte) {
  if (byte < 0x80) return kBetween;
  if (in(byte, 0xC2, 0xDF)) return kOne;
  if (byte == 0xE0) return kAfterE0;
  if (byte == 0xED) return kAfterED;
  if (in(byte, 0xE1, 0xEF)) return kTwo;
  if (byte == 0xF0) return kAfterF0;
  if (byte == 0xF4) return kAfterF4;
  return in(byte, 0xF1, 0xF3) ? kThree : kReject;
}

}  // namespace

std::uint8_t next_state(std::uint8_t state, std::uint8_t byte) noexcept {
  switch (state) {
    case kBetween:
      return first_state(byte);
    case kOne:
      return in(byte, 0x80, 0xBF) ? kBetween : kReject;
    case kTwo:
      return in(byte, 0x80, 0xBF) ? kOne : kReject;
    case kThree:
      return in(byte, 0x80, 0xBF) ? kTwo : kReject;
    case kAfterE0:
      return in(byte, 0xA0, 0xBF) ? kOne : kReject;
    case kAfterED:
      return in(byte, 0x80, 0x9F) ? kOne : kReject;
    case kAfterF0:
      return in(byte, 0x90, 0xBF) ? kTwo : kReject;
    case kAfterF4:
      return in(byte, 0x80, 0x8F) ? kTwo : kReject;
    default:
      return kReject;
  }
}

Step walk(std::uint8_t state, std::span<const std::uint8_t> bytes) noexcept {
  Step step{bytes.empty() ? kReject : state, 0};
  for (const std::uint8_t byte : bytes) {
    step.state = next_state(step.state, byte);
    step.symbols += step.state == kBetween ? 1 : 0;
  }
  return step;
}

void plan_steps(const TokenBytes& tokens, std::span<Step> steps) noexcept {
  const std::size_t size = tokens.size();
  assert(steps.size() == kStates * size);
  for (std::uint32_t token = 0; token < size; ++token) {
    for (std::uint8_t from = 0; from < kStates; ++from) steps[from * size + token] = walk(from, tokens.of(token));
  }
}

Finish plan_finish(const TokenBytes& tokens) noexcept {
  Finish finish;
  finish.fill(kNever);
  std::array<std::array<bool, kStates>, kStates> leads{};  // inside of one symbol
  for (std::uint32_t token = 0; token < tokens.size(); ++token) {
    for (std::uint8_t from = 0; from < kStates; ++from) {
      const Step to = walk(from, tokens.of(token));
      if (to.state == kReject) continue;
      if (to.state == kBetween && to.symbols == 1) finish[from] = 1;
      if (to.state != kBetween && to.symbols == 0) leads[from][to.state] = true;
    }
  }
  for (int round = 0; round < kStates; ++round) {  // a symbol has at most four bytes
    for (std::uint8_t from = 0; from < kStates; ++from) {
      for (std::uint8_t to = 0; to < kStates; ++to) {
        if (leads[from][to] && finish[to] != kNever) finish[from] = std::min(finish[from], 1 + finish[to]);
      }
    }
  }
  return finish;
}

void Grammar::advance(Place& place, std::uint32_t token) const noexcept {
  const bool known = place.state != kReject && token < tokens;
  const Step to = known ? steps[place.state * tokens + token] : Step{};
  place.state = to.state;
  place.symbols += to.symbols;
  ++place.tokens;
}

bool Grammar::allowed(const Place& place, std::size_t symbols, std::size_t budget,
                      std::span<bool> mask) const noexcept {
  assert(mask.size() == tokens);
  const bool open = place.state != kReject && place.symbols < symbols && place.tokens < budget;
  if (!open) {
    std::fill(mask.begin(), mask.end(), false);
    return false;
  }
  const std::size_t missing = symbols - place.symbols, left = budget - place.tokens - 1, unit = finish[kBetween];
  bool any = false;
  for (std::size_t token = 0; token < tokens; ++token) {
    const Step& to = steps[place.state * tokens + token];
    const bool partial = to.state != kBetween;
    mask[token] = false;
    if (to.state == kReject || to.symbols + (partial ? 1 : 0) > missing) continue;
    const std::size_t pending = partial ? finish[to.state] : 0;
    if (pending == kNever) continue;
    mask[token] = pending + (missing - to.symbols - (partial ? 1 : 0)) * unit <= left;
    any = any || mask[token];
  }
  return any;
}

}  // namespace spelling

namespace {

constexpr std::uint32_t lead_bits(std::uint8_t byte) {
  return byte < 0x80 ? byte : byte < 0xE0 ? byte & 0x1FU : byte < 0xF0 ? byte & 0x0FU : byte & 0x07U;
}

}  // namespace

void SymbolReader::write(std::uint32_t symbol) noexcept {
  if (symbols_ < out_.size()) out_[symbols_] = symbol;
  ++symbols_;
}

void SymbolReader::write(std::span<const std::uint32_t> symbols) noexcept {
  assert(is_between());
  const std::span<std::uint32_t> room = out_.subspan(std::min(symbols_, out_.size()));
  std::copy_n(symbols.begin(), std::min(symbols.size(), room.size()), room.begin());
  symbols_ += symbols.size();
}

void SymbolReader::reject(std::size_t bytes) noexcept {
  broken_bytes_ += bytes;
  state_ = spelling::kBetween;
  write(substitute_);
}

void SymbolReader::read(std::uint8_t byte) noexcept {
  const bool first = is_between();
  const std::uint8_t next = spelling::next_state(state_, byte);
  if (next == spelling::kReject) {
    reject(first ? 1 : pending_);
    if (!first) read(byte);  // the byte may begin a symbol of its own
    return;
  }
  pending_ = first ? 1 : pending_ + 1;
  partial_ = first ? lead_bits(byte) : partial_ << 6 | (byte & 0x3FU);
  state_ = next;
  if (is_between()) write(partial_);
}

void SymbolReader::read(std::span<const std::uint8_t> bytes) noexcept {
  for (const std::uint8_t byte : bytes) read(byte);
}

void SymbolReader::finish() noexcept {
  if (!is_between()) reject(pending_);
}

}  // namespace pianola
