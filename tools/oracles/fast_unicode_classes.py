"""Which code points the GPT-2 pre-tokenizer takes for letters, numbers and white space: the tables of
src/pianola/quantizers/gpt2_classes.cpp, found by asking the `tokenizers` wheel about every code point.

    PYTHONPATH=WHEELS python tools/oracles/fast_unicode_classes.py > src/pianola/quantizers/gpt2_classes.cpp

A letter joins "a" before it, a number joins "1"; of the rest, white space does not join "!" before it.
"""

import tokenizers
from tokenizers.pre_tokenizers import ByteLevel

HEAD = """// Made by tools/oracles/fast_unicode_classes.py with the wheel tokenizers {version}; do not edit.
//
// Ranges stand one after the other as pairs of numbers: how far the range begins behind the end of the one before, and
// how many code points it holds.
#include "pianola/quantizers/gpt2_classes.hpp"

#include <algorithm>
#include <vector>

namespace pianola {{
namespace {{

"""

TAIL = """
/// Ends of runs of one class, ascending; the class of run i.
struct Runs {
  std::vector<std::uint32_t> ends;
  std::vector<Gpt2Class> classes;
};

struct Range {
  std::uint32_t begin, end;
  Gpt2Class kind;
};

template <std::size_t N>
void append(const std::uint16_t (&pairs)[N], Gpt2Class kind, std::vector<Range>& ranges) {
  std::uint32_t at = 0;
  for (std::size_t i = 0; i < N; i += 2) {
    const std::uint32_t begin = at + pairs[i];
    at = begin + pairs[i + 1];
    ranges.push_back({begin, at, kind});
  }
}

Runs make_runs() {
  std::vector<Range> ranges;
  append(kLetters, Gpt2Class::letter, ranges);
  append(kNumbers, Gpt2Class::number, ranges);
  append(kSpaces, Gpt2Class::space, ranges);
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.begin < b.begin; });
  Runs runs;
  std::uint32_t at = 0;
  const auto add = [&](std::uint32_t end, Gpt2Class kind) {
    if (end == at) return;
    runs.ends.push_back(end);
    runs.classes.push_back(kind);
    at = end;
  };
  for (const Range& range : ranges) {
    add(range.begin, Gpt2Class::other);
    add(range.end, range.kind);
  }
  add(0xFFFFFFFFU, Gpt2Class::other);
  return runs;
}

}  // namespace

Gpt2Class gpt2_class(std::uint32_t code_point) noexcept {
  static const Runs runs = make_runs();
  const auto run = std::upper_bound(runs.ends.begin(), runs.ends.end() - 1, code_point);
  return runs.classes[static_cast<std::size_t>(run - runs.ends.begin())];
}

}  // namespace pianola
"""


def ranges(points):
    pairs, end = [], 0
    while points:
        size = 1
        while size < len(points) and size < 65535 and points[size] == points[0] + size:
            size += 1
        gap = points[0] - end
        while gap > 65535:
            pairs += [65535, 0]
            gap -= 65535
        pairs += [gap, size]
        end = points[0] + size
        points = points[size:]
    return pairs


def table(name, points):
    lines, line = [], "   "
    for number in ranges(points):
        text = f" {number},"
        if len(line) + len(text) > 120:
            lines.append(line)
            line = "   "
        line += text
    text = "\n".join(lines + [line])
    return f"constexpr std::uint16_t {name}[] = {{\n{text.rstrip(',')}}};\n"


def main():
    split = ByteLevel(add_prefix_space=False).pre_tokenize_str
    letters, numbers, spaces = [], [], []
    for code in range(0x110000):
        if 0xD800 <= code < 0xE000:
            continue
        if len(split("a" + chr(code))) == 1:
            letters.append(code)
        elif len(split("1" + chr(code))) == 1:
            numbers.append(code)
        elif len(split("!" + chr(code))) == 2:
            spaces.append(code)
    print(HEAD.format(version=tokenizers.__version__) + "// clang-format off\n" + table("kLetters", letters) +
          table("kNumbers", numbers) + table("kSpaces", spaces) + "// clang-format on" + TAIL, end="")


if __name__ == "__main__":
    main()
