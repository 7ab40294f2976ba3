// Text in lines of at most so many columns, for a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pianola {

struct WrapOptions {
  std::size_t width = 100;  ///< columns of a line
  std::size_t indent = 0;   ///< blanks before all lines but the first; none where fewer than 2 columns are left
  /// Words longer than a line are broken: after commas where they have any, as specs do, else anywhere. Without it they
  /// stand out, so that a path can be copied from the terminal.
  bool break_words = true;
};

/// The words of `text` (cleaned as clean_text does) in lines, broken at blanks. Text that fits stays as it is; empty
/// text is one empty line. Characters wider than the whole line stand alone on theirs.
std::vector<std::string> wrap_text(std::string_view text, const WrapOptions& options = {});

/// wrap_text as one string, a newline after each line.
std::string wrapped(std::string_view text, const WrapOptions& options = {});

}  // namespace pianola
