// Parallel coordinates: one axis per hyperparameter and one for the objective, one line
// per trial. Brushing a range on an axis selects the trials within it.

import { clamp, leastSpan, linear, logarithmic } from "../widget/charts/scales.js";
import { listen, node, setAttributes, setText, svg } from "../widget/dom.js";
import { isShortcut, onDrag } from "../widget/gestures.js";
import { formatNumber, formatShort } from "../widget/number_format.js";

const TOP = 34;
const HEIGHT = 240;
const SIDE = 56;
const LEAST_GAP = 96; // px between axes; with more axes than fit, the plot scrolls
const KEY_SHARE = 0.1; // fraction of the axis that a key moves a range by

export function parallelPlot(say, signal, { choose, setRange }) {
  const lines = svg("g");
  const axes = svg("g");
  const face = svg("svg", { class: "nbk-face" }, lines, axes);
  const count = node("span", { class: "nbk-hint" });
  const clear = node("button", { type: "button" }, say("clear"));
  const scroller = node("div", { class: "nbk-scroll" }, face);
  const box = node(
    "section",
    { class: "nbk-parallel" },
    node("h4", {}, say("parallel")),
    node("p", { class: "nbk-hint" }, say("parallel_help"), " "),
    scroller,
    node("div", { class: "nbk-row" }, clear, count),
  );
  let shown = null;
  const columns = new Map(); // key -> {group, ...}, reused to preserve the focus
  listen(clear, "click", () => shown && Object.keys(shown.state.ranges).forEach((key) => setRange(key, null)), signal);

  function draw(state, matching, width) {
    const list = [...state.axes, objectiveAxis(state)];
    const needed = 2 * SIDE + (list.length - 1) * LEAST_GAP;
    const wide = Math.max(width, needed);
    setAttributes(face, { width: wide, height: HEIGHT, viewBox: `0 0 ${wide} ${HEIGHT}` });
    const gap = list.length > 1 ? (wide - 2 * SIDE) / (list.length - 1) : 0;
    const placed = list.map((axis, i) => ({ ...axis, x: SIDE + i * gap, scale: scaleOf(axis) }));
    shown = { state, placed };
    drawLines(lines, state, new Set(matching.map((trial) => trial.n)), placed, choose);
    for (const axis of placed) column(axis).draw(axis, state.ranges[axis.key] ?? null);
    for (const [key, { group }] of columns) {
      if (placed.some((axis) => axis.key === key)) continue;
      group.remove();
      columns.delete(key);
    }
    const isFiltered = Object.keys(state.ranges).length > 0;
    clear.hidden = !isFiltered;
    setText(count, isFiltered ? say("kept", { n: matching.length, count: state.trials.length }) : "");
  }

  function column(axis) {
    if (!columns.has(axis.key)) {
      const added = axisColumn(say, signal, face, setRange);
      columns.set(axis.key, added);
      axes.append(added.group);
    }
    return columns.get(axis.key);
  }
  return { box, draw };
}

function objectiveAxis({ trials, objective }) {
  const values = trials.filter((trial) => trial.value !== null).map((trial) => trial.value);
  const [low, high] = values.length ? leastSpan(Math.min(...values), Math.max(...values)) : [0, 1];
  return { key: "", name: objective, low, high: high > low ? high : low + 1, isObjective: true };
}

// From an axis's position (a value, or the index of a choice) to a pixel, and back.
function scaleOf(axis) {
  const pixels = [HEIGHT - 24, TOP];
  if (axis.choices) {
    const toPixel = linear([0, Math.max(axis.choices.length - 1, 1)], pixels);
    return {
      toPixel,
      fromPixel: (py) => share(py) * Math.max(axis.choices.length - 1, 1),
      ends: [0, axis.choices.length - 1],
    };
  }
  const [low, high] = axis.high > axis.low ? [axis.low, axis.high] : [axis.low, axis.low + 1];
  const isLog = axis.log && low > 0;
  const toPixel = isLog ? logarithmic([low, high], pixels) : linear([low, high], pixels);
  const fromPixel = (py) => (isLog ? low * (high / low) ** share(py) : low + (high - low) * share(py));
  return { toPixel, fromPixel, ends: [low, high] };
}

const share = (py) => clamp((HEIGHT - 24 - py) / (HEIGHT - 24 - TOP), 0, 1);

function positionOn(axis, trial) {
  const value = axis.isObjective ? trial.value : trial.params[axis.key];
  if (value === null || value === undefined) return null;
  return axis.choices ? axis.choices.indexOf(String(value)) : value;
}

function drawLines(group, { trials, best, chosen }, matchingNumbers, placed, choose) {
  const rank = (trial) => (trial.n === chosen ? 3 : trial.n === best ? 2 : matchingNumbers.has(trial.n) ? 1 : 0);
  const drawn = trials.filter((trial) => trial.value !== null).sort((a, b) => rank(a) - rank(b));
  group.replaceChildren(
    ...drawn.map((trial) => {
      const places = placed
        .map((axis) => [axis.x, positionOn(axis, trial), axis])
        .filter(([, at]) => at !== null)
        .map(([px, at, axis]) => `${px.toFixed(1)} ${axis.scale.toPixel(at).toFixed(1)}`);
      const path = svg("path", {
        d: places.length ? `M${places.join("L")}` : "",
        class: "nbk-thread",
        "data-best": String(trial.n === best),
        "data-chosen": String(trial.n === chosen),
        "data-off": String(!matchingNumbers.has(trial.n)),
      });
      path.addEventListener("click", () => choose(trial.n));
      return path;
    }),
  );
}

// One axis: its line, name, ends, and brushed range.
function axisColumn(say, signal, face, setRange) {
  const rule = svg("path", { class: "nbk-base" });
  const name = svg("text", { class: "nbk-name", "text-anchor": "middle", y: 14 }, svg("title"));
  const label = svg("tspan");
  name.prepend(label);
  const ends = svg("g");
  const brush = svg("rect", { class: "nbk-brush", width: 18, rx: 3 });
  const grip = svg("rect", { class: "nbk-grip", y: TOP - 8, width: 30, height: HEIGHT - 24 - TOP + 16 });
  const group = svg("g", { class: "nbk-axis", tabindex: 0, role: "slider" }, rule, brush, ends, name, grip);
  let [axis, range] = [null, null];

  function draw(now, nowRange) {
    [axis, range] = [now, nowRange];
    setAttributes(rule, { d: `M${axis.x} ${TOP}V${HEIGHT - 24}` });
    setAttributes(name, { x: axis.x });
    setText(label, shortened(axis.name));
    setText(name.querySelector("title"), axis.name);
    setAttributes(grip, { x: axis.x - 15 });
    ends.replaceChildren(...endLabels(axis));
    setAttributes(brush, { display: range ? null : "none" });
    if (range) {
      const half = axis.choices ? 9 : 0;
      const [bottom, top] = range.map((at) => axis.scale.toPixel(at));
      setAttributes(brush, { x: axis.x - 9, y: top - half, height: Math.max(bottom - top + 2 * half, 2) });
    }
    setAttributes(group, spokenRange(axis, range, say));
  }

  const pixelOf = (event) => event.clientY - face.getBoundingClientRect().top;
  let from = null;
  onDrag(grip, signal, {
    press: (event) => {
      from = pixelOf(event);
      return true;
    },
    move: (event) => brushTo(pixelOf(event)),
    release: (event) => {
      if (Math.abs(pixelOf(event) - from) < 4) setRange(axis.key, axis.choices ? nearestChoice(axis, from) : null);
    },
  });
  function brushTo(py) {
    if (Math.abs(py - from) < 4) return;
    const [a, b] = [axis.scale.fromPixel(from), axis.scale.fromPixel(py)].sort((one, other) => one - other);
    setRange(axis.key, axis.choices ? [Math.ceil(a - 0.5), Math.floor(b + 0.5)] : [a, b]);
  }
  listen(
    group,
    "keydown",
    (event) => {
      if (isShortcut(event)) return;
      const next = rangeAfterKey(event, axis, range);
      if (next === undefined) return;
      setRange(axis.key, next);
      event.preventDefault();
    },
    signal,
  );
  return { group, draw };
}

const nearestChoice = (axis, py) => {
  const at = Math.round(axis.scale.fromPixel(py));
  return [at, at];
};

// The range after a key press; undefined for other keys.
function rangeAfterKey(event, axis, range) {
  if (event.key === "Escape") return null;
  const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (!direction) return undefined;
  if (axis.choices) {
    const last = axis.choices.length - 1;
    const at = clamp(range ? range[0] + direction : direction > 0 ? 0 : last, 0, last);
    return [at, at];
  }
  const [low, high] = (range ?? axis.scale.ends).map((at) => share(axis.scale.toPixel(at)));
  const moved = event.shiftKey
    ? [clamp(low + direction * KEY_SHARE, 0, high), high]
    : [low, clamp(high + direction * KEY_SHARE, low, 1)];
  const toValue = (part) => axis.scale.fromPixel(HEIGHT - 24 - part * (HEIGHT - 24 - TOP));
  return moved[0] <= 1e-9 && moved[1] >= 1 - 1e-9 ? null : moved.map(toValue);
}

function spokenRange(axis, range, say) {
  if (axis.choices) {
    const value = range ? axis.choices.slice(range[0], range[1] + 1).join(", ") : say("every");
    return {
      "aria-label": axis.name,
      "aria-valuemin": 0,
      "aria-valuemax": axis.choices.length - 1,
      "aria-valuenow": range ? range[0] : 0,
      "aria-valuetext": say("axis_choice", { name: axis.name, value }),
    };
  }
  const [low, high] = range ?? axis.scale.ends;
  const shown = axis.isObjective ? formatNumber : formatShort;
  return {
    "aria-label": axis.name,
    "aria-valuemin": axis.scale.ends[0],
    "aria-valuemax": axis.scale.ends[1],
    "aria-valuenow": high,
    "aria-valuetext": say("axis", { name: axis.name, low: shown(low), high: shown(high) }),
  };
}

function endLabels(axis) {
  const places = axis.choices
    ? axis.choices.slice(0, 8).map((choice, i) => [i, shortened(choice)])
    : axis.scale.ends.map((end) => [end, (axis.isObjective ? formatNumber : formatShort)(end)]);
  return places.map(([at, text], i) => {
    const py = axis.scale.toPixel(at);
    if (axis.choices) return svg("text", { x: axis.x + 8, y: py.toFixed(1), dy: "0.32em" }, text);
    return svg("text", { x: axis.x, y: i ? TOP - 7 : HEIGHT - 10, "text-anchor": "middle" }, text);
  });
}

const shortened = (text) => (text.length > 14 ? `${text.slice(0, 13)}…` : text);
