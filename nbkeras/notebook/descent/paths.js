// The paths of optimizers: tables, steps, and geometry on the page.

import { clamp, linear } from "../widget/charts/scales.js";
import { numbers } from "../widget/traits.js";

// The table of a path has rows of position (d), loss, downhill (d), velocity (d), scale (d).
export function unpackPaths(view, rows, d) {
  const all = numbers(view);
  const wide = 4 * d + 1;
  let from = 0;
  return rows.map((count) => {
    const path = { count, d, at: (row, column) => all[start + Math.min(row, count - 1) * wide + column] };
    const start = from;
    from += count * wide;
    const part = (first) => (row) => Array.from({ length: d }, (_, i) => path.at(row, first + i));
    path.place = part(0);
    path.loss = (row) => path.at(row, d);
    path.downhill = part(d + 1);
    path.velocity = part(2 * d + 1);
    path.scale = part(3 * d + 1);
    return path;
  });
}

// The displayed step: from the update phase on, the parameters after it.
export const stepShown = (at, phase) => (phase >= 3 ? at + 1 : at);

// The state after `step` steps, in the last phase of the latest one.
export const stateOfStep = (step) => (step <= 0 ? { at: 0, phase: 0 } : { at: step - 1, phase: 4 });

// The next phase: all five for the first step, then four for each further step.
export function nextPhase(at, phase, last) {
  if (phase < 4) return phase >= 2 || at < last ? { at, phase: phase + 1 } : { at, phase };
  return at + 1 < last ? { at: at + 1, phase: 1 } : { at, phase };
}

// Markers of the runs, with different shapes, centred at (0, 0), about 9 wide.
export const SHAPES = [
  "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0",
  "M-4.5-4.5h9v9h-9z",
  "M0-5.6L5.4 4.2H-5.4z",
  "M0-6L6 0L0 6L-6 0z",
  "M-5.4-4.2H5.4L0 5.6z",
  "M-1.8-5.4h3.6v3.6h3.6v3.6h-3.6v3.6h-3.6v-3.6h-3.6v-3.6h3.6z",
];
export const DASHES = ["none", "7 4", "9 4 2 4", "2 4", "12 3", "5 3 2 3 2 3"];

// Pairs [run, index], with the top one last, to be drawn over the others.
export const topLast = (runs, top) =>
  runs
    .map((run, i) => /** @type {[any, number]} */ ([run, i]))
    .sort(([, a], [, b]) => Number(a === top) - Number(b === top));

// Length in pixels of an arrow spanning a fraction `share` of the map: to scale, with a
// visible minimum.
export const arrowLength = (share, size) => Math.max(16, Math.min(share, 2) * size);

// The point where a line from the inside crosses the edge of the box.
function toEdge([x0, y0], [x1, y1], width, height) {
  let share = 1;
  for (const [from, to, low, high] of [
    [x0, x1, 0, width],
    [y0, y1, 0, height],
  ]) {
    if (to < low) share = Math.min(share, (low - from) / (to - from));
    if (to > high) share = Math.min(share, (high - from) / (to - from));
  }
  return [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share];
}

/** @param {number[]} at */
export function inBox(at, width, height) {
  const [x, y] = at;
  return x >= 0 && x <= width && y >= 0 && y <= height;
}

// The points of a path inside the box, and where it leaves the box, if it does.
export function visible(points, width, height) {
  const inside = [];
  for (const point of points) {
    const last = inside[inside.length - 1];
    if (point.every(Number.isFinite) && inBox(point, width, height)) inside.push(point);
    else {
      const far = point.map((value, i) => (Number.isFinite(value) ? value : last ? last[i] : 0));
      const out = last ? toEdge(last, far, width, height) : null;
      if (out?.every(Number.isFinite)) inside.push(out);
      return { inside, left: true, out: out ?? null };
    }
  }
  return { inside, left: false, out: null };
}

// The `d` of an SVG path through points.
export const svgPath = (points) =>
  points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

// The scales of a loss map of a given size in pixels, and positions on it. With one
// parameter, the loss is the height.
export function mapFrame({ d, limits }, { width, height }) {
  const x = linear(limits[0], [0, width]);
  const y = linear(limits[1], [height, 0]);
  return { d, limits, width, height, x, y, toPixels: (place, loss) => [x(place[0]), y(d === 1 ? loss : place[1])] };
}

// The tip and the direction in degrees of an arrow for a step of the parameters; on a
// curve it is horizontal. Null for no step.
export function arrowTip(frame, from, step) {
  const dx = frame.x(step[0]) - frame.x(0);
  const dy = frame.d === 1 ? 0 : frame.y(step[1]) - frame.y(0);
  const long = Math.hypot(dx, dy);
  if (!Number.isFinite(long) || long < 1e-9) return null;
  const length = arrowLength(long / frame.width, frame.width);
  const tip = [from[0] + (dx / long) * length, from[1] + (dy / long) * length];
  return { tip, turn: (Math.atan2(dy, dx) * 180) / Math.PI };
}

// A point of the page as parameters: fractions of the map's width and height from the
// lower left, clamped to the map.
export function placeAt({ d, limits }, across, up) {
  const within = (share, [low, high]) => low + clamp(share, 0, 1) * (high - low);
  return d === 1 ? [within(across, limits[0])] : [within(across, limits[0]), within(up, limits[1])];
}
