// SPDX-License-Identifier: Apache-2.0
#include "report/style.hpp"

namespace tazuna {
namespace {

constexpr std::string_view style = R"css(
:root {
  color-scheme: light dark;
  --page: #ffffff; --ink: #1c2127; --soft: #59636e; --rule: #d9dee3; --faint: #eef1f4; --tile: #f6f8fa;
  --accent: #0a5ea8; --warn: #8a4b00;
  --c1: #0a5ea8; --c2: #c2410c; --c3: #15803d; --c4: #9333a0; --c5: #8a6d00; --c6: #0e7490; --c7: #be123c;
  --c8: #57534e;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #101418; --ink: #e4e8ec; --soft: #9aa5b1; --rule: #313a44; --faint: #1f262d; --tile: #171d23;
    --accent: #79b8f2; --warn: #f0b35e;
    --c1: #79b8f2; --c2: #ff9e64; --c3: #6fcf97; --c4: #d6a0e6; --c5: #e3c565; --c6: #67d3e6; --c7: #ff8fa3;
    --c8: #bab4ae;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 1120px; margin: 0 auto; padding: 40px 24px 64px; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 52px 0 6px; padding-top: 14px; border-top: 1px solid var(--rule); }
h3 { font-size: 1rem; line-height: 1.4; margin: 28px 0 8px; overflow-wrap: anywhere; }
p { margin: 6px 0 12px; max-width: 76ch; }
.lead { font-size: 1.05rem; color: var(--soft); }
.use { font-size: 0.8rem; letter-spacing: 0.06em; text-transform: uppercase; color: var(--warn); margin: 0 0 10px; font-weight: 600; }
.note, figcaption, caption { color: var(--soft); font-size: 0.875rem; }
a { color: var(--accent); }
code { font: 0.875em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
nav { margin: 22px 0 0; font-size: 0.9rem; }
nav ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 4px 20px; }
nav a { text-decoration: none; }
nav a:hover { text-decoration: underline; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 12px; margin: 24px 0 0; }
.tile { background: var(--tile); border: 1px solid var(--rule); border-radius: 8px; padding: 14px 16px; }
.tile h3 { margin: 0; font-size: 0.9rem; font-weight: 600; color: var(--soft); }
.tile .value { font-size: 1.75rem; line-height: 1.25; font-weight: 600; font-variant-numeric: tabular-nums; }
.tile p { margin: 0; font-size: 0.85rem; color: var(--soft); font-variant-numeric: tabular-nums; }
dl { display: grid; grid-template-columns: minmax(130px, max-content) 1fr; gap: 4px 20px; margin: 16px 0 0; font-size: 0.925rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.facts { grid-template-columns: repeat(2, minmax(110px, max-content) minmax(0, 1fr)); }
.scroll { overflow-x: auto; margin: 12px 0; }
.scroll:focus-visible, button:focus-visible, input:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { padding: 6px 14px; text-align: left; vertical-align: baseline; border-bottom: 1px solid var(--faint); white-space: nowrap; }
th:first-child { padding-left: 0; }
thead th { border-bottom: 1px solid var(--soft); font-weight: 600; vertical-align: bottom; white-space: normal; }
tbody th { font-weight: 400; }
.means tbody th { font-weight: 600; }
.num { text-align: right; }
.wrap td { white-space: normal; min-width: 11ch; max-width: 44ch; overflow-wrap: break-word; }
.wrap td.num { white-space: nowrap; min-width: 0; }
.findings { padding-left: 1.2em; max-width: 80ch; } .findings li { margin: 6px 0; }
.verdict { font-size: 1.05rem; font-weight: 600; }
.trace { overflow-wrap: anywhere; }
.mean { display: block; font-weight: 600; }
.interval, .rests { display: block; color: var(--soft); font-size: 0.8rem; }
.rests { color: var(--warn); }
.long { max-height: 560px; overflow-y: auto; }
.long thead th { position: sticky; top: 0; background: var(--page); z-index: 1; box-shadow: 0 1px 0 var(--soft); border-bottom: 0; }
.long table { width: 100%; }
thead button { all: unset; cursor: pointer; font-weight: 600; }
thead button::after { content: "\00a0\2195"; color: var(--soft); font-weight: 400; }
th[aria-sort=ascending] button::after { content: "\00a0\2191"; color: var(--accent); }
th[aria-sort=descending] button::after { content: "\00a0\2193"; color: var(--accent); }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 400px), 1fr)); gap: 24px 32px; margin: 16px 0; align-items: start; }
figure { margin: 0; break-inside: avoid; }
figure > svg { display: block; width: 100%; max-width: 520px; height: auto; }
figcaption { margin-top: 4px; }
figcaption b { color: var(--ink); font-weight: 600; }
svg text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; fill: var(--ink); font-variant-numeric: tabular-nums; }
svg .tick { fill: var(--soft); font-size: 11px; }
svg .end { text-anchor: end; } svg .mid { text-anchor: middle; }
svg .halo { paint-order: stroke; stroke: var(--page); stroke-width: 3px; stroke-linejoin: round; }
.grid { stroke: var(--faint); } .axis { stroke: var(--soft); } .zero { stroke: var(--rule); }
.curve { fill: none; stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round; }
.c1 { stroke: var(--c1); } .c2 { stroke: var(--c2); } .c3 { stroke: var(--c3); } .c4 { stroke: var(--c4); }
.c5 { stroke: var(--c5); } .c6 { stroke: var(--c6); } .c7 { stroke: var(--c7); } .c8 { stroke: var(--c8); }
.d2 { stroke-dasharray: 7 3; } .d3 { stroke-dasharray: 2 3; } .d4 { stroke-dasharray: 9 3 2 3; }
.f1 { fill: var(--c1); } .f2 { fill: var(--c2); } .f3 { fill: var(--c3); } .f4 { fill: var(--c4); }
.f5 { fill: var(--c5); } .f6 { fill: var(--c6); } .f7 { fill: var(--c7); } .f8 { fill: var(--c8); }
.band { fill-opacity: 0.14; }
.mark { fill: var(--page); stroke-width: 1.6; }
.bin-range { stroke-width: 1.2; stroke-opacity: 0.6; }
.no-difference { stroke: var(--soft); stroke-dasharray: 4 4; } .nought { stroke: var(--ink); }
.faint { stroke-width: 0.8; stroke-opacity: 0.35; } .strong-line { stroke-width: 2.2; }
.up { --way: var(--c1); } .down { --way: var(--c2); } .level { --way: var(--soft); }
.interval-line { stroke: var(--way); stroke-width: 1.8; } .estimate { fill: var(--way); }
.pair { stroke: var(--way); stroke-opacity: 0.4; } .dot { fill: var(--way); fill-opacity: 0.7; }
.mean-line { stroke: var(--ink); stroke-width: 3; }
svg .strong { font-weight: 600; }
.cell-frame { fill: none; stroke: var(--rule); } .cell { fill: var(--accent); }
.s0 { fill-opacity: 0; } .s1 { fill-opacity: 0.05; } .s2 { fill-opacity: 0.1; } .s3 { fill-opacity: 0.15; }
.s4 { fill-opacity: 0.2; } .s5 { fill-opacity: 0.24; } .s6 { fill-opacity: 0.28; } .s7 { fill-opacity: 0.32; }
.s8 { fill-opacity: 0.36; } .s9 { fill-opacity: 0.4; } .s10 { fill-opacity: 0.44; }
.case { fill: var(--accent); fill-opacity: 0.45; }
@media screen and (prefers-color-scheme: dark) { .case { fill-opacity: 0.6; } }
.case:hover { fill-opacity: 1; stroke: var(--ink); }
.quartiles { fill: var(--accent); fill-opacity: 0.12; stroke: var(--ink); }
.median { stroke: var(--ink); stroke-width: 2.2; } .whisker { stroke: var(--ink); }
.bias { stroke: var(--accent); stroke-width: 1.6; } .limit { stroke: var(--accent); stroke-dasharray: 5 4; }
.shown { margin: 28px 0 44px; }
.shown h3 { margin-bottom: 2px; }
.planes { display: grid; grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); gap: 16px; margin: 12px 0; align-items: start; }
.picture svg { display: block; width: 100%; height: auto; max-height: 460px; background: #000000; border-radius: 4px; }
.picture image { image-rendering: pixelated; }
.scale svg { max-width: 400px; }
.picture path { fill: none; stroke-width: 1.7; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.picture .casing { stroke: #000000; stroke-opacity: 0.6; stroke-width: 2.4; }
.picture .reference { stroke: #ffffff; stroke-width: 1.3; stroke-dasharray: 3.5 3; }
.picture .edge { fill: #ffffff; font-size: 10px; paint-order: stroke; stroke: #000000; stroke-width: 2px; }
.picture .bar { stroke: #ffffff; stroke-width: 2; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 0.875rem; color: var(--soft); margin: 8px 0; padding: 0; list-style: none; }
.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 2px; margin-right: 6px; vertical-align: -1px; border: 1px solid var(--soft); }
.slider { display: block; font-size: 0.875rem; color: var(--soft); margin-top: 6px; }
.slider input { width: 100%; accent-color: var(--accent); display: block; }
[hidden] { display: none !important; }
@media (max-width: 720px) {
  main { padding: 22px 16px 40px; }
  h1 { font-size: 1.5rem; }
  .facts { grid-template-columns: minmax(100px, max-content) minmax(0, 1fr); }
  th, td { padding: 6px 9px; }
}
@media screen and (max-width: 720px) {
  .means th:first-child, .wrap th:first-child { position: sticky; left: 0; background: var(--page); white-space: normal; max-width: 34vw; }
  .means th:first-child { min-width: 7em; }
  .wrap td { white-space: nowrap; max-width: none; }
}
@media print {
  table { font-size: 8pt; }
  th, td { padding: 3px 6px; }
  .means th:first-child, .wrap th:first-child { white-space: normal; }
  .interval, .rests { font-size: 7pt; }
  .wrap td { min-width: 9ch; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  nav, .slider { display: none; }
  h2 { margin-top: 28px; }
  h2, h3, h2 + .note { break-after: avoid; }
  .tile, .shown, tr { break-inside: avoid; }
  .shown { margin: 14px 0 20px; }
  .picture svg { max-height: 250px; }
  .plots { grid-template-columns: 1fr 1fr; }
  .scroll, .long { max-height: none; overflow: visible; }
  .cases { font-size: 7pt; }
  .cases th, .cases td { padding: 2px 4px; }
  .long thead th { position: static; box-shadow: none; border-bottom: 1px solid var(--soft); }
  thead button { display: contents; }
  thead button::after { content: none !important; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
)css";

constexpr std::string_view script = R"js(
(function () {
  "use strict";
  function key(row, column) {
    var cell = row.cells[column], value = cell.getAttribute("data-value");
    return value === null ? cell.textContent : value === "" ? null : Number(value);
  }
  function compare(a, b, sign) {
    if (a === null || b === null) return (a === null) - (b === null);  // undefined values stay last
    return sign * (typeof a === "number" ? (a > b) - (a < b) : a.localeCompare(b, "en", { numeric: true }));
  }
  document.querySelectorAll("table.sortable").forEach(function (table) {
    var heads = Array.from(table.tHead.rows[0].cells), body = table.tBodies[0];
    heads.forEach(function (head, column) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.textContent = "";
      head.appendChild(button);
      button.addEventListener("click", function () {
        var sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
        Array.from(body.rows).map(function (row) { return [key(row, column), row]; })
          .sort(function (a, b) { return compare(a[0], b[0], sign); })
          .forEach(function (entry) { body.appendChild(entry[1]); });
      });
    });
  });
  document.querySelectorAll(".stack").forEach(function (stack) {
    var slices = stack.querySelectorAll(".slice"), slider = stack.querySelector(".slider");
    var input = slider.querySelector("input");
    slider.hidden = false;
    input.addEventListener("input", function () {
      slices.forEach(function (slice, index) { slice.hidden = index !== Number(input.value); });
      input.setAttribute("aria-valuetext", slices[Number(input.value)].querySelector("figcaption").textContent);
    });
  });
})();
)js";

}  // namespace

std::string_view page_style() {
  return style;
}

std::string_view page_script() {
  return script;
}

}  // namespace tazuna
