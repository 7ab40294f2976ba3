#include "pianola/report/page_assets.hpp"

namespace pianola {

std::string_view page_style() noexcept {
  return R"css(
:root {
  color-scheme: light dark;
  --paper: #ffffff; --panel: #f7f8fa; --ink: #1b1f24; --soft: #57606a; --line: #d8dee4; --accent: #2a7ab9;
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171c; --panel: #1b1f26; --ink: #e3e7ec; --soft: #9aa4b0; --line: #333a44; --accent: #6cb4e8; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 62rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
header { border-bottom: 2px solid var(--ink); margin-bottom: 1.5rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .35rem; letter-spacing: -.01em; text-wrap: balance; }
header p { color: var(--soft); margin: 0 0 1.1rem; max-width: 46rem; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 2.6rem 0 .6rem; }
p { margin: 0 0 1rem; max-width: 46rem; white-space: pre-line; }
nav { font-size: .92rem; color: var(--soft); margin: 0 0 1.5rem; }
nav ol { display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; list-style: none; margin: 0; padding: 0; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: .15em; }
.scroll { overflow-x: auto; margin: 0 0 1.4rem; }
.scroll:focus-visible, summary:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; font-size: .9rem; line-height: 1.4; min-width: min(100%, 24rem); }
.caption { color: var(--soft); font-size: .9rem; line-height: 1.4; margin: 0 0 .5rem; }
th, td { text-align: left; padding: .38rem 1.1rem .38rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th:last-child, td:last-child { padding-right: .25rem; }
th { font-weight: 600; border-bottom: 1px solid var(--ink); vertical-align: bottom; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td.number { white-space: nowrap; }
td:first-child { overflow-wrap: anywhere; min-width: 8rem; }
tr > :first-child:nth-last-child(n+9), tr > :first-child:nth-last-child(n+9) ~ * { padding-right: .55rem; font-size: .83rem; }
tbody tr:hover { background: var(--panel); }
figure { margin: 1.2rem 0 2rem; padding: 1.1rem 1.1rem .9rem; border: 1px solid var(--line); border-radius: 8px; }
figcaption { color: var(--soft); font-size: .92rem; line-height: 1.5; max-width: 46rem; margin-top: .5rem; }
figure details { margin-top: .5rem; }
.chart.vega-embed { display: block; width: 100%; }
.chart svg { max-width: 100%; }
.chart.failed { color: var(--soft); font-size: .92rem; }
details { font-size: .9rem; }
summary { cursor: pointer; color: var(--soft); width: fit-content; }
details > .scroll { margin-top: .6rem; max-height: 26rem; overflow-y: auto; }
details pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .78rem; line-height: 1.45; color: var(--soft); }
.provenance thead { display: none; }
.provenance td { white-space: pre-wrap; overflow-wrap: anywhere; }
.provenance td:first-child { color: var(--soft); white-space: nowrap; overflow-wrap: normal; }
.provenance td:last-child { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .84rem; }
footer { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .88rem; }
footer p { margin: 0 0 .5rem; }
#vg-tooltip-element { font: .85rem/1.45 system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
@media (max-width: 48rem) { table { font-size: .85rem; } th, td { padding-right: .7rem; } }
@media (max-width: 40rem) { body { padding-top: 1.5rem; } figure { padding: .8rem .6rem; } h1 { font-size: 1.55rem; } }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  figure, tr { break-inside: avoid; } h2 { break-after: avoid; } .vega-embed summary, nav { display: none; }
}
)css";
}

std::string_view page_script() noexcept {
  return R"js(
(function () {
  "use strict";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const drawn = new Map();

  function theme() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const ink = colour("--ink"), soft = colour("--soft"), line = colour("--line");
    return {
      background: null,
      axis: { labelColor: soft, titleColor: ink, gridColor: line, domainColor: soft, tickColor: soft },
      legend: { labelColor: ink, titleColor: soft },
      title: { color: ink, subtitleColor: soft },
    };
  }

  async function draw(script) {
    const place = document.getElementById(script.dataset.into);
    try {
      if (drawn.has(script)) drawn.get(script).finalize();
      const spec = JSON.parse(script.textContent);
      // Names in a legend may be as long as the chart is wide, less its axis and margins.
      if (spec.config && spec.config.legend) spec.config.legend.labelLimit = Math.max(160, place.clientWidth - 140);
      const result = await window.vegaEmbed(place, spec, {
        renderer: "svg",
        config: theme(),
        actions: { export: true, source: false, compiled: false, editor: false },
        downloadFileName: script.dataset.into,
        tooltip: { theme: dark.matches ? "dark" : "light" },
      });
      drawn.set(script, result);
    } catch (error) {
      place.classList.add("failed");
      place.textContent = "This chart could not be drawn (" + error.message + "). Its numbers stand below.";
      for (const fold of place.parentElement.querySelectorAll("details")) fold.open = true;
    }
  }

  function drawAll() {
    document.querySelectorAll("script.chart-spec").forEach(draw);
  }

  drawAll();
  dark.addEventListener("change", drawAll);
})();
)js";
}

}  // namespace pianola
