// Layers as rows, channels as tiles.

import { paintBytes } from "../widget/charts/colours.js";
import { listen, node, setAttributes, setText } from "../widget/dom.js";
import { arrowDirection } from "../widget/gestures.js";

// The tile that an arrow key moves to: in the same row, or in the next row with tiles.
// `counts` has the number of tiles in each row, in order.
export function nextTile([row, tile], [right, up], counts) {
  if (right) {
    const to = tile + right;
    return to >= 0 && to < counts[row] ? [row, to] : [row, tile];
  }
  let to = row - up;
  while (to >= 0 && to < counts.length && !counts[to]) to -= up;
  if (to < 0 || to >= counts.length) return [row, tile];
  return [to, Math.min(tile, counts[to] - 1)];
}

export function rowsView(say, signal, { onChosen, onFold, onMore }) {
  const box = node("div", { class: "nbk-rows", role: "group", "aria-label": say("layers") });
  const rows = new Map(); // number of the row -> its nodes
  const tabs = movedByKeys(box, rows, signal);

  // state: { list, index, tiles, scales, tops, chosen, off, byLayer, table }
  function draw(state) {
    for (const entry of rows.size ? [] : state.list) {
      rows.set(entry.row, newRow(entry, say, signal, { onFold, onMore }));
      box.append(rows.get(entry.row).box);
    }
    const blocks = new Map(state.index.map(([at, ...place], i) => [at, { place, top: state.tops[i] }]));
    let first = 0; // index of the row's first scale
    for (const entry of state.list) {
      const block = blocks.get(entry.row);
      drawRow(rows.get(entry.row), entry, block, first, state, say);
      first += block?.place[1] ?? 0;
    }
    tabs.settle(rows.get(state.chosen[0])?.tiles.children[state.chosen[1]]);
  }
  const choose = (event) => {
    const tile = event.target.closest(".nbk-tile");
    if (!tile) return;
    tabs.settle(tile);
    const [at, k] = tabs.placeOf(tile);
    onChosen([[...rows.keys()][at], k]);
  };
  listen(box, "click", choose, signal);
  return { box, draw, rowOf: (at) => rows.get(at)?.box ?? null };
}

function drawRow(row, entry, block, first, state, say) {
  const off = state.off[entry.row] ?? [];
  row.head(Boolean(block), off.length);
  const [start, n, height, width] = block?.place ?? [0, 0, 0, 0];
  while (row.tiles.children.length > n) row.tiles.lastChild.remove();
  while (row.tiles.children.length < n) row.tiles.append(newTile(entry));
  for (let k = 0; k < n; k += 1) {
    const button = row.tiles.children[k];
    const bytes = state.tiles.subarray(start + k * height * width, start + (k + 1) * height * width);
    const share = state.byLayer || entry.flat ? state.scales[first + k] / (block.top || 1) : 1;
    paintBytes(button.firstChild, bytes, height, width, state.table, share);
    const isOff = off.includes(k);
    setAttributes(button, {
      "aria-pressed": String(state.chosen[0] === entry.row && state.chosen[1] === k),
      "aria-label": nameOf(entry, k, say) + (isOff ? `, ${say("off_mark")}` : ""),
      "data-off": isOff,
      "data-coarse": Math.max(height, width) < 64,
    });
  }
  row.more(entry.n - n, Boolean(block));
}

const newTile = (entry) =>
  node(
    "button",
    { type: "button", class: `nbk-tile${entry.flat ? " nbk-unit" : ""}`, tabindex: -1 },
    node("canvas", { "aria-hidden": "true" }),
  );

// Roving tabindex: Tab reaches one tile, arrow keys the others.
function movedByKeys(box, rows, signal) {
  let focused = null;
  const lists = () => [...rows.values()].map((row) => row.tiles);
  const placeOf = (tile) => {
    const at = lists().indexOf(tile.parentElement);
    return [at, [...tile.parentElement.children].indexOf(tile)];
  };
  const settle = (tile) => {
    const tiles = [...box.querySelectorAll(".nbk-tile")];
    if (tile) focused = tile;
    if (!focused?.isConnected) focused = tiles[0] ?? null;
    for (const tile of tiles) tile.tabIndex = tile === focused ? 0 : -1;
  };
  const press = (event) => {
    const tile = event.target.closest(".nbk-tile");
    const direction = arrowDirection(event);
    if (!tile || !direction) return;
    event.preventDefault();
    event.stopPropagation();
    const counts = lists().map((list) => list.children.length);
    const [at, k] = placeOf(tile);
    const [row, to] = nextTile([at, k], direction, counts);
    settle(lists()[row].children[to]);
    focused.focus();
  };
  listen(box, "keydown", press, signal);
  return { settle, placeOf };
}

export const nameOf = (entry, k, say) =>
  say(entry.flat ? "unit" : "tile", { name: entry.name || say("picture_row"), n: k });

function newRow(entry, say, signal, { onFold, onMore }) {
  const name = entry.name || say("picture_row");
  const shape = entry.shape.join(" × ");
  const fold = node("button", { type: "button", class: "nbk-fold", hidden: !entry.n || entry.quiet });
  const off = node("span", { class: "nbk-some-off" });
  const kind = entry.quiet ? say("unchanged") : entry.n ? "" : say("nothing");
  const head = node(
    "div",
    { class: "nbk-row-head" },
    fold,
    node("strong", { title: name }, name),
    node("span", { class: "nbk-kind" }, entry.kind),
    node("span", { class: "nbk-shape" }, shape),
    node("span", { class: "nbk-note" }, kind),
    off,
  );
  const tiles = node("div", { class: "nbk-tiles", role: "group" });
  setAttributes(tiles, { "aria-label": say("row_name", { name, kind: entry.kind, shape }) });
  const more = node("button", { type: "button", class: "nbk-more" });
  listen(fold, "click", () => onFold(entry.row), signal);
  listen(more, "click", () => onMore(entry.row), signal);
  const box = node("section", { class: "nbk-layer", "data-row": entry.row }, head, tiles, more);
  return {
    box,
    tiles,
    head(isOpen, count) {
      setText(fold, isOpen ? "▾" : "▸");
      setAttributes(fold, {
        "aria-expanded": String(isOpen),
        "aria-label": say(isOpen ? "close_row" : "open_row", { name }),
      });
      setText(off, count ? say("channels_off", { n: count }) : "");
    },
    more(left, isOpen) {
      more.hidden = !isOpen || left <= 0;
      setText(more, say("more", { n: left }));
    },
  };
}
