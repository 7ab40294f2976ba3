"""Writes Vega-Embed, Vega-Lite and Vega as one classic script that defines window.vegaEmbed and loads nothing."""

import os
import sys

import vl_convert

VEGA_LITE = "5.21"  # the version that the page's chart specs are written for


def main(path: str) -> None:
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VEGA_LITE)
    # Inside a <script>, these would end it or change how it is read.
    for forbidden in ("</script", "<!--"):
        if forbidden in bundle.lower():
            sys.exit(f"the bundle contains {forbidden!r}; it cannot stand inside a page as it is")
    script = "(function () {\n" + bundle + "\n})();\n"
    temporary = f"{path}.tmp-{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(script)
    os.replace(temporary, path)


if __name__ == "__main__":
    main(sys.argv[1])
