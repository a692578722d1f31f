// Paint points of the plane, and find them.
import { byteOf } from "../widget/charts/colours.js";
import { numbers } from "../widget/traits.js";

// The table of bytes as points.
export function pointsOf(view) {
  const table = numbers(view);
  return Array.from({ length: table.length / 4 }, (_, i) => ({
    x1: table[4 * i],
    x2: table[4 * i + 1],
    target: table[4 * i + 2],
    isTrain: table[4 * i + 3] > 0,
  }));
}

// The colour of a target as CSS.
export function targetColour(target, info, { signed, classes }) {
  if (info.kind !== "regression") return classes[target % classes.length].css;
  const at = 4 * byteOf(target, info.top);
  return `rgb(${signed.subarray(at, at + 3).join(" ")})`;
}

// Points as dots with an edge; those to test have a dark edge.
/** @param {HTMLCanvasElement} canvas */
export function paintPoints(canvas, points, info, colours, { size, radius, hasEdge = true }) {
  const ratio = Math.max(window.devicePixelRatio || 1, 1);
  const side = Math.round(size * ratio);
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, side, side);
  const scale = side / (2 * info.limit);
  for (const { x1, x2, target, isTrain } of points) {
    context.beginPath();
    context.arc((x1 + info.limit) * scale, (info.limit - x2) * scale, radius * ratio, 0, 2 * Math.PI);
    context.fillStyle = targetColour(target, info, colours);
    context.fill();
    if (!hasEdge) continue;
    context.lineWidth = (isTrain ? 1.2 : 1.6) * ratio;
    context.strokeStyle = isTrain ? colours.edge : colours.testEdge;
    context.stroke();
  }
}

// The points without those nearer than `reach` to a place.
export function without(points, [x1, x2], reach) {
  return points.filter((point) => Math.hypot(point[0] - x1, point[1] - x2) > reach);
}

// Two decimals: finer than a pixel, and short in code.
export const rounded = (place) => place.map((value) => Math.round(value * 100) / 100);
