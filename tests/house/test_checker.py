"""The house's checker finds what it is there to find: each breach is planted in a copy of a tiny tree."""

import pathlib
import subprocess
import sys
import tempfile

CHECKER = pathlib.Path(__file__).with_name("test_house.py")

PLANTED = {
    "an include against the order": ("src/pianola/base/a.hpp", '#pragma once\n#include "pianola/data/dataset.hpp"\n',
                                     "lies below it"),
    "report knows base only": ("src/pianola/report/a.hpp", '#pragma once\n#include "pianola/bounds/b.hpp"\n',
                               "lies below it"),
    "LibTorch outside training": ("src/pianola/control/a.hpp", "#pragma once\n#include <torch/torch.h>\n",
                                  "outside training"),
    "LibTorch in a public header": ("src/pianola/training/a.hpp", "#pragma once\n#include <torch/torch.h>\n",
                                    "_internal.hpp"),
    "fmt beside LibTorch": ("src/pianola/training/a.hpp", "#pragma once\n#include <fmt/format.h>\n", "collides"),
    "a source without a test": ("src/pianola/data/a.cpp", "int x;\n", "has no test file"),
    "an unknown room": ("src/pianola/data/a.hpp", '#pragma once\n#include "pianola/utils/x.hpp"\n', "is no room"),
    "a folder that is no room": ("src/pianola/utils/x.cpp", "int x;\n", "is no room of the house"),
    "a relative include": ("src/pianola/base/a.hpp", '#pragma once\n#include "../cli/run.hpp"\n', "begins with pianola/"),
    "a spaced include": ("src/pianola/base/a.hpp", '#pragma once\n# include "pianola/cli/run.hpp"\n', "lies below it"),
    "a property that cannot fail": ("tests/base/test_a.cpp", "rc::" + "check([] {});\n", "cannot fail"),
    "work left undone": ("src/pianola/data/a.hpp", "#pragma once\n// TO" + "DO: later\n", "undone"),
}


def run(root):
    done = subprocess.run([sys.executable, str(CHECKER), str(root)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def main():
    failures = 0
    for name, (path, text, expected) in PLANTED.items():
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            clean, _ = run(root)
            (root / path).parent.mkdir(parents=True)
            (root / path).write_text(text)
            code, output = run(root)
            found = clean == 0 and code == 1 and expected in output
            failures += not found
            print(("ok    " if found else "FAILED ") + name)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
