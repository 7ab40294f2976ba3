#include "pianola/quantizers/symbol_grammar.hpp"

#include <algorithm>

#include "pianola/base/error.hpp"

namespace pianola {

SymbolGrammar::SymbolGrammar(const ByteLevelBpe& bpe) {
  for (const std::u32string& text : bpe.model().tokens) {
    const std::string bytes = token_bytes(text);
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    begins_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  }
  steps_.resize(spelling::kStates * bpe.size());
  spelling::plan_steps(tokens(), steps_);
  for (Token token = 0; token < bpe.size(); ++token) {
    if (const spelling::Step& step = steps_[token]; step.state == spelling::kBetween) {
      whole_.resize(whole_.size() + step.symbols);
      SymbolReader(0, std::span(whole_).last(step.symbols)).read(tokens().of(token));
    }
    whole_begins_.push_back(static_cast<std::uint32_t>(whole_.size()));
  }
  finish_ = spelling::plan_finish(tokens());
  if (finish_[spelling::kBetween] == spelling::kNever) {
    throw DataError("the vocabulary has no tokens that make up a whole symbol");
  }
}

SymbolGrammar::Spelled SymbolGrammar::spell(std::span<const Token> tokens, std::uint32_t substitute,
                                            std::span<std::uint32_t> out) const noexcept {
  const spelling::TokenBytes known = this->tokens();
  SymbolReader reader(substitute, out);
  std::size_t unknown = 0;
  for (const Token token : tokens) {
    if (token >= known.size() || known.of(token).empty()) {
      ++unknown;
      continue;
    }
    const std::size_t begin = whole_begins_[token], count = whole_begins_[token + 1] - begin;
    if (reader.is_between() && count > 0) {
      reader.write(std::span(whole_).subspan(begin, count));
    } else {
      reader.read(known.of(token));
    }
  }
  reader.finish();
  const std::size_t written = std::min(reader.symbols(), out.size());
  const bool exact = unknown == 0 && reader.broken_bytes() == 0 && reader.symbols() == out.size();
  return {written, reader.symbols() - written, unknown, reader.broken_bytes(), exact};
}

void SymbolGrammar::allowed(std::span<const Token> prefix, std::size_t symbols, std::size_t budget,
                            std::span<bool> mask) const noexcept {
  const spelling::Grammar grammar{steps_.data(), whole_begins_.size() - 1, finish_};
  spelling::Place place;
  for (const Token token : prefix) grammar.advance(place, token);
  grammar.allowed(place, symbols, budget, mask);
}

}  // namespace pianola
