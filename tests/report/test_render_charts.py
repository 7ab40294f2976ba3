"""Vega-Lite itself draws every kind of chart: test_render_charts.py <test_report> <tools/render_charts.py>."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

# Shapes that must be in each picture: by chart, (kind of mark, least number of elements).
EXPECTED = {
    "chart-1": [("mark-symbol", 12), ("mark-rule", 13), ("mark-line", 2)],
    "chart-2": [("mark-area", 1), ("mark-line", 2)],
    "chart-3": [("mark-symbol", 12), ("mark-rule", 13)],
    "chart-4": [("mark-rect", 3), ("mark-rule", 1)],
    "chart-5": [("mark-rect", 2), ("mark-rule", 1)],
    "chart-6": [],
}


def marks(svg: str, kind: str) -> int:
    """Elements drawn by marks of the chart's own layers (axes and legends are roles of their own)."""
    groups = re.findall(rf'<g class="{kind} role-mark[^"]*"[^>]*>(.*?)</g>', svg, flags=re.S)
    return sum(len(re.findall(r"<(?:path|line|text)\b", group)) for group in groups)


def main(test_report: str, renderer: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder) / "sample.html"
        subprocess.run([test_report, "--gtest_filter=SamplePage.*"], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "PIANOLA_SAMPLE_PAGE": str(page)})
        done = subprocess.run([sys.executable, renderer, str(page), "-o", folder, "--format", "svg"], check=True,
                              capture_output=True, text=True)
        assert "WARN" not in done.stderr and "ERROR" not in done.stderr, done.stderr
        for name, wanted in EXPECTED.items():
            svg = (pathlib.Path(folder) / f"{name}.svg").read_text(encoding="utf-8")
            assert "NaN" not in svg, f"{name} shows a number that is none"
            for kind, least in wanted:
                assert marks(svg, kind) >= least, f"{name}: {marks(svg, kind)} of {kind}, at least {least} expected"
        subprocess.run([sys.executable, renderer, str(page), "-o", folder, "--format", "svg", "--only", "chart-1,chart-2",
                        "--beside", "--width", "300"], check=True, capture_output=True, text=True)
        both = (pathlib.Path(folder) / "chart-1+chart-2.svg").read_text(encoding="utf-8")
        assert marks(both, "mark-symbol") >= 12 and marks(both, "mark-area") >= 1, "both charts are in the picture"
        wrong = subprocess.run([sys.executable, renderer, str(page), "--only", "chart-9"], capture_output=True, text=True)
        assert wrong.returncode != 0 and "chart-1" in wrong.stderr, wrong.stderr
        broken = subprocess.run([sys.executable, renderer, folder + "/none.html"], capture_output=True, text=True)
        assert broken.returncode != 0 and "cannot read" in broken.stderr, broken.stderr


if __name__ == "__main__":
    main(*sys.argv[1:])
