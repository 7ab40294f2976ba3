"""The house keeps its order: run as `python3 tests/house/test_house.py [ROOT]`; prints every breach, exits 1 if any.

A room includes only rooms above it; LibTorch stays in the sources of training/; LibTorch and the system's fmt never meet;
every source has a test named after it; properties can fail; no file is too long; nothing names a machine or leaves work undone.
"""

import pathlib
import re
import sys

ROOMS = ["base", "report", "bounds", "data", "quantizers", "systems", "experts", "policies", "control", "training",
         "audits", "theory", "cli"]
REPORT_MAY_SEE = {"base", "report"}
LONGEST_FILE = 500


def sources(root):
    for room in ROOMS:
        for path in sorted((root / "src/pianola" / room).glob("**/*")):
            if path.suffix in (".cpp", ".hpp"):
                yield room, path


def included_rooms(text):
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*["<](?:pianola/([a-z_]+)/|(\.\.?/))', line)
        if match:
            yield number, match[1] or match[2]


def order_breaches(root):
    for room, path in sources(root):
        for number, other in included_rooms(path.read_text()):
            place = f"{path.relative_to(root)}:{number}"
            if other.startswith("."):
                yield f"{place}: an include begins with pianola/, not with {other}"
            elif other not in ROOMS:
                yield f"{place} includes {other}/, which is no room"
            elif ROOMS.index(other) > ROOMS.index(room):
                yield f"{place}: {room}/ includes {other}/, which lies below it"
            elif room == "report" and other not in REPORT_MAY_SEE:
                yield f"{place}: report/ knows no room but base/"
            elif room == "theory" and other == "audits" and path.stem != "certificates":
                yield f"{place}: only theory/certificates.cpp may include audits/"


def room_breaches(root):
    for path in sorted((root / "src/pianola").glob("*/")):
        if path.is_dir() and path.name not in ROOMS:
            yield f"{path.relative_to(root)} is no room of the house"


def torch_breaches(root):
    for room, path in sources(root):
        text = path.read_text()
        uses_torch = re.search(r"#\s*include\s*[<\"](torch|ATen|c10)/", text)
        place = path.relative_to(root)
        if uses_torch and room != "training":
            yield f"{place} includes LibTorch outside training/"
        if uses_torch and path.suffix == ".hpp" and not path.name.endswith("_internal.hpp"):
            yield f"{place}: a header of training/ that includes LibTorch is named …_internal.hpp"
        if room == "training" and re.search(r"#\s*include\s*<(fmt|spdlog)/", text):
            yield f"{place} includes the system's fmt, which collides with LibTorch's"


def test_breaches(root):
    for room, path in sources(root):
        if path.suffix != ".cpp" or path.name == "main.cpp":
            continue
        test = root / "tests" / room / f"test_{path.stem}.cpp"
        if not test.exists():
            yield f"{path.relative_to(root)} has no test file {test.relative_to(root)}"
        elif not re.search(r"\b(TEST|TEST_P|TEST_F|TYPED_TEST)\(", test.read_text()):
            yield f"{test.relative_to(root)} tests nothing"


def property_breaches(root):
    for path in sorted((root / "tests").glob("**/*.[ch]pp")):
        if path.name != "property.hpp" and "rc::check(" in path.read_text():
            yield f"{path.relative_to(root)}: rc::check cannot fail a test; use test::property (tests/property.hpp)"


def text_breaches(root):
    for room, path in sources(root):
        text = path.read_text()
        lines = text.count("\n")
        place = path.relative_to(root)
        if lines > LONGEST_FILE:
            yield f"{place} has {lines} lines; {LONGEST_FILE} are the limit"
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(r"\b(TODO|FIXME|XXX)\b", line):
                yield f"{place}:{number} leaves work undone"
        # Highway includes a header once for each instruction set, under a guard of its own.
        if path.suffix == ".hpp" and "#pragma once" not in text and "HWY_TARGET_TOGGLE" not in text:
            yield f"{place} lacks #pragma once"
        if path.stem in ("utils", "helpers", "common", "misc"):
            yield f"{place}: one idea, one file, named after it"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    checks = (room_breaches, order_breaches, torch_breaches, test_breaches, property_breaches,
              text_breaches)
    breaches = [breach for check in checks for breach in check(root)]
    for breach in breaches:
        print(breach)
    print(f"{sum(1 for _ in sources(root))} files, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
