#!/usr/bin/env python3
"""Pictures of the charts of a report.html: one PNG and SVG each, drawn offline by vl-convert.

    .deps/bin/python tools/render_charts.py report.html -o pictures --format svg,png --width 760 --theme dark
    .deps/bin/python tools/render_charts.py report.html --only chart-1,chart-5 --beside --width 400   # one picture
"""

import argparse
import html.parser
import json
import pathlib
import sys

# The page's own colours of text and grid (report/page_assets.cpp); the charts bring the others.
THEMES = {
    "light": {"paper": "#ffffff", "ink": "#1b1f24", "soft": "#57606a", "line": "#d8dee4"},
    "dark": {"paper": "#14171c", "ink": "#e3e7ec", "soft": "#9aa4b0", "line": "#333a44"},
}


class ChartSpecs(html.parser.HTMLParser):
    """Collects (name, spec) of every <script class="chart-spec">."""

    def __init__(self) -> None:
        super().__init__()
        self.specs: list[tuple[str, dict]] = []
        self._name: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        known = dict(attributes)
        if tag == "script" and known.get("class") == "chart-spec":
            self._name, self._text = known.get("data-into") or f"chart-{len(self.specs) + 1}", ""

    def handle_data(self, data: str) -> None:
        if self._name is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._name is not None:
            self.specs.append((self._name, json.loads(self._text)))
            self._name = None


def themed(theme: str) -> dict:
    colour = THEMES[theme]
    axis = {"labelColor": colour["soft"], "titleColor": colour["ink"], "gridColor": colour["line"],
            "domainColor": colour["soft"], "tickColor": colour["soft"]}
    return {"background": colour["paper"], "padding": 12, "axis": axis,
            "legend": {"labelColor": colour["ink"], "titleColor": colour["soft"]},
            "title": {"color": colour["ink"], "subtitleColor": colour["soft"]}}


def beside(specs: list[tuple[str, dict]], width: int) -> tuple[str, dict]:
    """One chart of several, side by side, each with its own colours and legend."""
    parts = [{key: value for key, value in spec.items() if key not in ("$schema", "config", "autosize", "usermeta")}
             for _, spec in specs]
    for part in parts:
        part["width"] = width
    own = {"color": "independent", "shape": "independent"}
    whole = {"$schema": specs[0][1]["$schema"], "config": specs[0][1]["config"], "hconcat": parts, "spacing": 40,
             "resolve": {"scale": own, "legend": own}}
    return "+".join(name for name, _ in specs), whole


def render(spec: dict, kind: str, arguments: argparse.Namespace) -> bytes:
    import vl_convert

    if spec.get("width") == "container":  # a picture has no page to fill
        spec = {**spec, "width": arguments.width}
    config = themed(arguments.theme)
    if kind == "svg":
        return vl_convert.vegalite_to_svg(spec, vl_version="5.21", config=config).encode()
    return vl_convert.vegalite_to_png(spec, vl_version="5.21", config=config, scale=arguments.scale)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("report", type=pathlib.Path, help="a report.html that Pianola wrote")
    parser.add_argument("-o", "--out", type=pathlib.Path, default=pathlib.Path("."), help="folder of the pictures")
    parser.add_argument("--format", default="png,svg", help="png, svg or both (default: %(default)s)")
    parser.add_argument("--only", help="charts by name, as chart-2 or chart-1,chart-5")
    parser.add_argument("--beside", action="store_true", help="all of them side by side in one picture")
    parser.add_argument("--width", type=int, default=760, help="pixels of a chart (default: %(default)s)")
    parser.add_argument("--scale", type=float, default=2.0, help="PNG pixels for each pixel (default: %(default)s)")
    parser.add_argument("--theme", choices=sorted(THEMES), default="light")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    kinds = arguments.format.split(",")
    if not set(kinds) <= {"png", "svg"}:
        sys.exit(f"--format takes png, svg or both, not '{arguments.format}'")
    try:
        page = arguments.report.read_text(encoding="utf-8")
    except OSError as error:
        sys.exit(f"cannot read '{arguments.report}': {error.strerror}")
    found = ChartSpecs()
    found.feed(page)
    names = [name for name, _ in found.specs]
    wanted = arguments.only.split(",") if arguments.only else names
    missing = [name for name in wanted if name not in names]
    if missing or not wanted:
        sys.exit(f"'{arguments.report}' has no chart {', '.join(missing) or 'at all'}; it has: {', '.join(names) or 'none'}")
    specs = [(name, spec) for name, spec in found.specs if name in wanted]
    if arguments.beside:
        specs = [beside(specs, arguments.width)]
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, spec in specs:
        for kind in kinds:
            path = arguments.out / f"{name}.{kind}"
            path.write_bytes(render(spec, kind, arguments))
            print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
