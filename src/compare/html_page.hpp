// SPDX-License-Identifier: Apache-2.0
// The parts of the HTML report that are the same for every comparison.
#pragma once

#include <string_view>

namespace shallop::compare {

// Colours for light and dark, by the reader's preference; for narrow screens and paper.
inline constexpr std::string_view page_style = R"(
:root { color-scheme: light dark; --ground: #fcfcfb; --raised: #fff; --ink: #1b1f24; --quiet: #5b6570; --rule: #dfe3e7;
  --warn: #9a4a00; --warn-ground: #fff4e2; --bad: #b3261e; --link: #0a58ca;
  --v0: #4c5a67; --v1: #b36a00; --v2: #0b6fb8; --v3: #8a3ffc; --v4: #c2255c; --v5: #1a7f4b; --v6: #7a5c00; --v7: #00838f; }
@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { --ground: #14171a; --raised: #1c2024; --ink: #e8eaed;
  --quiet: #a2abb4; --rule: #343a41; --warn: #ffb868; --warn-ground: #33270f; --bad: #ff8a80; --link: #7ab7ff;
  --v0: #b3bec8; --v1: #ffb454; --v2: #5cb8ff; --v3: #c4a1ff; --v4: #ff8fb3; --v5: #5fd39a; --v6: #e0c46c; --v7: #5fd4de; } }
:root[data-theme=dark] { color-scheme: dark; --ground: #14171a; --raised: #1c2024; --ink: #e8eaed; --quiet: #a2abb4;
  --rule: #343a41; --warn: #ffb868; --warn-ground: #33270f; --bad: #ff8a80; --link: #7ab7ff; --v0: #b3bec8; --v1: #ffb454;
  --v2: #5cb8ff; --v3: #c4a1ff; --v4: #ff8fb3; --v5: #5fd39a; --v6: #e0c46c; --v7: #5fd4de; }
:root[data-theme=light] { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 1.5rem 1.25rem 4rem; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .4rem; } h2 { font-size: 1.3rem; margin: 3rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.6rem 0 .3rem; } p { margin: .4rem 0; } a { color: var(--link); }
.quiet { color: var(--quiet); font-size: .9rem; } .answer { font-size: 1.08rem; }
ul.warnings { list-style: none; margin: .8rem 0; padding: .5rem .9rem; background: var(--warn-ground); color: var(--warn);
  border-radius: .4rem; font-size: .92rem; overflow-wrap: anywhere; }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1rem; margin: 1rem 0; font-size: .92rem; align-items: center; }
nav button { margin-left: auto; font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--rule);
  border-radius: .4rem; padding: .15rem .6rem; cursor: pointer; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; width: 100%; }
th, td { padding: .3rem .6rem; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } th { color: var(--quiet); font-weight: 600; vertical-align: bottom; white-space: normal; }
th button { all: unset; cursor: pointer; } th button:focus-visible { outline: 2px solid var(--link); }
tr.failed td { color: var(--bad); } tr.struck td { text-decoration: line-through; } tr.away td { color: var(--quiet); }
td.sentence { white-space: normal; text-align: left; overflow-wrap: anywhere; }
figure { margin: 1.2rem 0; padding: .9rem; background: var(--raised); border: 1px solid var(--rule); border-radius: .5rem; }
figcaption { font-weight: 600; margin-bottom: .5rem; } figcaption span { font-weight: 400; color: var(--quiet); }
figure .wide svg { min-width: 560px; } svg { width: 100%; height: auto; display: block; }
svg text { font: 12px system-ui, "DejaVu Sans", sans-serif; fill: var(--ink); }
svg .tick, svg .axis { fill: var(--quiet); font-size: 11px; } svg .value { font-variant-numeric: tabular-nums; }
svg .grid { stroke: var(--rule); } svg .one { stroke: var(--quiet); stroke-dasharray: 4 3; }
svg .interval { stroke: var(--ink); stroke-width: 2; } svg .block { opacity: .35; }
svg .disturbed { fill: var(--warn); opacity: .1; } svg .bubble { opacity: .75; } svg .curve { fill: none; stroke-width: 2; }
.v0 { fill: var(--v0); stroke: var(--v0); } .v1 { fill: var(--v1); stroke: var(--v1); } .v2 { fill: var(--v2); stroke: var(--v2); }
.v3 { fill: var(--v3); stroke: var(--v3); } .v4 { fill: var(--v4); stroke: var(--v4); } .v5 { fill: var(--v5); stroke: var(--v5); }
.v6 { fill: var(--v6); stroke: var(--v6); } .v7 { fill: var(--v7); stroke: var(--v7); }
svg .v1.curve { stroke-dasharray: 7 3; } svg .v2.curve { stroke-dasharray: 2 3; } svg .v3.curve { stroke-dasharray: 9 3 2 3; }
svg .v4.curve { stroke-dasharray: 4 2; } svg .v5.curve { stroke-dasharray: 12 4; } svg .v6.curve { stroke-dasharray: 1 4; }
svg text.name { stroke: none; font-weight: 600; } svg text.name.v0 { fill: var(--v0); } svg text.name.v1 { fill: var(--v1); }
svg text.name.v2 { fill: var(--v2); } svg text.name.v3 { fill: var(--v3); } svg text.name.v4 { fill: var(--v4); }
svg text.name.v5 { fill: var(--v5); } svg text.name.v6 { fill: var(--v6); } svg text.name.v7 { fill: var(--v7); }
details { margin: .6rem 0; } summary { cursor: pointer; color: var(--link); } code { font-size: .88em; overflow-wrap: anywhere; }
@media (max-width: 40rem) { body { padding: 1rem .8rem 3rem; } h1 { font-size: 1.35rem; } figure { padding: .6rem; } }
@media print { nav, details > summary { display: none; } body { max-width: none; } figure { break-inside: avoid; } }
)";

// All that scripts do: choose light or dark, sort a table, save the results. Without them everything can be read.
inline constexpr std::string_view page_script = R"(
const root = document.documentElement;
document.getElementById('theme').addEventListener('click', () => {
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
});
const number = (cell) => {
  const found = cell.textContent.replaceAll(',', '').match(/-?[0-9.]+/);
  return found ? Number(found[0]) : Infinity;
};
for (const table of document.querySelectorAll('table.sortable')) {
  table.querySelectorAll('th').forEach((head, column) => {
    const button = document.createElement('button');
    button.textContent = head.textContent;
    head.replaceChildren(button);
    let down = false;
    button.addEventListener('click', () => {
      const body = table.tBodies[0];
      const rows = [...body.rows].sort((a, b) => column === 0
        ? a.cells[0].textContent.localeCompare(b.cells[0].textContent)
        : number(a.cells[column] ?? a.cells[0]) - number(b.cells[column] ?? b.cells[0]));
      if (down) rows.reverse();
      down = !down;
      body.append(...rows);
    });
  });
}
const save = document.getElementById('save');
save.href = URL.createObjectURL(new Blob([document.getElementById('results').textContent], {type: 'application/json'}));
)";

}  // namespace shallop::compare
