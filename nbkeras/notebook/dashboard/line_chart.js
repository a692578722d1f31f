// One chart: axes, curves, a cursor that follows the pointer or the arrow keys, zoom by
// dragging. It stores no data; `draw` receives all of it.

import { clamp, linear, linePath, logarithmic, logTicks, nearest, niceTicks } from "../widget/charts/scales.js";
import { listen, setAttributes, setText, svg } from "../widget/dom.js";
import { indexAfterKey, isShortcut, onDrag } from "../widget/gestures.js";
import { formatTick } from "../widget/number_format.js";

const EDGE = { left: 46, right: 12, top: 8, bottom: 22 };
const ZOOM_LEAST_PX = 8; // a shorter drag is a click
const LABEL_PX = 11; // height of a row of labels beside vertical lines
const LABEL_ROWS = 3;
const DOT_PX = 11; // with less space between them, dots would hide the line

export function plot(signal, { label, onCursor, onZoom }) {
  const parts = plotParts(label);
  const { face, band } = parts;
  let data = null; // the displayed data
  let scales = null;

  function draw(newData) {
    data = newData;
    scales = placePlot(parts, data);
    axes(parts.grid, data, scales.x, scales.y);
    drawCurves(parts, data, scales);
    setText(parts.empty, data.empty);
    drawCursor(parts, data, scales);
  }

  const toStep = (event) => {
    const { left, width } = face.getBoundingClientRect();
    const [from, to] = data.range;
    const share = (event.clientX - left - EDGE.left) / (width - EDGE.left - EDGE.right);
    return from + clamp(share, 0, 1) * (to - from);
  };
  followZoom(parts, signal, {
    toStep,
    toPixel: (step) => scales.x(step),
    bottom: () => data.height - EDGE.bottom,
    onZoom,
  });
  const leave = () => {
    setAttributes(band, { display: "none" });
    onCursor(null);
  };
  listen(face, "pointermove", (event) => onCursor(toStep(event)), signal);
  for (const type of ["pointerleave", "pointercancel", "blur"]) listen(face, type, leave, signal);
  listen(face, "dblclick", () => onZoom(null), signal);
  const pressKey = (event) => {
    if (!isShortcut(event) && keys(event.key, data, onCursor, onZoom)) event.preventDefault();
  };
  listen(face, "keydown", pressKey, signal);
  return { face, draw };
}

// The layered nodes of a chart.
function plotParts(label) {
  const part = (name, tag = "path") => svg(tag, { class: `nbk-${name}` });
  const grid = part("grid", "g");
  const marks = part("marks", "g");
  const [raw, soft, train, val, now] = ["raw", "soft", "train", "val", "now"].map((n) => part(n));
  const [trainDots, valDots] = ["train-dots", "val-dots"].map((n) => part(n));
  const band = part("band", "rect");
  const cursor = svg("g", { class: "nbk-cursor" }, part("cursor-line", "line"), part("train-dots"), part("val-dots"));
  const [flag, empty] = [part("flag", "text"), part("empty", "text")];
  // A nested svg clips what is drawn beyond the zoomed range.
  const later = part("later", "rect"); // the part after the selected epoch
  const stage = svg("svg", {}, marks, raw, soft, train, val, trainDots, valDots, now, later);
  const role = { role: "slider", tabindex: 0, "aria-label": label, "aria-orientation": "horizontal" };
  const face = svg("svg", { class: "nbk-face", ...role }, grid, stage, band, cursor, flag, empty);
  setAttributes(band, { display: "none" });
  return { face, grid, stage, marks, raw, soft, train, val, now, trainDots, valDots, later, band, cursor, flag, empty };
}

// Resize the nodes; returns the scales of steps and values.
function placePlot({ face, stage, empty }, { width, height, range, extent, log }) {
  const [left, right] = [EDGE.left, width - EDGE.right];
  setAttributes(face, { width, height, viewBox: `0 0 ${width} ${height}` });
  const clear = { x: left - 4, y: 0, width: right - left + 8, height };
  setAttributes(stage, { ...clear, viewBox: `${clear.x} 0 ${clear.width} ${height}` });
  setAttributes(empty, { x: (left + right) / 2, y: height / 2 - 4 });
  const y = (log ? logarithmic : linear)(extent, [height - EDGE.bottom, EDGE.top]);
  return { x: linear(range, [left, right]), y };
}

function drawCurves(parts, data, { x, y }) {
  const { range } = data;
  const line = (curve) => linePath(clip(curve, range, 1), x, y);
  const dots = (curve, shape) => shapes(sparse(clip(curve, range), x), shape, x, y);
  drawMarks(parts.marks, data, x);
  setAttributes(parts.raw, { d: line(data.raw), class: data.soft ? "nbk-raw nbk-faint" : "nbk-raw" });
  setAttributes(parts.soft, { d: data.soft ? line(data.soft) : "" });
  setAttributes(parts.train, { d: line(data.train) });
  setAttributes(parts.val, { d: line(data.val) });
  setAttributes(parts.trainDots, { d: dots(data.train, disc) });
  setAttributes(parts.valDots, { d: dots(data.val, diamond) });
  const { until, width, height } = data;
  const from = until === null ? 0 : clamp(x(until) + 3, EDGE.left, width - EDGE.right);
  setAttributes(parts.later, {
    display: until === null ? "none" : null,
    x: from,
    y: 0,
    width: Math.max(0, width - EDGE.right + 4 - from),
    height: height - EDGE.bottom,
  });
  const isLive = data.raw.x.at(-1) > (data.train.x.at(-1) ?? 0);
  const newest = isLive ? clip(lastOf(data.soft ?? data.raw), range) : { x: [], y: [] };
  setAttributes(parts.now, { d: shapes(newest, disc, x, y) });
}

// Vertical lines with labels that do not overlap.
function drawMarks(group, { marks, range, width, height }, x) {
  const seen = marks.filter(({ step }) => step >= range[0] && step <= range[1]);
  const places = placeLabels(
    seen.map(({ step, text }) => [x(step), textWidth(text)]),
    width - EDGE.right,
  );
  const lines = seen.map(({ step, text, bad }, i) => {
    const place = places[i];
    const label = place && { x: place.x.toFixed(1), y: EDGE.top + 8 + place.row * LABEL_PX };
    return svg(
      "g",
      { class: bad ? "nbk-mark nbk-lost" : "nbk-mark" },
      svg("path", { d: `M${x(step).toFixed(1)} ${EDGE.top}V${height - EDGE.bottom}` }),
      label && svg("text", label, text),
    );
  });
  group.replaceChildren(...lines);
}

// Positions of labels beside their lines, in the first of a few rows with room; null for
// a label that would overlap another. The last labels have precedence.
/** @param {number[][]} marks [x of the line, width of its label] @param {number} right */
export function placeLabels(marks, right) {
  const rows = Array.from({ length: LABEL_ROWS }, () => []);
  const places = marks.map(() => null);
  for (let i = marks.length - 1; i >= 0; i -= 1) {
    const [line, width] = marks[i];
    const x = line + 3 + width <= right ? line + 3 : Math.max(line - 3 - width, 0);
    const row = rows.findIndex((taken) => taken.every(([from, to]) => x > to + 4 || x + width < from - 4));
    if (row < 0) continue;
    rows[row].push([x, x + width]);
    places[i] = { x, row };
  }
  return places;
}

const textWidth = (text) => [...text].reduce((sum, letter) => sum + (letter > "\u2e80" ? 10.5 : 5.8), 0);

// The points drawn as dots: all, or only the last where dots would hide the line.
function sparse(curve, x) {
  const length = x(curve.x.at(-1)) - x(curve.x[0]);
  return curve.x.length > 1 && length / (curve.x.length - 1) < DOT_PX ? lastOf(curve) : curve;
}

function shapes(curve, shape, scaleX, scaleY) {
  const parts = curve.x.map((x, i) => {
    const y = scaleY(curve.y[i]);
    return Number.isFinite(y) ? shape(scaleX(x), y) : "";
  });
  return parts.join("");
}

// The cursor at `data.cursor` (in steps); hidden if that is null or out of range.
function drawCursor({ face, cursor, flag }, data, { x, y }) {
  const [from, to] = data.range;
  const step = data.cursor;
  const isShown = step !== null && step >= from && step <= to;
  setAttributes(cursor, { display: isShown ? null : "none" });
  setAttributes(flag, { display: isShown ? null : "none" });
  setAttributes(face, {
    "aria-valuemin": Math.round(from),
    "aria-valuemax": Math.round(to),
    "aria-valuenow": Math.round(isShown ? step : data.newest),
    "aria-valuetext": data.spoken,
  });
  if (!isShown) return;
  const at = x(step).toFixed(1);
  const [rule, trainMark, valMark] = cursor.children;
  setAttributes(rule, { x1: at, x2: at, y1: EDGE.top, y2: data.height - EDGE.bottom });
  const followed = data.atEnd ? data.train : (data.soft ?? (data.raw.x.length ? data.raw : data.train));
  setAttributes(trainMark, { d: shapes(one(followed, step), disc, x, y) });
  setAttributes(valMark, { d: shapes(one(data.val, step), diamond, x, y) });
  setText(flag, data.flag);
  const room = data.flag.length * 3.4 + 4;
  const flagX = clamp(Number(at), EDGE.left + room, data.width - EDGE.right - room);
  setAttributes(flag, { x: flagX, y: data.height - 7 });
}

// Dragging with a mouse or pen selects the steps to zoom to.
function followZoom({ face, band }, signal, { toStep, toPixel, bottom, onZoom }) {
  let first = 0; // the step where the drag began
  const ordered = (step) => [Math.min(first, step), Math.max(first, step)];
  const hide = () => setAttributes(band, { display: "none" });
  const press = (event) => {
    if (event.pointerType === "touch") return false;
    first = toStep(event);
    return true;
  };
  const move = (event) => {
    const [x0, x1] = ordered(toStep(event)).map(toPixel);
    setAttributes(band, { x: x0, width: x1 - x0, y: EDGE.top, height: bottom() - EDGE.top, display: null });
  };
  const release = (event) => {
    const steps = ordered(toStep(event));
    const [x0, x1] = steps.map(toPixel);
    if (x1 - x0 > ZOOM_LEAST_PX) onZoom(steps);
    hide();
  };
  onDrag(face, signal, { press, move, release, cancel: hide });
}

// Arrow keys move the cursor between values, + and - zoom, Escape and 0 reset.
// Returns whether the key was one of these.
function keys(key, data, onCursor, onZoom) {
  const [from, to] = data.range;
  const steps = (data.raw.x.length ? data.raw : data.train).x.filter((x) => x >= from && x <= to);
  const at = data.cursor === null ? steps.length - 1 : nearest(steps, data.cursor);
  const index = indexAfterKey(key, at, steps.length - 1);
  if (index !== null) {
    if (steps.length) onCursor(steps[index]);
    return true;
  }
  const factor = { "+": 0.5, "=": 0.5, "-": 2 }[key];
  if (factor) {
    onZoom(zoomed(data.range, data.full, data.cursor ?? (from + to) / 2, factor));
    return true;
  }
  if (key === "0" || (key === "Escape" && data.zoomed)) {
    onZoom(null);
    return true;
  }
  return false;
}

// The range scaled by `factor` around a step, within the full range; null for all of it.
export function zoomed([from, to], [low, high], middle, factor) {
  const half = ((to - from) * factor) / 2;
  return half * 2 >= high - low ? null : [Math.max(low, middle - half), Math.min(high, middle + half)];
}

function axes(grid, data, scaleX, scaleY) {
  const {
    width,
    height,
    extent: [low, high],
  } = data;
  const count = Math.max(2, Math.round((height - EDGE.top - EDGE.bottom) / 34));
  const ys = data.empty ? [] : data.log ? logTicks(low, high, count) : niceTicks(low, high, count);
  const xs = data.empty ? [] : data.ticks(Math.max(2, Math.round((width - EDGE.left) / 80)));
  const lines = ys.map((tick) => {
    const y = scaleY(tick).toFixed(1);
    return svg(
      "g",
      {},
      svg("line", { x1: EDGE.left, x2: width - EDGE.right, y1: y, y2: y }),
      svg("text", { x: EDGE.left - 7, y, dy: "0.32em", "text-anchor": "end" }, formatTick(tick)),
    );
  });
  const marks = xs.map(([x, text]) => {
    const at = Math.min(scaleX(x), width - EDGE.right - 2);
    return svg("text", { x: at.toFixed(1), y: height - 7, "text-anchor": "middle" }, text);
  });
  grid.replaceChildren(
    ...lines,
    svg("line", {
      class: "nbk-base",
      x1: EDGE.left,
      x2: width - EDGE.right,
      y1: height - EDGE.bottom,
      y2: height - EDGE.bottom,
    }),
    ...marks,
  );
}

// The visible part of a curve, with `beyond` more points on each side.
function clip({ x, y }, [from, to], beyond = 0) {
  const after = x.findIndex((step) => step >= from);
  const first = Math.max((after < 0 ? x.length : after) - beyond, 0);
  const last = x.findLastIndex((step) => step <= to) + beyond;
  return { x: x.slice(first, last + 1), y: y.slice(first, last + 1) };
}

function one(curve, x) {
  const i = nearest(curve.x, x);
  return i < 0 ? { x: [], y: [] } : { x: [curve.x[i]], y: [curve.y[i]] };
}

const lastOf = ({ x, y }) => ({ x: x.slice(-1), y: y.slice(-1) });
export const disc = (x, y) => `M${(x - 2.6).toFixed(1)} ${y.toFixed(1)}a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0-5.2 0`;
export const diamond = (x, y) => `M${x.toFixed(1)} ${(y - 3.8).toFixed(1)}l3.8 3.8l-3.8 3.8l-3.8-3.8z`;
