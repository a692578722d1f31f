// The table of runs: headers sort, checkboxes draw curves, buttons open runs.

import { focusedIn, node } from "../widget/dom.js";
import { formatNumber } from "../widget/number_format.js";
import { swatch } from "./overlay.js";

export const settingName = (name) => name.replaceAll("_", " ");

export function settingText(value) {
  if (value === undefined || value === null) return "–";
  if (typeof value === "number")
    return Number.isInteger(value) ? String(value) : formatNumber(value).replace(/0+$/, "");
  return String(value);
}

export function runTable(model, say, { change, point }) {
  const body = node("tbody", {});
  const head = node("tr", {});
  const table = node("table", { class: "nbk-table" }, node("thead", {}, head), body);
  const box = node("div", { class: "nbk-table-box", tabindex: 0, role: "region", "aria-label": say("table") }, table);
  const keys = { head: "", body: "" };
  const differ = (part, what) => {
    const key = JSON.stringify(what);
    const changed = key !== keys[part];
    keys[part] = key;
    return changed;
  };

  function drawHead(now) {
    const { sort, down } = now.view;
    const columns = columnsOf(model, say, now);
    if (!differ("head", [columns, sort, down])) return;
    const focused = focusedIn(head)?.getAttribute("data-sort");
    const sortBy = (name) => change(sort === name ? { down: !down } : { sort: name, down: false });
    const cells = columns.map(([name, text]) => headCell(name, text, sort === name ? down : null, sortBy));
    head.replaceChildren(node("td", {}), ...cells, node("td", {}));
    if (focused) head.querySelector(`[data-sort="${CSS.escape(focused)}"]`)?.focus();
  }
  function drawBody(now, gone) {
    if (!differ("body", [now.rows, now.metric, now.view.hidden, now.best, gone, model.get("differing")])) return;
    const active = focusedIn(body);
    const focused = body.contains(active) ? [active.closest("tr").getAttribute("data-run"), active.tagName] : null;
    body.replaceChildren(...now.rows.map((row) => bodyRow(model, say, row, now, { change, point, gone })));
    if (focused) body.querySelector(`tr[data-run="${CSS.escape(focused[0])}"] ${focused[1]}`)?.focus();
  }
  return {
    box,
    openerOf: (name) => body.querySelector(`tr[data-run="${CSS.escape(name)}"] td:last-child button`),
    mark(name) {
      for (const line of body.children) line.toggleAttribute("data-pointed", line.getAttribute("data-run") === name);
    },
    draw(now, gone) {
      box.hidden = !now.rows.length;
      drawHead(now);
      drawBody(now, gone);
    },
  };
}

const columnsOf = (model, say, now) => [
  ["name", say("run")],
  ["status", say("status")],
  ["epochs", say("epochs")],
  ["best", say("best", { metric: now.metric })],
  ["best_epoch", say("best_epoch")],
  ...model.get("differing").map((name) => [`:${name}`, settingName(name)]),
];

// `down` is null unless the table is sorted by this column.
function headCell(name, text, down, sortBy) {
  const arrow = down === null ? "" : down ? " ↓" : " ↑";
  const button = node("button", { type: "button", class: "nbk-sort", "data-sort": name }, text, arrow);
  button.addEventListener("click", () => sortBy(name));
  const order = down === null ? "none" : down ? "descending" : "ascending";
  return node("th", { scope: "col", "aria-sort": order }, button);
}

function bodyRow(model, say, row, now, { change, point, gone }) {
  const best = row.best[now.metric];
  const open = node("button", { type: "button", "aria-label": say("open_run", { name: row.name }) }, say("open"));
  open.disabled = gone;
  open.addEventListener("click", () => model.send({ do: "open", run: row.name }));
  const line = node(
    "tr",
    { "data-run": row.name },
    node("td", { class: "nbk-draw" }, drawBox(say, row, now, change)),
    node("th", { scope: "row" }, row.name),
    node("td", { "data-status": row.status }, say(row.status)),
    node("td", {}, String(row.epochs)),
    node("td", {}, best ? formatNumber(best[1]) : "–", ...(now.best === row.name ? star(say) : [])),
    node("td", {}, best ? String(best[0]) : "–"),
    ...model.get("differing").map((name) => settingCell(row.settings[name])),
    node("td", {}, open),
  );
  line.addEventListener("pointerenter", () => point(row.name));
  line.addEventListener("pointerleave", () => point(null));
  return line;
}

function drawBox(say, row, now, change) {
  const hidden = now.view.hidden;
  const check = node("input", { type: "checkbox", "aria-label": say("draw", { name: row.name }) });
  check.checked = !hidden.includes(row.name);
  check.disabled = !now.curves[row.index];
  check.addEventListener("change", () =>
    change({ hidden: check.checked ? hidden.filter((name) => name !== row.name) : [...hidden, row.name] }),
  );
  const line = swatch(row.index);
  line.style.visibility = check.checked && !check.disabled ? "" : "hidden";
  return node("label", {}, check, line);
}

const star = (say) => [
  node("span", { class: "nbk-star", title: say("best_of_all"), "aria-hidden": "true" }, " ★"),
  node("span", { class: "nbk-aloud" }, say("best_of_all")),
];

function settingCell(value) {
  const text = settingText(value);
  return node("td", { title: text.length > 24 ? text : null }, node("span", { class: "nbk-cell" }, text));
}
