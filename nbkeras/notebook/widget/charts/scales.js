// Arithmetic of charts: scales, ticks, paths. Independent of the page.
import { MISSING } from "../number_format.js";
import { numbers } from "../traits.js";

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// Ticks at 1, 2 or 5 times a power of ten, about `count` of them within [low, high].
export function niceTicks(low, high, count) {
  if (!(high > low)) return [low];
  const raw = (high - low) / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((m) => m * power >= raw * 0.999) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

// Powers of ten in [low, high]; if they are few, also 2 and 5 times these.
export function logTicks(low, high, count) {
  const ticks = [];
  const decades = Math.log10(high / low);
  const every = Math.max(1, Math.ceil(decades / count));
  const steps = decades < 1.2 ? [1, 2, 5] : decades < 2.5 ? [1, 3] : [1];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e += 1) {
    if (e % every) continue;
    for (const m of steps) {
      const tick = m * 10 ** e;
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(Number(tick.toPrecision(6)));
    }
  }
  return ticks.length > 1 ? ticks : niceTicks(low, high, count).filter((t) => t > 0);
}

// Bias-corrected exponential moving average (Kingma and Ba, "Adam", 2015, section 3);
// non-finite values are skipped.
export function smooth(values, weight) {
  if (!weight) return values;
  let sum = 0;
  let mass = 0;
  return values.map((value) => {
    if (!Number.isFinite(value) || value === MISSING) return value;
    sum = sum * weight + value * (1 - weight);
    mass = mass * weight + (1 - weight);
    return sum / mass;
  });
}

// A table of bytes as {x, column: values}: x first, then each name's column.
export function unpack(view, columns) {
  const all = [...numbers(view)];
  const rows = Math.round(all.length / (1 + columns.length));
  const table = { x: all.slice(0, rows) };
  columns.forEach((name, i) => {
    table[name] = all.slice((i + 1) * rows, (i + 2) * rows);
  });
  return table;
}

// The points of a curve without missing ones; NaN and infinite values are kept and break
// the line.
export function points(x, y) {
  const measured = x.map((_, i) => i).filter((i) => y[i] !== MISSING);
  return { x: measured.map((i) => x[i]), y: measured.map((i) => y[i]) };
}

// SVG path through the points; values that cannot be drawn break the line.
export function linePath(curve, scaleX, scaleY) {
  let path = "";
  let pen = false;
  curve.x.forEach((x, i) => {
    const y = scaleY(curve.y[i]);
    if (Number.isFinite(y)) path += `${pen ? "L" : "M"}${scaleX(x).toFixed(1)} ${y.toFixed(1)}`;
    pen = Number.isFinite(y);
  });
  return path;
}

// Lowest and highest drawable value within [from, to], with a small margin.
/** @param {number[]} range the visible part of x */
export function extent(curves, range, log) {
  const [from, to] = range;
  let low = Infinity;
  let high = -Infinity;
  for (const { x, y } of curves) {
    for (let i = 0; i < x.length; i += 1) {
      if (x[i] < from || x[i] > to || !Number.isFinite(y[i]) || (log && y[i] <= 0)) continue;
      low = Math.min(low, y[i]);
      high = Math.max(high, y[i]);
    }
  }
  if (low > high) return log ? [0.1, 1] : [0, 1];
  [low, high] = leastSpan(low, high);
  if (log) return low === high ? [low / 2, high * 2] : [low / (high / low) ** 0.06, high * (high / low) ** 0.06];
  const air = (high - low) * 0.06 || Math.abs(high) * 0.1 || 0.5;
  return [low >= 0 && low - air < 0 ? 0 : low - air, high + air];
}

// A constant computed in float32 varies in its last digits: an axis is never so short
// that this variation would fill it.
const LEAST_SPAN = 1e-3;

export function leastSpan(low, high) {
  const missing = LEAST_SPAN * Math.max(Math.abs(low), Math.abs(high)) - (high - low);
  return missing > 0 && high > low ? [low - missing / 2, high + missing / 2] : [low, high];
}

/** @param {number[]} domain @param {number[]} range */
export function linear(domain, range) {
  const [from, to] = domain;
  const [start, end] = range;
  const slope = (end - start) / (to - from || 1);
  return (value) => start + (value - from) * slope;
}

/** @param {number[]} domain @param {number[]} range */
export function logarithmic(domain, range) {
  const [from, to] = domain;
  const scale = linear([Math.log(from), Math.log(to)], range);
  return (value) => (value > 0 ? scale(Math.log(value)) : NaN);
}

// Index of the point nearest to x, -1 for none.
export function nearest(xs, x) {
  let best = -1;
  xs.forEach((value, i) => {
    if (best < 0 || Math.abs(value - x) < Math.abs(xs[best] - x)) best = i;
  });
  return best;
}
