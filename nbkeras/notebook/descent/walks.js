import { numbers } from "../widget/prelude.js";

// One walk is rows of position (d), loss, downhill (d), velocity (d), scale (d).
export function unpackWalks(view, rows, d) {
  const all = numbers(view);
  const wide = 4 * d + 1;
  let from = 0;
  return rows.map((count) => {
    const walk = { count, d, at: (row, column) => all[start + Math.min(row, count - 1) * wide + column] };
    const start = from;
    from += count * wide;
    const part = (first) => (row) => Array.from({ length: d }, (_, i) => walk.at(row, first + i));
    walk.place = part(0);
    walk.loss = (row) => walk.at(row, d);
    walk.downhill = part(d + 1);
    walk.velocity = part(2 * d + 1);
    walk.scale = part(3 * d + 1);
    return walk;
  });
}

// How many steps are seen: after the update of a step the new place is shown.
export const stepsSeen = (at, phase) => (phase >= 3 ? at + 1 : at);

// The state in which `seen` steps are done and the last one is written out.
export const seenState = (seen) => (seen <= 0 ? { at: 0, phase: 0 } : { at: seen - 1, phase: 4 });

// What comes after a click on "next": the five steps once, then four of them again.
export function nextPhase(at, phase, last) {
  if (phase < 4) return phase >= 2 || at < last ? { at, phase: phase + 1 } : { at, phase };
  return at + 1 < last ? { at: at + 1, phase: 1 } : { at, phase };
}

// Marks of racers: each a shape of its own, around (0, 0), about 9 wide.
export const SHAPES = [
  "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0",
  "M-4.5-4.5h9v9h-9z",
  "M0-5.6L5.4 4.2H-5.4z",
  "M0-6L6 0L0 6L-6 0z",
  "M-5.4-4.2H5.4L0 5.6z",
  "M-1.8-5.4h3.6v3.6h3.6v3.6h-3.6v3.6h-3.6v-3.6h-3.6v-3.6h3.6z",
];
export const DASHES = ["none", "7 4", "9 4 2 4", "2 4", "12 3", "5 3 2 3 2 3"];

// Length on the page of an arrow that is `share` of the map long: true to scale, but
// seen when it is tiny.
export const arrowLength = (share, size) => Math.max(16, Math.min(share, 2) * size);

// Where a line from inside leaves the box: the point on its edge.
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

// The part of a walk that is on the page, as points, and where it left, if it did.
export function visible(points, width, height) {
  const seen = [];
  for (const point of points) {
    const last = seen[seen.length - 1];
    if (point.every(Number.isFinite) && inBox(point, width, height)) seen.push(point);
    else {
      const far = point.map((each, i) => (Number.isFinite(each) ? each : last ? last[i] : 0));
      const out = last ? toEdge(last, far, width, height) : null;
      if (out?.every(Number.isFinite)) seen.push(out);
      return { seen, left: true, out: out ?? null };
    }
  }
  return { seen, left: false, out: null };
}

export const pathOf = (points) => points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
