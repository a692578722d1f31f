// The overlaid curves of several runs, with a cursor that shows values.

import { clamp, extent, linear, linePath, logarithmic, logTicks, nearest, niceTicks } from "../widget/charts/scales.js";
import { listen, node, setAttributes, setText, svg } from "../widget/dom.js";
import { indexAfterKey, isShortcut } from "../widget/gestures.js";
import { formatNumber, formatTick } from "../widget/number_format.js";

const EDGE = { left: 52, right: 14, top: 10, bottom: 24 };
const HEIGHT = 260;
const NEAR_PX = 24; // largest distance of the pointer from a selected curve
const MOST_READ = 8; // most values shown at the cursor
const COLOURS = 8;
const DASHES = ["", "7 3", "2 3"];

export const styleOf = (index) => ({
  colour: `var(--nbk-${(index % COLOURS) + 1})`,
  dash: DASHES[Math.floor(index / COLOURS) % DASHES.length],
});

// A sample of a run's line style.
export function swatch(index) {
  const { colour, dash } = styleOf(index);
  const line = svg("path", { d: "M1 5H21", "stroke-dasharray": dash || null });
  line.style.stroke = colour;
  return svg("svg", { class: "nbk-line-key", viewBox: "0 0 22 10", "aria-hidden": "true" }, line);
}

export function overlay(say, signal, onPoint) {
  const parts = overlayParts();
  const { face, box } = parts;
  const now = { scene: null, scales: null, epoch: null }; // epoch: where the cursor is

  const moveTo = (epoch, pointed) => {
    if (!now.scales) return;
    now.epoch = epoch;
    if (now.scene.pointed !== pointed) onPoint(pointed);
    now.scene = { ...now.scene, pointed };
    drawLines(parts, now);
    drawCursor(parts, now, say);
  };
  const follow = (event) => {
    if (!now.scales) return;
    const rect = face.getBoundingClientRect();
    const all = epochsOf(now.scene);
    const pixels = all.map((value) => now.scales.x(value));
    const epoch = all[nearest(pixels, event.clientX - rect.left)] ?? null;
    moveTo(epoch, nearestRun(now, epoch, event.clientY - rect.top));
  };
  const leave = () => moveTo(null, null);
  const press = (event) => {
    if (!now.scales || isShortcut(event)) return;
    const all = epochsOf(now.scene);
    const last = all.length - 1;
    const index = indexAfterKey(event.key, now.epoch === null ? last : all.indexOf(now.epoch), last);
    if (event.key === "Escape") leave();
    else if (index !== null) moveTo(all[index], null);
    else return;
    event.preventDefault();
  };
  listen(face, "pointermove", follow, signal);
  for (const type of ["pointerleave", "blur"]) listen(face, type, leave, signal);
  listen(face, "keydown", press, signal);

  function draw(scene) {
    now.scene = scene;
    const width = Math.max(box.clientWidth, 240);
    const frame = frameOf(scene, width);
    now.scales = frame && { x: frame.x, y: frame.y };
    setText(parts.empty, frame ? "" : say("no_curve"));
    face.style.display = frame ? "" : "none";
    if (!frame) parts.lines.replaceChildren();
    else {
      const label = say("chart", { metric: scene.metric, n: scene.drawn.length });
      const [first, last] = frame.range;
      const ends = { "aria-valuemin": first, "aria-valuemax": last };
      setAttributes(face, { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, "aria-label": label, ...ends });
      drawAxes(parts.grid, frame, width, scene.view.log);
      drawLines(parts, now);
    }
    drawCursor(parts, now, say);
  }
  return { box, draw };
}

function overlayParts() {
  const [grid, lines, rule] = [svg("g", { class: "nbk-axes" }), svg("g", {}), svg("path", { class: "nbk-rule" })];
  const role = { role: "slider", tabindex: 0, "aria-orientation": "horizontal" };
  const face = svg("svg", { class: "nbk-face", ...role }, grid, lines, rule);
  const readout = node("div", { class: "nbk-readout", "aria-hidden": "true" });
  const empty = node("p", { class: "nbk-note" });
  return { grid, lines, rule, face, readout, empty, box: node("div", { class: "nbk-overlay" }, face, readout, empty) };
}

// The epochs at which a drawn run has a value, in order.
function epochsOf({ drawn, curves }) {
  return [...new Set(drawn.flatMap((row) => curves[row.index].x))].sort((a, b) => a - b);
}

// Ranges and scales of the drawn curves; null if there are none.
function frameOf({ drawn, curves, view }, width) {
  const shown = drawn.map((row) => curves[row.index]);
  if (!shown.length) return null;
  const range = [Math.min(...shown.map(({ x }) => x[0])), Math.max(2, ...shown.map(({ x }) => x.at(-1)))];
  const height = extent(shown, range, view.log);
  return {
    range,
    height,
    x: linear(range, [EDGE.left, width - EDGE.right]),
    y: (view.log ? logarithmic : linear)(height, [HEIGHT - EDGE.bottom, EDGE.top]),
  };
}

function nearestRun({ scene, scales }, epoch, py) {
  let best = { distance: NEAR_PX, name: null };
  for (const row of scene.drawn) {
    const y = scales.y(valueAt(scene.curves[row.index], epoch) ?? Number.NaN);
    const distance = Math.abs(y - py);
    if (distance < best.distance) best = { distance, name: row.name };
  }
  return best.name;
}

function drawLines({ lines }, { scene, scales }) {
  const shapes = scene.drawn.map((row) => {
    const { colour, dash } = styleOf(row.index);
    const faint = scene.pointed !== null && scene.pointed !== row.name;
    const d = linePath(scene.curves[row.index], scales.x, scales.y);
    const line = svg("path", { class: "nbk-run", d, "stroke-dasharray": dash || null, "data-faint": faint });
    line.style.stroke = colour;
    if (scene.pointed === row.name) line.style.strokeWidth = "3";
    return line;
  });
  lines.replaceChildren(...shapes);
}

// The line at the cursor's epoch and its values, also for screen readers.
function drawCursor({ face, rule, readout }, { scene, scales, epoch }, say) {
  const isShown = epoch !== null && scales !== null;
  readout.hidden = !isShown;
  setAttributes(rule, { display: isShown ? null : "none" });
  if (!scales) return;
  const at = epoch ?? epochsOf(scene).at(-1);
  const values = readValues(scene, at);
  const spoken = values.map(({ name, text }) => `${name} ${text}`).join(", ");
  const valueText = say("labelled", { label: say("at_epoch", { epoch: at }), text: spoken });
  setAttributes(face, { "aria-valuenow": at, "aria-valuetext": valueText });
  if (!isShown) return;
  const x = scales.x(epoch);
  setAttributes(rule, { d: `M${x.toFixed(1)} ${EDGE.top}V${HEIGHT - EDGE.bottom}` });
  const entries = values.map(({ name, text, index }) =>
    node(
      "span",
      { "data-pointed": name === scene.pointed },
      swatch(index),
      node("span", {}, name),
      node("b", {}, text),
    ),
  );
  readout.replaceChildren(node("b", {}, say("at_epoch", { epoch })), ...entries);
  const width = Number(face.getAttribute("width"));
  const isLeft = x < width / 2;
  readout.style.left = isLeft ? `${clamp(x + 12, 0, width)}px` : "";
  readout.style.right = isLeft ? "" : `${clamp(width - x + 12, 0, width)}px`;
}

const valueAt = (curve, x) => {
  const i = curve.x.indexOf(x);
  return i < 0 ? null : curve.y[i];
};

// The best few values at an epoch, the hovered run first.
function readValues(scene, epoch) {
  const values = scene.drawn
    .map((row) => ({ name: row.name, index: row.index, value: valueAt(scene.curves[row.index], epoch) }))
    .filter(({ value }) => value !== null);
  values.sort((a, b) => (scene.upwards ? b.value - a.value : a.value - b.value));
  values.sort((a, b) => Number(b.name === scene.pointed) - Number(a.name === scene.pointed));
  return values.slice(0, MOST_READ).map((entry) => ({ ...entry, text: formatNumber(entry.value) }));
}

function drawAxes(grid, { x, y, range, height }, width, log) {
  const ys = log ? logTicks(height[0], height[1], 6) : niceTicks(height[0], height[1], 6);
  const xs = niceTicks(range[0], range[1], Math.max(2, Math.round(width / 90))).filter(Number.isInteger);
  grid.replaceChildren(
    ...ys.map((tick) => {
      const at = y(tick).toFixed(1);
      return svg(
        "g",
        {},
        svg("path", { d: `M${EDGE.left} ${at}H${width - EDGE.right}` }),
        svg("text", { x: EDGE.left - 7, y: at, dy: "0.32em", "text-anchor": "end" }, formatTick(tick)),
      );
    }),
    svg("path", { class: "nbk-base", d: `M${EDGE.left} ${HEIGHT - EDGE.bottom}H${width - EDGE.right}` }),
    ...xs.map((tick) =>
      svg("text", { x: x(tick).toFixed(1), y: HEIGHT - 7, "text-anchor": "middle" }, formatTick(tick)),
    ),
  );
}
