// The network: a column of features, one for each hidden layer, one of outputs; weights
// are lines. Point at a unit to see its map large; click it or a line to edit weights.
import { paintBytes } from "../widget/charts/colours.js";
import { focusedIn, listen, node, setAttributes, setDisabled, setText, svg } from "../widget/dom.js";
import { arrowDirection } from "../widget/gestures.js";
import { FEATURE_NAMES, mapOf, nameOf, thickness } from "./network_state.js";

export function networkView(say, signal, { choices, onSetting, onPoint, onPick }) {
  const lines = svg("svg", { class: "nbk-lines", "aria-hidden": "true" });
  const columns = node("div", { class: "nbk-columns" });
  const stage = node("div", { class: "nbk-stage" }, lines, columns);
  const scroller = node("div", { class: "nbk-scroller", role: "group", "aria-label": say("network") }, stage);
  const bar = layerBar(say, signal, choices, (layers) => onSetting({ layers }));
  const legend = node("p", { class: "nbk-hint" }, say("lines"));
  const tip = node("div", { class: "nbk-tip", role: "status", hidden: true });
  const box = node("section", { class: "nbk-net", "aria-label": say("network") }, bar.box, scroller, legend, tip);
  const drawn = { key: "", state: null, paths: [], tiles: new Map() };
  const parts = { lines, columns, stage, box, tip };
  listenToUnits(columns, signal, drawn, { onSetting, onPoint, onPick });
  listenToLines(lines, signal, drawn, parts, say, onPick);

  function draw(state, table, picked) {
    const isNew = buildColumns(columns, state, drawn, say, signal, (layers) => onSetting({ layers }));
    drawn.state = state;
    bar.draw(state);
    paintTiles(drawn, state, table, picked, say);
    if (isNew) placeLines(parts, drawn);
    drawLines(drawn, state, picked);
  }
  const sizes = new ResizeObserver(() => {
    if (!drawn.state) return;
    placeLines(parts, drawn);
    drawLines(drawn, drawn.state, drawn.picked);
  });
  sizes.observe(stage);
  signal.addEventListener("abort", () => sizes.disconnect());
  return { box, draw, focus: (column, row) => focusOn(drawn.tiles.get(`${column}:${row}`)?.tile) };
}

// How many layers there are, with buttons for one more and one less.
function layerBar(say, signal, choices, onLayers) {
  const less = node("button", { type: "button", "aria-label": say("remove_layer"), title: say("remove_layer") }, "−");
  const more = node("button", { type: "button", "aria-label": say("add_layer"), title: say("add_layer") }, "+");
  const text = node("span", { role: "status" });
  let layers = [];
  const box = node(
    "div",
    { class: "nbk-net-bar" },
    less,
    more,
    text,
    node("span", { class: "nbk-hint" }, say("pick_hint")),
  );
  listen(less, "click", () => layers.length && onLayers(layers.slice(0, -1)), signal);
  const grow = () => layers.length < choices.most_layers && onLayers([...layers, Math.min(layers.at(-1) ?? 4, 4)]);
  listen(more, "click", grow, signal);
  return {
    box,
    draw: ({ settings }) => {
      layers = settings.layers;
      setText(text, say("layers", { n: layers.length }));
      setDisabled(less, !layers.length);
      setDisabled(more, layers.length >= choices.most_layers);
    },
  };
}

// Columns are built again only if units come or go; the focus stays.
function buildColumns(columns, state, drawn, say, signal, onLayers) {
  const key = `${state.sizes.slice(1)} ${state.info.names}`;
  if (key === drawn.key) return false;
  const active = focusedIn(columns);
  const focused = active instanceof HTMLElement && columns.contains(active) ? active.dataset.key : null;
  drawn.key = key;
  drawn.tiles = new Map();
  const last = state.sizes.length - 1;
  const heads = state.sizes.map((_, column) => {
    if (column === 0) return node("h4", {}, say("features"));
    if (column === last) return node("h4", {}, say("output"));
    return layerHead(state, column, say, signal, onLayers);
  });
  columns.replaceChildren(
    ...state.sizes.map((size, column) => {
      const count = column === 0 ? state.names.length : size;
      const tiles = Array.from({ length: count }, (_, row) => tileOf(state, column, row, drawn));
      return node("div", { class: "nbk-column", "data-column": column }, heads[column], ...tiles);
    }),
  );
  if (focused) focusOn(columns.querySelector(`[data-key="${focused}"]`));
  return true;
}

// Focus a unit or a button; one that reached its limit leaves the focus to its other side.
function focusOn(target) {
  const able = target?.disabled ? target.parentElement.querySelector("button:not(:disabled)") : target;
  able?.focus({ preventScroll: true });
}

function layerHead({ settings, sizes }, column, say, signal, onLayers) {
  const n = column;
  const units = settings.layers[column - 1];
  const change = (by) => () => onLayers(settings.layers.with(column - 1, units + by));
  const button = (key, sign, by, isLast) => {
    const name = say(key, { n });
    const options = { type: "button", "aria-label": name, title: name, disabled: isLast, "data-key": `${key} ${n}` };
    const made = node("button", options, sign);
    listen(made, "click", change(by), signal);
    return made;
  };
  return node(
    "div",
    { class: "nbk-head" },
    node("h4", {}, say("layer", { n })),
    button("remove_unit", "−", -1, sizes[column] <= 1),
    button("add_unit", "+", 1, sizes[column] >= 10),
  );
}

function tileOf(state, column, row, drawn) {
  const canvas = node("canvas", { "aria-hidden": "true" });
  const mark = column === 0 ? node("span", { class: "nbk-mark" }, FEATURE_NAMES[state.names[row]]) : null;
  const tile = node(
    "button",
    { type: "button", class: "nbk-tile", "data-column": column, "data-row": row, "data-key": `${column}:${row}` },
    ...[mark, canvas],
  );
  drawn.tiles.set(`${column}:${row}`, { tile, canvas });
  return tile;
}

// Row of a feature among those in use; other tiles have the row that they show.
const inUse = (state, column, row) => (column === 0 ? state.settings.features.indexOf(state.names[row]) : row);

function paintTiles(drawn, state, table, picked, say) {
  const side = state.info.side;
  drawn.picked = picked;
  for (const { tile, canvas } of drawn.tiles.values()) {
    const [column, row] = [Number(tile.dataset.column), Number(tile.dataset.row)];
    const { bytes } = mapOf(state, column, row);
    if (bytes.length) paintBytes(canvas, bytes, side, side, table);
    else canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
    const isUsed = inUse(state, column, row) >= 0;
    const isPicked = picked?.column === column && picked?.row === row;
    const name = column === 0 ? FEATURE_NAMES[state.names[row]] : nameOf(state, column, row, say);
    const label = column === 0 ? say(isUsed ? "remove_feature" : "add_feature", { name }) : name;
    setAttributes(tile, {
      "aria-label": label,
      "aria-pressed": String(column === 0 ? isUsed : isPicked),
      title: label,
      "data-used": isUsed,
    });
  }
}

// Lines from the middle of one tile to the next column; a wide one below each takes the
// pointer.
function placeLines({ lines, stage }, drawn) {
  const { state } = drawn;
  const origin = stage.getBoundingClientRect();
  const [width, height] = [stage.scrollWidth, stage.scrollHeight];
  setAttributes(lines, { width, height, viewBox: `0 0 ${width} ${height}` });
  const box = (column, row) => drawn.tiles.get(`${column}:${row}`)?.tile.getBoundingClientRect();
  drawn.paths = [];
  for (let column = 1; column < state.sizes.length; column += 1) {
    const sources = column === 1 ? state.names.length : state.sizes[column - 1];
    for (let target = 0; target < state.sizes[column]; target += 1) {
      for (let source = 0; source < sources; source += 1) {
        const [from, to] = [box(column - 1, source), box(column, target)];
        if (!from || !to) continue;
        const start = [from.right - origin.left, from.top + from.height / 2 - origin.top];
        const end = [to.left - origin.left, to.top + to.height / 2 - origin.top];
        const middle = (start[0] + end[0]) / 2;
        const turns = [middle, start[1], middle, end[1]].map(round);
        const d = `M${start.map(round)}C${turns.join(" ")} ${end.map(round)}`;
        const line = svg("path", { class: "nbk-line", d });
        const hit = svg("path", { class: "nbk-hit", d, "data-at": drawn.paths.length });
        drawn.paths.push({ line, hit, column, source, target });
      }
    }
  }
  lines.replaceChildren(...drawn.paths.map(({ line }) => line), ...drawn.paths.map(({ hit }) => hit));
}

const round = (value) => Math.round(value * 10) / 10;

export const weightAt = (state, { column, source, target }) => {
  const layer = state.layers[column - 1];
  return layer ? layer.kernel[source * layer.after + target] : undefined;
};

function drawLines(drawn, state, picked) {
  for (const path of drawn.paths) {
    const source = inUse(state, path.column - 1, path.source);
    const weight = source < 0 ? undefined : weightAt(state, { ...path, source });
    const isShown = weight !== undefined;
    setAttributes(path.line, {
      display: isShown ? null : "none",
      "data-sign": weight < 0 ? "negative" : "positive",
      "stroke-width": isShown ? thickness(weight).toFixed(2) : null,
      "data-picked": Boolean(picked && picked.column === path.column && picked.row === path.target),
    });
    setAttributes(path.hit, { display: isShown ? null : "none" });
  }
}

function listenToUnits(columns, signal, drawn, { onSetting, onPoint, onPick }) {
  const tileAt = (event) => event.target.closest?.(".nbk-tile");
  const placeOf = (tile) => ({ column: Number(tile.dataset.column), row: Number(tile.dataset.row) });
  const show = (event) => {
    const tile = tileAt(event);
    if (tile) onPoint(placeOf(tile));
  };
  const hide = (event) => tileAt(event) && onPoint(null);
  for (const type of ["pointerover", "focusin"]) listen(columns, type, show, signal);
  for (const type of ["pointerout", "focusout"]) listen(columns, type, hide, signal);
  const click = (event) => {
    const tile = tileAt(event);
    if (!tile) return;
    const { column, row } = placeOf(tile);
    if (column > 0) return onPick({ column, row, source: null });
    const name = drawn.state.names[row];
    const { features } = drawn.state.settings;
    const others = features.filter((other) => other !== name);
    if (others.length === features.length) onSetting({ features: [...features, name] });
    else if (others.length) onSetting({ features: others });
  };
  listen(columns, "click", click, signal);
  const move = (event) => {
    const tile = tileAt(event);
    const direction = tile && arrowDirection(event);
    if (!direction) return;
    event.preventDefault();
    const { column, row } = placeOf(tile);
    const rows = [...columns.querySelectorAll(`.nbk-tile[data-column="${column + direction[0]}"]`)];
    const next = rows[Math.min(Math.max(row - direction[1], 0), rows.length - 1)];
    if (next instanceof HTMLElement) next.focus();
  };
  listen(columns, "keydown", move, signal);
}

function listenToLines(lines, signal, drawn, { box, tip }, say, onPick) {
  const pathAt = (event) => drawn.paths[event.target.dataset?.at];
  const hide = () => {
    tip.hidden = true;
    for (const { line } of drawn.paths) setAttributes(line, { "data-pointed": false });
  };
  const show = (event) => {
    const path = pathAt(event);
    if (!path) return;
    hide();
    const { state } = drawn;
    const source = inUse(state, path.column - 1, path.source);
    const value = weightAt(state, { ...path, source });
    if (value === undefined) return;
    const names = [nameOf(state, path.column - 1, source, say), nameOf(state, path.column, path.target, say)];
    setText(tip, say("weight_of", { value: value.toFixed(3).replace("-", "−"), source: names[0], target: names[1] }));
    const frame = box.getBoundingClientRect();
    tip.hidden = false;
    const left = Math.min(event.clientX - frame.left + 12, frame.width - tip.offsetWidth - 4);
    tip.style.left = `${Math.max(left, 0)}px`;
    tip.style.top = `${event.clientY - frame.top + 14}px`;
    setAttributes(path.line, { "data-pointed": true });
  };
  listen(lines, "pointermove", show, signal);
  listen(lines, "pointerleave", hide, signal);
  const pick = (event) => {
    const path = pathAt(event);
    if (path)
      onPick({ column: path.column, row: path.target, source: inUse(drawn.state, path.column - 1, path.source) });
  };
  listen(lines, "click", pick, signal);
}
