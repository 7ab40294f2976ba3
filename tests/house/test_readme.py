"""What the README and docs show is what there is: run as `test_readme.py ROOT PIANOLA`.

A code block after `<!-- include FILE -->` equals that file; every command line in a block after `<!-- run -->` is run in
one scratch folder and must succeed; every link to a file of the tree leads somewhere.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile


def pages(root):
    return [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").glob("**/*.md"))]


def include_breaches(root, page, text):
    for match in re.finditer(r"<!-- include (\S+) -->\n```\w*\n(.*?)```", text, re.S):
        source = root / match[1]
        if not source.exists() or source.read_text() != match[2]:
            yield f"{page.name}: the block after 'include {match[1]}' differs from that file"


def run_breaches(page, text, program):
    for match in re.finditer(r"<!-- run -->\n```\w*\n(.*?)```", text, re.S):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{pathlib.Path(program).parent}:{os.environ['PATH']}"
            for line in match[1].replace("\\\n", " ").splitlines():
                if not line.strip() or line.startswith("#"):
                    continue
                done = subprocess.run(line, shell=True, cwd=folder, env={**os.environ, "PATH": path}, text=True,
                                      capture_output=True, check=False)
                if done.returncode:
                    yield f"{page.name}: `{line}` exits {done.returncode}: {done.stderr.strip()}"


def link_breaches(root, page, text):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if not target.startswith(("http:", "https:", "mailto:")) and not (page.parent / target).exists():
            yield f"{page.name} links to {target}, which is not there"


def main():
    root, program = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    breaches = []
    for page in pages(root):
        text = page.read_text()
        breaches += [*include_breaches(root, page, text), *link_breaches(root, page, text),
                     *run_breaches(page, text, program)]
    for breach in breaches:
        print(breach)
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
