#include "pianola/base/terminal_text.hpp"

#include <algorithm>
#include <iterator>

namespace pianola {
namespace {

struct Range {
  char32_t first, last;
};

// Combining marks, joiners and variation selectors, by block.
constexpr Range kZeroWidth[] = {{0x0300, 0x036F}, {0x0483, 0x0489},  {0x0591, 0x05BD}, {0x064B, 0x065F},
                                {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},  {0x200B, 0x200F}, {0x202A, 0x202E},
                                {0x2060, 0x2064}, {0x20D0, 0x20FF},  {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
                                {0xFEFF, 0xFEFF}, {0xE0100, 0xE01EF}};
// East Asian wide and full-width blocks, emoji.
constexpr Range kWide[] = {
    {0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},  {0xA000, 0xA4CF},
    {0xA960, 0xA97F},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF01, 0xFF60},  {0xFFE0, 0xFFE6},
    {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD}};

bool contains(const Range* first, const Range* last, char32_t c) {
  const Range* i = std::lower_bound(first, last, c, [](const Range& range, char32_t x) { return range.last < x; });
  return i != last && i->first <= c;
}

std::size_t width_of(char32_t c) {
  if (c < 0x0300) return 1;
  if (contains(std::begin(kZeroWidth), std::end(kZeroWidth), c)) return 0;
  return contains(std::begin(kWide), std::end(kWide), c) ? 2 : 1;
}

/// Bytes of the longest prefix of well-formed text that is at most `width` columns wide.
std::size_t prefix_bytes(std::string_view text, std::size_t width) {
  std::string_view rest = text;
  for (std::size_t used = 0; !rest.empty();) {
    std::string_view next = rest;
    used += width_of(next_code_point(next));
    if (used > width) break;
    rest = next;
  }
  return text.size() - rest.size();
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029; }

}  // namespace

char32_t next_code_point(std::string_view& text) noexcept {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  char32_t c = length == 1 ? lead : lead & (0xFF >> (length + 1));
  bool good = length > 0 && length <= text.size();
  for (std::size_t i = 1; good && i < length; ++i) {
    good = (at(i) & 0xC0) == 0x80;
    c = (c << 6) | (at(i) & 0x3F);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  good = good && c >= kSmallest[length] && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
  text.remove_prefix(good ? length : 1);
  return good ? c : U'\uFFFD';
}

void append_code_point(std::string& text, char32_t c) {
  const auto byte = [&](char32_t bits) { text += static_cast<char>(static_cast<unsigned char>(bits)); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xC0 | (c >> 6));
    byte(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    byte(0xE0 | (c >> 12));
    byte(0x80 | ((c >> 6) & 0x3F));
    byte(0x80 | (c & 0x3F));
  } else {
    byte(0xF0 | (c >> 18));
    byte(0x80 | ((c >> 12) & 0x3F));
    byte(0x80 | ((c >> 6) & 0x3F));
    byte(0x80 | (c & 0x3F));
  }
}

std::size_t display_width(std::string_view text) noexcept {
  std::size_t width = 0;
  while (!text.empty()) width += width_of(next_code_point(text));
  return width;
}

std::string clean_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const char32_t c = next_code_point(text);
    append_code_point(out, is_control(c) ? U' ' : c);
  }
  return out;
}

std::string cut_to_width(std::string_view text, std::size_t width) {
  std::string out = clean_text(text);
  if (display_width(out) <= width) return out;
  if (width == 0) return "";
  return out.substr(0, prefix_bytes(out, width - 1)) + "…";
}

std::string cut_middle(std::string_view text, std::size_t width) {
  std::string out = clean_text(text);
  if (display_width(out) <= width) return out;
  if (width == 0) return "";
  const std::string head = out.substr(0, prefix_bytes(out, width / 2));
  const std::size_t rest = width - 1 - display_width(head);
  // The shortest prefix to drop so that what remains fits.
  std::string_view tail = out;
  while (display_width(tail) > rest) next_code_point(tail);
  return head + "…" + std::string(tail);
}

}  // namespace pianola
