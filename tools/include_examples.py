"""Puts examples into the documents that show them: the block after `<!-- include FILE -->` becomes that file's text."""

import pathlib
import re

root = pathlib.Path(__file__).resolve().parent.parent
for page in [root / "README.md", *sorted((root / "docs").glob("**/*.md"))]:
    text = page.read_text()
    new = re.sub(r"(<!-- include (\S+) -->\n```\w*\n).*?```",
                 lambda m: m[1] + (root / m[2]).read_text() + "```", text, flags=re.S)
    if new != text:
        page.write_text(new)
        print(page.relative_to(root))
