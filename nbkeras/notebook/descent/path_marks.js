// The SVG of one optimizer's path on the loss map: its line, its end, and the arrows of
// the displayed step.

import { svg } from "../widget/dom.js";
import { arrowTip, DASHES, inBox, SHAPES, svgPath, visible } from "./paths.js";

const DOTS_MOST = 60; // with more steps, dots would hide the line
const STRETCH_PX = 34; // half the width of the ellipse of the adaptive scale

export const ownColour = (i) => `--nbk-own: var(--nbk-${i + 1})`;

// The group of one run; while a run is raised to the top, the others fade.
export const runGroup = (i, top, parts) => svg("g", { class: i === top ? "nbk-top-run" : "nbk-under" }, ...parts);

const fixed = (numbers) => numbers.map((n) => n.toFixed(1)).join(" ");

// Line, dots and marker of run number `i` up to a step.
export function pathParts(path, i, { step, frame, isSelected }) {
  const last = Math.min(step, path.count - 1);
  const pixels = Array.from({ length: last + 1 }, (_, row) => frame.toPixels(path.place(row), path.loss(row)));
  const { inside, left, out } = visible(pixels, frame.width, frame.height);
  const style = ownColour(i);
  const d = svgPath(inside);
  const parts = [
    svg("path", { class: "nbk-path-halo", d }),
    svg("path", { class: "nbk-path", d, style, "stroke-dasharray": DASHES[i], "data-run": i }),
  ];
  if (inside.length > 1 && inside.length < DOTS_MOST) parts.push(stepDots(inside.slice(0, -1), style));
  if (left && out) parts.push(exitMark(inside, style));
  else if (inside.length) {
    const className = isSelected ? "nbk-mark nbk-selected" : "nbk-mark";
    const transform = `translate(${fixed(inside[inside.length - 1])})`;
    parts.push(svg("path", { class: className, d: SHAPES[i], style, transform, "data-run": i }));
  }
  return parts;
}

function stepDots(points, style) {
  const d = points.map(([x, y]) => `M${(x - 1.6).toFixed(1)} ${y.toFixed(1)}h.01`).join("");
  return svg("path", { class: "nbk-dots", style, d });
}

// An arrowhead at the edge where a path leaves the map.
function exitMark(points, style) {
  const [[x0, y0], [x1, y1]] = points.slice(-2);
  const turn = (Math.atan2(y1 - y0, x1 - x0) * 180) / Math.PI;
  const transform = `translate(${fixed([x1, y1])}) rotate(${turn.toFixed(1)})`;
  return svg("path", { class: "nbk-out", style, d: "M0 0L-12-6V6z", transform });
}

// Downhill, velocity and adaptive scale of the displayed step, if selected.
export function arrowParts({ path, lr }, i, { step, frame, shownArrows }) {
  if (step >= path.count - 1) return [];
  const from = frame.toPixels(path.place(step), path.loss(step));
  if (!inBox(from, frame.width, frame.height)) return [];
  const style = ownColour(i);
  const downhill = path.downhill(step).map((slope) => slope * lr);
  const [velocity, scale] = [path.velocity(step), path.scale(step)];
  return [
    shownArrows.gradient ? arrow(frame, from, downhill, "downhill", style) : null,
    shownArrows.velocity && velocity.every(Number.isFinite) ? arrow(frame, from, velocity, "velocity", style) : null,
    shownArrows.scale && scale.every(Number.isFinite) ? scaleEllipse(from, scale, style) : null,
  ].filter(Boolean);
}

function arrow(frame, from, step, kind, style) {
  const arrowEnd = arrowTip(frame, from, step);
  if (!arrowEnd) return null;
  const { tip, turn } = arrowEnd;
  const transform = `translate(${fixed(tip)}) rotate(${turn.toFixed(1)})`;
  return svg(
    "g",
    { class: `nbk-arrow nbk-${kind}`, style },
    svg("path", { d: svgPath([from, tip]) }),
    svg("path", { class: "nbk-head", d: "M0 0L-9-4.5V4.5z", transform }),
  );
}

// The step per unit of gradient in each direction, as an ellipse.
function scaleEllipse([x, y], scale, style) {
  const most = Math.max(...scale);
  const [rx, ry] = [scale[0], scale[1] ?? 0].map((factor) => Math.max((factor / most) * STRETCH_PX, 2.5).toFixed(1));
  return svg("ellipse", { class: "nbk-stretch", cx: x.toFixed(1), cy: y.toFixed(1), rx, ry, style });
}
