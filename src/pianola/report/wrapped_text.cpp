#include "pianola/report/wrapped_text.hpp"

#include "pianola/base/terminal_text.hpp"

namespace pianola {
namespace {

/// Fills lines greedily.
class Lines {
 public:
  explicit Lines(const WrapOptions& options) : options_(options) {}

  void add_word(std::string_view word) {
    const std::size_t gap = used_ > 0 ? 1 : 0, width = display_width(word);
    if (used_ > 0 && used_ + gap + width <= room()) return append(" ", 1), append(word, width);
    if (options_.break_words && width > width_after_break()) {
      if (used_ > 0 && used_ + gap < room()) append(" ", 1);
      return add_pieces(word);
    }
    if (used_ > 0) start_line();
    append(word, width);
  }

  std::vector<std::string> take() {
    lines_.back() = line_;
    for (std::string& line : lines_) line.erase(line.find_last_not_of(' ') + 1);
    return std::move(lines_);
  }

 private:
  [[nodiscard]] std::size_t room() const { return options_.width - (lines_.size() > 1 ? options_.indent : 0); }
  [[nodiscard]] std::size_t width_after_break() const { return options_.width - options_.indent; }

  void append(std::string_view text, std::size_t width) {
    line_ += text;
    used_ += width;
  }

  void start_line() {
    lines_.back() = line_;
    lines_.emplace_back();
    line_ = std::string(options_.indent, ' ');
    used_ = 0;
  }

  /// A long word: broken after its commas, and anywhere where there are none.
  void add_pieces(std::string_view word) {
    while (!word.empty()) {
      const std::size_t comma = word.find(',');
      const std::string_view piece = word.substr(0, comma == std::string_view::npos ? comma : comma + 1);
      word.remove_prefix(piece.size());
      const std::size_t width = display_width(piece);
      if (used_ > 0 && used_ + width > room()) start_line();
      width <= room() ? append(piece, width) : add_characters(piece);
    }
  }

  void add_characters(std::string_view text) {
    while (!text.empty()) {
      std::string_view rest = text;
      next_code_point(rest);
      const std::string_view character = text.substr(0, text.size() - rest.size());
      const std::size_t width = display_width(character);
      if (used_ > 0 && used_ + width > room()) start_line();
      append(character, width);
      text = rest;
    }
  }

  WrapOptions options_;
  std::vector<std::string> lines_{1};
  std::string line_;
  std::size_t used_ = 0;  // columns of line_ without its indentation
};

}  // namespace

std::vector<std::string> wrap_text(std::string_view text, const WrapOptions& options) {
  const std::string clean = clean_text(text);
  if (display_width(clean) <= options.width) return {clean};
  WrapOptions sane = options;
  if (sane.indent + 2 > sane.width) sane.indent = 0;  // the widest characters take two columns
  Lines lines(sane);
  for (std::size_t at = clean.find_first_not_of(' '); at != std::string::npos;) {
    const std::size_t end = clean.find(' ', at);
    lines.add_word(std::string_view(clean).substr(at, end == std::string::npos ? end : end - at));
    at = clean.find_first_not_of(' ', end);
  }
  return lines.take();
}

std::string wrapped(std::string_view text, const WrapOptions& options) {
  std::string out;
  for (const std::string& line : wrap_text(text, options)) out += line + "\n";
  return out;
}

}  // namespace pianola
